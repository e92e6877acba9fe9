"""A plan of changes to the set-up: what each would do beside the others, what is refused, and nothing written."""

from json import dumps
from typing import Any

import pytest

from routing.services.core import paging
from tests.functional.backend import Backend, pull_body, push_body
from tests.functional.bodies import KINDS, LEAST

PLAN = "/v1/set-up/plan"


def put(kind: str, identifier: str, /, **body: Any) -> dict[str, Any]:
    return {"kind": kind, "id": identifier, "body": {"id": identifier, **body}}


def gone(kind: str, identifier: str) -> dict[str, Any]:
    return {"kind": kind, "id": identifier}


def branch(identifier: str, /, parent: str = "corporate", **other: Any) -> dict[str, Any]:
    return put("accounts", identifier, kind="branch", name=identifier, parent=parent, **other)


def planned(company: Backend, *changes: dict[str, Any]) -> Any:
    before = company.typed()
    answer = company.post(PLAN, {"changes": list(changes)})
    assert answer.status == 200, answer.json
    assert company.typed() == before
    return answer.json


def refusals(plan: Any) -> list[tuple[int, int, list[str]]]:
    return [
        (each["change"], each["status"], [error["field"] for error in each["errors"]])
        for each in plan["problems"]
    ]


def actions(plan: Any) -> list[str]:
    return [each["action"] for each in plan["changes"]]


def carry_out(company: Backend, plan: Any, *changes: dict[str, Any]) -> None:
    """What a client does with a plan; each step must do what the plan says."""
    assert plan["problems"] == []
    assert sorted(plan["order"]) == list(range(len(changes)))
    for at in plan["order"]:
        change, step = changes[at], plan["changes"][at]
        path = f"/v1/{change['kind']}/{change['id']}"
        headers = {"if-match": f'"{step["version"]}"'} if step["version"] else {}
        method = "PUT" if "body" in change else "DELETE"
        answer = company.call(method, path, change.get("body"), headers=headers)
        expected = 204 if step["action"] == "delete" else 200 if step["version"] else 201
        assert answer.status == expected, (change, step, answer.json)
        assert step["action"] in ("none", "delete") or answer["version"] == (step["version"] or 0) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_created_changed_left_and_deleted_as_planned(company: Backend, kind: str) -> None:
    body = LEAST[kind]
    other = {**body, "name": "Other"}
    for change, action in (
        (put(kind, "new", **body), "create"),
        (put(kind, "new", **body), "none"),
        (put(kind, "new", **other), "change"),
        (gone(kind, "new"), "delete"),
    ):
        plan = planned(company, change)
        assert actions(plan) == [action]
        (step,) = plan["changes"]
        named = ["label", "name"] if kind == "dispositions" else ["name"]
        differences = [{"field": each, "before": body["name"], "after": "Other"} for each in named]
        assert step["differences"] == (differences if action == "change" else [])
        carry_out(company, plan, change)


def test_changes_are_ordered_so_that_each_can_be_made(company: Backend) -> None:
    changes = [
        put("push-strategies", "west", **push_body(["una"], "west")),
        put("sources", "web", name="Web", owner="west", record_type="loan"),
        put("accounts", "una", kind="user", name="Una", parent="west"),
        put("record-types", "loan", name="Loan"),
        branch("west"),
    ]
    plan = planned(company, *changes)
    assert plan["order"].index(2) > plan["order"].index(4)
    carry_out(company, plan, *changes)


def test_what_depends_on_a_move_waits_for_it_and_deletions_go_from_the_leaves(company: Backend) -> None:
    company.branch("old")
    company.user("uma", "old")
    company.push("wests", ["uma"], "old")
    company.branch("west")
    changes = [
        gone("accounts", "old"),
        put("push-strategies", "wests", **push_body(["west"])),
        put("accounts", "uma", kind="user", name="uma", parent="west"),
    ]
    plan = planned(company, *changes)
    assert actions(plan) == ["delete", "change", "change"]
    carry_out(company, plan, *changes)


def test_everything_that_applying_would_refuse_is_found_at_once(company: Backend) -> None:
    company.branch("west")
    company.user("uma", "west")
    lead = company.post("/v1/leads", {"phone": "303-555-0101", "owner": "me"}, user="uma")
    assert lead.status == 201
    changes = [
        branch("ok"),
        put("accounts", "Upper", kind="branch", name="x", parent="ok"),
        put("accounts", "ann", kind="user", nane="Ann", parent="ok"),
        put("sources", "web", name="Web", owner="nobody"),
        gone("accounts", "uma"),
        gone("accounts", "never"),
        put("accounts", "admin", kind="user", name="Admin", parent="corporate", role="rep"),
        put(
            "pull-strategies",
            "p",
            **pull_body(criteria=[{"field": "colour", "operator": "equals", "value": "red"}]),
        ),
        put("accounts", "a b", kind="branch", name="x", parent="ok"),
        {
            "kind": "accounts",
            "id": "one",
            "body": {"id": "two", "kind": "branch", "name": "x", "parent": "ok"},
        },
    ]
    plan = planned(company, *changes)
    assert plan["order"] == [0]
    assert actions(plan) == ["create", *["refused"] * 9]
    assert refusals(plan) == [
        (1, 422, ["id"]),
        (2, 422, ["name", "nane"]),
        (3, 422, ["owner"]),
        (4, 409, []),
        (5, 404, []),
        (6, 409, []),
        (7, 422, ["criteria[0].field"]),
        (8, 422, ["id"]),
        (9, 422, ["id"]),
    ]


def test_two_dated_versions_of_a_rule_count_on(company: Backend) -> None:
    body = LEAST["calling-rules"]
    changes = [
        put("calling-rules", "ut", **body, state="UT", effective_from=day)
        for day in ("2026-01-01", "2027-01-01")
    ]
    plan = planned(company, *changes)
    assert [(each["action"], each["version"]) for each in plan["changes"]] == [
        ("create", None),
        ("create", 1),
    ]
    carry_out(company, plan, *changes)


def test_what_no_change_is_about_is_named(company: Backend) -> None:
    company.branch("west")
    others = planned(company, branch("north"))["others"]
    assert {"kind": "accounts", "id": "west", "name": "west", "built_in": False} in others
    assert {"kind": "sources", "id": "api", "name": "API", "built_in": True} in others
    assert ("accounts", "north") not in [(each["kind"], each["id"]) for each in others]


def test_a_whole_company_of_two_megabytes_is_taken(company: Backend) -> None:
    large = [put("record-types", f"t{at}", name="x" * 200, fields=[
        {"name": f"f{number}", "type": "choice", "choices": [f"{'c' * 60}{each}" for each in range(25)]}
        for number in range(15)
    ]) for at in range(90)]  # fmt: skip
    assert actions(planned(company, *large)) == ["create"] * 90


def test_of_what_is_all_wrong_as_much_is_told_as_an_answer_holds(company: Backend) -> None:
    wrong = {f"key_{number}": 1 for number in range(800)} | {"x" * 400_000: 1}
    changes = [{"kind": "accounts", "id": name, "body": wrong} for name in ("a", "b")]
    answer = company.post(PLAN, {"changes": changes})
    assert sum(len(each["errors"]) for each in answer["problems"]) == 1000
    assert len(dumps(answer.json)) < 300_000
    answer = company.put("/v1/accounts/a", {f"key_{number}": 1 for number in range(2000)})
    assert (answer.status, len(answer.errors)) == (422, 1000)


def test_a_plan_of_more_than_an_answer_holds_is_refused_and_of_fewer_changes_told(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [{"field": "postal_code", "operator": "in", "value": [f"{each:05}" for each in range(500)]}]
    names = [f"s{at}" for at in range(9)]
    for name in names:
        company.save("pull-strategies", name, **pull_body(["corporate"], criteria=codes))
    monkeypatch.setattr(paging, "MOST_BYTES", 40_000)
    changes = [put("pull-strategies", name, **pull_body(["corporate"])) for name in names]
    company.refused(413, "answer_too_large", "POST", PLAN, {"changes": changes})
    assert actions(planned(company, *changes[:5])) == ["change"] * 5


def test_who_may_and_what_it_takes(company: Backend) -> None:
    body = {"changes": [branch("west")]}
    for user in ("ana", "mia"):
        company.refused(403, "forbidden", "POST", PLAN, body, user=user)
    company.invalid("POST", PLAN, {}, ("changes", "required"))
    company.invalid("POST", PLAN, {"changes": []}, ("changes", "out_of_range"))
    company.invalid(
        "POST", PLAN, {"changes": [{"kind": "cats", "id": "x"}]}, ("changes[0].kind", "not_allowed")
    )
