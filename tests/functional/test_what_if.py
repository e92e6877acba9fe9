"""What would happen: to a lead that is there, with strategies that are not saved yet."""

from typing import Any

import pytest

from routing.services.core.paging import weight
from tests.functional.backend import Backend, lead_body, pull_body, push_body

NONSENSE = [{"field": "x", "operator": "equals", "value": 1}]
COLORADO = [{"field": "state", "operator": "equals", "value": "CO"}]


def unmoved(backend: Backend) -> Any:
    """All that there is but who was active when."""
    return {key: item for key, item in backend.typed().items() if not key[0].startswith("PRESENCE#")}


def push_draft(identifier: str, recipients: list[str], source: str = "corporate", **other: Any) -> Any:
    return {"id": identifier, **push_body(recipients, source, **other)}


# -- explaining a lead that is there --------------------------------------------------------------------------------


def test_a_lead_that_is_there_is_decided_from_where_it_came_in_as_it_is_now(company: Backend) -> None:
    company.push("west", ["denver"], criteria=COLORADO)
    company.push("team", ["ana", "ben"], "denver")
    company.pull_strategy("all")
    company.settle()
    lead = company.lead(1, state="CO")
    assert company.shown(lead)["owner"] == "ana"
    before = unmoved(company)
    told = company.post("/v1/explain", {"lead_id": lead}).json
    assert (told["push"]["strategy"], told["push"]["account"]) == ("west", "denver")
    assert told["push"]["next"]["account"] == "ben", "it is ben's turn"
    assert told["pull"]["reason"] == "owned"
    assert unmoved(company) == before
    company.patch(f"/v1/leads/{lead}", {"state": "TX"})
    told = company.post("/v1/explain", {"lead_id": lead, "as_user": "cho"}).json
    assert told["push"]["outcome"] == "no_strategy"
    assert (told["pull"]["filed"], told["pull"]["serving_strategy"]) == (True, "all")


def test_a_held_lead_is_decided_where_it_is_held_and_not_for_who_gave_it_back(company: Backend) -> None:
    company.push("west", ["denver"])
    company.save("push-strategies", "west", **west(hold=True))
    company.push("team", ["ana"], "denver")
    company.save("accounts", "ana", kind="user", name="ana", parent="denver", role="rep", enabled=False)
    company.settle()
    lead = company.lead(1)
    assert (company.shown(lead)["status"], company.shown(lead)["owner"]) == ("held", "denver")
    told = company.post("/v1/explain", {"lead_id": lead}).json
    assert (told["push"]["outcome"], told["push"]["next"]) == ("held", None)
    assert [each["id"] for each in told["push"]["strategies"]] == ["team"]
    assert (told["pull"]["filed"], told["pull"]["reason"]) == (False, "held")
    made_up = company.post("/v1/explain", {"lead": lead_body(2)}).json
    assert (made_up["push"]["account"], made_up["push"]["next"]["outcome"]) == ("denver", "held")
    assert (made_up["pull"]["filed"], made_up["pull"]["reason"]) == (False, "held")


def west(*, hold: bool) -> dict[str, Any]:
    return {**push_body([]), "recipients": [{"account": "denver", "hold_at_branch": hold}]}


def test_a_held_lead_goes_back_to_who_gave_it_back_only_when_nobody_else_can_have_it(
    company: Backend,
) -> None:
    company.save("dispositions", "give-back", name="x", outcome="recycle", release=True, cool_down_minutes=0)
    company.push("team", ["ana", "ben"])
    company.settle()
    lead = company.lead(1)
    for user in ("ana", "ben"):
        company.put("/v1/presence", {"available": False}, user=user)
    assert company.dispose(lead, "give-back", "ana").status == 200
    company.settle()
    assert company.shown(lead)["status"] == "held"

    def told(**more: Any) -> tuple[Any, Any]:
        found = company.post("/v1/explain", {"lead_id": lead, **more}).json
        return found["push"]["account"], found["pull"]["reason"]

    company.put("/v1/presence", {"available": True}, user="ana")
    assert told() == ("ana", "owned")
    assert told(draft={"pull_strategies": [{"id": "all", **pull_body()}]}) == (None, "filed")
    company.put("/v1/presence", {"available": True}, user="ben")
    assert told() == ("ben", "owned")


def test_what_explains_a_lead_is_for_who_may_know_of_it_and_shortened(company: Backend) -> None:
    company.push("company-wide", ["denver", "dallas"])
    company.push("denver-team", ["ana"], "denver")
    company.push("dallas-team", ["cho"], "dallas")
    company.settle()
    mine, theirs = company.lead(1), company.lead(2)
    told = company.post("/v1/explain", {"lead_id": mine}, user="mia").json
    assert (told["push"]["account"], told["push"]["strategy"], told["push"]["strategies"]) == (
        "denver",
        None,
        [],
    )
    assert told["push"]["next"]["strategy"] == "denver-team"
    for other in (theirs, "x-not-there"):
        company.refused(404, "not_found", "POST", "/v1/explain", {"lead_id": other}, user="mia")
    company.refused(403, "forbidden", "POST", "/v1/explain", {"lead_id": mine}, user="ana")
    company.post(f"/v1/leads/{theirs}/erase", {})
    company.refused(409, "erased", "POST", "/v1/explain", {"lead_id": theirs})


# -- explaining with a draft ----------------------------------------------------------------------------------------


def test_a_draft_replaces_strategies_of_its_ids_and_the_others_stay(company: Backend) -> None:
    company.push("west", ["denver"], criteria=COLORADO)
    limited = [{"account": "ana", "daily_limit": 1}, {"account": "ben"}]
    company.save("push-strategies", "team", **{**push_body([], "denver"), "recipients": limited})
    company.pull_strategy("all")
    company.settle()
    company.lead(1, state="CO")
    before = unmoved(company)
    asked = {"lead": lead_body(2, state="CO")}
    draft = {
        "push_strategies": [
            {
                **push_draft("team", [], "denver"),
                "recipients": [{"account": "mia", "daily_limit": 0}, {"account": "ana", "daily_limit": 2}],
            },
            push_draft(
                "new", ["cho"], order=1, criteria=[{"field": "cost", "operator": "greater_than", "value": 9}]
            ),
        ],
        "pull_strategies": [{"id": "all", **pull_body(["dallas"])}],
    }
    told = company.post("/v1/explain", {**asked, "draft": draft}).json
    assert [each["id"] for each in told["push"]["strategies"]] == ["new", "west"]
    hop = told["push"]["next"]
    assert (hop["account"], hop["strategies"][0]["version"]) == ("ana", 2)
    of_ana = hop["strategies"][0]["recipients"][1]
    assert (of_ana["account"], of_ana["day"]) == ("ana", 1), "the day's counts go with the account"
    expensive = company.post("/v1/explain", {"lead": lead_body(3, cost=10), "draft": draft}).json
    assert expensive["push"]["account"] == "cho"
    stays = company.post("/v1/explain", {"lead": lead_body(4), "draft": draft, "as_user": "ana"}).json
    assert stays["pull"]["serving_strategy"] is None, "dallas alone is served"
    assert unmoved(company) == before


def test_the_state_of_a_draft_is_as_saving_it_leaves_it(company: Backend) -> None:
    """Round robin stays at whose turn it is, weights begin anew: what is explained is what then happens."""
    weights = [{"account": "ben", "weight": 9}, {"account": "ana", "weight": 1}]
    for body in (
        push_draft("team", ["ben", "mia", "ana"], "denver"),
        push_draft("team", [], "denver", method="weighted") | {"recipients": weights},
    ):
        company.push("team", ["ana", "ben", "mia"], "denver")
        company.save("sources", "denver", name="Denver", owner="denver")
        company.settle()
        company.lead(1, source="denver")
        asked = {"lead": lead_body(2, source="denver"), "draft": {"push_strategies": [body]}}
        told = company.post("/v1/explain", asked)["push"]
        saved = company.put("/v1/push-strategies/team", body)
        assert saved.status == 200
        company.settle()
        lead = company.lead(2, source="denver")
        (routed,) = [each for each in company.timeline(lead) if "decision" in each]
        assert routed["decision"] == told


@pytest.mark.parametrize(
    ("draft", "errors"),
    [
        ({"colour": 1}, [("draft.colour", "unknown_key")]),
        ({"push_strategies": {}}, [("draft.push_strategies", "wrong_type")]),
        ({"push_strategies": ["x"]}, [("draft.push_strategies[0]", "wrong_type")]),
        ({"push_strategies": [push_body(["ana"])]}, [("draft.push_strategies[0].id", "required")]),
        (
            {"push_strategies": [{**push_body(["ana"]), "id": "a b"}]},
            [("draft.push_strategies[0].id", "invalid")],
        ),
        (
            {"push_strategies": [{**push_body(["ana"]), "id": 7}]},
            [("draft.push_strategies[0].id", "wrong_type")],
        ),
        (
            {"push_strategies": [push_draft("a", ["ana"]), push_draft("a", ["ben"])]},
            [("draft.push_strategies[1].id", "repeated")],
        ),
        (
            {
                "push_strategies": [push_draft("a", ["ana", "nobody"]), {"id": "b"}],
                "pull_strategies": [{"id": "c", **pull_body(["ana"], "dallas"), "colour": 1}],
            },
            [
                ("draft.push_strategies[0].recipients[1].account", "unknown"),
                ("draft.push_strategies[1].name", "required"),
                ("draft.push_strategies[1].record_type", "required"),
                ("draft.push_strategies[1].distributed_from", "required"),
                ("draft.push_strategies[1].method", "required"),
                ("draft.push_strategies[1].recipients", "required"),
                ("draft.pull_strategies[0].colour", "unknown_key"),
            ],
        ),
        (
            {"pull_strategies": [{"id": "c", **pull_body(["ana"], "dallas", criteria=NONSENSE)}]},
            [
                ("draft.pull_strategies[0].recipients[0]", "not_below"),
                ("draft.pull_strategies[0].criteria[0].field", "invalid"),
            ],
        ),
    ],
)
def test_a_draft_is_refused_as_saving_it_would_be(
    company: Backend, draft: Any, errors: list[tuple[str, str]]
) -> None:
    company.invalid("POST", "/v1/explain", {"lead": lead_body(), "draft": draft}, *errors)


def test_of_a_draft_that_is_all_wrong_as_much_is_told_as_an_answer_holds(company: Backend) -> None:
    draft = {"push_strategies": [push_draft(name, ["nobody"] * 400) for name in ("a", "b", "c")]}
    answer = company.post("/v1/explain", {"lead": lead_body(), "draft": draft})
    assert (answer.status, len(answer.errors)) == (422, 1000)
    told = company.post("/v1/preview", {"draft": draft})["problems"]
    assert [(each["id"], len(each["errors"])) for each in told] == [("a", 400), ("b", 400), ("c", 200)]
    long = {"push_strategies": [{"id": "x" * 400_000}, {"id": "a", '"' * 400_000: 1}]}
    for path, body in (("explain", {"lead": lead_body(), "draft": long}), ("preview", {"draft": long})):
        assert weight(company.post(f"/v1/{path}", body).json) < 10_000


def test_a_draft_is_for_who_may_save_it(company: Backend) -> None:
    draft = {"push_strategies": [push_draft("team", ["ana"], "denver")]}
    company.refused(
        403, "forbidden", "POST", "/v1/explain", {"lead": lead_body(), "draft": draft}, user="mia"
    )
    assert company.post("/v1/explain", {"lead": lead_body(), "draft": {}}, user="mia").status == 200


def test_a_question_is_about_one_lead(company: Backend) -> None:
    company.invalid("POST", "/v1/explain", {"draft": {}}, ("lead", "required"))
    both = {"lead": lead_body(), "lead_id": "x"}
    company.invalid("POST", "/v1/explain", both, ("lead_id", "not_allowed"))


# -- what a draft would change --------------------------------------------------------------------------------------


@pytest.fixture
def busy(company: Backend) -> Backend:
    """Colorado's leads go to denver's team, those of Texas wait for dee, the others for whoever pulls."""

    def build() -> None:
        company.push("west", ["denver"], criteria=COLORADO)
        company.push("team", ["ana", "ben"], "denver")
        company.push("texas", ["dee"], criteria=[{"field": "state", "operator": "equals", "value": "TX"}])
        company.pull_strategy("all")
        company.save("accounts", "dee", kind="user", name="dee", parent="dallas", role="rep", enabled=False)
        company.settle()
        for second, state in enumerate(("CO", "TX", "UT", "CO", "TX")):
            company.at(f"2026-03-04T15:00:{second:02}Z")
            company.lead(second, state=state)

    return company.prepared("busy", build)


def previewed(backend: Backend, *push: Any, pull: Any = (), last: int = 200) -> Any:
    asked = {"draft": {"push_strategies": list(push), "pull_strategies": list(pull)}, "last": last}
    before = unmoved(backend)
    answer = backend.post("/v1/preview", asked)
    assert answer.status == 200, answer.json
    assert unmoved(backend) == before
    return answer.json


def texas(*recipients: Any, **other: Any) -> Any:
    criteria = [{"field": "state", "operator": "equals", "value": "TX"}]
    return push_draft("texas", [], criteria=criteria, **other) | {"recipients": list(recipients)}


def sides(entry: Any) -> tuple[str, ...]:
    return tuple(
        f"{each['outcome']} {each['account']}"
        for each in (entry["went"], entry["as_is"], entry["with_draft"])
    )


def test_a_preview_tells_where_the_last_leads_went_and_would_go(busy: Backend) -> None:
    cho = {"account": "cho", "daily_limit": 1}
    found = previewed(busy, texas(cho), pull=[{"id": "all", **pull_body(criteria=COLORADO)}])
    assert [entry["lead"]["name"] for entry in found["leads"]] == [f"Lead {each}" for each in range(5)]
    assert [sides(entry) for entry in found["leads"]] == [
        ("assigned ana", "assigned ana", "assigned ana"),
        ("held corporate", "held corporate", "assigned cho"),
        ("filed corporate", "filed corporate", "unmatched corporate"),
        ("assigned ben", "assigned ben", "assigned ben"),
        ("held corporate", "held corporate", "held corporate"),
    ]
    assert found["leads"][0]["as_is"] == {
        "outcome": "assigned",
        "account": "ana",
        "strategy": "team",
        "pull": None,
    }
    assert found["leads"][2]["as_is"]["pull"] == "all"
    assert [sides(entry) for entry in found["held"]] == [
        ("held corporate", "held corporate", "assigned cho"),
        ("held corporate", "held corporate", "held corporate"),
    ]
    assert found["summary"] == {
        "leads": 5,
        "leads_that_differ": 2,
        "held": 2,
        "held_that_differ": 1,
        "not_decided": 0,
        "accounts_left_out": 0,
    }
    assert [
        (each["with_draft"]["account"], each["leads"], each["held"]) for each in found["differences"]
    ] == [
        ("cho", 1, 1),
        ("corporate", 1, 0),
    ]


def test_what_a_preview_says_of_held_leads_is_what_saving_does(busy: Backend) -> None:
    busy.lead(5, state="TX")
    draft = texas({"account": "cho", "daily_limit": 1}, {"account": "max"}, {"account": "cho2"})
    busy.user("cho2", "dallas")
    busy.settle()
    found = previewed(busy, draft)
    expected = {each["lead"]["id"]: each["with_draft"]["account"] for each in found["held"]}
    assert sorted(expected.values()) == ["cho", "cho2", "max"]
    assert busy.put("/v1/push-strategies/texas", draft).status == 200
    busy.settle()
    assert {lead: busy.shown(lead)["owner"] for lead in expected} == expected


def test_a_preview_is_of_the_leads_that_the_draft_may_move(
    busy: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.company.preview.FIRST_PAGE", 1)
    busy.save("record-types", "loan", name="Loan")
    for branch, record_type in (("denver", "lead"), ("dallas", "lead"), ("corporate", "loan")):
        busy.save("sources", branch, name=branch, owner=branch, record_type=record_type)
    for second, source in ((10, "denver"), (11, "dallas"), (12, "corporate"), (13, "denver")):
        busy.at(f"2026-03-04T15:00:{second}Z")
        busy.lead(second, source=source)
    busy.lead(14, user="ana", owner="me")
    for number in (15, 16):
        busy.put(f"/v1/do-not-call/303555010{number - 10}", {})
        busy.lead(number, phone=f"303555010{number - 10}", source="denver")

    def of(draft: Any, last: int = 200, **other: Any) -> list[str]:
        found = previewed(busy, *draft, last=last, **other)
        return [entry["lead"]["name"].removeprefix("Lead ") for entry in found["leads"]]

    in_denver = push_draft("team", ["ana"], "denver")
    assert of([in_denver]) == ["0", "1", "2", "3", "4", "10", "13"]
    assert of([in_denver], last=3) == ["4", "10", "13"]
    assert of([in_denver], last=0) == []
    assert of([texas({"account": "cho"})], last=3) == ["2", "3", "4"]
    assert of([], pull=[{"id": "all", **pull_body(["dallas"])}], last=4) == ["4", "10", "11", "13"]
    assert of([], last=2) == ["12", "13"]
    assert previewed(busy, pull=[{"id": "all", **pull_body(["dallas"])}])["held"] == []
    assert len(previewed(busy, last=0)["held"]) == 2


def test_a_preview_says_what_saving_would_be_refused_with(busy: Backend) -> None:
    found = previewed(busy, texas({"account": "nobody"}), push_draft("team", ["mia"], "denver"))
    (problem,) = found["problems"]
    assert (problem["kind"], problem["id"], problem["status"], problem["code"]) == (
        "push-strategies",
        "texas",
        422,
        "invalid",
    )
    assert problem["errors"][0]["field"] == "draft.push_strategies[0].recipients[0].account"
    assert found["summary"]["leads_that_differ"] == 2, "the others are decided"
    found = previewed(busy, texas({"account": "nobody"}))
    assert (len(found["problems"]), found["leads"], found["held"]) == (1, [], [])


def test_a_preview_that_has_no_more_time_says_how_many_are_left(
    busy: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.company.preview.SECONDS", -1)
    found = previewed(busy, texas({"account": "cho"}))
    assert (found["leads"], found["summary"]["not_decided"]) == ([], 7)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("draft", "required")]),
        ({"draft": {}, "last": 201}, [("last", "out_of_range")]),
        ({"draft": {}, "last": -1}, [("last", "out_of_range")]),
        ({"draft": {}, "last": "5"}, [("last", "wrong_type")]),
        ({"draft": {"x": 1}, "more": 1}, [("draft.x", "unknown_key"), ("more", "unknown_key")]),
    ],
)
def test_a_wrong_preview_is_refused(company: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    company.invalid("POST", "/v1/preview", body, *errors)


def test_a_preview_is_for_who_may_save(company: Backend) -> None:
    for user in ("mia", "ana"):
        company.refused(403, "forbidden", "POST", "/v1/preview", {"draft": {}}, user=user)
