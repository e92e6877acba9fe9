"""Periods: hours, days and intervals of local time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.intervals import day_stamp, hour_stamp, interval_stamp, whole_second
from tests.unit.values import instants

ZONES = ("America/New_York", "Australia/Lord_Howe", "America/Phoenix", "Asia/Kathmandu", "UTC")
moments = instants(2000, 2100)
zones = st.sampled_from(ZONES)


@given(moments, moments, zones)
def test_stamps_sort_as_the_instants_do(one: datetime, other: datetime, zone: str) -> None:
    first, second = sorted((one, other))
    assert hour_stamp(first, zone) <= hour_stamp(second, zone)
    assert day_stamp(first, zone) <= day_stamp(second, zone)
    for kind in ("daily", "last_7_days", "never"):
        starts_on = date(2026, 3, 2)
        assert interval_stamp(kind, starts_on, first, zone) <= interval_stamp(kind, starts_on, second, zone)


@given(moments, zones)
def test_an_hour_began_within_the_hour_and_at_a_full_local_minute(now: datetime, zone: str) -> None:
    began = datetime.fromisoformat(hour_stamp(now, zone))
    assert timedelta(0) <= now - began <= timedelta(hours=1)
    assert began.astimezone(ZoneInfo(zone)).minute in (0, 30)


@pytest.mark.parametrize(
    ("zone", "night", "stamps"),
    [
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 4),
        ("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), 4),
        ("America/Phoenix", datetime(2026, 11, 1, 4, tzinfo=UTC), 4),
        ("UTC", datetime(2026, 11, 1, 4, tzinfo=UTC), 4),
    ],
)
def test_four_real_hours_have_four_stamps_even_when_the_clock_changes(
    zone: str, night: datetime, stamps: int
) -> None:
    seen = {hour_stamp(night + timedelta(minutes=at), zone) for at in range(240)}
    assert len(seen) == stamps


def test_the_repeated_hour_of_an_autumn_night_is_two_hours() -> None:
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    local = [each.astimezone(ZoneInfo("America/New_York")) for each in (first, second)]
    assert [each.hour for each in local] == [1, 1]
    assert hour_stamp(first, "America/New_York") == "2026-11-01T05:00:00Z"
    assert hour_stamp(second, "America/New_York") == "2026-11-01T06:00:00Z"


def test_lord_howe_goes_back_by_half_an_hour_and_never_in_stamps() -> None:
    """On 5 April 2026 at 02:00 (+11) clocks there go back to 01:30 (+10:30)."""
    start = datetime(2026, 4, 4, 14, 0, tzinfo=UTC)
    stamps = [hour_stamp(start + timedelta(minutes=at), "Australia/Lord_Howe") for at in range(0, 180, 5)]
    assert stamps == sorted(stamps)


def test_a_day_is_the_local_date() -> None:
    evening = datetime(2026, 3, 5, 6, 59, 59, tzinfo=UTC)
    assert day_stamp(evening, "America/Denver") == "2026-03-04"
    assert day_stamp(evening + timedelta(seconds=1), "America/Denver") == "2026-03-05"


@given(moments, zones, st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_seven_day_spans_tumble_from_starts_on(now: datetime, zone: str, starts_on: date) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    first = date.fromisoformat(interval_stamp("last_7_days", starts_on, now, zone))
    assert first <= today < first + timedelta(days=7)
    assert (first - starts_on).days % 7 == 0


def test_a_span_of_seven_days_changes_at_local_midnight_only() -> None:
    starts_on = date(2026, 3, 2)
    last = datetime(
        2026, 3, 9, 5, 59, 59, tzinfo=UTC
    )  # 23:59:59 on the 8th in Denver, after the clocks changed
    assert interval_stamp("last_7_days", starts_on, last, "America/Denver") == "2026-03-02"
    assert (
        interval_stamp("last_7_days", starts_on, last + timedelta(seconds=1), "America/Denver")
        == "2026-03-09"
    )


def test_never_is_one_interval() -> None:
    stamps = {
        interval_stamp("never", date(2026, 3, 2), datetime(year, 1, 1, tzinfo=UTC), "UTC")
        for year in (2000, 2026, 2090)
    }
    assert len(stamps) == 1


@given(moments)
def test_a_whole_second_is_the_first_at_or_after(now: datetime) -> None:
    found = whole_second(now)
    assert found.microsecond == 0
    assert timedelta(0) <= found - now < timedelta(seconds=1)
    assert whole_second(found) == found
