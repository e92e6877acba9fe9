"""Calls: asked for before they are made, counted for owned and pulled leads, and what is recorded of them."""

from typing import Any

import pytest

from routing.storage.table import to_item
from tests.functional.backend import Answer, Backend, lead_body
from tests.functional.test_pull_next import why

OKLAHOMA = {"state": "OK", "phone": "4055550123"}
PHONE = "+14055550123"


@pytest.fixture
def oklahoma(company: Backend) -> Backend:
    """Everybody pulls within hours, and nothing cools down. It is nine in the morning in Oklahoma."""

    def build() -> None:
        company.pull_strategy("all", calling_hours=True, cool_down_minutes=0, max_attempts=50)

    return company.prepared("oklahoma-calls", build)


def call(backend: Backend, lead: str, user: str, body: Any = None, **other: Any) -> Answer:
    return backend.post(f"/v1/leads/{lead}/calls", body or {}, user=user, **other)


def called(backend: Backend, lead: str, user: str) -> str:
    answer = call(backend, lead, user)
    assert answer.status == 201, answer.json
    return str(answer.json["call_id"])


def refused(backend: Backend, code: str, lead: str, user: str) -> Any:
    return backend.refused(409, code, "POST", f"/v1/leads/{lead}/calls", {}, user=user).json


def owned(backend: Backend, number: int = 1, user: str = "ana", **other: Any) -> str:
    """A lead that the user owns."""
    lead = backend.lead(number, **{**OKLAHOMA, **other})
    assert backend.post(f"/v1/leads/{lead}/transfer", {"to": user}).status == 200
    return lead


def counted(backend: Backend) -> list[int]:
    return [len(each["called_at"]) for each in backend.of("CONTACT#", "STATE") if "called_at" in each]


# -- owned leads ---------------------------------------------------------------------------------------------------


def test_a_call_is_answered_counted_and_on_the_timeline(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    assert oklahoma.shown(lead)["first_call_at"] is None
    answer = call(oklahoma, lead, "ana")
    said = {"phone": PHONE, "at": "2026-03-04T15:00:00Z"}
    assert (answer.status, {**answer.json, "call_id": ""}) == (201, {**said, "call_id": ""})
    entry = oklahoma.timeline(lead)[0]
    assert (entry["event"], entry["by"], entry["call_id"]) == ("called", "ana", answer.json["call_id"])
    assert PHONE not in str(entry)
    assert "phone_key" not in entry
    assert counted(oklahoma) == [1]


def test_the_first_call_is_told_once(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    called(oklahoma, lead, "ana")
    oklahoma.at("2026-03-04T16:00:00Z")
    called(oklahoma, lead, "ana")
    oklahoma.dispose(lead, "no-answer", "ana")
    assert oklahoma.shown(lead)["first_call_at"] == "2026-03-04T15:00:00Z"


def test_an_attempt_without_a_call_is_the_first_call_too(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    oklahoma.dispose(lead, "return", "ana")
    assert oklahoma.shown(lead)["first_call_at"] is None
    lead = owned(oklahoma, 2, phone="4055550124")
    assert oklahoma.dispose(lead, "no-answer", "ana").json["first_call_at"] == "2026-03-04T15:00:00Z"


def test_a_florida_lead_is_not_called_five_times_in_five_minutes(oklahoma: Backend) -> None:
    lead = owned(oklahoma, state="FL", phone="3055550123")
    for _ in range(3):
        called(oklahoma, lead, "ana")
        oklahoma.dispose(lead, "no-answer", "ana")
    answer = refused(oklahoma, "call_limit", lead, "ana")
    assert answer["next_at"] == "2026-03-05T15:00:00Z"
    oklahoma.lead(2, state="FL", phone="3055550123")
    assert why(oklahoma.pull("ben")) == {"call_limit": 1}
    oklahoma.at("2026-03-05T14:59:59Z")
    refused(oklahoma, "call_limit", lead, "ana")
    oklahoma.at("2026-03-05T15:00:00Z")
    called(oklahoma, lead, "ana")


def test_two_users_and_two_leads_share_what_a_phone_may_be_called(oklahoma: Backend) -> None:
    mine, theirs = owned(oklahoma, 1), owned(oklahoma, 2, "ben")
    called(oklahoma, mine, "ana"), called(oklahoma, theirs, "ben"), called(oklahoma, mine, "ana")
    refused(oklahoma, "call_limit", theirs, "ben")


def test_where_no_limit_is_nobody_is_stopped(oklahoma: Backend) -> None:
    lead = owned(oklahoma, state="CO", phone="3035550123")
    for _ in range(40):
        called(oklahoma, lead, "ana")
    assert counted(oklahoma)[0] <= 17


def test_outside_its_hours_an_owned_lead_is_not_called(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    oklahoma.at("2026-03-05T02:00:00Z")  # 20:00 in Oklahoma
    answer = refused(oklahoma, "outside_calling_hours", lead, "ana")
    assert answer["next_at"] == "2026-03-05T14:00:00Z"
    oklahoma.at("2026-03-05T01:59:59Z")
    called(oklahoma, lead, "ana")


def test_a_listed_phone_is_not_called(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    oklahoma.put(f"/v1/do-not-call/{OKLAHOMA['phone']}", {})
    refused(oklahoma, "do_not_call", lead, "ana")


def test_a_phone_that_is_listed_just_now_is_not_called(oklahoma: Backend) -> None:
    lead = owned(oklahoma)

    def listed(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            oklahoma.strict.faults.clear()
            oklahoma.put(f"/v1/do-not-call/{OKLAHOMA['phone']}", {})

    oklahoma.strict.faults.append(listed)
    answer = call(oklahoma, lead, "ana")
    assert (answer.status, answer.json["code"]) == (409, "do_not_call")
    assert counted(oklahoma) == []


@pytest.mark.parametrize("phone", ["(405) 555-0123", "4055550123", PHONE])
def test_the_leads_own_phone_may_be_named_as_anybody_writes_it(oklahoma: Backend, phone: str) -> None:
    assert call(oklahoma, owned(oklahoma), "ana", {"phone": phone}).json["phone"] == PHONE


@pytest.mark.parametrize("phone", ["4055550124", "x", ""])
def test_another_phone_is_none_of_the_leads(oklahoma: Backend, phone: str) -> None:
    oklahoma.invalid(
        "POST", f"/v1/leads/{owned(oklahoma)}/calls", {"phone": phone}, ("phone", "unknown"), user="ana"
    )


def test_a_lead_without_a_phone_cannot_be_called(oklahoma: Backend) -> None:
    lead = owned(oklahoma, phone=None, email="a@example.com")
    oklahoma.invalid("POST", f"/v1/leads/{lead}/calls", {}, ("phone", "unknown"), user="ana")


def test_a_retried_tap_is_one_call(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    first, again = (call(oklahoma, lead, "ana", headers={"idempotency-key": "tap"}) for _ in range(2))
    assert (first.status, first.json) == (again.status, again.json)
    assert counted(oklahoma) == [1]


# -- pulled leads --------------------------------------------------------------------------------------------------


def test_the_first_call_on_a_lease_is_the_one_that_the_pull_reserved(oklahoma: Backend) -> None:
    lead, _ = oklahoma.lent(**OKLAHOMA)
    assert counted(oklahoma) == [1]
    oklahoma.at("2026-03-04T15:05:00Z")
    called(oklahoma, lead, "ana")
    assert counted(oklahoma) == [1]
    called(oklahoma, lead, "ana"), called(oklahoma, lead, "ana")
    assert counted(oklahoma) == [3]
    # It was made at 15:05, so that is when its day is over.
    assert refused(oklahoma, "call_limit", lead, "ana")["next_at"] == "2026-03-05T15:05:00Z"


def test_a_reserved_call_may_be_made_at_the_limit(oklahoma: Backend) -> None:
    mine = owned(oklahoma, 2, "ben")
    called(oklahoma, mine, "ben"), called(oklahoma, mine, "ben")
    lead, _ = oklahoma.lent(**OKLAHOMA)
    refused(oklahoma, "call_limit", mine, "ben")
    called(oklahoma, lead, "ana")
    refused(oklahoma, "call_limit", lead, "ana")


def test_what_was_no_attempt_gives_back_a_call_that_was_not_made_only(oklahoma: Backend) -> None:
    lead, token = oklahoma.lent(**OKLAHOMA)
    oklahoma.dispose(lead, "return", "ana", lease_token=token)
    assert counted(oklahoma) == []
    token = oklahoma.pull("ben")["lease"]["token"]
    called(oklahoma, lead, "ben")
    oklahoma.dispose(lead, "return", "ben", lease_token=token)
    assert counted(oklahoma) == [1]


def test_a_lease_that_lapsed_keeps_what_it_reserved(oklahoma: Backend) -> None:
    lead, _ = oklahoma.lent(**OKLAHOMA)
    oklahoma.at("2026-03-04T15:15:00Z")
    assert call(oklahoma, lead, "ana").status == 404
    assert counted(oklahoma) == [1]


def test_a_lease_that_an_earlier_release_granted_gives_nothing_back(oklahoma: Backend) -> None:
    lead, token = oklahoma.lent(**OKLAHOMA)
    (head,) = oklahoma.of(f"LEAD#{lead}", "HEAD")
    del head["lease_call_mark"]
    oklahoma.client.put_item(TableName=oklahoma.table, Item=to_item(head))
    assert oklahoma.dispose(lead, "return", "ana", lease_token=token).status == 200
    assert counted(oklahoma) == [1]


def test_a_lease_without_hours_is_called_at_any_hour(company: Backend) -> None:
    company.pull_strategy("all", calling_hours=False)
    company.settle()
    company.at("2026-03-05T07:00:00Z")
    lead, _ = company.lent(**OKLAHOMA)
    called(company, lead, "ana")


def test_who_holds_a_lead_is_who_calls_it(oklahoma: Backend) -> None:
    lead, _ = oklahoma.lent(**OKLAHOMA)
    refused(oklahoma, "not_yours", lead, "admin")
    assert call(oklahoma, lead, "ben").status == 404
    assert call(oklahoma, lead, "ben").json == {**call(oklahoma, "no-such-lead", "ben").json}


def test_a_callback_waits_while_another_lead_with_its_phone_is_lent(oklahoma: Backend) -> None:
    lead, token = oklahoma.lent(**OKLAHOMA)
    due = "2026-03-04T15:10:00Z"
    assert oklahoma.dispose(lead, "call-back", "ana", lease_token=token, callback_at=due).status == 200
    oklahoma.at("2026-03-04T15:05:00Z")
    other, token = oklahoma.lent("ben", 2, **OKLAHOMA)
    oklahoma.at(due)
    assert why(oklahoma.pull("ana"))["phone_lent"] == 1
    oklahoma.dispose(other, "sold", "ben", lease_token=token)
    assert oklahoma.pull("ana")["lead"]["id"] == lead


def test_a_lead_that_is_called_before_it_is_routed_is_routed_all_the_same(company: Backend) -> None:
    company.push("users", ["ana"])
    company.settle()
    lead = company.post("/v1/leads", {**lead_body(1), "phone": "3035550101"})["lead_id"]
    called(company, lead, "admin")
    company.settle()
    assert [each["event"] for each in company.timeline(lead)[:2]] == ["assigned", "called"]
    assert company.shown(lead)["owner"] == "ana"


def test_an_owned_lead_is_called_while_another_one_of_the_phone_is_lent(oklahoma: Backend) -> None:
    mine = owned(oklahoma, 2, "ben")
    oklahoma.lent(**OKLAHOMA)
    called(oklahoma, mine, "ben")


# -- what is recorded of a call ------------------------------------------------------------------------------------


def test_an_attempt_joins_a_call_and_one_without_a_call_counts_one(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    first, second = called(oklahoma, lead, "ana"), called(oklahoma, lead, "ana")
    oklahoma.dispose(lead, "no-answer", "ana", call_id=first)
    oklahoma.dispose(lead, "no-answer", "ana")
    assert [each.get("call_id") for each in oklahoma.timeline(lead)[:2]] == [second, first]
    assert counted(oklahoma) == [2]
    oklahoma.dispose(lead, "no-answer", "ana")
    entry = oklahoma.timeline(lead)[0]
    assert (entry["call_id"], entry["against"], counted(oklahoma)) == (None, [], [3])


def test_a_call_joins_one_attempt_only(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    made = called(oklahoma, lead, "ana")
    for _ in range(2):
        assert oklahoma.dispose(lead, "no-answer", "ana", call_id=made).status == 200
    assert counted(oklahoma) == [2]


def test_an_attempt_does_not_join_what_somebody_else_called(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    called(oklahoma, lead, "admin")
    oklahoma.dispose(lead, "no-answer", "ana")
    assert counted(oklahoma) == [2]


def test_an_attempt_does_not_join_a_call_of_the_day_before(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    called(oklahoma, lead, "ana")
    oklahoma.at("2026-03-05T15:00:00Z")
    oklahoma.dispose(lead, "no-answer", "ana")
    assert oklahoma.timeline(lead)[0]["call_id"] is None


@pytest.mark.parametrize("name", ["1", "999", "x", "²", "", "-1"])
def test_what_is_no_call_of_ones_own_is_not_joined(oklahoma: Backend, name: str) -> None:
    lead = owned(oklahoma)
    path = f"/v1/leads/{lead}/dispositions"
    body = {"disposition": "no-answer", "call_id": name}
    oklahoma.invalid("POST", path, body, ("call_id", "unknown"), user="ana")
    other = called(oklahoma, lead, "admin")
    oklahoma.invalid("POST", path, {**body, "call_id": other}, ("call_id", "unknown"), user="ana")


def test_what_was_done_all_the_same_is_recorded_and_marked(oklahoma: Backend) -> None:
    lead = owned(oklahoma)
    for _ in range(3):
        called(oklahoma, lead, "ana")
    for _ in range(3):
        oklahoma.dispose(lead, "no-answer", "ana")
    oklahoma.at("2026-03-05T02:00:00Z")
    assert oklahoma.dispose(lead, "no-answer", "ana").status == 200
    assert oklahoma.timeline(lead)[0]["against"] == ["outside_calling_hours", "call_limit"]
    assert counted(oklahoma) == [4]
    oklahoma.put(f"/v1/do-not-call/{OKLAHOMA['phone']}", {})
    assert oklahoma.dispose(lead, "no-answer", "ana").status == 200
    entry = oklahoma.timeline(lead)[0]
    assert entry["against"] == ["do_not_call", "outside_calling_hours", "call_limit"]


def test_two_who_record_and_call_at_once_count_both(oklahoma: Backend) -> None:
    """The calls that were read must still stand when one is added."""
    mine, theirs = owned(oklahoma, 1), owned(oklahoma, 2, "ben")

    def other(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            oklahoma.strict.faults.clear()
            called(oklahoma, theirs, "ben")

    oklahoma.strict.faults.append(other)
    oklahoma.dispose(mine, "no-answer", "ana")
    assert counted(oklahoma) == [2]
    oklahoma.strict.faults.append(other)
    answer = call(oklahoma, mine, "ana")
    assert (answer.status, answer.json["code"], counted(oklahoma)) == (409, "call_limit", [3])
