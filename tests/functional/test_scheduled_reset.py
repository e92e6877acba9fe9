"""The scheduled run: what it does when its time has come, and that twice is as good as once."""

from typing import Any

import pytest

from functions.scheduled_reset import app as scheduled_reset
from routing.runtime import wiring
from routing.services import sweep
from routing.storage.configuration import LAYOUT
from tests.functional.backend import Backend, Snapshot, lead_body


def at_rest(backend: Backend) -> Snapshot:
    """Everything but the log, in which requests of a sweep stand that found nothing left to do."""
    return {key: item for key, item in backend.items().items() if not key[0].startswith("INTAKE#")}


def twice(backend: Backend) -> dict[str, int]:
    """Run it and let it settle, then again: the second run must change nothing."""
    done = backend.tick()
    once = at_rest(backend)
    backend.tick()
    assert at_rest(backend) == once
    return done


def test_with_nothing_to_do_it_does_nothing(company: Backend) -> None:
    company.pull_strategy("all")
    company.push("users", ["ana"], "denver")
    company.settle()
    company.tick()
    company.at("2026-03-04T15:01:00Z")
    before = company.typed()
    done = company.tick()
    assert set(done.values()) == {0}
    assert company.typed() == before


def test_an_empty_company_is_swept(empty: Backend) -> None:
    assert set(empty.tick().values()) == {0}
    assert empty.items() == {}


def test_idle_strategies_roll_into_the_new_day(company: Backend) -> None:
    company.push("users", ["ana", "ben"], "denver")
    company.save("sources", "denver", name="Denver", owner="denver")
    company.settle()
    company.lead(1, source="denver")
    company.at("2026-03-05T07:00:00Z")
    assert twice(company)["rolled"] == 1
    closed, state = company.of("STRATEGY#users")
    assert (closed["SK"], closed["counts"]) == ("INTERVAL#2026-03-04#00000001", {"ana": 1, "ben": 0})
    assert (state["day"], state["interval"], int(state["cursor"])) == ("2026-03-05", "2026-03-05", 0)
    assert [int(each) for each in state["day_counts"]] == [0, 0]


def test_a_clock_that_goes_back_rolls_nothing_back(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.lead(1)
    before = company.of("STRATEGY#users")
    company.at("2026-03-03T12:00:00Z")
    assert company.tick()["rolled"] == 0
    assert company.of("STRATEGY#users") == before


def test_a_lapsed_lease_is_returned_and_said(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.at("2026-03-04T15:15:00Z")
    assert twice(company)["returned"] == 1
    expired = company.timeline(lead)[0]
    assert (expired["event"], expired["holder"]) == ("lease_expired", "ana")
    assert company.shown(lead)["status"] == "ready"
    assert company.dispose(lead, "sold", "ana", lease_token=token)["status"] == "closed"


def test_a_cool_down_and_a_delay_end_in_the_queue(company: Backend) -> None:
    company.pull_strategy("all", cool_down_minutes=10)
    cooling = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.dispose(cooling, "no-answer", "ana", lease_token=token)
    company.lead(2, pull_delay_minutes=10)
    company.at("2026-03-04T15:09:59Z")
    assert company.tick()["returned"] == 0
    company.at("2026-03-04T15:10:00Z")
    assert twice(company)["returned"] == 2
    queued = {item["lead"]: item["QPK"].split("#")[0] for item in company.of("LEAD#", "HEAD")}
    assert set(queued.values()) == {"READY"}


def test_more_due_leads_than_a_page_are_all_returned(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.sweep.PAGE", 2)
    company.pull_strategy("all")
    for number in range(5):
        company.lead(number, pull_delay_minutes=10)
    company.at("2026-03-04T15:10:00Z")
    assert twice(company)["returned"] == 5


def test_a_callback_that_nobody_kept_goes_back_to_the_pool(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    company.at("2026-03-04T16:59:59Z")
    assert company.tick()["returned"] == 0
    company.at("2026-03-04T17:00:00Z")
    assert twice(company)["returned"] == 1
    assert company.timeline(lead)[0]["event"] == "callback_missed"
    assert company.of(f"LEAD#{lead}", "CALLBACK") == []
    assert company.shown(lead)["status"] == "ready"
    assert company.pull("ben")["lead"]["id"] == lead


def test_a_callback_that_was_pulled_and_left_is_still_promised_until_its_grace_is_over(
    company: Backend,
) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    company.at("2026-03-04T16:00:00Z")
    taken = company.pull("ana")
    assert (taken["lead"]["status"], taken["lead"]["available_at"]) == ("leased", "2026-03-04T17:00:00Z")
    assert company.tick()["callbacks_due"] == 0
    assert company.listed("status=leased") == [lead]
    company.at("2026-03-04T16:15:00Z")
    company.tick()
    shown = company.shown(lead)
    assert (shown["status"], shown["callback_for"], shown["holder"]) == ("callback", "ana", None)
    assert company.listed("status=callback") == [lead]
    assert company.pull("ben")["lead"] is None
    assert company.get("/v1/leads?mine=true", user="ana")["items"][0]["id"] == lead
    company.at("2026-03-04T16:50:00Z")
    assert company.pull("ana")["reason"]["why"] == "callback"
    company.at("2026-03-04T17:04:59Z")
    assert company.tick()["returned"] == 0
    company.at("2026-03-04T17:05:00Z")
    assert company.shown(lead)["status"] == "ready"
    assert company.listed("status=ready") == [lead]
    assert twice(company)["returned"] == 1
    assert company.timeline(lead)[0]["event"] == "callback_missed"
    assert company.of(f"LEAD#{lead}", "CALLBACK") == []
    assert company.pull("ben")["lead"]["id"] == lead


def test_who_missed_their_callback_may_still_say_what_came_of_it(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    company.at("2026-03-04T17:01:00Z")
    company.tick()
    sold = {"disposition": "sold"}
    company.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", sold, user="ben")
    answer = company.dispose(lead, "sold", "ana")
    assert (answer.status, answer["status"]) == (200, "closed")
    company.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", sold, user="ana")


@pytest.fixture
def promised(company: Backend) -> tuple[Backend, str]:
    """A lead of the company's that ana promised to call back at 16:00."""
    company.pull_strategy("all")
    company.settle()
    lead, token = company.lent("ana")
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    return company, lead


def may_not_record(company: Backend, lead: str, user: str) -> None:
    sold = {"disposition": "sold"}
    company.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", sold, user=user)


def test_nor_once_somebody_else_has_had_it(promised: tuple[Backend, str]) -> None:
    company, lead = promised
    company.at("2026-03-04T17:01:00Z")
    company.tick()
    assert company.pull("ben")["lead"]["id"] == lead
    may_not_record(company, lead, "ana")
    company.post(f"/v1/leads/{lead}/transfer", {"to": "dallas"})
    may_not_record(company, lead, "ben")
    may_not_record(company, lead, "ana")


def test_nor_when_it_was_given_to_somebody_else(promised: tuple[Backend, str]) -> None:
    company, lead = promised
    company.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    may_not_record(company, lead, "ana")


def test_nor_when_push_gave_it_to_somebody_else(promised: tuple[Backend, str]) -> None:
    company, lead = promised
    company.delete("/v1/pull-strategies/all")
    company.settle()
    company.push("all-leads", ["cho"])
    company.at("2026-03-04T17:00:30Z")
    for _ in range(2):
        company.tick()
        company.settle()
    assert company.shown(lead)["owner"] == "cho"
    may_not_record(company, lead, "ana")


def test_nor_on_what_is_promised_to_somebody_else(company: Backend) -> None:
    company.pull_strategy("all")
    company.settle()
    lead, _ = company.lent("ana")
    company.at("2026-03-04T15:30:00Z")
    company.dispose(lead, "call-back", "admin", callback_at="2026-03-04T16:00:00Z")
    may_not_record(company, lead, "ana")


@pytest.mark.parametrize("pulled", [False, True])
def test_a_missed_callback_that_is_filed_anew_before_the_sweep_is_not_stranded(
    promised: tuple[Backend, str], pulled: bool
) -> None:
    company, lead = promised
    if pulled:
        company.at("2026-03-04T16:50:00Z")
        assert company.pull("ana")["lead"]["id"] == lead
    company.at("2026-03-04T17:05:20Z")
    company.delete("/v1/pull-strategies/all")
    company.settle()
    twice(company)
    assert company.shown(lead)["status"] == "unmatched"
    assert company.of(f"LEAD#{lead}", "CALLBACK") == []


def test_a_callback_is_not_promised_for_longer_than_its_grace(promised: tuple[Backend, str]) -> None:
    company, lead = promised
    for at in ("16:59:30", "17:14:31"):
        company.at(f"2026-03-04T{at}Z")
        assert company.pull("ana")["reason"]["why"] == "callback"
    company.at("2026-03-04T17:29:32Z")
    assert company.shown(lead)["callback_for"] is None
    assert company.pull("ben")["lead"]["id"] == lead


def test_a_callback_on_a_lead_that_no_strategy_sees_any_more_strands_nothing(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1, state="CO")
    token = company.pull("ana")["lease"]["token"]
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    company.delete("/v1/pull-strategies/all")
    company.settle()
    assert company.shown(lead)["status"] == "callback"
    company.at("2026-03-04T16:00:00Z")
    assert company.pull("ana")["lead"]["id"] == lead
    company.at("2026-03-04T16:15:00Z")
    twice(company)
    assert company.shown(lead)["status"] == "callback"
    company.at("2026-03-04T17:00:00Z")
    twice(company)
    assert company.shown(lead)["status"] == "unmatched"
    company.pull_strategy("all")
    company.settle()
    assert company.pull("ben")["lead"]["id"] == lead


def test_an_age_takes_effect_within_a_minute_in_both_directions(company: Backend) -> None:
    company.pull_strategy(
        "young", criteria=[{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    )
    company.settle()
    lead = company.lead(1)
    company.at("2026-03-04T16:00:01Z")
    assert twice(company)["refiled"] >= 1
    assert company.shown(lead)["status"] == "unmatched"
    company.delete("/v1/pull-strategies/young")
    company.pull_strategy(
        "old", criteria=[{"field": "created_at", "operator": "older_than", "value": "PT2H"}]
    )
    company.settle()
    assert company.shown(lead)["status"] == "unmatched"
    company.at("2026-03-04T17:00:01Z")
    twice(company)
    assert company.shown(lead)["status"] == "ready"


def test_a_date_far_ahead_is_not_looked_at_every_minute(company: Backend) -> None:
    company.save("record-types", "lead", name="Lead", fields=[{"name": "until", "type": "date"}])
    company.pull_strategy(
        "all", criteria=[{"field": "fields.until", "operator": "within_last", "value": "P1D"}]
    )
    company.settle()
    for number, until in enumerate(("2290-01-01", "9999-12-31", "2150-01-01")):
        company.lead(number, fields={"until": until})
    company.tick()
    company.at("2026-03-04T15:01:00Z")
    assert company.tick()["refiled"] == 0


def test_held_leads_are_tried_again_when_somebody_is_there(company: Backend) -> None:
    company.push("users", ["ana"])
    company.put("/v1/presence", {"available": False}, user="ana")
    company.settle()
    lead = company.lead(1)
    company.at("2026-03-04T15:01:00Z")
    assert company.tick()["rerouted"] == 0
    # Somebody is back, and the request that says so was lost.
    company.put("/v1/presence", {"available": True}, user="ana")
    company.delivered |= {key for key in company.typed() if key[0].startswith("INTAKE#")}
    company.at("2026-03-04T15:02:00Z")
    assert twice(company)["rerouted"] == 1
    assert company.shown(lead)["owner"] == "ana"


def test_a_lead_whose_event_was_lost_is_routed_after_a_minute(company: Backend) -> None:
    company.push("users", ["ana"])
    company.settle()
    lead = company.post("/v1/leads", lead_body())["lead_id"]
    company.delivered |= {key for key in company.typed() if key[0].startswith("INTAKE#")}
    company.at("2026-03-04T15:00:59Z")
    assert company.tick()["rerouted"] == 0
    company.at("2026-03-04T15:01:00Z")
    assert twice(company)["rerouted"] == 1
    assert company.shown(lead)["owner"] == "ana"


def test_a_lead_that_cannot_be_routed_is_held_for_a_person_after_ten_minutes(company: Backend) -> None:
    lead = company.post("/v1/leads", lead_body())["lead_id"]
    company.delivered |= {key for key in company.typed() if key[0].startswith("INTAKE#")}
    company.at("2026-03-04T15:10:00Z")
    done = company.invoke("scheduled_reset", {})
    assert done["held_internally"] == 1
    assert company.shown(lead)["status"] == "held"
    assert company.timeline(lead)[0]["reason"] == "internal"
    assert company.invoke("scheduled_reset", {})["held_internally"] == 0


@pytest.fixture
def broken(company: Backend) -> Backend:
    """An ingest broke off after the head."""

    def crash(operation: str, request: Any) -> None:
        if operation == "PutItem" and request["Item"]["PK"]["S"].startswith("INTAKE#"):
            raise RuntimeError("the container is gone")

    company.strict.faults.append(crash)
    assert company.post("/v1/leads", {**lead_body(), "external_id": "A-1"}).status == 500
    company.strict.faults.clear()
    return company


def test_what_an_ingest_that_broke_off_left_is_taken_away(broken: Backend) -> None:
    broken.at("2026-03-04T15:00:59Z")
    assert broken.tick()["removed"] == 0
    broken.at("2026-03-04T15:01:00Z")
    assert twice(broken)["removed"] == 1
    assert broken.of("LEAD#") == []


def test_the_same_lead_comes_in_again_after_it_was_taken_away(broken: Backend) -> None:
    broken.at("2026-03-04T15:01:00Z")
    broken.tick()
    again = broken.post("/v1/leads", {**lead_body(), "external_id": "A-1"})
    assert (again.status, again["duplicate"]) == (201, False)
    broken.settle()
    assert broken.shown(again["lead_id"])["status"] == "unmatched"
    broken.at("2026-03-04T15:05:00Z")
    twice(broken)
    assert broken.shown(again["lead_id"])["status"] == "unmatched"


def test_queues_that_nothing_can_be_filed_in_any_more_are_forgotten(company: Backend) -> None:
    company.pull_strategy("all", ["denver"])
    company.settle()
    lead = company.lead(1)
    company.pull_strategy("all", ["dallas"])
    company.settle()
    (registry,) = company.of("QUEUES", "OWNER#corporate")
    assert len(registry["queues"]) == 2
    for minute in range(0, 180, 30):
        company.at(f"2026-03-04T{17 + minute // 60}:{minute % 60:02d}:00Z")
        company.tick()
    (registry,) = company.of("QUEUES", "OWNER#corporate")
    assert len(registry["queues"]) == 1
    assert company.pull("cho")["lead"]["id"] == lead
    company.pull_strategy("all", ["denver"])
    company.settle()
    other = company.lead(2)
    assert company.pull("ana")["lead"]["id"] == other


def test_queues_that_an_earlier_release_listed_in_one_item_are_found_and_move_to_their_owners(
    company: Backend,
) -> None:
    company.save("sources", "denver", name="Denver", owner="denver")
    company.pull_strategy("all")
    company.settle()
    leads = {company.lead(1), company.lead(2, source="denver")}
    listed = company.of("QUEUES")
    assert len(listed) == 2
    for item in listed:
        company.client.delete_item(
            TableName=company.table, Key={"PK": {"S": "QUEUES"}, "SK": {"S": item["SK"]}}
        )
    one = {"SS": [entry for item in listed for entry in item["queues"]]}
    company.client.put_item(
        TableName=company.table, Item={"PK": {"S": "QUEUES"}, "SK": {"S": "REGISTRY"}, "queues": one}
    )
    wiring.store.cache_clear()
    pulled = {company.pull("ana")["lead"]["id"]}
    company.tick()
    assert [item for item in company.of("QUEUES") if "queues" in item] == listed
    assert company.of("CONFIG", "FORMAT")[0]["layout"] == LAYOUT
    wiring.store.cache_clear()
    pulled.add(company.pull("ben")["lead"]["id"])
    assert pulled == leads


def test_one_lead_that_cannot_be_filed_stops_no_other(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from routing.domain import pull
    from routing.services.pull import filing

    company.pull_strategy(
        "young", criteria=[{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    )
    company.settle()
    bad, good = company.lead(1), company.lead(2)
    company.at("2026-03-04T16:00:01Z")

    def file(lead: Any, *rest: Any) -> Any:
        if lead.id == bad:
            raise ZeroDivisionError
        return pull.file(lead, *rest)

    monkeypatch.setattr(filing, "file", file)
    done = company.invoke("scheduled_reset", {})
    assert (done["refiled"], done["failed"]) == (1, 1)
    assert company.shown(good)["status"] == "unmatched"


STEPS = {
    "rolled": (sweep, "_roll"),
    "rerouted": (sweep, "_reroute_new"),
    "callbacks_due": (sweep.alerts, "callbacks_due"),
    "returned": (sweep, "_return_due"),
    "refiled": (sweep, "_refile_aged"),
    "held_too_long": (sweep.alerts, "held_too_long"),
    "notifications_released": (scheduled_reset.notifications, "release"),
    "jobs_taken_up": (scheduled_reset.nudges, "take_up"),
}
"""By the count of what it does, each step that counts, and where it is."""
OTHER_STEPS = ("_retry_held", "_empty_deleted", "_remove_queues")
"""They share a count with others, or have none."""


@pytest.fixture
def much_due(company: Backend) -> Backend:
    """Every step that counts has one thing to do, at 08:00 of the next day; no job and no notification waits."""
    company.push("held", ["ben"], criteria=[{"field": "state", "operator": "equals", "value": "TX"}])
    company.push("turns", ["ana"], "denver")
    company.save("sources", "denver", name="Denver", owner="denver")
    young = [{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    company.pull_strategy("young", criteria=young)
    company.put("/v1/presence", {"available": False}, user="ben")
    company.settle()
    company.lead(1, source="denver")
    company.lead(2, state="TX")
    promised, token = company.lent("ana")
    company.dispose(promised, "call-back", "ana", lease_token=token, callback_at="2026-03-05T15:30:00Z")
    company.at("2026-03-05T15:29:00Z")
    company.lead(4, pull_delay_minutes=1)
    company.post("/v1/leads", lead_body(5))
    company.delivered |= {key for key in company.typed() if key[0].startswith("INTAKE#")}
    company.at("2026-03-05T15:31:00Z")
    return company


@pytest.mark.parametrize("broken", [None, *STEPS, *OTHER_STEPS])
def test_a_step_that_raises_keeps_no_other_from_its_work(
    much_due: Backend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: str | None,
) -> None:
    def fails(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError("Ana Quincy")

    counted = {name: 1 for name in STEPS if name not in ("notifications_released", "jobs_taken_up")}
    done = {name: count for name, count in {**counted, "rolled": 2}.items() if name != broken}
    taken = []
    for name in OTHER_STEPS:
        step = getattr(sweep, name)
        monkeypatch.setattr(
            sweep, name, lambda *given, name=name, step=step: (taken.append(name), step(*given))
        )
    if broken is None:
        counts = much_due.invoke("scheduled_reset", {})
    else:
        monkeypatch.setattr(*STEPS.get(broken, (sweep, broken)), fails)
        with pytest.raises(sweep.StepsFailed) as failed:
            much_due.invoke("scheduled_reset", {})
        counts = failed.value.summary.counts()
        assert [type(each) for each in failed.value.steps.values()] == [ZeroDivisionError]
        written = capsys.readouterr().out
        assert '"SweepStepsFailed":[1.0]' in written.replace(" ", "")
        assert "Ana Quincy" not in str(failed.value)
    assert {name: counts[name] for name in done} == done
    assert taken == [name for name in OTHER_STEPS if name != broken]
