"""Appointments: who makes, sees and cancels them, and what becomes of a leaver's."""

from typing import Any

import pytest

from tests.functional.backend import Answer, Backend

TEN = "2026-03-05T10:00:00Z"


def made(backend: Backend, lead: str, at: str, user: str = "ana", **other: Any) -> str:
    answer = backend.post(f"/v1/leads/{lead}/appointments", {"starts_at": at, **other}, user=user)
    assert answer.status == 201, answer.json
    return str(answer["id"])


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.json
    return [each["id"] for each in answer["items"]]


@pytest.fixture
def lead(sales: Backend) -> str:
    """One that `ana` owns."""
    return sales.lead(1, user="ana", owner="me")


def test_an_appointment_is_made_listed_by_time_and_cancelled(sales: Backend, lead: str) -> None:
    body = {"starts_at": "2026-03-06T09:00:00.5-07:00", "notes": "bring the papers"}
    headers = {"idempotency-key": "tap"}
    answer = sales.post(f"/v1/leads/{lead}/appointments", body, user="ana", headers=headers)
    assert answer.status == 201
    late = answer["id"]
    assert answer.json == {
        "id": late,
        "lead_id": lead,
        "user": "ana",
        "starts_at": "2026-03-06T16:00:01Z",
        "notes": "bring the papers",
    }
    again = sales.post(f"/v1/leads/{lead}/appointments", body, user="ana", headers=headers)
    assert (again.status, again.json) == (201, answer.json)
    soon = made(sales, lead, TEN)
    listed = sales.get("/v1/appointments", user="ana")
    assert ids(listed) == [soon, late]
    assert listed["items"][1] == answer.json
    page = sales.get("/v1/appointments?limit=1", user="ana")
    assert ids(page) == [soon]
    assert ids(sales.get(f"/v1/appointments?limit=1&cursor={page['next']}", user="ana")) == [late]
    assert [each["event"] for each in sales.timeline(lead)[:2]] == ["appointment_made"] * 2
    assert [each["id"] for each in sales.get("/v1/leads?mine=true", user="ana")["items"]] == [lead]
    for _ in range(2):
        gone = sales.delete(f"/v1/leads/{lead}/appointments/{soon}", user="ana")
        assert gone.status == (204 if _ == 0 else 404)
    assert ids(sales.get("/v1/appointments", user="ana")) == [late]
    last = next(each for each in sales.timeline(lead) if each["event"] == "appointment_cancelled")
    assert (last["appointment"], last["user"], last["by"]) == (soon, "ana", "ana")


def test_a_list_begins_now_or_where_it_is_told_to_and_ends_before_to(sales: Backend, lead: str) -> None:
    first, second = made(sales, lead, "2026-03-04T16:00:00Z"), made(sales, lead, TEN)
    sales.at("2026-03-04T16:00:00Z")
    assert ids(sales.get("/v1/appointments", user="ana")) == [first, second]
    sales.at("2026-03-04T16:00:01Z")
    assert ids(sales.get("/v1/appointments", user="ana")) == [second]
    span = "from=2026-03-04T16:00:00Z&to=2026-03-05T10:00:00Z"
    assert ids(sales.get(f"/v1/appointments?{span}", user="ana")) == [first]
    assert ids(sales.get("/v1/appointments?from=2026-03-01T00:00:00Z", user="ana")) == [first, second]
    sales.invalid("GET", "/v1/appointments?from=monday", None, ("from", "not_a_time"), user="ana")
    sales.invalid("GET", "/v1/appointments?to=2026-03-01T00:00:00Z", None, ("to", "out_of_range"))


def test_who_may(sales: Backend, lead: str) -> None:
    where = f"/v1/leads/{lead}/appointments"
    own = made(sales, lead, TEN)
    theirs = made(sales, lead, TEN, user="mia")
    for user in ("ben", "max"):
        sales.refused(404, "not_found", "POST", where, {"starts_at": TEN}, user=user)
        sales.refused(404, "not_found", "DELETE", f"{where}/{own}", user=user)
        sales.refused(403, "forbidden", "GET", "/v1/appointments?user=ana", user=user)
    assert ids(sales.get("/v1/appointments?user=ana", user="mia")) == [own]
    assert ids(sales.get("/v1/appointments", user="mia")) == [theirs]
    sales.invalid("GET", "/v1/appointments?user=nobody", None, ("user", "unknown"))
    sales.refused(404, "not_found", "POST", "/v1/leads/nothing/appointments", {"starts_at": TEN})
    # Whose it is may cancel it, though the lead has gone to others.
    sales.post(f"/v1/leads/{lead}/transfer", {"to": "dallas"})
    assert sales.delete(f"{where}/{own}", user="ana").status == 204
    sales.refused(404, "not_found", "DELETE", f"{where}/{own}")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("starts_at", "required")),
        ({"starts_at": None}, ("starts_at", "required")),
        ({"starts_at": "2026-03-05"}, ("starts_at", "not_a_time")),
        ({"starts_at": "2026-03-04T15:00:00Z"}, ("starts_at", "in_the_past")),
        ({"starts_at": "2028-03-04T15:00:01Z"}, ("starts_at", "out_of_range")),
        ({"starts_at": TEN, "notes": 5}, ("notes", "wrong_type")),
        ({"starts_at": TEN, "user": "ben"}, ("user", "unknown_key")),
    ],
)
def test_a_wrong_appointment_is_refused(sales: Backend, lead: str, body: Any, error: tuple[str, str]) -> None:
    sales.invalid("POST", f"/v1/leads/{lead}/appointments", body, error, user="ana")


def test_a_leavers_appointments_to_come_move_and_past_ones_hold_nobody_back(
    sales: Backend, lead: str
) -> None:
    other = sales.lead(2, user="ben", owner="me")
    past = made(sales, lead, "2026-03-04T15:30:00Z")
    to_come = made(sales, lead, TEN)
    foreign = made(sales, other, TEN, user="mia")
    sales.at("2026-03-04T16:00:00Z")
    refused = sales.refused(409, "in_use", "DELETE", "/v1/accounts/ana")
    assert refused["referred_to_by"] == ["leads", "appointments"]
    for leaver, to in (("ana", "ben"), ("mia", "max")):
        assert sales.post(f"/v1/accounts/{leaver}/reassign", {"to": to}).status == 200
    sales.settle()
    assert ids(sales.get("/v1/appointments", user="ben")) == [to_come]
    assert ids(sales.get("/v1/appointments", user="max")) == [foreign]
    before = sales.get("/v1/appointments?user=ana&from=2026-03-01T00:00:00Z")
    assert ids(before) == [past]
    moved = [each for each in sales.timeline(lead) if each["event"] == "appointment_moved"]
    assert [(each["from"], each["user"], each["by"]) for each in moved] == [("ana", "ben", "admin")]
    assert sales.delete("/v1/accounts/ana").status == 204


def test_appointments_stay_with_a_leaver_whose_leads_are_distributed_until_they_are_past(
    sales: Backend, lead: str
) -> None:
    made(sales, lead, TEN)
    sales.post("/v1/accounts/ana/reassign", {"distribute": True})
    sales.settle()
    assert sales.shown(lead)["owner"] == "denver"
    refused = sales.refused(409, "in_use", "DELETE", "/v1/accounts/ana")
    assert refused["referred_to_by"] == ["appointments"]
    sales.at("2026-03-05T10:00:01Z")
    assert sales.delete("/v1/accounts/ana").status == 204


def test_an_appointment_that_comes_with_a_disposition_is_made_with_it_or_not_at_all(sales: Backend) -> None:
    lead, token = sales.lent()
    body = {"disposition": "appointment-set", "lease_token": token}
    meeting = {"starts_at": TEN, "notes": "bring the papers"}
    for _ in range(2):  # a retry answers the same, and makes no second one
        answer = sales.post(f"/v1/leads/{lead}/dispositions", {**body, "appointment": meeting}, user="ana")
        assert (answer.status, answer["owner"]) == (200, "ana")
    (made,) = sales.get("/v1/appointments", user="ana")["items"]
    assert (made["lead_id"], made["starts_at"], made["notes"]) == (lead, TEN, "bring the papers")
    events = [each["event"] for each in sales.timeline(lead)]
    assert events[:2] == ["appointment_made", "disposition"]
    late = {**body, "disposition": "sold", "appointment": {"starts_at": "2026-03-06T10:00:00Z"}}
    assert sales.post(f"/v1/leads/{lead}/dispositions", late, user="ana").status == 409
    assert len(sales.get("/v1/appointments", user="ana")["items"]) == 1
