"""Under weights: what somebody who comes back gets of what they missed.

`paced`: it is owed to them, and at most every second lead makes up for it. `at_once`: they are next until they are
level. `never`: they go on at the level of those who stayed. Away is who may have no lead of the strategy by their own
state (switched off, not active, at a limit). What one lead or the inside of a branch does not allow is no absence: the
weights are met as soon as leads allow it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from routing.domain.strategy_state import StrategyState
from routing.domain.weighted import weighted

CatchUp = Literal["paced", "at_once", "never"]


def next_turn(
    state: StrategyState,
    weights: Sequence[int],
    catch_up: CatchUp,
    present: Sequence[bool],
    eligible: Sequence[bool],
) -> tuple[StrategyState, int | None]:
    """Who has the lead, and the state that says so, for `taken`. present: by their own state; eligible: for this lead.

    Paced: every second lead goes to whom most is owed for their weight. The other turns are regular, by the turns of
    those who are present; who is owed, had the last lead and has no more than half of the weights is passed over, and
    that turn is owed to them too. So nobody who is owed has two leads in a row while others may have one.
    """
    if catch_up == "at_once":
        return replace(state, is_make_up=False), weighted(weights, state.interval_counts, eligible)
    state = _come_back(state, weights, present, owes=catch_up == "paced")
    if not any(eligible):
        return state, None
    held_off = _held_off(state, weights, present, eligible)
    if not state.is_make_up:
        waiting = [at for at, owed in enumerate(state.owed) if owed and eligible[at] and at != held_off]
        if waiting:
            best, *others = waiting
            for at in others:
                if state.owed[at] * weights[best] > state.owed[best] * weights[at]:
                    best = at
            return replace(state, is_make_up=True), best
    state = replace(state, is_make_up=False)
    among = [weight if there else 0 for weight, there in zip(weights, present, strict=True)]
    counts = [turns if there else 0 for turns, there in zip(state.turns, present, strict=True)]
    chosen = weighted(among, counts, eligible)
    if chosen is None or chosen != held_off:
        return state, chosen
    state = replace(state, turns=_plus(state.turns, chosen, 1), owed=_plus(state.owed, chosen, 1))
    counts[chosen] += 1
    return state, weighted(among, counts, [each and at != chosen for at, each in enumerate(eligible)])


def _come_back(
    state: StrategyState, weights: Sequence[int], present: Sequence[bool], *, owes: bool
) -> StrategyState:
    """Who was away at the last decision is raised to the level of those who stayed; by at most the leads since."""
    leads = sum(state.interval_counts)
    back = {at: since for at, since in state.away.items() if present[at] and weights[at]}
    stayed = [at for at, there in enumerate(present) if there and weights[at] and at not in back]
    turns, weight = sum(state.turns[at] for at in stayed), sum(weights[at] for at in stayed)
    for at in back if not stayed else ():
        if not weight or state.turns[at] * weight > turns * weights[at]:
            turns, weight = state.turns[at], weights[at]
    for at, since in back.items():
        rise = weights[at] * turns // weight - state.turns[at]
        if rise > 0:
            owed = min(rise, leads - since) if owes else 0
            state = replace(state, turns=_plus(state.turns, at, rise), owed=_plus(state.owed, at, owed))
    away = {at: state.away.get(at, leads) for at, there in enumerate(present) if not there}
    return replace(state, away=away)


def _held_off(
    state: StrategyState, weights: Sequence[int], present: Sequence[bool], eligible: Sequence[bool]
) -> int | None:
    """Who has had the last lead, is owed more, and lets another have this one."""
    at = state.last
    if at is None or not state.owed[at] or sum(eligible) < 2:
        return None
    there = sum(weight for weight, each in zip(weights, present, strict=True) if each)
    return at if 2 * weights[at] <= there else None


def _plus(counts: tuple[int, ...], at: int, more: int) -> tuple[int, ...]:
    return (*counts[:at], counts[at] + more, *counts[at + 1 :])
