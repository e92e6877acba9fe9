"""Leads that have waited too long: for a pull, or for the user who owns them to do something."""

from typing import Any

import pytest

from tests.functional.backend import Backend, pull_body, push_body
from tests.functional.test_scheduled_reset import twice

# -- for a pull: max_wait --------------------------------------------------------------------------------------


def test_a_lead_that_waited_too_long_is_pulled_first_whether_or_not_a_job_has_passed(
    company: Backend,
) -> None:
    company.pull_strategy("rest", priority=50, max_wait="PT4H")
    company.pull_strategy(
        "best", priority=1, criteria=[{"field": "state", "operator": "equals", "value": "CO"}]
    )
    company.settle()
    old, older = company.lead(1), company.lead(2)
    assert company.timeline(old)[0]["filing"]["rank"] == "000050~rest"
    company.at("2026-03-04T18:59:59Z")
    best = company.lead(3, state="CO")
    assert company.pull("cho")["lead"]["id"] == best
    company.at("2026-03-04T19:00:00Z")
    second_best = company.lead(4, state="CO")
    company.tick()  # the timer is what brings it forward
    assert {company.pull(user)["lead"]["id"] for user in ("ana", "ben")} == {old, older}
    assert company.pull("dee")["lead"]["id"] == second_best


def test_after_its_pull_it_waits_anew(company: Backend) -> None:
    company.pull_strategy("rest", max_wait="PT1H", order_by=[{"field": "created_at", "direction": "desc"}])
    company.settle()
    old = company.lead(1)
    company.at("2026-03-04T16:00:00Z")
    company.lead(2)
    assert twice(company)["refiled"] == 1
    assert company.pull("ana")["lead"]["id"] == old
    company.at("2026-03-04T16:20:00Z")  # her lease has lapsed
    new = company.lead(3)
    assert company.pull("ben")["lead"]["id"] == new
    company.at("2026-03-04T17:15:00Z")
    company.tick()
    assert company.pull("cho")["lead"]["id"] != old
    assert company.pull("dee")["lead"]["id"] == old


def test_after_a_lapsed_lease_is_extended_it_waits_anew(company: Backend) -> None:
    company.pull_strategy("rest", max_wait="PT1H", order_by=[{"field": "created_at", "direction": "desc"}])
    company.settle()
    old, token = company.lent("ana")
    company.at("2026-03-04T16:15:00Z")
    assert twice(company)["refiled"] == 1
    company.at("2026-03-04T16:20:00Z")
    extended = company.post(f"/v1/leads/{old}/lease", {"lease_token": token}, user="ana")
    assert extended["lease"]["expires_at"] == "2026-03-04T16:35:00Z"
    company.at("2026-03-04T16:40:00Z")
    new = company.lead(2)
    assert company.pull("ben")["lead"]["id"] == new
    assert company.pull("cho")["lead"]["id"] == old


def test_after_it_had_to_wait_for_its_phones_next_call_it_waits_anew(company: Backend) -> None:
    company.pull_strategy("rest", priority=50, max_wait="PT4H", calling_hours=True)
    company.pull_strategy(
        "best", priority=1, criteria=[{"field": "state", "operator": "equals", "value": "CO"}]
    )
    company.settle()
    oklahoma = company.lead(1, phone="4055550123")
    for number in (2, 3, 4):  # three calls to its phone
        company.at(f"2026-03-04T15:00:0{number}Z")
        newer = company.lead(number, phone="4055550123")
        answer = company.pull("ana")
        assert answer["lead"]["id"] == newer
        company.dispose(newer, "sold", "ana", lease_token=answer["lease"]["token"])
    company.at("2026-03-04T19:00:02Z")
    company.tick()
    assert company.pull("ana")["why"][0]["reason"] == "call_limit"
    company.at("2026-03-05T15:00:05Z")
    best = company.lead(5, state="CO")
    company.tick()
    assert company.pull("ana")["lead"]["id"] == best
    assert company.pull("ben")["lead"]["id"] == oklahoma


@pytest.mark.parametrize("value", ["4 hours", "PT0S", "P1M", 4])
def test_a_wait_is_a_duration(company: Backend, value: Any) -> None:
    answer = company.put("/v1/pull-strategies/x", {"id": "x", **pull_body(max_wait=value)})
    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["max_wait"])


# -- for its owner: take_back_after_minutes ----------------------------------------------------------------------


@pytest.fixture
def pushed(company: Backend) -> Backend:
    """Leads go to ana, who has ten minutes; then all may pull them."""

    def build() -> None:
        company.push("to-ana", ["ana"], take_back_after_minutes=10)
        company.pull_strategy("all")

    return company.prepared("pushed with a take-back", build)


def test_an_unworked_lead_goes_back_and_another_user_pulls_it(pushed: Backend) -> None:
    lead = pushed.lead(1)
    assert pushed.shown(lead)["owner"] == "ana"
    pushed.at("2026-03-04T15:09:59Z")
    assert pushed.tick()["refiled"] == 0
    pushed.at("2026-03-04T15:10:00Z")
    assert twice(pushed)["refiled"] == 1
    shown = pushed.shown(lead)
    assert (shown["status"], shown["owner"], shown["holder"]) == ("ready", "corporate", None)
    event = pushed.timeline(lead)[0]
    assert (event["event"], event["from"], event["owner"]) == ("taken_back", "ana", "corporate")
    assert event["filing"]["filed"] is True
    assert pushed.pull("ben")["lead"]["id"] == lead


def test_a_lead_is_not_taken_back_while_its_owner_calls_it(pushed: Backend) -> None:
    lead = pushed.lead(1, state="CO", phone="3035550101")
    pushed.at("2026-03-04T15:09:30Z")
    assert pushed.post(f"/v1/leads/{lead}/calls", {}, user="ana").status == 201
    pushed.at("2026-03-04T16:09:29Z")
    assert pushed.tick()["refiled"] == 0
    assert pushed.shown(lead)["owner"] == "ana"
    pushed.at("2026-03-04T16:09:30Z")
    assert twice(pushed)["refiled"] == 1
    assert pushed.timeline(lead)[0]["event"] == "taken_back"


def test_a_call_shortens_no_time_that_its_owner_has(pushed: Backend) -> None:
    pushed.push("to-ana", ["ana"], take_back_after_minutes=90)
    lead = pushed.lead(1, state="CO", phone="3035550101")
    assert pushed.post(f"/v1/leads/{lead}/calls", {}, user="ana").status == 201
    pushed.at("2026-03-04T16:29:59Z")
    assert pushed.tick()["refiled"] == 0
    pushed.at("2026-03-04T16:30:00Z")
    assert pushed.tick()["refiled"] == 1


def test_what_is_recorded_of_a_call_is_work(pushed: Backend) -> None:
    lead = pushed.lead(1, state="CO", phone="3035550101")
    pushed.at("2026-03-04T15:09:30Z")
    assert pushed.post(f"/v1/leads/{lead}/calls", {}, user="ana").status == 201
    pushed.dispose(lead, "no-answer", "ana")
    pushed.at("2026-03-04T18:00:00Z")
    assert pushed.tick()["refiled"] == 0
    assert pushed.shown(lead)["owner"] == "ana"


def test_the_time_with_its_owner_is_no_time_that_it_waited_for_a_pull(pushed: Backend) -> None:
    pushed.pull_strategy("all", max_wait="PT5M")
    pushed.settle()
    lead = pushed.lead(1)
    pushed.at("2026-03-04T15:10:00Z")
    pushed.tick()
    assert pushed.timeline(lead)[0]["filing"]["rank"] != "!"
    pushed.at("2026-03-04T15:15:00Z")
    pushed.tick()
    assert pushed.pull("ben")["lead"]["id"] == lead


def test_who_left_it_gets_it_only_when_nothing_else_is_there(pushed: Backend) -> None:
    lead = pushed.lead(1)
    pushed.at("2026-03-04T15:10:00Z")
    pushed.tick()
    pushed.save("sources", "web", name="Web", owner="denver")
    other = pushed.lead(2, source="web")
    assert pushed.pull("ana")["lead"]["id"] == other
    assert pushed.pull("ben")["lead"]["id"] == lead


@pytest.mark.parametrize("disposition", ["no-answer", "contacted"])
def test_a_lead_that_was_worked_stays(pushed: Backend, disposition: str) -> None:
    lead = pushed.lead(1)
    assert pushed.dispose(lead, disposition, "ana").status == 200
    pushed.at("2026-03-04T16:00:00Z")
    pushed.tick()
    assert pushed.shown(lead)["owner"] == "ana"


def test_a_lead_whose_owner_promised_a_callback_stays_when_the_callback_is_over(pushed: Backend) -> None:
    lead = pushed.lead(1)
    assert pushed.dispose(lead, "call-back", "ana", callback_at="2026-03-04T15:05:00Z").status == 200
    pushed.at("2026-03-04T15:05:00Z")
    assert pushed.pull("ana")["lead"]["id"] == lead
    pushed.at("2026-03-04T15:25:00Z")
    pushed.tick()
    assert (pushed.shown(lead)["status"], pushed.shown(lead)["owner"]) == ("callback", "ana")


def test_a_disposition_that_races_with_the_taking_back_wins(pushed: Backend) -> None:
    lead = pushed.lead(1)
    pushed.at("2026-03-04T15:10:00Z")

    def work(operation: str, request: Any) -> None:
        if operation == "BatchGetItem" and f"LEAD#{lead}" in str(request):
            pushed.strict.after.clear()
            assert pushed.dispose(lead, "no-answer", "ana").status == 200

    pushed.strict.after.append(work)
    pushed.tick()
    assert (pushed.shown(lead)["owner"], pushed.shown(lead)["attempts"]) == ("ana", 1)


def test_what_a_manager_gives_is_not_taken_back(pushed: Backend) -> None:
    lead = pushed.lead(1)
    assert pushed.post(f"/v1/leads/{lead}/transfer", {"to": "ben"}, user="admin").status == 200
    pushed.at("2026-03-04T16:00:00Z")
    pushed.tick()
    assert pushed.shown(lead)["owner"] == "ben"


@pytest.mark.parametrize("value", [0, -5, "10", 1.5])
def test_the_time_to_work_it_is_in_whole_minutes(company: Backend, value: Any) -> None:
    body = {"id": "x", **push_body(["ana"], take_back_after_minutes=value)}
    answer = company.put("/v1/push-strategies/x", body)
    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["take_back_after_minutes"])
