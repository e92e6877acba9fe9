"""Decisions as JSON: exactly the shape that the contract names."""

import json

from routing.domain.criteria import AnyOf, Criterion
from routing.domain.decisions import filing_json, push_json, why_held
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


def test_the_reasons_of_a_held_lead_are_told_apart_without_their_counts() -> None:
    away = {"ana": Presence(available=False)}
    first, _ = decide(lead(values={"state": "CO"}), FOUND, {}, away, NOW)
    same, _ = decide(lead(id="L2", values={"state": "CO"}), FOUND, {}, away, NOW.replace(hour=20))
    assert why_held(first) == why_held(same)
    gone = company(
        branch("denver", enabled=False),
        push_strategy("to-denver", ["denver"], criteria=[COLORADO], version=3),
    )
    other, _ = decide(lead(values={"state": "CO"}), gone, {}, {}, NOW)
    assert why_held(other) != why_held(first)
