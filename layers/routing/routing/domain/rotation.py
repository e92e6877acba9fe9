"""Who is next in a push strategy, and the counts that decide it.

A strategy's state is a value. Each decision first rolls it into the present periods, then takes one recipient; the
caller writes the new state under the condition that nobody has written it since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from routing.domain.intervals import ResetInterval, day_stamp, hour_stamp, interval_stamp


@dataclass(frozen=True, slots=True)
class StrategyState:
    """Counts are by position in the strategy's list of recipients.

    version: of the stored item. configuration: the version of the strategy whose positions these are. cursor: the
    position round robin looks at next. interval, hour, day: stamps of the periods that the counts belong to. ratio:
    how often the method has begun anew. away: positions that were not eligible at the last decision, kept where
    nobody catches up. removed: the (hour, day) counts of recipients that an edit took out, so that coming back is no
    way round a limit.
    """

    version: int = 1
    configuration: int = 1
    cursor: int = 0
    interval: str = ""
    hour: str = ""
    day: str = ""
    interval_counts: tuple[int, ...] = ()
    ratio: int = 0
    away: frozenset[int] = frozenset()
    hour_counts: tuple[int, ...] = ()
    day_counts: tuple[int, ...] = ()
    removed: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def initial(size: int, configuration: int) -> StrategyState:
    zeros = (0,) * size
    return StrategyState(
        configuration=configuration, interval_counts=zeros, hour_counts=zeros, day_counts=zeros
    )


def rolled(
    state: StrategyState, reset_interval: ResetInterval, starts_on: date, now: datetime, zone: str
) -> StrategyState:
    """The state in the periods of `now`. A stamp never goes back: a late clock counts into the later period."""
    zeros = (0,) * len(state.hour_counts)
    hour = max(state.hour, hour_stamp(now, zone))
    day = max(state.day, day_stamp(now, zone))
    interval = max(state.interval, interval_stamp(reset_interval, starts_on, now, zone))
    if hour != state.hour:
        removed = {account: (0, of_day) for account, (_, of_day) in state.removed.items()}
        state = replace(state, hour=hour, hour_counts=zeros, removed=removed)
    if day != state.day:
        state = replace(state, day=day, day_counts=zeros, removed={})
    if interval != state.interval:
        state = replace(restarted(state), interval=interval)
    return state


def round_robin(cursor: int, eligible: Sequence[bool]) -> int | None:
    """The first eligible position at or after the cursor, going round once; None when nobody is eligible."""
    size = len(eligible)
    return next((at for step in range(size) if eligible[at := (cursor + step) % size]), None)


def weighted(weights: Sequence[int], counts: Sequence[int], eligible: Sequence[bool]) -> int | None:
    """The eligible position that brings the counts closest to the weights; None when nobody is eligible.

    Tijdeman's rule for the chairman assignment problem (R. Tijdeman, Discrete Mathematics 32, 1980), in integers.
    With s = weight / sum, t = leads so far + 1, c = received and k recipients of positive weight, candidates have
    s*t - c >= 1/(2k-2), and the least (1 - 1/(2k-2) + c) / s takes the lead. While all are eligible no count is ever
    more than 1 - 1/(2k-2) from its share. Where no candidate is eligible, that same least value decides among those
    who are. A weight of 0 is never eligible; ties go to list order.
    """
    positions = [at for at, weight in enumerate(weights) if weight > 0 and eligible[at]]
    if not positions:
        return None
    total, t = sum(weights), sum(counts) + 1
    twice = 2 * sum(1 for weight in weights if weight > 0) - 2
    if twice == 0:
        return positions[0]
    candidates = [at for at in positions if (weights[at] * t - counts[at] * total) * twice >= total]
    best, *others = candidates or positions
    for at in others:
        # (twice - 1 + twice * c) / weight, compared without dividing
        mine = (twice - 1 + twice * counts[at]) * weights[best]
        if mine < (twice - 1 + twice * counts[best]) * weights[at]:
            best = at
    return best


def shares(weights: Sequence[int]) -> list[float]:
    """Each weight in percent of their sum, to two places; all 0 when the sum is."""
    total = sum(weights)
    return [round(100 * each / total, 2) if total else 0.0 for each in weights]


def ratio_begun_anew(state: StrategyState, eligible: Sequence[bool]) -> StrategyState:
    """The state where nobody catches up: a new ratio when someone who was away at the last decision is back."""
    away = frozenset(at for at, each in enumerate(eligible) if not each)
    if state.away - away:
        zeros = (0,) * len(state.interval_counts)
        state = replace(state, interval_counts=zeros, ratio=state.ratio + 1)
    return replace(state, away=away)


def restarted(state: StrategyState) -> StrategyState:
    """The method begins anew, at the first recipient; the hour's and the day's counts, being limits', stay."""
    zeros = (0,) * len(state.interval_counts)
    return replace(state, cursor=0, ratio=state.ratio + 1, away=frozenset(), interval_counts=zeros)


def taken(state: StrategyState, position: int) -> StrategyState:
    """The state after the recipient at `position` got a lead."""

    def plus_one(counts: tuple[int, ...]) -> tuple[int, ...]:
        return (*counts[:position], counts[position] + 1, *counts[position + 1 :])

    return replace(
        state,
        cursor=(position + 1) % len(state.hour_counts),
        interval_counts=plus_one(state.interval_counts),
        hour_counts=plus_one(state.hour_counts),
        day_counts=plus_one(state.day_counts),
    )


def edited(
    state: StrategyState,
    before: Sequence[str],
    after: Sequence[str],
    configuration: int,
    *,
    new_ratio: bool = False,
    restart: bool = False,
) -> StrategyState:
    """The state when the recipients change from `before` to `after`.

    Hour and day counts go with the account; a new ratio starts inside the interval; round robin stays at the next
    recipient after the cursor that is still there. new_ratio: the weights changed. restart: another reset interval,
    start or account; the method begins anew, and the next decision stamps its interval.
    """
    old = dict(zip(before, zip(state.hour_counts, state.day_counts, strict=True), strict=True))
    counts = {**state.removed, **old}
    order = [before[(state.cursor + step) % len(before)] for step in range(len(before))]
    following = next((each for each in order if each in after), None)
    cursor = after.index(following) if following is not None else 0
    unchanged = tuple(before) == tuple(after) and not new_ratio and not restart
    return replace(
        state,
        configuration=configuration,
        cursor=0 if restart else cursor,
        interval="" if restart else state.interval,
        ratio=state.ratio + (0 if unchanged else 1),
        away=state.away if unchanged else frozenset(),
        interval_counts=state.interval_counts if unchanged else (0,) * len(after),
        hour_counts=tuple(counts.get(each, (0, 0))[0] for each in after),
        day_counts=tuple(counts.get(each, (0, 0))[1] for each in after),
        removed={each: pair for each, pair in counts.items() if each not in after and pair != (0, 0)},
    )
