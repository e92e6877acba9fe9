"""Criteria that are refused when a strategy is saved, each at its path."""

from typing import Any

import pytest

from routing.domain.criteria import AGES, LISTS, NO_OPERAND, ORDERED, TEXT_OPERATORS, parse, problems
from tests.unit.values import TYPED


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"field": "fields.nope", "operator": "equals", "value": 1}, "field"),
        ({"field": "nope", "operator": "equals", "value": 1}, "field"),
        ({"field": "fields.", "operator": "equals", "value": 1}, "field"),
        ({"field": "state", "operator": "like", "value": "C%"}, "operator"),
        *(
            ({"field": "fields.amount", "operator": each, "value": "x"}, "operator")
            for each in sorted(TEXT_OPERATORS)
        ),
        *(
            ({"field": "fields.vip", "operator": each, "value": "x"}, "operator")
            for each in sorted(TEXT_OPERATORS)
        ),
        *(
            ({"field": "state", "operator": each, "value": ["A", "B"]}, "operator")
            for each in sorted(ORDERED)
        ),
        *(({"field": "fields.vip", "operator": each, "value": True}, "operator") for each in sorted(ORDERED)),
        *(
            ({"field": "fields.product", "operator": each, "value": "x"}, "operator")
            for each in sorted(ORDERED)
        ),
        *(({"field": "state", "operator": each, "value": "P1D"}, "operator") for each in sorted(AGES)),
        *(
            ({"field": "fields.amount", "operator": each, "value": "P1D"}, "operator")
            for each in sorted(AGES)
        ),
        *(({"field": "state", "operator": each, "value": "x"}, "value") for each in sorted(NO_OPERAND)),
        *(({"field": "created_at", "operator": each, "value": "a day"}, "value") for each in sorted(AGES)),
        *(({"field": "created_at", "operator": each}, "value") for each in sorted(AGES)),
        *(({"field": "state", "operator": each, "value": "CO"}, "value") for each in sorted(LISTS)),
        *(({"field": "state", "operator": each, "value": []}, "value") for each in sorted(LISTS)),
        *(({"field": "state", "operator": each}, "value") for each in sorted(LISTS)),
        ({"field": "state", "operator": "in", "value": ["CO", {}]}, "value[1]"),
        ({"field": "state", "operator": "in", "value": ["CO", ""]}, "value[1]"),
        ({"field": "fields.amount", "operator": "in", "value": [1, "x"]}, "value[1]"),
        ({"field": "fields.product", "operator": "in", "value": ["purchase", "lease"]}, "value[1]"),
        ({"field": "fields.product", "operator": "equals", "value": "lease"}, "value"),
        ({"field": "cost", "operator": "between", "value": [1]}, "value"),
        ({"field": "cost", "operator": "between", "value": [1, 2, 3]}, "value"),
        ({"field": "cost", "operator": "between", "value": 1}, "value"),
        ({"field": "cost", "operator": "between", "value": [2, 1]}, "value"),
        ({"field": "cost", "operator": "between", "value": [1, "x"]}, "value[1]"),
        ({"field": "cost", "operator": "equals", "value": "x"}, "value"),
        ({"field": "cost", "operator": "greater_than", "value": True}, "value"),
        ({"field": "cost", "operator": "greater_than"}, "value"),
        ({"field": "created_at", "operator": "greater_than", "value": "noon"}, "value"),
        ({"field": "fields.birthday", "operator": "equals", "value": "4.3.2026"}, "value"),
        ({"field": "fields.vip", "operator": "equals", "value": "maybe"}, "value"),
        ({"field": "state", "operator": "equals"}, "value"),
        ({"field": "state", "operator": "equals", "value": " "}, "value"),
        ({"field": "state", "operator": "contains", "value": ""}, "value"),
        ({"field": "state", "operator": "starts_with", "value": ["C"]}, "value"),
        ({"field": "state", "operator": "not_contains"}, "value"),
    ],
)
def test_a_criterion_that_makes_no_sense_is_refused_at_its_path(entry: dict[str, Any], path: str) -> None:
    good = {"field": "email", "operator": "is_not_empty"}
    assert [at for at, _ in problems(parse([good, entry]), TYPED)] == [f"[1].{path}"]
    grouped = parse([{"any": [good, good, entry]}])
    assert [at for at, _ in problems(grouped, TYPED)] == [f"[0].any[2].{path}"]


@pytest.mark.parametrize(
    "entry",
    [
        {"field": "state", "operator": "in", "value": ["CO", "UT"]},
        {"field": "fields.amount", "operator": "between", "value": [1, 1]},
        {"field": "fields.product", "operator": "in", "value": ["PURCHASE"]},
        {"field": "fields.birthday", "operator": "older_than", "value": "P1W"},
        {"field": "created_at", "operator": "within_last", "value": "PT24H"},
        {"field": "postal_code", "operator": "starts_with", "value": 80},
        {"field": "fields.vip", "operator": "not_equals", "value": "True"},
        {"field": "timezone", "operator": "is_empty"},
    ],
)
def test_a_sensible_criterion_is_saved(entry: dict[str, Any]) -> None:
    assert problems(parse([entry]), TYPED) == []
