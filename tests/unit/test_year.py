"""A year of days in four time zones, decision by decision beside a plain model that keeps every lead it gave.

The model shares nothing with the product but the inputs. It walks the clocks of the year to find when hours and days
begin, counts by looking through its books, and follows Tijdeman's rule in fractions.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from routing.domain.strategies import PushStrategy, Recipient
from tests.unit.floor import Floor, among

FIRST, LAST = datetime(2025, 12, 31, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
CHANGES = {
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Phoenix": (),
    "UTC": (),
}
"""The local days of 2026 on which the clocks change."""
STARTS_ON = date(2026, 1, 7)


class Clock:
    """When each local hour and day of the year began: an hour where the minute hand reaches the top or the hour
    hand jumps. Walked in half hours, at which every change of these zones falls."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.hours: list[datetime] = []
        self.days: list[datetime] = []
        before = None
        at = FIRST
        while at < LAST:
            local = at.astimezone(self.zone)
            if local.minute == 0 or before is None or before.hour != local.hour:
                self.hours.append(at)
            if before is None or before.date() != local.date():
                self.days.append(at)
            before, at = local, at + HALF_HOUR

    def hour(self, now: datetime) -> int:
        return bisect_right(self.hours, now)

    def day(self, now: datetime) -> int:
        return bisect_right(self.days, now)

    def span(self, now: datetime) -> int:
        """Which week of days, told from the first."""
        first = self.day(datetime(STARTS_ON.year, STARTS_ON.month, STARTS_ON.day, 12, tzinfo=self.zone))
        return (self.day(now) - first) // 7


@dataclass(frozen=True)
class Lead:
    at: datetime
    to: str
    hour: int
    day: int
    interval: int


class Model:
    def __init__(self, strategy: PushStrategy, clock: Clock) -> None:
        self.strategy = strategy
        self.clock = clock
        self.books: list[Lead] = []

    def lead(self, now: datetime, away: set[str]) -> str | None:
        hour, day = self.clock.hour(now), self.clock.day(now)
        interval = {"daily": day, "last_7_days": self.clock.span(now), "never": 0}[
            self.strategy.reset_interval
        ]
        recent = []
        for each in reversed(self.books):
            if each.interval != interval and each.day != day:
                break
            recent.append(each)
        able = [
            each.account
            for each in self.strategy.recipients
            if each.account not in away
            and (
                each.hourly_limit is None
                or sum((b.to, b.hour) == (each.account, hour) for b in recent) < each.hourly_limit
            )
            and (
                each.daily_limit is None
                or sum((b.to, b.day) == (each.account, day) for b in recent) < each.daily_limit
            )
        ]
        in_interval = [each.to for each in recent if each.interval == interval]
        to = self.next(able, in_interval)
        if to is not None:
            self.books.append(Lead(now, to, hour, day, interval))
        return to

    def next(self, able: list[str], given: list[str]) -> str | None:
        """given: to whom in this interval, the latest first."""
        if self.strategy.method == "weighted":
            return self.weighed(able, given)
        names = list(self.strategy.accounts)
        after = names.index(given[0]) + 1 if given else 0
        return next((each for each in names[after:] + names[:after] if each in able), None)

    def weighed(self, able: list[str], given: list[str]) -> str | None:
        weight = {each.account: Fraction(each.weight or 0) for each in self.strategy.recipients}
        total, t = sum(weight.values()), len(given) + 1
        slack = Fraction(1, 2 * len([each for each in weight.values() if each]) - 2)
        able = [each for each in able if weight[each]]
        behind = [each for each in able if weight[each] / total * t - given.count(each) >= slack]
        by_urgency = {each: (1 - slack + given.count(each)) * total / weight[each] for each in behind or able}
        return min(by_urgency, key=by_urgency.__getitem__) if by_urgency else None


def moments(zone: str) -> Iterator[datetime]:
    """Some leads every day of 2026 at any time, one every few minutes around the change of a clock, and one on
    either side of every midnight."""
    dice = random.Random(zone)  # noqa: S311 - any fixed sequence does
    place = ZoneInfo(zone)
    found: set[datetime] = set()
    day = date(2026, 1, 1)
    while day.year == 2026:
        midnight = datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)
        found |= {midnight, midnight - timedelta(seconds=1)}
        found |= {midnight + timedelta(seconds=dice.randrange(86_400)) for _ in range(6)}
        if day in CHANGES[zone]:
            found |= {midnight + timedelta(minutes=7 * at) for at in range(60)}
        elif day.day % 10 == 0:  # a busy hour, so that limits are met on ordinary days too
            nine = midnight + timedelta(hours=9)
            found |= {nine + timedelta(minutes=4 * at) for at in range(30)}
        day += timedelta(days=1)
    return iter(sorted(found))


STRATEGIES = {
    "turns-by-day": among(
        Recipient("ana", hourly_limit=2),
        Recipient("ben", hourly_limit=3, daily_limit=6),
        Recipient("cho", daily_limit=9),
        starts_on=STARTS_ON,
    ),
    "turns-over-7-days": among(
        Recipient("ana", hourly_limit=2, daily_limit=4),
        "ben",
        Recipient("cho", daily_limit=3),
        reset_interval="last_7_days",
        starts_on=STARTS_ON,
    ),
    "weights-by-day": among(
        Recipient("ana", 60, hourly_limit=3),
        Recipient("ben", 20, daily_limit=3),
        Recipient("cho", 20, hourly_limit=1),
        method="weighted",
        catch_up="at_once",
        starts_on=STARTS_ON,
    ),
    "weights-over-7-days": among(
        Recipient("ana", 60, daily_limit=5),
        Recipient("ben", 25, hourly_limit=2),
        Recipient("cho", 0),
        Recipient("dee", 15),
        method="weighted",
        catch_up="at_once",
        reset_interval="last_7_days",
        starts_on=STARTS_ON,
    ),
}


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("name", STRATEGIES)
def test_every_lead_of_the_year_goes_where_the_model_says(name: str, zone: str) -> None:
    strategy = STRATEGIES[name]
    floor = Floor(strategy, zone=zone)
    model = Model(strategy, Clock(zone))
    dice = random.Random(f"{name} in {zone}")  # noqa: S311
    held = 0
    away: set[str] = set()
    for now in moments(zone):
        if dice.random() < 0.05:
            floor.back(*away)
            away = {each for each in strategy.accounts if dice.random() < 0.25}
            floor.away(*away)
        expected = model.lead(now, away)
        assert floor.lead(now) == expected, now
        held += expected is None
    assert len(model.books) > 2500
    assert 0 < held < 1000
    days, spans = ({getattr(each, one) for each in model.books} for one in ("day", "interval"))
    assert len(days) > 355
    assert len(spans) == (len(days) if strategy.reset_interval == "daily" else 53)
    for each in strategy.recipients:
        of_them = [given for given in model.books if given.to == each.account]
        for most, periods in (
            (each.hourly_limit, [given.hour for given in of_them]),
            (each.daily_limit, [given.day for given in of_them]),
        ):
            fullest = max((periods.count(one) for one in set(periods)), default=0)
            assert most is None or fullest <= most


def capped(zone: str) -> Floor:
    return Floor(among(Recipient("ana", hourly_limit=2)), zone=zone)


def through(zone: str, start: str, minutes: int, step: int = 10) -> list[str]:
    """The local times at which one person with two an hour got a lead, of one lead every few minutes."""
    floor, place = capped(zone), ZoneInfo(zone)
    first = datetime.fromisoformat(start)
    instants = [first + timedelta(minutes=at) for at in range(0, minutes, step)]
    return [f"{at.astimezone(place):%H:%M%z}" for at in instants if floor.lead(at)]


def test_the_hour_that_new_york_repeats_is_two_hours_with_two_leads_each() -> None:
    assert through("America/New_York", "2026-11-01T04:00:00Z", 240) == [
        "00:00-0400",
        "00:10-0400",
        "01:00-0400",
        "01:10-0400",
        "01:00-0500",
        "01:10-0500",
        "02:00-0500",
        "02:10-0500",
    ]


def test_the_hour_that_new_york_skips_gives_no_leads() -> None:
    assert through("America/New_York", "2026-03-08T06:00:00Z", 120) == [
        "01:00-0500",
        "01:10-0500",
        "03:00-0400",
        "03:10-0400",
    ]


def test_the_hour_of_which_lord_howe_repeats_half_is_one_of_ninety_minutes() -> None:
    """Nothing begins at 01:30 there: the clock shows one o'clock once."""
    assert through("Australia/Lord_Howe", "2026-04-04T14:00:00Z", 150) == [
        "01:00+1100",
        "01:10+1100",
        "02:00+1030",
        "02:10+1030",
    ]


def test_the_hour_of_which_lord_howe_skips_half_is_one_of_thirty_minutes() -> None:
    assert through("Australia/Lord_Howe", "2026-10-03T15:00:00Z", 90) == [
        "01:30+1030",
        "01:40+1030",
        "02:30+1100",
        "02:40+1100",
        "03:00+1100",
        "03:10+1100",
    ]


@pytest.mark.parametrize(
    ("zone", "local_midnight", "hours"),
    [
        ("America/New_York", "2026-03-08T05:00:00Z", 23),
        ("America/New_York", "2026-11-01T04:00:00Z", 25),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z", 24.5),
        ("Australia/Lord_Howe", "2026-10-03T13:30:00Z", 23.5),
        ("America/Phoenix", "2026-03-08T07:00:00Z", 24),
        ("UTC", "2026-11-01T00:00:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, local_midnight: str, hours: float) -> None:
    """A daily limit and a daily interval last from midnight to midnight."""
    floor = Floor(among(Recipient("ana", daily_limit=1), "ben"), zone=zone)
    begins = datetime.fromisoformat(local_midnight)
    ends = begins + timedelta(hours=hours)
    second = timedelta(seconds=1)
    assert [floor.lead(begins - second), floor.lead(begins)] == ["ana", "ana"]
    assert [floor.lead(ends - second), floor.lead(ends - second)] == ["ben", "ben"]
    assert floor.lead(ends) == "ana"
