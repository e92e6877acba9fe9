"""Several leads given to another account at once: each by itself."""

from typing import Any

import pytest

from tests.functional.backend import Backend

KEY = {"idempotency-key": "all-at-once"}


def outcome(each: Any) -> tuple[str | None, str | None]:
    return each["owner"], each["problem"] and each["problem"]["code"]


def moves(backend: Backend, lead: str) -> int:
    return sum(each["event"] == "transferred" for each in backend.timeline(lead))


def test_each_lead_moves_or_says_why_it_does_not(sales: Backend) -> None:
    held, token = sales.lent()
    listed = sales.lead(2, phone="3035550101")
    sales.put("/v1/do-not-call/3035550101", {})
    sales.settle()
    free = sales.lead(3)
    answer = sales.post("/v1/transfers", {"leads": [held, listed, "x-not-there", free], "to": "cho"})
    assert answer.status == 200
    assert [outcome(each) for each in answer["items"]] == [
        ("cho", None),
        (None, "do_not_call"),
        (None, "not_found"),
        ("cho", None),
    ]
    assert (answer["moved"], answer["not_moved"]) == (2, 2)
    assert (sales.shown(held)["owner"], sales.shown(free)["owner"]) == ("cho", "cho")
    assert sales.dispose(held, "sold", "ana", lease_token=token)["code"] == "lease_superseded"
    sales.save("accounts", "dee", kind="user", name="dee", parent="dallas", role="rep", enabled=False)
    answer = sales.post("/v1/transfers", {"leads": [held, free], "to": "dee"})
    assert [outcome(each) for each in answer["items"]] == [(None, "disabled")] * 2


def test_several_leads_are_distributed_on(sales: Backend) -> None:
    sales.push("dallas-users", ["cho", "dee"], "dallas")
    sales.settle()
    leads = [sales.lead(number) for number in (1, 2)]
    answer = sales.post("/v1/transfers", {"leads": leads, "to": "dallas", "distribute": True})
    assert [(each["owner"], each["status"]) for each in answer["items"]] == [("dallas", "new")] * 2
    sales.settle()
    assert {sales.shown(each)["owner"] for each in leads} == {"cho", "dee"}


def test_who_asks_again_after_a_failure_in_the_middle_moves_the_rest_and_none_twice(sales: Backend) -> None:
    leads = [sales.lead(number) for number in (1, 2, 3)]
    asked = {"leads": leads, "to": "cho"}
    writes = []

    def fail(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems":
            writes.append(operation)
            if len(writes) == 2:
                raise RuntimeError("the function is gone")

    sales.strict.faults.append(fail)
    assert sales.post("/v1/transfers", asked, headers=KEY).status == 500
    sales.strict.faults.clear()
    assert [moves(sales, each) for each in leads] == [1, 0, 0]
    sales.refused(422, "idempotency_key_reused", "POST", "/v1/transfers", {**asked, "to": "dee"}, headers=KEY)
    sales.post(f"/v1/leads/{leads[0]}/transfer", {"to": "dee"})
    again = sales.post("/v1/transfers", asked, headers=KEY)
    assert (again.status, again["moved"]) == (200, 3)
    assert [sales.shown(each)["owner"] for each in leads] == ["dee", "cho", "cho"], "it had moved on since"
    assert sales.post("/v1/transfers", asked, headers=KEY).json == again.json
    assert [moves(sales, each) for each in leads] == [2, 1, 1]


def test_what_was_answered_of_several_is_erased_with_a_person(sales: Backend) -> None:
    leads = [sales.lead(1, last_name="Quintana"), sales.lead(2)]
    sales.post("/v1/transfers", {"leads": leads, "to": "cho"}, headers=KEY)
    assert len([item for item in sales.of("IDEMPOTENCY#") if "Quintana" in str(item)]) == 1
    sales.post(f"/v1/leads/{leads[0]}/erase", {})
    sales.settle()
    assert "Quintana" not in str(sales.items())


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("leads", "required"), ("to", "required")]),
        ({"leads": [], "to": "ana"}, [("leads", "out_of_range")]),
        ({"leads": [f"L{each}" for each in range(101)], "to": "ana"}, [("leads", "out_of_range")]),
        ({"leads": ["L1", "a b", 7], "to": "ana"}, [("leads[1]", "invalid"), ("leads[2]", "wrong_type")]),
        ({"leads": ["L1", "L2", "L1"], "to": "ana"}, [("leads[2]", "repeated")]),
        ({"leads": ["L1"], "to": "nobody"}, [("to", "unknown")]),
        ({"leads": ["L1"], "to": "ana", "distribute": True}, [("distribute", "not_allowed")]),
        ({"leads": ["L1"], "to": "ana", "override": "x"}, [("override", "unknown_key")]),
    ],
)
def test_a_wrong_list_is_refused(sales: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    sales.invalid("POST", "/v1/transfers", body, *errors)


def test_a_manager_names_an_account_in_their_charge(sales: Backend) -> None:
    for other in ("cho", "nobody"):
        sales.refused(403, "forbidden", "POST", "/v1/transfers", {"leads": ["x"], "to": other}, user="mia")
    sales.refused(403, "forbidden", "POST", "/v1/transfers", {"leads": ["x"], "to": "ana"}, user="ana")
