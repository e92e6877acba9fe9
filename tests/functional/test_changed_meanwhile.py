"""What changes while a lead waits, is promised or is worked: its place, its phone, who may call it."""

from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body
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
    assert why(hours.pull("ana"))["calling_hours"] == 1


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


def test_after_it_was_taken_back_what_its_owner_records_still_counts_until_somebody_pulls_it(
    company: Backend,
) -> None:
    company.push("to-ana", ["ana"], take_back_after_minutes=10)
    company.pull_strategy("all")
    company.settle()
    first, second = company.lead(1), company.lead(2)
    company.at("2026-03-04T15:10:00Z")
    company.tick()
    assert company.dispose(first, "sold", "ana")["status"] == "closed"
    assert company.pull("ben")["lead"]["id"] == second
    assert company.dispose(second, "sold", "ana").status == 404


def test_an_appointment_is_work_too(company: Backend) -> None:
    company.push("to-ana", ["ana"], take_back_after_minutes=10)
    company.pull_strategy("all")
    company.settle()
    lead = company.lead(1)
    company.post(f"/v1/leads/{lead}/appointments", {"starts_at": "2026-03-05T15:00:00Z"}, user="ana")
    company.at("2026-03-04T15:10:00Z")
    company.tick()
    company.tick()
    assert company.shown(lead)["owner"] == "ana"


def test_who_gives_a_lead_back_gets_it_again_last(company: Backend) -> None:
    company.push("to-ana", ["ana"])
    company.pull_strategy("all")
    company.save("dispositions", "back", name="Back", outcome="recycle", release=True, cool_down_minutes=0)
    company.settle()
    lead = company.lead(1)
    company.save(
        "push-strategies", "to-ana", **{**company.get("/v1/push-strategies/to-ana").json, "enabled": False}
    )
    company.settle()
    company.dispose(lead, "back", "ana")
    company.at("2026-03-04T14:00:00Z")  # an older one, which its order puts behind
    other = company.lead(2)
    company.at("2026-03-04T15:00:01Z")
    assert company.pull("ana")["lead"]["id"] == other
    assert company.pull("ben")["lead"]["id"] == lead


# -- the set-up ----------------------------------------------------------------------------------------------------


def test_many_leads_that_an_edit_moved_are_filed_anew_in_few_rounds_and_hide_nothing(
    company: Backend,
) -> None:
    number = {"field": "cost", "operator": "greater_than", "value": 0}
    company.pull_strategy("first", priority=1, criteria=[number])
    company.pull_strategy(
        "second", priority=2, criteria=[{"field": "state", "operator": "equals", "value": "CO"}]
    )
    company.settle()
    for at in range(45):
        company.post("/v1/leads", lead_body(at, cost=5))
    company.settle()
    wanted = company.lead(99, state="CO")
    company.pull_strategy("first", priority=1, criteria=[{**number, "value": 100}])
    company.strict.requests.clear()
    assert company.pull("ana")["lead"]["id"] == wanted  # before the job that moves them has begun
    reads = [each for each, _ in company.strict.requests if each == "Query"]
    assert len(reads) < 40


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


# -- its calls -----------------------------------------------------------------------------------------------------

OKLAHOMA = {"state": "OK", "postal_code": "73101", "phone": "4055550123"}


def called_out(company: Backend) -> None:
    """Three calls of an Oklahoma phone."""
    other = company.lead(50, **OKLAHOMA)
    for user in ("ben", "cho", "dee"):
        answer = company.pull(user)
        assert answer["lead"]["id"] == other
        company.dispose(other, "no-answer", user, lease_token=answer["lease"]["token"])
    company.dispose(other, "sold", "admin")


def test_another_phone_ends_the_wait_for_the_first_ones_limit(company: Backend) -> None:
    company.pull_strategy("all", calling_hours=True, cool_down_minutes=0)
    company.settle()
    called_out(company)
    lead = company.lead(1, **OKLAHOMA)
    assert why(company.pull("ana")) == {"call_limit": 1}
    company.patch(f"/v1/leads/{lead}", {"phone": "4055550199"})
    assert company.pull("ana")["lead"]["id"] == lead


def test_a_callback_that_the_limit_keeps_back_says_so(company: Backend) -> None:
    company.pull_strategy("all", calling_hours=True, cool_down_minutes=0)
    company.settle()
    lead, token = company.lent(**OKLAHOMA)
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T15:10:00Z")
    other = company.lead(2, **OKLAHOMA)
    for user in ("ben", "cho"):
        answer = company.pull(user)
        company.dispose(other, "no-answer", user, lease_token=answer["lease"]["token"])
    company.at("2026-03-04T15:10:00Z")
    assert why(company.pull("ana"))["call_limit"] >= 1


def test_a_lapsed_lease_is_not_extended_into_the_past(hours: Backend) -> None:
    hours.at("2026-03-05T00:50:00Z")
    lead, token = hours.lent(**MIAMI)
    hours.at("2026-03-05T01:30:00Z")
    body = {"lease_token": token}
    hours.refused(409, "outside_calling_hours", "POST", f"/v1/leads/{lead}/lease", body, user="ana")


def test_what_comes_late_is_kept_whole(sales: Backend) -> None:
    lead, token = sales.lent()
    sales.at("2026-03-04T15:20:00Z")
    assert sales.pull("ben")["lead"]["id"] == lead
    body = {"lease_token": token, "note": "call me on Friday", "callback_at": "2026-03-06T15:00:00Z"}
    assert sales.dispose(lead, "call-back", "ana", **body).status == 409
    late = next(each for each in sales.timeline(lead) if each["event"] == "late_disposition")
    assert (late["note"], late["callback_at"]) == ("call me on Friday", "2026-03-06T15:00:00Z")
