"""The counts of a push strategy, by which round robin and weights decide who is next.

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

    version: of the stored item. strategy_version: that of the strategy whose positions these are. cursor: the
    position round robin looks at next. interval, hour, day: stamps of the periods that the counts belong to. round:
    how often the method has begun anew. turns: what weights are told by: the leads of the interval, as if whoever was
    away had taken part. owed: how many of those are still to be made up for. last: who had the last lead. is_make_up:
    whether it was made up for. away: who was away at the last decision, and how many leads of the interval had been
    given when they left. removed: the (hour, day) counts of recipients that an edit took out, so that coming back is
    no way round a limit.
    """

    version: int = 1
    strategy_version: int = 1
    cursor: int = 0
    interval: str = ""
    hour: str = ""
    day: str = ""
    interval_counts: tuple[int, ...] = ()
    round: int = 0
    turns: tuple[int, ...] = ()
    owed: tuple[int, ...] = ()
    last: int | None = None
    is_make_up: bool = False
    away: Mapping[int, int] = field(default_factory=dict)
    hour_counts: tuple[int, ...] = ()
    day_counts: tuple[int, ...] = ()
    removed: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def initial(size: int, strategy_version: int) -> StrategyState:
    zeros = (0,) * size
    return StrategyState(
        strategy_version=strategy_version,
        interval_counts=zeros,
        turns=zeros,
        owed=zeros,
        hour_counts=zeros,
        day_counts=zeros,
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


def restarted(state: StrategyState) -> StrategyState:
    """The method begins anew, at the first recipient; the hour's and the day's counts, being limits', stay."""
    return replace(_begun_anew(state, len(state.interval_counts)), cursor=0)


def _begun_anew(state: StrategyState, size: int) -> StrategyState:
    zeros = (0,) * size
    return replace(
        state,
        round=state.round + 1,
        interval_counts=zeros,
        turns=zeros,
        owed=zeros,
        last=None,
        is_make_up=False,
        away={},
    )


def taken(state: StrategyState, position: int) -> StrategyState:
    """The state after the recipient at `position` got a lead, in their turn or to make up for one that they missed."""

    def plus(counts: tuple[int, ...], more: int = 1) -> tuple[int, ...]:
        return (*counts[:position], counts[position] + more, *counts[position + 1 :])

    return replace(
        state,
        cursor=(position + 1) % len(state.hour_counts),
        interval_counts=plus(state.interval_counts),
        turns=state.turns if state.is_make_up else plus(state.turns),
        owed=plus(state.owed, -1) if state.is_make_up else state.owed,
        last=position,
        hour_counts=plus(state.hour_counts),
        day_counts=plus(state.day_counts),
    )


def edited(
    state: StrategyState,
    before: Sequence[str],
    after: Sequence[str],
    strategy_version: int,
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
    if tuple(before) != tuple(after) or new_ratio or restart:
        state = _begun_anew(state, len(after))
    return replace(
        state,
        strategy_version=strategy_version,
        cursor=0 if restart else cursor,
        interval="" if restart else state.interval,
        hour_counts=tuple(counts.get(each, (0, 0))[0] for each in after),
        day_counts=tuple(counts.get(each, (0, 0))[1] for each in after),
        removed={each: pair for each, pair in counts.items() if each not in after and pair != (0, 0)},
    )
