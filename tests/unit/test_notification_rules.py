"""Who is told, where and when: the nearest account that says something wins; quiet hours by the local clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.notifications import (
    EVENTS,
    Notice,
    choices,
    held_minutes,
    notices,
    overseers,
    quiet_until,
)
from routing.services.notify import notices as texts
from routing.storage.notifications import notification
from routing.storage.table import Key


def company(**notify: Any) -> Company:
    def user(name: str, parent: str, role: Any) -> Account:
        said = notify.get(name, {})
        return Account(name, "user", name, parent, role=role, email=f"{name}@example.com", notify=said)

    accounts = [
        Account(
            "corporate", "corporate", "C", timezone="America/New_York", notify=notify.get("corporate", {})
        ),
        Account("west", "branch", "W", "corporate", notify=notify.get("west", {})),
        Account("denver", "branch", "D", "west", timezone="America/Denver", notify=notify.get("denver", {})),
        user("ana", "denver", "rep"),
        user("mia", "west", "manager"),
        user("root", "corporate", "admin"),
    ]
    return Company(accounts={each.id: each for each in accounts})


def test_in_the_app_unless_told_otherwise_elsewhere_only_if_told_so() -> None:
    found = choices("ana", "assigned", company())
    assert (found.in_app, found.email, found.webhook) == (True, None, None)


@pytest.mark.parametrize(
    ("notify", "email"),
    [
        ({"corporate": {"email": True}}, True),
        ({"corporate": {"email": True}, "denver": {"email": False}}, False),
        ({"corporate": {"email": False}, "ana": {"email": True}}, True),
        ({"corporate": {"events": {"assigned": {"email": True}}}}, True),
        ({"corporate": {"events": {"callback_due": {"email": True}}}}, False),
        # On one account the event goes before the channel; a nearer account goes before both.
        ({"ana": {"email": True, "events": {"assigned": {"email": False}}}}, False),
        ({"denver": {"events": {"assigned": {"email": False}}}, "ana": {"email": True}}, True),
        ({"denver": {"email": True}, "ana": {"email": None, "events": None}}, True),
    ],
)
def test_the_nearest_account_that_says_something_wins(notify: dict[str, Any], email: bool) -> None:
    assert (choices("ana", "assigned", company(**notify)).email is not None) == email


def test_a_webhook_is_the_nearest_url_and_can_be_declined_by_event() -> None:
    said = {"corporate": {"webhook": "https://a.example"}, "denver": {"webhook": "https://b.example"}}
    assert choices("ana", "assigned", company(**said)).webhook == "https://b.example"
    declined = {**said, "ana": {"events": {"assigned": {"webhook": False}}}}
    assert choices("ana", "assigned", company(**declined)).webhook is None
    assert choices("ana", "callback_due", company(**declined)).webhook == "https://b.example"


def test_managers_are_the_nearest_above_and_admins_where_there_are_none() -> None:
    assert overseers("ana", company()) == ["mia"]
    assert overseers("west", company()) == ["mia"]
    assert overseers("corporate", company()) == ["root"]


def test_held_minutes_are_15_unless_said() -> None:
    assert held_minutes("denver", company()) == 15
    assert held_minutes("denver", company(corporate={"held_minutes": 60}, west={"held_minutes": 5})) == 5


def test_a_disabled_or_unknown_user_is_told_nothing() -> None:
    detail = {"status": "assigned", "owner": "gone", "to": "gone"}
    assert notices("transferred", "L1", detail, "root", company()) == []


def quiet(start: str, end: str, now: datetime) -> datetime | None:
    said = {"corporate": {"quiet_hours": {"start": start, "end": end}}}
    return quiet_until("ana", company(**said), now)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-03T03:59:59+00:00", None),  # 20:59:59 in Denver
        ("2026-03-03T04:00:00+00:00", "2026-03-03T15:00:00+00:00"),
        ("2026-03-03T14:59:59+00:00", "2026-03-03T15:00:00+00:00"),
        ("2026-03-03T15:00:00+00:00", None),
        # Over the night in which the clock is put forward: 08:00 comes an hour earlier.
        ("2026-03-08T05:00:00+00:00", "2026-03-08T14:00:00+00:00"),
        # And back: an hour later.
        ("2026-11-01T04:00:00+00:00", "2026-11-01T15:00:00+00:00"),
    ],
)
def test_quiet_hours_are_the_accounts_local_time_over_midnight(now: str, end: str | None) -> None:
    found = quiet("21:00", "08:00", datetime.fromisoformat(now))
    assert found == (None if end is None else datetime.fromisoformat(end))


def test_an_end_that_the_spring_night_leaves_out_is_when_the_clock_jumps() -> None:
    jump = datetime(2026, 3, 8, 9, tzinfo=UTC)  # Denver goes from 02:00 to 03:00
    assert quiet("21:00", "02:30", jump - timedelta(hours=1)) == jump
    assert quiet("21:00", "02:30", jump) is None


def test_the_same_start_and_end_is_no_quiet_hours() -> None:
    said = {"corporate": {"quiet_hours": {"start": "21:00", "end": "08:00"}}}
    night = datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert quiet_until("ana", company(**said), night) is not None
    assert (
        quiet_until("ana", company(**said, ana={"quiet_hours": {"start": "09:00", "end": "09:00"}}), night)
        is None
    )


CLOCK = st.builds(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}", st.integers(0, 24 * 60 - 1))
NOWS = st.integers(0, 366 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)


@given(CLOCK, CLOCK, NOWS)
def test_quiet_hours_end_when_they_say_and_in_the_future(start: str, end: str, now: datetime) -> None:
    found = quiet(start, end, now)
    if found is None:
        return
    assert now < found <= now + timedelta(hours=26)
    assert quiet(start, end, found) is None or start < end, (
        "it is over then, but for an hour that comes twice"
    )
    local = found.astimezone(ZoneInfo("America/Denver")).strftime("%H:%M")
    # A local time that the spring night skips is the one that the clock shows instead.
    assert local == end or now.month == 3


@given(st.sampled_from(EVENTS), st.integers(1, 250))
def test_one_subject_and_one_line_each_however_many(event: Any, count: int) -> None:
    facts = {
        "assigned": {"lead_id": "L1"},
        "callback_due": {"lead_id": "L1", "callback_at": "2026-03-02T15:00:00Z"},
        "held_too_long": {"owner": "denver", "count": 2, "minutes": 15, "since": "2026-03-02T15:00:00Z"},
        "limit_reached": {"account": "ana", "strategy": "s", "period": "day", "limit": 9},
        "import_done": {"import_id": "I1"},
        "closed_by_other": {"lead_id": "L1", "account": "ben"},
        "asked_again": {"lead_id": "L1"},
    }[event]
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    found = [
        notification(Key("LEAD#L1", f"EVENT#{n}"), at, Notice(event, "ana", facts)) for n in range(count)
    ]
    assert len({each.id for each in found}) == count
    assert "\n" not in texts.subject(found)
    assert len(texts.text(found).splitlines()) == 2 + min(count, 101)


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ({}, "The import I1 is done."),
        (
            {"status": "done", "leads_created": 58, "rows_rejected": 2},
            "The import I1 is done. Leads created: 58; rows left out: 2.",
        ),
        (
            {"status": "failed", "leads_created": 1, "rows_rejected": 0},
            "The import I1 has failed; it says why.",
        ),
    ],
)
def test_an_import_that_is_over_is_told_to_whoever_began_it(detail: dict[str, Any], text: str) -> None:
    (notice,) = notices("import_done", "I1", {"phones": 9, **detail}, "ana", company())
    assert notice == Notice("import_done", "ana", {"import_id": "I1", **detail})
    found = notification(Key("IMPORT#I1", "EVENT#1"), datetime(2026, 3, 2, 15, tzinfo=UTC), notice)
    assert texts.line(found) == text
