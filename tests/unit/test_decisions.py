"""Decisions as JSON: exactly the shape that the contract names."""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from routing.domain.company import Company
from routing.domain.criteria import AnyOf, Criterion
from routing.domain.decisions import IN_FULL, MOST, MOST_OF_FILING, filing_json, push_json
from routing.domain.presence import Presence
from routing.domain.pull import file
from routing.domain.push import decide
from tests.unit.values import NOW, branch, company, lead, pull_strategy, push_strategy, user

COLORADO = Criterion("state", "equals", "CO")
FOUND = company(
    branch("denver"),
    user("ana", "denver"),
    push_strategy(
        "to-denver", ["denver"], criteria=[AnyOf((COLORADO, Criterion("cost", "greater_than", 5)))], version=3
    ),
    push_strategy("users", ["ana"], "denver", version=2),
)


def test_a_push_decision_is_hop_within_hop() -> None:
    decision, _ = decide(lead(values={"state": "CO"}), FOUND, {}, {}, NOW)
    shown = push_json(decision)
    assert shown == {
        "outcome": "assigned",
        "account": "denver",
        "strategy": "to-denver",
        "strategies": [
            {
                "id": "to-denver",
                "version": 3,
                "matched": True,
                "criteria": [
                    {
                        "any": [
                            {
                                "field": "state",
                                "operator": "equals",
                                "value": "CO",
                                "held": True,
                                "reason": "holds",
                            },
                            {
                                "field": "cost",
                                "operator": "greater_than",
                                "value": 5,
                                "held": False,
                                "reason": "the lead has no value for this field",
                            },
                        ],
                        "held": True,
                    }
                ],
                "recipients": [
                    {
                        "account": "denver",
                        "eligible": True,
                        "reason": "eligible",
                        "hour": 0,
                        "day": 0,
                        "interval": 0,
                    }
                ],
            }
        ],
        "next": {
            "outcome": "assigned",
            "account": "ana",
            "strategy": "users",
            "strategies": [
                {
                    "id": "users",
                    "version": 2,
                    "matched": True,
                    "criteria": [],
                    "recipients": [
                        {
                            "account": "ana",
                            "eligible": True,
                            "reason": "eligible",
                            "hour": 0,
                            "day": 0,
                            "interval": 0,
                        }
                    ],
                }
            ],
            "next": None,
        },
    }
    assert json.loads(json.dumps(shown)) == shown


def test_a_held_decision_shows_who_was_looked_at_and_why_not() -> None:
    decision, _ = decide(lead(values={"state": "CO"}), FOUND, {}, {"ana": Presence(available=False)}, NOW)
    shown = push_json(decision)
    assert (shown["outcome"], shown["account"], shown["strategy"], shown["next"]) == (
        "held",
        None,
        None,
        None,
    )
    recipient = shown["strategies"][0]["recipients"][0]
    assert (recipient["account"], recipient["reason"]) == ("denver", "nobody_in_branch")
    inner = recipient["next"]["strategies"][0]["recipients"]
    assert [(each["account"], each["reason"]) for each in inner] == [("ana", "unavailable")]
    assert json.loads(json.dumps(shown)) == shown


def test_a_strategy_that_does_not_match_shows_its_criteria_and_no_recipients() -> None:
    decision, _ = decide(lead(values={"state": "UT"}), FOUND, {}, {}, NOW)
    shown = push_json(decision)
    assert shown["outcome"] == "no_strategy"
    (tried,) = shown["strategies"]
    assert (tried["matched"], tried["recipients"]) == (False, [])
    assert tried["criteria"][0]["held"] is False


def test_a_filing_shows_every_strategy_that_was_asked() -> None:
    found = company(
        pull_strategy("colorado", criteria=[COLORADO], priority=1),
        pull_strategy("rest", priority=2),
    )
    shown = filing_json(file(lead(values={"state": "UT"}), found, NOW), "2026-03-04T15:00:00Z")
    assert shown == {
        "filed": True,
        "strategies": [
            {
                "id": "colorado",
                "matched": False,
                "criteria": [
                    {
                        "field": "state",
                        "operator": "equals",
                        "value": "CO",
                        "held": False,
                        "reason": "does not hold",
                    }
                ],
            },
            {"id": "rest", "matched": True, "criteria": []},
        ],
        "rank": shown["rank"],
        "calling_class": "US-UT@America/Denver",
        "available_at": "2026-03-04T15:00:00Z",
        "reason": "filed",
    }
    assert "rest" in shown["rank"]


def test_a_lead_that_is_not_filed_has_no_rank_and_no_time() -> None:
    shown = filing_json(file(lead(), company(), NOW), "2026-03-04T15:00:00Z")
    assert shown == {
        "filed": False,
        "strategies": [],
        "rank": None,
        "calling_class": "unknown",
        "available_at": None,
        "reason": "unmatched",
    }


def large(branches: int, users: int, strategies: int, entries: Sequence[AnyOf | Criterion] = ()) -> Company:
    """Branches with users below each, so many strategies of the company and of each branch."""
    names = [f"branch-{at}" for at in range(branches)]
    people = {each: [f"{each}-user-{at}" for at in range(users)] for each in names}
    return company(
        *(branch(each) for each in names),
        *(user(name, each) for each in names for name in people[each]),
        *(push_strategy(f"top-{at}", names, criteria=entries, order=at) for at in range(strategies)),
        *(
            push_strategy(f"{each}-{at}", people[each], each, criteria=entries, order=at)
            for each in names
            for at in range(strategies)
            if people[each]
        ),
    )


class Away(dict[str, Presence]):
    """Nobody is available but these."""

    def get(self, name: str, default: Any = None) -> Any:
        return default if name in self else Presence(available=False)


def recipients_of(strategy: Any) -> Counter[str]:
    """How many recipients are named or counted, by reason."""
    named = Counter(each["reason"] for each in strategy["recipients"])
    return named + Counter(strategy.get("recipients_more", {}))


@pytest.mark.parametrize(
    ("branches", "users", "strategies", "criteria"),
    [
        (230, 20, 3, 0),
        (200, 40, 4, 0),
        (25, 20, 3, 50),
        (500, 0, 2, 50),
        (3, 500, 1, 5),
        (1, 1, 300, 5),
        (0, 0, 1000, 5),
    ],
)
def test_a_decision_fits_whatever_the_set_up_and_counts_what_it_leaves_out(
    branches: int, users: int, strategies: int, criteria: int
) -> None:
    entries = [Criterion("state", "in", ["CO", "UT"])] * criteria
    found = large(branches, users, strategies, entries)
    decision, _ = decide(lead(values={"state": "CO"}), found, {}, Away(), NOW)
    shown = push_json(decision)
    assert len(json.dumps(shown)) <= MOST
    assert shown["outcome"] == ("held" if branches * users or not branches else "assigned")
    left = shown.get("strategies_more", {"matched": 0, "not_matched": 0})
    assert len(shown["strategies"]) + sum(left.values()) == len(decision.strategies)
    for each in shown["strategies"]:
        assert sum(recipients_of(each).values()) == branches
        assert len(each["criteria"]) + each.get("criteria_more", 0) == criteria
        if branches > 20:
            assert len(each["recipients"]) <= 21


def test_up_to_32_kb_everything_is_said_and_beyond_it_the_first_20_and_the_chosen_one() -> None:
    names = [f"user-{at:03d}" for at in range(500)]

    def shown(number: int) -> Any:
        chosen = names[:number]
        found = company(*(user(each) for each in chosen), push_strategy("all", chosen))
        decision, _ = decide(lead(), found, {}, Away({chosen[-1]: Presence()}), NOW)
        answer = push_json(decision)
        assert answer["account"] == chosen[-1]
        return answer["strategies"][0], len(json.dumps(answer))

    most = bisect_left(range(500), True, lo=200, key=lambda number: "recipients_more" in shown(number)[0])
    whole, size = shown(most - 1)
    assert IN_FULL - 200 < size <= IN_FULL
    assert len(whole["recipients"]) == most - 1
    assert "recipients_more" not in whole
    short, _ = shown(most)
    assert [each["account"] for each in short["recipients"]] == [*names[:20], names[most - 1]]
    assert short["recipients_more"] == {"unavailable": most - 21}


def test_a_branch_that_has_nobody_counts_its_users_by_reason_where_they_are_too_many() -> None:
    found = large(30, 30, 1)
    decision, _ = decide(lead(), found, {}, Away(), NOW)
    (strategy,) = push_json(decision)["strategies"]
    assert len(strategy["recipients"]) == 20
    for each in strategy["recipients"]:
        (within,) = each["next"]["strategies"]
        assert recipients_of(within) == {"unavailable": 30}


def test_a_long_list_is_said_by_the_value_that_the_lead_has_and_the_number_of_others() -> None:
    codes = [f"{at:05d}" for at in range(41_000)]
    entries = [
        Criterion("postal_code", "in", codes),
        Criterion("postal_code", "not_in", codes),
        Criterion("fields.text", "not_in", ["Ü" * 2000, "b"]),
        Criterion("fields.text", "contains", "é" * 5000),
        Criterion("fields.amount", "in", list(range(1000))),
    ]
    found = company(user("ana"), push_strategy("local", ["ana"], criteria=[AnyOf(tuple(entries))]))
    values = {"postal_code": "00042", "text": "ü" * 2000}
    decision, _ = decide(lead(values=values, fields={"text": "ü" * 2000, "amount": "7"}), found, {}, {}, NOW)
    shown = push_json(decision)
    assert len(json.dumps(shown)) < 16_000
    inside, outside, texts, text, amounts = shown["strategies"][0]["criteria"][0]["any"]
    assert (inside["value"], inside["value_more"], inside["held"]) == (["00042"], 40_999, True)
    assert (outside["value"], outside["value_more"], outside["held"]) == (["00042"], 40_999, False)
    assert (texts["value"], texts["value_more"]) == (["Ü" * 1000 + "…"], 1)
    assert text["value"] == "é" * 1000 + "…"
    assert (amounts["value"], amounts["value_more"]) == ([7], 999)


def test_a_filing_fits_whatever_the_number_of_strategies() -> None:
    criteria = [Criterion("state", "in", ["CO", "UT"])] * 20
    found = company(*(pull_strategy(f"pull-{at}", criteria=criteria, priority=at) for at in range(500)))
    shown = filing_json(file(lead(values={"state": "UT"}), found, NOW), "2026-03-04T15:00:00Z")
    assert len(json.dumps(shown)) <= MOST_OF_FILING
    assert shown["strategies"][0]["id"] == "pull-0"
    assert len(shown["strategies"]) + shown["strategies_more"]["matched"] == 500
