"""How many leads a user may pull under one strategy in a clock hour and in a day of its account's local time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.domain.company import Company
from routing.domain.intervals import day_stamp, hour_stamp, next_day, next_hour


@dataclass(frozen=True, slots=True)
class PullCount:
    """Pulls in the clock hour and in the day that the stamps name."""

    hour: str = ""
    in_hour: int = 0
    day: str = ""
    in_day: int = 0


def rolled(count: PullCount, now: datetime, zone: str) -> PullCount:
    """The counts in the periods of `now`. A stamp never goes back: a late clock counts into the later period."""
    hour, day = max(count.hour, hour_stamp(now, zone)), max(count.day, day_stamp(now, zone))
    return PullCount(
        hour, count.in_hour if hour == count.hour else 0, day, count.in_day if day == count.day else 0
    )


def counted(count: PullCount, now: datetime, zone: str) -> PullCount:
    """The counts after one more pull."""
    before = rolled(count, now, zone)
    return PullCount(before.hour, before.in_hour + 1, before.day, before.in_day + 1)


def reached(company: Company, counts: Mapping[str, PullCount], now: datetime) -> dict[str, datetime | None]:
    """The strategies, by id, under which the user may not pull now, and until when; None where a limit is 0."""
    found: dict[str, datetime | None] = {}
    for strategy in company.pull_strategies.values():
        limits = (strategy.hourly_limit, strategy.daily_limit)
        if limits == (None, None):
            continue
        zone = company.tree.timezone(strategy.distributed_from)
        count = rolled(counts.get(strategy.id, PullCount()), now, zone)
        so_far, ends = (count.in_hour, count.in_day), (next_hour, next_day)
        over = [
            end(now, zone)
            for limit, pulls, end in zip(limits, so_far, ends, strict=True)
            if limit is not None and pulls >= limit
        ]
        if over:
            found[strategy.id] = None if 0 in limits else max(over)
    return found
