"""Periods that counts belong to: the local clock hour, the local day, and the interval of a method's fairness.

A period's stamp is text that sorts in time's order, so that "never backwards" is `max`. Hours are stamped with
the instant at which they began, which tells the two equal hours of an autumn night apart.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

ResetInterval = Literal["daily", "last_7_days", "never"]
SPAN_DAYS = 7


def hour_stamp(now: datetime, zone: str) -> str:
    """The UTC instant at which the local clock hour of `now` began, as `2026-11-01T06:00:00Z`."""
    local = now.astimezone(ZoneInfo(zone))
    start = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def day_stamp(now: datetime, zone: str) -> str:
    """The local date of `now`, as `2026-11-01`."""
    return now.astimezone(ZoneInfo(zone)).date().isoformat()


def interval_stamp(reset_interval: ResetInterval, starts_on: date, now: datetime, zone: str) -> str:
    """The first local day of the interval that `now` is in; for `never` the one stamp `always`.

    `last_7_days` is tumbling: spans of seven local days counted from `starts_on`, before it as well as after.
    """
    if reset_interval == "never":
        return "always"
    today = now.astimezone(ZoneInfo(zone)).date()
    if reset_interval == "daily":
        return today.isoformat()
    return (today - timedelta(days=(today - starts_on).days % SPAN_DAYS)).isoformat()


def next_hour(now: datetime, zone: str) -> datetime:
    """The instant at which the next local clock hour begins; hours may be shorter where the clocks change."""
    stamp, step = hour_stamp(now, zone), timedelta(minutes=1)
    at = now.astimezone(UTC).replace(second=0, microsecond=0) + step
    while hour_stamp(at, zone) == stamp:
        at += step
    return at


def next_day(now: datetime, zone: str) -> datetime:
    """The instant at which the next local day begins."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    return midnight.astimezone(UTC)


def whole_second(instant: datetime) -> datetime:
    """The first whole second at or after the instant: what a time in the future is promised as."""
    floor = instant.replace(microsecond=0)
    return floor if floor == instant else floor + timedelta(seconds=1)
