"""Where a lead may be: facts that contradict each other all count, and what follows from them is said."""

from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body
from tests.functional.test_pull_next import why

NEW_YORK_PHONE = "+19175550100"


@pytest.fixture
def hours(company: Backend) -> Backend:
    """Everybody pulls, within calling hours."""
    return company.prepared("hours", lambda: company.pull_strategy("all", calling_hours=True))


def test_an_address_that_contradicts_itself_is_not_lent_and_a_callback_is_refused(hours: Backend) -> None:
    hours.at("2026-06-10T12:05:00Z")  # 2:05 in Honolulu, 8:05 in New York
    hawaii = hours.lead(1, state="HI", postal_code="12345", phone=NEW_YORK_PHONE)
    assert why(hours.pull("ana")) == {"calling_hours": 1}
    hours.at("2026-06-10T20:00:00Z")
    token = hours.pull("ana")["lease"]["token"]
    body = {"lease_token": token, "disposition": "call-back", "callback_at": "2026-06-11T12:30:00Z"}
    answer = hours.post(f"/v1/leads/{hawaii}/dispositions", body, user="ana")
    assert (answer.status, answer.errors) == (422, [("callback_at", "outside_calling_hours")])


@pytest.mark.parametrize(
    ("at", "facts"),
    [
        ("2026-06-10T12:05:00Z", {"state": "CA", "postal_code": "12345"}),  # 5:05 in Los Angeles
        ("2026-06-11T03:30:00Z", {"state": "TX", "postal_code": "99999", "phone": "+14155550100"}),
        ("2026-06-11T00:30:00Z", {"state": "FL", "postal_code": "12345"}),  # Florida closes at 20:00
        ("2026-06-10T12:05:00Z", {"state": "TX", "postal_code": "7520"}),
        ("2026-06-10T12:05:00Z", {"state": "TX", "postal_code": "752", "phone": NEW_YORK_PHONE}),
        ("2026-06-10T12:05:00Z", {"state": "BC", "postal_code": "V6B 1A1", "phone": NEW_YORK_PHONE}),
        ("2026-06-10T12:05:00Z", {"state": "Atlantis", "phone": NEW_YORK_PHONE}),
        ("2026-06-10T12:05:00Z", {"phone": "436-234-5678"}),
        ("2026-06-10T12:05:00Z", {"state": "NY", "phone": "436-234-5678"}),
    ],
)
def test_outside_the_window_of_any_place_that_it_may_be_in_a_lead_is_not_lent(
    hours: Backend, at: str, facts: dict[str, Any]
) -> None:
    hours.at(at)
    hours.lead(1, **facts)
    assert why(hours.pull("ana")) == {"calling_hours": 1}


def test_a_postal_code_that_is_changed_on_a_waiting_lead_adds_a_place(hours: Backend) -> None:
    hours.at("2026-06-10T12:05:00Z")
    lead = hours.lead(1, state="CA")
    assert hours.patch(f"/v1/leads/{lead}", {"postal_code": "12345"}).status == 200
    assert hours.shown(lead)["calling_class"] == "US-CA@America/Los_Angeles,US-NY@America/New_York"
    assert why(hours.pull("ana")) == {"calling_hours": 1}


def test_a_state_that_was_not_understood_stays_in_doubt_until_it_is_given(hours: Backend) -> None:
    lead = hours.lead(1, state="Atlantis", phone=NEW_YORK_PHONE)
    hours.patch(f"/v1/leads/{lead}", {"first_name": "Ann"})
    assert hours.shown(lead)["calling_class"] == "US-NY@America/New_York,unknown"
    hours.patch(f"/v1/leads/{lead}", {"state": "NY"})
    assert hours.shown(lead)["calling_class"] == "US-NY@America/New_York"


def test_florida_in_doubt_keeps_its_close_and_its_three_calls(company: Backend) -> None:
    query = "state=FL&postal_code=12345&at=2026-06-11T00:30:00Z"
    found = company.get(f"/v1/calling-hours?{query}")
    assert (found["open"], found["calls_per_24h"]) == (False, 3)
    company.invalid("GET", "/v1/calling-hours?state=TX&postal_code=7520", None, ("postal_code", "invalid"))


def test_a_number_in_a_new_area_code_is_taken_listed_and_found(company: Backend) -> None:
    lead = company.lead(1, phone="436-234-5678")
    assert company.shown(lead)["phone"] == "+14362345678"
    assert company.listed("phone=4362345678") == [lead]
    assert company.put("/v1/do-not-call/4362345678", {}).status == 201
    assert company.get("/v1/calling-hours?phone=4362345678")["calling_class"] == "unknown"


def test_a_foreign_number_that_may_lack_a_1_is_said_and_can_be_kept(company: Backend) -> None:
    answer = company.post("/v1/leads", lead_body(phone="+6238675309"))
    assert [(each["field"], each["code"]) for each in answer["warnings"]] == [("phone", "ambiguous")]
    assert company.patch(f"/v1/leads/{answer['lead_id']}", {"phone": "+4792212345"}).status == 200


def test_a_postal_code_that_names_the_state_routes_the_lead(company: Backend) -> None:
    texas = [{"field": "state", "operator": "in", "value": ["TX"]}]
    others = [{"field": "state", "operator": "not_in", "value": ["TX"]}]
    company.push("texas", ["ana"], criteria=texas, order=1)
    company.push("others", ["ben"], criteria=others, order=2)
    answer = company.post("/v1/leads", lead_body(1, postal_code="75201"))
    assert [(each["field"], each["code"]) for each in answer["warnings"]] == [("state", "derived")]
    company.settle()
    lead = answer["lead_id"]
    shown = company.shown(lead)
    assert (shown["owner"], shown["state"], shown["timezone"]) == ("ana", "TX", "America/Chicago")
    assert shown["calling_class"] == "US-TX@America/Chicago"  # of a pushed lead, too
    (received,) = [each for each in company.timeline(lead) if each["event"] == "received"]
    assert "state" not in received["as_received"]
    changed = company.patch(f"/v1/leads/{lead}", {"postal_code": "10001"})
    assert (changed["state"], changed["timezone"]) == ("NY", "America/New_York")
    gone = company.patch(f"/v1/leads/{lead}", {"postal_code": ""})
    assert (gone["state"], gone["timezone"]) == (None, None)
    given = company.patch(f"/v1/leads/{lead}", {"state": "OK", "postal_code": "75201"})
    assert given["state"] == "OK"


def test_a_criterion_on_the_time_zone_holds(company: Backend) -> None:
    central = [{"field": "timezone", "operator": "equals", "value": "America/Chicago"}]
    company.push("central", ["ana"], criteria=central)
    inside, doubtful = company.lead(1, state="IL"), company.lead(2, state="TX")
    company.settle()
    assert company.shown(inside)["owner"] == "ana"
    assert (company.shown(doubtful)["owner"], company.shown(doubtful)["timezone"]) == ("corporate", None)
