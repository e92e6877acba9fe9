"""Calling hours: every state's windows to the minute, both changes of the clocks, holidays, and what is ahead."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain.calling_hours import GROUPS, CallingHours, zone_group
from routing.domain.calling_places import UNKNOWN, calling_class, places
from routing.domain.calling_rules import CallingRule, Window, in_turn
from routing.domain.company import Company
from routing.domain.resources import built_in, company
from tests.unit.values import instants

FEDERAL = ("08:00", "21:00")
NONE = None
DAYS = [date(2026, 3, 2) + timedelta(days=n) for n in range(7)]
"""A week without a holiday or a change of the clocks, from its Monday."""

# state: a zone of its own, Mon-Fri, Sat, Sun. The states that are not here have the federal window.
OWN = {
    "AL": ("America/Chicago", ("08:00", "20:00"), ("08:00", "20:00"), NONE),
    "CT": ("America/New_York", ("09:00", "20:00"), ("09:00", "20:00"), ("09:00", "20:00")),
    "FL": ("America/New_York", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "KY": ("America/New_York", ("10:00", "21:00"), ("10:00", "21:00"), ("10:00", "21:00")),
    "LA": ("America/Chicago", ("08:00", "20:00"), ("08:00", "20:00"), NONE),
    "MA": ("America/New_York", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "MD": ("America/New_York", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "MI": ("America/New_York", ("09:00", "21:00"), ("09:00", "21:00"), ("09:00", "21:00")),
    "MN": ("America/Chicago", ("09:00", "21:00"), ("09:00", "21:00"), ("09:00", "21:00")),
    "MS": ("America/Chicago", ("08:00", "20:00"), ("08:00", "20:00"), NONE),
    "NV": ("America/Los_Angeles", ("09:00", "20:00"), ("09:00", "20:00"), ("09:00", "20:00")),
    "NM": ("America/Denver", ("09:00", "21:00"), ("09:00", "21:00"), ("09:00", "21:00")),
    "OK": ("America/Chicago", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "OR": ("America/Los_Angeles", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "PA": ("America/New_York", ("08:00", "21:00"), ("08:00", "12:00"), ("13:30", "21:00")),
    "RI": ("America/New_York", ("09:00", "18:00"), ("10:00", "17:00"), NONE),
    "SD": ("America/Chicago", ("09:00", "21:00"), ("09:00", "21:00"), NONE),
    "TX": ("America/Chicago", ("09:00", "21:00"), ("09:00", "21:00"), ("12:00", "21:00")),
    "UT": ("America/Denver", ("08:00", "21:00"), ("08:00", "21:00"), NONE),
    "WA": ("America/Los_Angeles", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
    "WY": ("America/Denver", ("08:00", "20:00"), ("08:00", "20:00"), ("08:00", "20:00")),
}
FEDERAL_STATES = (  # noqa: SIM905 - names read better as words
    "AK AZ AR CA CO DE DC GA HI ID IL IN IA KS ME MO MT NE NH NJ NY NC ND OH SC TN VT VA WV WI PR GU VI AS MP"
).split()


@cache
def default() -> Company:
    bodies = built_in("America/Denver", "admin")
    return company({key: (body, 1) for key, body in bodies.items()}, 0, 0)


@cache
def hours() -> CallingHours:
    return default().calling_hours


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def is_open(of: str, at: datetime) -> bool:
    return hours().at(of, at).open


def check_week(of: str, zone: str, mon_fri: object, sat: object, sun: object) -> None:
    """Each side of each boundary minute of a week, and what is said to come next."""
    second = timedelta(seconds=1)
    for day, window in zip(DAYS, [mon_fri] * 5 + [sat, sun], strict=True):
        assert not is_open(of, local(f"{day} 00:00", zone)), (of, day)
        if window is None:
            assert not is_open(of, local(f"{day} 12:00", zone)), (of, day)
            assert hours().at(of, local(f"{day} 12:00", zone)).reason == "no_calls_this_weekday"
            continue
        start, stop = (local(f"{day} {clock}", zone) for clock in window)
        assert [is_open(of, at) for at in (start - second, start, stop - second, stop)] == [0, 1, 1, 0], (
            of,
            day,
        )
        assert hours().opens(of, start - second) == start
        assert hours().at(of, start - second).changes_at == start
        assert hours().closes(of, start) == hours().at(of, stop - second).changes_at == stop
        assert hours().at(of, stop).reason == "outside_hours"


@pytest.mark.parametrize("state", OWN)
def test_a_state_with_hours_of_its_own_to_the_minute(state: str) -> None:
    zone, *windows = OWN[state]
    check_week(f"US-{state}@{zone}", zone, *windows)


@pytest.mark.parametrize("state", FEDERAL_STATES)
def test_every_other_state_and_territory_has_the_federal_window(state: str) -> None:
    for place in places(calling_class(state, None, None)):
        check_week(place.name, place.zone, FEDERAL, FEDERAL, FEDERAL)


def test_the_tables_name_every_state_once() -> None:
    of_tables = {place.state for place in places(UNKNOWN)} | {"PR", "GU", "VI", "AS", "MP"}
    assert of_tables == {*OWN, *FEDERAL_STATES}
    assert len(of_tables) == 56


def test_at_each_change_of_the_clocks_the_window_keeps_to_the_wall_clock() -> None:
    florida = "US-FL@America/New_York"
    for day, before, after in (("2026-03-08", 13, 12), ("2026-11-01", 12, 13)):
        at = date.fromisoformat(day)
        assert hours().opens(
            florida, local(f"{at - timedelta(days=1)} 05:00", "America/New_York")
        ) == datetime(at.year, at.month, at.day, before, tzinfo=UTC) - timedelta(days=1)
        assert hours().opens(florida, local(f"{day} 00:30", "America/New_York")) == datetime(
            at.year, at.month, at.day, after, tzinfo=UTC
        )


def rule(*week: Window | None, **other: object) -> CallingRule:
    windows = week if len(week) == 7 else (week or (FEDERAL_MINUTES,)) * 7
    return CallingRule(
        **{"id": "r", "name": "R", "country": "US", "state": None, "windows": windows, **other}
    )


FEDERAL_MINUTES = (480, 1260)
NIGHT = "US-NY@America/New_York"


def open_minutes(found: CallingHours, of: str, since: datetime, count: int) -> list[bool]:
    return [found.at(of, since + timedelta(minutes=n)).open for n in range(count)]


def test_a_spring_night_leaves_out_the_hour_that_a_window_lies_in() -> None:
    found = CallingHours([rule((120, 180))])
    before = local("2026-03-08 01:00", "America/New_York")
    assert not any(open_minutes(found, NIGHT, before, 120))
    assert found.opens(NIGHT, before) == local("2026-03-09 02:00", "America/New_York")
    across = CallingHours([rule((90, 210))])
    assert across.closes(NIGHT, local("2026-03-08 01:30", "America/New_York")) == before + timedelta(
        minutes=90
    )


def test_an_autumn_night_has_the_hour_of_a_window_twice() -> None:
    found = CallingHours([rule((90, 120))])
    since = local("2026-11-01 01:00", "America/New_York")
    assert open_minutes(found, NIGHT, since, 120) == ([False] * 30 + [True] * 30) * 2
    assert found.after_open_minutes(NIGHT, since, 45) == local("2026-11-01 01:45", "America/New_York", fold=1)
    whole = CallingHours([rule((60, 120))])
    assert whole.closes(NIGHT, since) == since + timedelta(hours=2)


def test_a_window_to_midnight_joins_the_one_from_midnight() -> None:
    evenings = CallingHours([rule((1200, 1440), (0, 600), *[None] * 5)])
    monday = local("2026-03-02 20:00", "America/New_York")
    assert evenings.opens(NIGHT, monday - timedelta(hours=20)) == monday
    assert evenings.closes(NIGHT, monday) == monday + timedelta(hours=14)
    assert evenings.at(NIGHT, monday).changes_at == monday + timedelta(hours=14)


def test_what_never_closes_and_what_never_opens_has_no_next_change() -> None:
    always, never = CallingHours([rule((0, 1440))]), CallingHours([rule(None)])
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert (always.at(NIGHT, now).changes_at, always.opens(NIGHT, now)) == (None, now)
    assert always.closes(NIGHT, now) == now + timedelta(days=60)
    assert always.after_open_minutes(NIGHT, now, 90 * 1440) == now + timedelta(days=90)
    assert (never.at(NIGHT, now).changes_at, never.opens(NIGHT, now), never.closes(NIGHT, now)) == (None,) * 3
    assert never.after_open_minutes(NIGHT, now, 1) == now + timedelta(days=60)
    assert not any(never.may_be_open(group, now) for group in GROUPS if group != "XX")


@pytest.mark.parametrize(
    ("state", "day", "of"),
    [
        ("AL", "2025-09-01", "holiday"),
        ("LA", "2025-09-01", "holiday"),
        ("PA", "2025-09-01", "holiday"),
        ("RI", "2025-09-01", "holiday"),
        ("UT", "2025-09-01", "holiday"),
        ("FL", "2025-09-01", "open"),
        ("MS", "2025-09-01", "open"),
        ("UT", "2026-07-24", "holiday"),
        ("AL", "2026-07-24", "open"),
        ("RI", "2026-05-04", "holiday"),
        ("AL", "2026-12-01", "holiday"),
        ("PA", "2026-12-15", "holiday"),
        ("LA", "2026-02-17", "holiday"),  # Mardi Gras
        ("AL", "2026-07-03", "holiday"),  # the Friday of a Saturday
        ("AL", "2026-07-04", "holiday"),
        ("AL", "2027-07-05", "holiday"),  # the Monday of a Sunday
        ("PA", "2027-12-31", "holiday"),  # of the next year's first day, a Saturday
        ("PA", "2028-02-29", "open"),
    ],
)
def test_holidays_with_the_days_that_they_are_observed_on(state: str, day: str, of: str) -> None:
    place = places(calling_class(state, None, None))[0]
    found = hours().at(place.name, local(f"{day} 11:00", place.zone))
    assert (found.reason, found.open) == (of, of == "open")
    assert found.windows[0].holiday if of == "holiday" else found.windows[0].holiday is None
    assert found.changes_at is not None


def test_a_leap_day_is_a_day_like_its_weekday() -> None:
    tuesday = local("2028-02-29 09:59:59", "America/New_York")
    kentucky = "US-KY@America/New_York"
    assert not is_open(kentucky, tuesday)
    assert is_open(kentucky, tuesday + timedelta(seconds=1))
    ahead = hours().after_open_minutes(kentucky, tuesday, 11 * 60 + 1)
    assert ahead == local("2028-03-01 10:01", "America/New_York")


def test_the_latest_rule_that_counts_on_the_local_day_decides_and_before_it_the_countrys() -> None:
    oregon = "US-OR@America/Los_Angeles"
    evening = local("2025-12-31 20:30", "America/Los_Angeles")
    assert (is_open(oregon, evening), is_open(oregon, evening + timedelta(days=1))) == (True, False)
    assert hours().calls_per_24h(oregon, evening) is None
    assert hours().calls_per_24h(oregon, evening + timedelta(days=1)) == 3
    own = (
        rule((600, 720), effective_from=date(2026, 3, 3), state="NY", id="new", calls_per_24h=2),
        rule((540, 720), state="NY", id="old", calls_per_24h=5),
    )
    found = CallingHours(own)
    noon = local("2026-03-02 11:00", "America/New_York")
    assert [found.at(NIGHT, noon + timedelta(days=n)).windows[0].rule.id for n in (0, 1)] == ["old", "new"]
    assert [found.calls_per_24h(NIGHT, noon + timedelta(days=n)) for n in (0, 1)] == [5, 2]
    assert found.at("US-NJ@America/New_York", noon).sources == ("federal: 47 CFR 64.1200(c)(1)",)


def test_days_that_the_company_closes_count_for_every_state() -> None:
    closed = rule(closed_on=frozenset({date(2026, 3, 2)}))
    found = CallingHours([closed, rule((600, 720), state="NY", id="ny")])
    for of in (NIGHT, "US-FL@America/New_York", f"{NIGHT},GB@Europe/London"):
        noon = found.at(of, local("2026-03-02 11:00", "America/New_York"))
        assert (noon.open, noon.reason) == (False, "closed_by_company")
    assert found.at("GB@Europe/London", local("2026-03-02 11:00", "America/New_York")).open


def test_of_several_places_the_narrowest_hours_and_the_least_calls_count() -> None:
    both = "US-CT@America/New_York,US-OR@America/Los_Angeles"
    at = local("2026-03-03 10:59:59", "America/New_York")
    assert hours().opens(both, at) == at + timedelta(seconds=1)
    assert hours().closes(both, at + timedelta(hours=3)) == local("2026-03-03 20:00", "America/New_York")
    assert hours().calls_per_24h(both, at) == 3
    capped = CallingHours([rule(state="CT", calls_per_24h=5), rule(state="OR", calls_per_24h=2)])
    assert capped.calls_per_24h(both, at) == 2
    found = hours().at(both, at)
    assert (found.reason, found.sources) == ("outside_hours", ("us-or: HB 3865 (2025)",))
    assert [each.reason for each in found.windows] == ["open", "outside_hours"]


def test_who_could_be_anywhere_is_called_when_every_state_may_be() -> None:
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert hours().opens(UNKNOWN, monday) == local("2026-03-02 08:00", "Pacific/Honolulu")
    assert hours().closes(UNKNOWN, monday + timedelta(hours=7)) == local(
        "2026-03-02 18:00", "America/New_York"
    )
    assert hours().at(UNKNOWN, monday + timedelta(hours=12)).reason == "outside_hours"


def test_with_guam_nobody_who_could_be_anywhere_could_be_called_in_summer() -> None:
    june = datetime(2026, 6, 2, tzinfo=UTC)
    with_guam = ",".join(each.name for each in (*places(UNKNOWN), *places("US-GU@Pacific/Guam")))
    assert hours().opens(with_guam, june) is None
    assert hours().opens(UNKNOWN, june) == datetime(2026, 6, 2, 18, tzinfo=UTC)


def test_open_minutes_are_counted_inside_the_windows_alone() -> None:
    florida = "US-FL@America/New_York"
    evening, morning = (local(f"2026-03-0{each}", "America/New_York") for each in ("2 19:30", "3 08:00"))
    after = hours().after_open_minutes
    assert after(florida, evening, 0) == evening
    assert after(florida, evening, 29) == evening + timedelta(minutes=29)
    assert after(florida, evening, 30) == evening + timedelta(minutes=30)  # as it closes
    assert after(florida, evening, 31) == morning + timedelta(minutes=1)
    assert after(florida, evening + timedelta(microseconds=5), 30) == morning + timedelta(microseconds=5)
    assert after(florida, evening + timedelta(hours=2), 0) == evening + timedelta(hours=2)


CLASSES = st.sampled_from(
    [
        calling_class(state, postal_code, phone)
        for state, postal_code, phone in (
            ("FL", None, None), ("TX", None, "+12035550101"), (None, "86503", None), ("ID", None, None),
            (None, None, None), ("LA", "70112", "+19075550101"), ("PR", None, None), (None, "96910", None),
            ("HI", None, None), (None, None, "+442071838750"), (None, None, "+61255501010"),
            ("RI", None, "+18085550101"), (None, None, "+14165550101"), ("PA", None, None), ("AZ", None, None),
        )
    ]
)  # fmt: skip


def expected(of: str, at: datetime, found: CallingHours) -> bool:
    """Read off each place's own clock."""
    for each, shown in zip(places(of), found.at(of, at).windows, strict=True):
        there = at.astimezone(ZoneInfo(each.zone))
        assert (shown.place, shown.day) == (each, there.date())
        minute = there.hour * 60 + there.minute
        if shown.window is None or not shown.window[0] <= minute < shown.window[1]:
            return False
    return True


@settings(max_examples=150, deadline=None)
@given(CLASSES, instants(2024, 2040))
def test_it_is_open_when_every_places_own_clock_is_inside_its_window(of: str, at: datetime) -> None:
    found = hours().at(of, at)
    assert found.open == expected(of, at, hours())
    assert found == CallingHours(default().calling_rules.values()).at(of, at)  # kept answers are the same
    assert hours().opens(of, at) == (at if found.open else found.changes_at)
    assert hours().closes(of, at) == (found.changes_at if found.open else None)
    if found.changes_at is not None:
        second = timedelta(seconds=1)
        assert at < found.changes_at
        assert [is_open(of, found.changes_at - second), is_open(of, found.changes_at)] == [
            found.open,
            not found.open,
        ]
        halfway = at + (found.changes_at - at) / 2
        assert is_open(of, halfway) == found.open


windows = st.none() | st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda each: each[0] < each[1]
)


@settings(max_examples=150, deadline=None)
@given(CLASSES, instants(2024, 2040), st.lists(windows, min_size=7, max_size=7), windows, st.booleans())
def test_a_group_is_never_passed_over_while_a_class_of_it_is_open(
    of: str, at: datetime, week: list[Window | None], holiday: Window | None, everywhere: bool
) -> None:
    own = rule(*week, has_holidays=True, holiday=holiday, state=None if everywhere else "TX", id="own")
    group = zone_group(of)
    for found in (hours(), CallingHours([own]), CallingHours([*default().calling_rules.values(), own])):
        assert found.may_be_open(group, at) or not found.at(of, at).open


def test_a_group_is_read_on_a_holiday_that_only_then_is_open() -> None:
    found = CallingHours([rule(*[None] * 7, has_holidays=True, holiday=(600, 720))])
    christmas = local("2026-12-25 10:00", "America/New_York")
    assert found.at(NIGHT, christmas).open
    assert found.may_be_open("ET", christmas)


def test_a_group_is_the_zone_that_opens_last_whatever_the_rules() -> None:
    groups = {
        "ET": ("FL", "33101", None), "CT": ("FL", None, None), "MT": ("TX", None, "+442071838750"),
        "AZ": ("AZ", None, None), "PT": ("NY", None, "+14155550101"), "AH": (None, "99701", "+12125550101"),
        "UN": (None, None, None), "XX": ("PR", None, None),
    }  # fmt: skip
    assert set(groups) == set(GROUPS)
    for group, known in groups.items():
        assert zone_group(calling_class(*known)) == group


def test_a_closed_group_is_known_to_be_closed() -> None:
    night = local("2026-03-03 03:00", "America/New_York")
    assert [group for group in GROUPS if hours().may_be_open(group, night)] == ["XX"]
    morning = local("2026-03-03 08:00", "America/New_York")
    assert [group for group in GROUPS if hours().may_be_open(group, morning)] == ["ET", "XX"]


def test_when_a_group_may_open_next_is_when_it_is_not_closed_any_more() -> None:
    night = local("2026-03-03 03:00", "America/New_York")
    for group in GROUPS:
        at = hours().may_open(group, night)
        assert at is not None
        assert hours().may_be_open(group, at)
        assert group == "XX" or not hours().may_be_open(group, at - timedelta(minutes=1))
    assert hours().may_open("ET", night) == local("2026-03-03 08:00", "America/New_York")
    assert hours().may_open("AH", night) == local("2026-03-03 08:00", "America/Anchorage")
    evening = local("2026-03-03 21:00", "Pacific/Honolulu")
    assert hours().may_open("AH", evening) == local("2026-03-04 08:00", "America/Anchorage")
    never = CallingHours([rule(*[None] * 7)])
    assert [never.may_open(group, night) for group in ("ET", "UN")] == [None, None]


# -- a year that changes its rules -----------------------------------------------------------------------------------

NEW_YEARS = {
    "FL": "America/New_York",
    "IL": "America/Chicago",
    "UT": "America/Denver",
    "AZ": "America/Phoenix",
    "CA": "America/Los_Angeles",
    "HI": "Pacific/Honolulu",
    "GU": "Pacific/Guam",
}


@pytest.mark.parametrize(("state", "zone"), list(NEW_YEARS.items()))
def test_a_rule_holds_until_the_next_ones_day_begins_where_the_lead_is(state: str, zone: str) -> None:
    all_day, none = ((0, 1440),) * 7, (None,) * 7
    versions = [
        CallingRule("mine", "2026", "US", state, all_day, effective_from=date(2026, 1, 1), calls_per_24h=5),
        CallingRule("mine", "2027", "US", state, none, effective_from=date(2027, 1, 1), calls_per_24h=2),
        CallingRule("mine", "2028", "US", state, all_day, effective_from=date(2028, 1, 1), calls_per_24h=9),
    ]
    found = CallingHours([*default().calling_rules.values(), *versions])
    (name,) = {each.name for each in places(calling_class(state, None, None)) if each.zone == zone}
    for year, is_open_then, limit in ((2026, True, 5), (2027, False, 2), (2028, True, 9)):
        begins = local(f"{year}-01-01T00:00:00", zone)
        ends = local(f"{year}-12-31T23:59:59", zone)
        for instant in (begins, ends):
            assert found.at(name, instant).open is is_open_then
            assert found.calls_per_24h(name, instant) == limit
    assert found.closes(name, local("2026-12-31T20:00:00", zone)) == local("2027-01-01T00:00:00", zone)
    assert found.at(name, local("2027-12-31T20:00:00", zone)).changes_at == local("2028-01-01T00:00:00", zone)
    assert [each.name for each in in_turn(versions, date(2026, 12, 31))] == ["2026", "2027", "2028"]
    assert [each.name for each in in_turn(versions, date(2025, 12, 31))] == ["2026", "2027", "2028"]
    assert [each.name for each in in_turn(versions, date(2027, 6, 1))] == ["2027", "2028"]
