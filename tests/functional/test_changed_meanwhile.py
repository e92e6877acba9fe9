"""What changes while a lead waits, is promised or is worked: its place, its phone, who may call it."""

from typing import Any

import pytest

from tests.functional.backend import Backend
from tests.functional.test_pull_next import why

MIAMI = {"state": "FL", "postal_code": "33101", "phone": "3055550123"}
LOS_ANGELES = {"state": "CA", "postal_code": "90001", "phone": "2135550123"}


@pytest.fixture
def hours(company: Backend) -> Backend:
    """Everybody pulls, within calling hours."""
    return company.prepared("hours", lambda: company.pull_strategy("all", calling_hours=True))


def moved_west(company: Backend, lead: str, user: str = "admin") -> None:
    answer = company.patch(f"/v1/leads/{lead}", LOS_ANGELES, user=user)
    assert (answer.status, answer["calling_class"]) == (200, "US-CA@America/Los_Angeles")


# -- its place -----------------------------------------------------------------------------------------------------


def test_a_callback_on_ones_own_lead_keeps_the_hours_of_where_it_is_now(hours: Backend) -> None:
    lead, token = hours.lent(**MIAMI)
    hours.dispose(lead, "contacted", "ana", lease_token=token)
    hours.dispose(lead, "call-back", "ana", callback_at="2026-03-05T13:30:00Z")
    moved_west(hours, lead, "ana")
    hours.at("2026-03-05T13:31:00Z")  # 5:31 in Los Angeles
    assert why(hours.pull("ana")) == {"calling_hours": 1}
    hours.at("2026-03-05T16:00:00Z")
    assert hours.pull("ana")["lead"]["id"] == lead


def test_a_callback_that_no_strategy_sees_any_more_keeps_them_too(hours: Backend) -> None:
    lead, token = hours.lent(**MIAMI)
    hours.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-05T13:30:00Z")
    hours.delete("/v1/pull-strategies/all")
    hours.tick()
    moved_west(hours, lead)
    hours.at("2026-03-05T13:31:00Z")
    assert why(hours.pull("ana")) == {"calling_hours": 1}


def test_a_held_lead_that_pull_may_have_moves_at_once(company: Backend) -> None:
    """Also before push has handled the request to route it again."""
    company.push("to-cho", ["cho"], when_nobody={"pull_after_minutes": 1}, active_within_minutes=5)
    company.pull_strategy("all", calling_hours=True)
    company.settle()
    lead = company.lead(1, **MIAMI)
    company.at("2026-03-04T15:02:00Z")  # 10:02 in Miami, 7:02 in Los Angeles
    moved_west(company, lead)
    assert why(company.pull("ana")) == {"calling_hours": 1}
    assert company.shown(lead)["status"] in ("held", "ready")


def test_the_companys_callback_of_which_nothing_is_known_keeps_the_strictest_hours(company: Backend) -> None:
    company.pull_strategy("once", calling_hours=True, max_attempts=1)
    company.settle()
    company.at("2026-03-04T19:00:00Z")
    lead, token = company.lent()
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T20:00:00Z")
    company.at("2026-03-05T09:00:00Z")  # 23:00 in Honolulu
    assert company.pull("ana")["lead"] is None


# -- its owner's time --------------------------------------------------------------------------------------------


def test_a_promised_callback_is_work_and_the_lead_is_not_taken_back(company: Backend) -> None:
    company.push("to-ana", ["ana"], take_back_after_minutes=60)
    company.pull_strategy("all")
    company.settle()
    lead = company.lead(1)
    company.at("2026-03-04T15:05:00Z")
    company.dispose(lead, "call-back", "ana", callback_at="2026-03-04T15:15:00Z")
    company.at("2026-03-04T15:16:00Z")
    assert company.pull("ana")["lead"]["id"] == lead
    company.at("2026-03-04T16:05:00Z")
    company.tick()
    assert company.shown(lead)["owner"] == "ana"


# -- its phone -----------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(sales: Backend) -> tuple[Backend, str, str]:
    """A lead that ana has on lease, and whose phone has just been put on the do-not-call list; its token."""
    lead, token = sales.lent(**MIAMI)
    assert sales.put("/v1/do-not-call/+13055550123", {}).status == 201
    sales.settle()
    assert sales.shown(lead)["status"] == "leased"
    return sales, lead, token


def test_the_lease_of_a_lead_whose_phone_was_listed_is_not_extended(listed: Any) -> None:
    sales, lead, token = listed
    body = {"lease_token": token}
    sales.refused(409, "do_not_call", "POST", f"/v1/leads/{lead}/lease", body, user="ana")


@pytest.mark.parametrize("disposition", ["contacted", "no-answer", "call-back", "return"])
def test_whatever_is_recorded_on_it_is_kept_and_closes_it(listed: Any, disposition: str) -> None:
    sales, lead, token = listed
    extra = {"callback_at": "2026-03-04T17:00:00Z"} if disposition == "call-back" else {}
    answer = sales.dispose(lead, disposition, "ana", lease_token=token, **extra)
    assert (answer.status, answer["status"], answer["last_disposition"]) == (200, "closed", disposition)
    assert sales.get("/v1/leads?mine=true", user="ana")["items"] == []
    assert sales.pull("ana")["lead"] is None


def test_it_closes_when_its_lease_has_lapsed_too(listed: Any) -> None:
    sales, lead, _ = listed
    sales.at("2026-03-04T15:15:00Z")
    assert sales.pull("ben")["lead"] is None
    assert sales.shown(lead)["status"] == "closed"


def test_a_lead_on_lease_that_gets_a_listed_number_is_marked_as_well(sales: Backend) -> None:
    lead, token = sales.lent(**LOS_ANGELES)
    assert sales.put("/v1/do-not-call/+13055550123", {}).status == 201
    sales.patch(f"/v1/leads/{lead}", {"phone": MIAMI["phone"]}, user="ana")
    sales.settle()
    assert sales.dispose(lead, "contacted", "ana", lease_token=token)["status"] == "closed"
