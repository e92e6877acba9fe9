"""Push from the stream: batches, repeats, trouble, decisions that raise."""

import io
import json
from typing import Any

import pytest

from tests.functional.backend import Backend, forget_containers, lead_body, push_body
from tests.functional.strict import client_error

NONE = {"batchItemFailures": []}


def owners(backend: Backend) -> dict[str, str]:
    return {item["lead"]: item["owner"] for item in backend.of("LEAD#", "HEAD")}


def events(backend: Backend, kind: str) -> list[dict[str, Any]]:
    return [item for item in backend.of("LEAD#", "EVENT#") if item["kind"] == kind]


def day_counts(backend: Backend, strategy: str) -> dict[str, int]:
    state = backend.get(f"/v1/push-strategies/{strategy}/state")
    return {each["account"]: each["day"] for each in state["recipients"]}


def offered(backend: Backend, number: int, **other: Any) -> list[str]:
    """Leads that are ingested and not routed."""
    return [backend.post("/v1/leads", lead_body(at, **other))["lead_id"] for at in range(number)]


@pytest.fixture
def pushed(company: Backend) -> Backend:
    """A company with what these tests are about."""

    def build() -> None:
        company.push("users", ["ana", "ben", "cho"])

    return company.prepared("push_assign", build)


def test_a_batch_is_routed_in_one_transaction_and_counted_exactly(pushed: Backend) -> None:
    leads = offered(pushed, 7)
    pushed.strict.requests.clear()
    assert pushed.deliver(pushed.undelivered()) == NONE
    assert [name for name, _ in pushed.strict.requests].count("TransactWriteItems") == 1
    assert [owners(pushed)[each] for each in leads] == ["ana", "ben", "cho", "ana", "ben", "cho", "ana"]
    assert day_counts(pushed, "users") == {"ana": 3, "ben": 2, "cho": 2}
    assert len(events(pushed, "assigned")) == 7


def test_the_same_records_again_change_nothing(pushed: Backend) -> None:
    offered(pushed, 3)
    records = pushed.undelivered()
    pushed.deliver(records)
    before = pushed.typed()
    for again in (records, records[::-1], records[1:2], records * 2):
        assert pushed.deliver(again) == NONE
    assert pushed.typed() == before


def test_a_lead_twice_in_one_batch_is_routed_once(pushed: Backend) -> None:
    offered(pushed, 1)
    records = pushed.undelivered()
    assert pushed.deliver(records * 3) == NONE
    assert day_counts(pushed, "users") == {"ana": 1, "ben": 0, "cho": 0}


def test_two_batches_at_once_count_every_lead_once(pushed: Backend) -> None:
    offered(pushed, 6)
    records = pushed.undelivered()
    raced = [True]

    def race(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and raced:
            raced.clear()
            assert pushed.deliver(records[2:]) == NONE

    pushed.strict.faults.append(race)
    assert pushed.deliver(records[:4]) == NONE
    assert day_counts(pushed, "users") == {"ana": 2, "ben": 2, "cho": 2}
    assert len(events(pushed, "assigned")) == 6


def test_a_large_batch_is_cut_into_transactions_of_a_hundred(pushed: Backend) -> None:
    offered(pushed, 51)
    pushed.strict.requests.clear()
    assert pushed.deliver(pushed.undelivered()) == NONE
    assert [name for name, _ in pushed.strict.requests].count("TransactWriteItems") == 2
    assert day_counts(pushed, "users") == {"ana": 17, "ben": 17, "cho": 17}


def test_leads_of_several_owners_come_in_one_batch(pushed: Backend) -> None:
    pushed.save("sources", "dallas", name="Dallas", owner="dallas")
    pushed.push("dallas-users", ["dee"], "dallas")
    pushed.settle()
    first = offered(pushed, 1)[0]
    second = offered(pushed, 1, source="dallas")[0]
    assert pushed.deliver(pushed.undelivered()) == NONE
    assert (owners(pushed)[first], owners(pushed)[second]) == ("ana", "dee")


def test_an_edit_of_the_strategy_meanwhile_is_seen(pushed: Backend) -> None:
    """The set-up moves between the read and the write: the batch decides again under the new one."""
    leads = offered(pushed, 2)
    records = pushed.undelivered()
    edited = [True]

    def edit(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and edited:
            edited.clear()
            pushed.push("users", ["dee", "cho"])

    pushed.strict.faults.append(edit)
    assert pushed.deliver(records) == NONE
    assert {owners(pushed)[each] for each in leads} == {"dee", "cho"}
    assert day_counts(pushed, "users") == {"dee": 1, "cho": 1}


def test_a_lead_that_somebody_moved_meanwhile_is_left_to_them(pushed: Backend) -> None:
    first, second = offered(pushed, 2)
    records = pushed.undelivered()
    moved = [True]

    def move(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and moved:
            moved.clear()
            assert pushed.post(f"/v1/leads/{first}/transfer", {"to": "dee"}).status == 200

    pushed.strict.faults.append(move)
    assert pushed.deliver(records) == NONE
    assert owners(pushed) == {first: "dee", second: "ana"}
    assert day_counts(pushed, "users") == {"ana": 1, "ben": 0, "cho": 0}


# -- trouble with the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "InternalServerError", "ProvisionedThroughputExceededException"]
)
def test_when_the_table_fails_the_batch_is_given_back_from_its_first_open_record(
    pushed: Backend, code: str, log: io.StringIO
) -> None:
    offered(pushed, 2)
    records = pushed.undelivered()

    def fail(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            raise client_error(code, operation)

    pushed.strict.faults.append(fail)
    answer = pushed.deliver(records)
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]}
    assert events(pushed, "assigned") == []
    assert "will be retried" in log.getvalue()
    pushed.strict.faults.clear()
    assert pushed.deliver(records) == NONE
    assert day_counts(pushed, "users") == {"ana": 1, "ben": 1, "cho": 0}


def test_what_was_done_before_the_trouble_is_not_given_back(pushed: Backend) -> None:
    """A lead, a request, a lead: the table fails at the second lead."""
    offered(pushed, 1)
    pushed.put("/v1/presence", {"available": False}, user="ben")
    pushed.put("/v1/presence", {"available": True}, user="ben")
    pushed.at("2026-03-04T15:00:01Z")
    last = offered(pushed, 1)[0]
    records = [
        each for each in pushed.undelivered() if each["dynamodb"]["Keys"]["PK"]["S"] == "INTAKE#corporate"
    ]
    kinds = [each["dynamodb"]["NewImage"]["kind"]["S"] for each in records]
    assert (kinds[0], kinds[-1]) == ("lead", "lead")
    assert "walk" in kinds

    def fail(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and f"LEAD#{last}" in json.dumps(request, default=str):
            raise client_error("ThrottlingException", operation)

    pushed.strict.faults.append(fail)
    answer = pushed.deliver(records)
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[-1]["dynamodb"]["SequenceNumber"]}]}
    pushed.strict.faults.clear()
    assert pushed.deliver(records[-1:]) == NONE
    assert len(events(pushed, "assigned")) == 2


def test_a_transaction_that_succeeded_though_its_answer_was_lost_counts_once(pushed: Backend) -> None:
    offered(pushed, 3)
    records = pushed.undelivered()

    def lose(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            pushed.strict.after.clear()
            raise client_error("InternalServerError", operation)

    pushed.strict.after.append(lose)
    pushed.deliver(records)
    assert pushed.deliver(records) == NONE
    assert day_counts(pushed, "users") == {"ana": 1, "ben": 1, "cho": 1}
    assert len(events(pushed, "assigned")) == 3


def test_a_fault_of_ours_raises_and_lambda_bisects(pushed: Backend) -> None:
    offered(pushed, 1)

    def fail(operation: str, request: Any) -> None:
        raise client_error("ValidationException", operation)

    pushed.strict.faults.append(fail)
    with pytest.raises(Exception, match="ValidationException"):
        pushed.deliver(pushed.undelivered())


# -- decisions that raise --------------------------------------------------------------------------------------


def test_a_decision_that_raises_holds_its_lead_and_blocks_no_other(
    pushed: Backend, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    from routing.domain import push

    leads = offered(pushed, 3)
    really = push.decide

    def decide(lead: Any, *rest: Any) -> Any:
        if lead.id == leads[1]:
            raise ZeroDivisionError(f"at {lead.values['email']}")
        return really(lead, *rest)

    monkeypatch.setattr(push, "decide", decide)
    assert pushed.deliver(pushed.undelivered()) == NONE
    assert [owners(pushed)[each] for each in leads] == ["ana", "corporate", "ben"]
    held = pushed.timeline(leads[1])[0]
    assert (held["event"], held["reason"], held["status"]) == ("held", "internal", "held")
    assert "InternalHolds" in capsys.readouterr().out
    (logged,) = [json.loads(line) for line in log.getvalue().splitlines() if "a decision raised" in line]
    assert (logged["level"], logged["lead"]) == ("ERROR", leads[1])
    assert "example.com" not in log.getvalue()
    monkeypatch.setattr(push, "decide", really)
    pushed.at("2026-03-04T15:10:00Z")
    pushed.tick()
    assert owners(pushed)[leads[1]] == "cho"


# -- requests --------------------------------------------------------------------------------------------------


def test_held_leads_are_tried_again_oldest_first_page_by_page(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.jobs.run.PAGE", 2)
    company.push("users", ["ana", "ben"])
    for user in ("ana", "ben"):
        company.put("/v1/presence", {"available": False}, user=user)
    leads = []
    for second in range(5):
        company.at(f"2026-03-04T15:00:0{second}Z")
        leads.append(company.lead(second))
    assert {company.shown(each)["status"] for each in leads} == {"held"}
    company.put("/v1/presence", {"available": True}, user="ana")
    company.settle()
    assert [owners(company)[each] for each in leads] == ["ana"] * 5
    numbers = [
        company.timeline(each)[0]["decision"]["strategies"][0]["recipients"][0]["day"] for each in leads
    ]
    assert numbers == [0, 1, 2, 3, 4]


def test_a_held_lead_that_is_still_held_for_the_same_reasons_gets_no_new_event(company: Backend) -> None:
    company.push("users", ["ana"])
    company.put("/v1/presence", {"available": False}, user="ana")
    lead = company.lead(1)
    company.put("/v1/presence", {"available": False}, user="ben")
    company.put("/v1/presence", {"available": True}, user="ben")
    company.settle()
    assert [each["event"] for each in company.timeline(lead)] == ["held", "received"]
    company.push("users", ["ana", "ben"], enabled=True)
    company.settle()
    assert company.timeline(lead)[0]["event"] == "assigned"


def test_a_new_push_strategy_takes_held_and_unmatched_leads_and_no_filed_ones(company: Backend) -> None:
    company.pull_strategy("utah", criteria=[{"field": "state", "operator": "equals", "value": "UT"}])
    company.push("off", ["ana"])
    company.put("/v1/presence", {"available": False}, user="ana")
    company.settle()
    held = company.lead(1)
    company.delete("/v1/push-strategies/off")
    company.settle()
    unmatched, filed = company.lead(2), company.lead(3, state="UT")
    assert [company.shown(each)["status"] for each in (held, unmatched, filed)] == [
        "unmatched",
        "unmatched",
        "ready",
    ]
    company.push("users", ["ben"])
    company.settle()
    assert [company.shown(each)["owner"] for each in (held, unmatched, filed)] == ["ben", "ben", "corporate"]


def test_a_change_of_the_pull_strategies_refiles_page_by_page_the_branches_too(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.jobs.run.PAGE", 2)
    company.save("sources", "denver", name="Denver", owner="denver")
    leads = [company.lead(number) for number in range(5)]
    leads += [company.lead(9, source="denver")]
    company.pull_strategy("all")
    company.settle()
    assert {company.shown(each)["status"] for each in leads} == {"ready"}
    company.delete("/v1/pull-strategies/all")
    company.settle()
    assert {company.shown(each)["status"] for each in leads} == {"unmatched"}


def test_an_account_that_is_disabled_is_passed_over_at_once(pushed: Backend) -> None:
    pushed.user("ana", "denver", enabled=False)
    pushed.settle()
    lead = pushed.lead(1)
    assert owners(pushed)[lead] == "ben"


def test_a_lead_that_has_been_removed_is_no_trouble(pushed: Backend) -> None:
    """A request names a lead that is not there, and an entry is of a kind that only marks its place."""
    from routing.services.jobs import enqueue

    store = pushed.store
    from routing.runtime import clock

    enqueue.ask(store.table, enqueue.route("corporate", ["Lgone"], clock.now()))
    enqueue.ask(store.table, enqueue.request("corporate", "route", clock.now(), identifier="same", leads=[]))
    enqueue.ask(store.table, enqueue.request("corporate", "route", clock.now(), identifier="same", leads=[]))
    pushed.settle()
    assert owners(pushed) == {}


def test_leads_held_in_one_batch_are_assigned_in_the_order_in_which_they_came(company: Backend) -> None:
    company.push("to-ana", ["ana"])
    company.call("PUT", "/v1/presence", {"available": False}, user="ana")
    leads = []
    for number in range(8):
        company.at(f"2026-03-04T15:00:{number:02d}Z")
        leads.append(str(company.post("/v1/leads", lead_body(number))["lead_id"]))
    company.at("2026-03-04T15:01:00Z")
    company.settle()
    assert {company.shown(each)["status"] for each in leads} == {"held"}
    company.call("PUT", "/v1/presence", {"available": True}, user="ana")
    company.settle()
    versions = {
        each: company.timeline(each)[0]["decision"]["strategies"][0]["recipients"][0]["day"] for each in leads
    }
    assert [versions[each] for each in leads] == list(range(8))


def weighted(company: Backend, **terms: Any) -> None:
    four = [{"account": each, "weight": 1} for each in ("ana", "ben", "cho", "dee")]
    company.save(
        "push-strategies", "w", **{**push_body([]), "method": "weighted", "recipients": four, **terms}
    )


def test_who_comes_back_has_every_second_lead_until_level_and_the_explanation_says_so(
    company: Backend,
) -> None:
    weighted(company)
    company.put("/v1/presence", {"available": False}, user="ana")
    for number in range(12):
        company.lead(number)
    company.put("/v1/presence", {"available": True}, user="ana")
    leads = [company.lead(100 + number) for number in range(8)]
    owners = [company.shown(each)["owner"] for each in leads]
    assert [at for at, each in enumerate(owners) if each == "ana"] == [0, 2, 4, 6]
    strategy = company.timeline(leads[0])[0]["decision"]["strategies"][0]
    assert strategy["make_up"]
    assert (strategy["recipients"][0]["turns"], strategy["recipients"][0]["owed"]) == (4, 4)
    state = company.get("/v1/push-strategies/w/state").json
    assert state["recipients"][0]["interval"] == 4


@pytest.mark.parametrize(("said", "word"), [(True, "at_once"), (False, "never")])
def test_catching_up_as_it_was_said_once_goes_on(company: Backend, said: bool, word: str) -> None:
    """In a body that is sent, and in what an earlier release has kept: its state has no turns."""
    weighted(company, catch_up=said)
    assert company.get("/v1/push-strategies/w")["catch_up"] == word
    for number in range(3):
        company.lead(number)
    saved, state = (
        company.typed()[key] for key in (("CONFIG", "push-strategies#w"), ("STRATEGY#w", "STATE"))
    )
    saved["body"] = {"S": json.dumps({**json.loads(saved["body"]["S"]), "catch_up": said})}
    state["away"] = {"L": [{"N": "1"}]}
    assert not state.keys() & {"turns", "owed"}
    for item in (saved, state):
        company.client.put_item(TableName=company.table, Item=item)
    forget_containers()
    assert company.get("/v1/push-strategies/w")["catch_up"] == word
    assert company.shown(company.lead(9))["owner"] == "dee"
