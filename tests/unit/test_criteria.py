"""Criteria: what each operator means for each type, and what is refused when it is saved."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.domain.criteria import (
    AGES,
    LISTS,
    NEGATIVE,
    NO_OPERAND,
    OPERATORS,
    ORDERED,
    TEXT_OPERATORS,
    AnyOf,
    AnyResult,
    Criterion,
    CriterionResult,
    Reading,
    all_hold,
    duration,
    evaluate,
    matches,
    parse,
    problems,
)
from routing.domain.intake import understand
from routing.domain.leads import STATIC_FIELDS
from routing.domain.reading.kinds import read
from routing.domain.reading.numbers import MAX_NUMBER
from routing.domain.reading.text import folded
from tests.unit.values import NOW, TYPED, instants, lead

CUSTOM = {
    "string": "fields.text",
    "number": "fields.amount",
    "boolean": "fields.vip",
    "date": "fields.birthday",
    "datetime": "fields.seen",
    "choice": "fields.product",
}


def evaluated_one(criterion: Criterion, found: Any, record_type: Any, now: Any) -> Any:
    """One criterion's result; matching, which stops at the first that does not hold, must say the same."""
    reading = Reading(found, record_type)
    (result,) = evaluate((criterion,), reading, now)
    assert matches((criterion,), reading, now) is result.held
    assert matches((AnyOf((criterion,)),), reading, now) is result.held
    return result


def holds(value: object, operator: str, operand: object, kind: str = "string") -> bool:
    """Whether a criterion on a custom field of this type holds for a lead with this value."""
    name = CUSTOM[kind]
    found = lead(fields={name.removeprefix("fields."): value})
    return evaluated_one(Criterion(name, operator, operand), found, TYPED, NOW).held


def reason(value: object, operator: str, operand: object, kind: str = "string") -> str:
    name = CUSTOM[kind]
    found = lead(fields={name.removeprefix("fields."): value})
    result = evaluated_one(Criterion(name, operator, operand), found, TYPED, NOW)
    assert not result.held
    return result.reason


@pytest.mark.parametrize(
    ("kind", "value", "operator", "operand", "expected"),
    [
        ("string", " Denver ", "equals", "dENVER", True),
        ("string", "Denver", "not_equals", "denver", False),
        ("string", "Denver", "not_equals", "Dallas", True),
        ("string", "STRASSE", "equals", "straße", True),
        ("string", 80203, "equals", "80203", True),
        ("string", "Denver", "in", ["dallas", "DENVER"], True),
        ("string", "Denver", "not_in", ["dallas", "DENVER"], False),
        ("string", "Denver", "not_in", ["dallas"], True),
        ("string", "North Denver", "contains", "DEN", True),
        ("string", "Denver", "contains", "x", False),
        ("string", "Denver", "not_contains", "x", True),
        ("string", "Denver", "not_contains", "DEN", False),
        ("string", "Denver", "starts_with", "dEn", True),
        ("string", "North Denver", "starts_with", "den", False),
        ("choice", "purchase", "equals", "Purchase", True),
        ("choice", "Purchase", "in", ["refinance"], False),
        ("choice", "Refinance", "starts_with", "re", True),
        ("number", 100, "equals", "100.00", True),
        ("number", "1e2", "equals", 100, True),
        ("number", 0.1, "equals", "0.1", True),
        ("number", 100, "in", [1, "100.0"], True),
        ("number", 100, "not_in", [1, "100.0"], False),
        ("number", 100, "greater_than", 99.99, True),
        ("number", 100, "greater_than", 100, False),
        ("number", "-5", "less_than", 0, True),
        ("number", 0, "less_than", 0, False),
        ("number", 5, "between", [5, 9], True),
        ("number", 9, "between", [5, "9"], True),
        ("number", 9.01, "between", [5, 9], False),
        ("boolean", True, "equals", "true", True),
        ("boolean", "FALSE", "equals", False, True),
        ("boolean", True, "not_equals", False, True),
        ("boolean", False, "in", [True], False),
        ("date", "2026-03-04", "equals", "2026-03-04", True),
        ("date", "2026-03-04", "greater_than", "2026-03-03", True),
        ("date", "2026-03-04", "less_than", "2026-03-04", False),
        ("date", "2026-03-04", "between", ["2026-03-04", "2026-03-05"], True),
        ("datetime", "2026-03-04T15:00:00Z", "equals", "2026-03-04T08:00:00-07:00", True),
        ("datetime", "2026-03-04T15:00:00", "equals", "2026-03-04T15:00:00Z", True),
        ("datetime", "2026-03-04T15:00:01Z", "greater_than", "2026-03-04T15:00:00Z", True),
        ("datetime", "2026-03-04T15:00:00Z", "between", ["2026-03-04", "2026-03-04T15:00:00Z"], True),
        ("datetime", "2026-03-04T14:00:00Z", "within_last", "PT1H", True),
        ("datetime", "2026-03-04T13:59:59Z", "within_last", "PT1H", False),
        ("datetime", "2026-03-04T13:59:59Z", "older_than", "PT1H", True),
        ("datetime", "2026-03-04T14:00:00Z", "older_than", "PT1H", False),
        ("datetime", "2026-03-04T15:00:00Z", "within_last", "PT1H", True),
        ("datetime", "2026-03-04T15:00:00.999Z", "within_last", "PT1H", True),
        ("datetime", "2026-03-04T15:00:01Z", "within_last", "PT1H", False),
        ("datetime", "2026-03-05T00:00:00Z", "within_last", "PT24H", False),
        ("datetime", "2026-03-05T00:00:00Z", "older_than", "PT1H", False),
        ("date", "2026-03-04", "within_last", "P2D", True),
        ("date", "2026-03-05", "within_last", "P2D", False),
        ("date", "2026-03-03", "within_last", "P2D", True),
        ("date", "2026-03-02", "within_last", "P2D", False),
        ("date", "2026-03-02", "older_than", "P2D", True),
    ],
)
def test_what_an_operator_means(
    kind: str, value: object, operator: str, operand: object, expected: bool
) -> None:
    assert holds(value, operator, operand, kind) is expected


@pytest.mark.parametrize("operator", sorted(OPERATORS))
@pytest.mark.parametrize("kind", sorted(CUSTOM))
@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_missing_field_fails_all_but_the_negative_operators(
    operator: str, kind: str, value: object
) -> None:
    assert holds(value, operator, "x", kind) is (
        operator in {"is_empty", "not_equals", "not_in", "not_contains"}
    )


@pytest.mark.parametrize("value", ["x", 0, False, "0"])
def test_what_is_there_is_not_empty(value: object) -> None:
    assert not holds(value, "is_empty", None)
    assert holds(value, "is_not_empty", None)


@pytest.mark.parametrize(
    ("kind", "value", "operator", "operand", "says"),
    [
        ("number", "a lot", "greater_than", 5, "the lead's value is not a number"),
        ("number", True, "equals", 1, "the lead's value is not a number"),
        ("number", "NaN", "not_equals", 1, "the lead's value is not a number"),
        ("boolean", "perhaps", "equals", True, "the lead's value is not true or false"),
        ("date", "13/03/2026", "equals", "2026-03-04", "the lead's value is not a date"),
        ("datetime", "yesterday", "within_last", "P1D", "the lead's value is not a date-time"),
        ("string", ["a"], "equals", "a", "the lead's value is not text"),
        ("number", 5, "greater_than", "many", "the criterion's value does not fit"),
        ("number", 5, "between", [1, "many"], "the criterion's value does not fit"),
        ("number", 5, "in", "5", "the criterion's value does not fit"),
        ("number", 5, "not_in", [None], "the criterion's value does not fit"),
        ("datetime", "2026-03-04", "within_last", "soon", "the criterion's value does not fit"),
        ("string", "x", "contains", None, "the criterion's value does not fit"),
        ("number", 5, "between", [1], "the criterion's value does not fit between"),
    ],
)
def test_what_cannot_be_read_is_a_mismatch_that_says_so(
    kind: str, value: object, operator: str, operand: object, says: str
) -> None:
    assert reason(value, operator, operand, kind).startswith(says)


def test_a_field_or_operator_that_has_gone_is_a_mismatch() -> None:
    gone = evaluated_one(Criterion("fields.gone", "equals", 1), lead(fields={"gone": 1}), TYPED, NOW)
    assert (gone.held, gone.reason) == (False, "the record type has no such field")
    unknown = evaluated_one(Criterion("state", "like", "C%"), lead(values={"state": "CO"}), TYPED, NOW)
    assert (unknown.held, unknown.reason) == (False, "unknown operator")


@pytest.mark.parametrize(
    ("field", "operator", "operand"),
    [
        ("source", "equals", "Web"),
        ("cost", "less_than", 13),
        ("created_at", "within_last", "PT1M"),
        ("pull_count", "equals", 2),
        ("attempts", "greater_than", 0),
        ("status", "equals", "new"),
        ("last_disposition", "equals", "no-answer"),
        ("state", "in", ["co", "ut"]),
        ("timezone", "is_empty", None),
    ],
)
def test_static_fields_are_read_from_where_they_are(field: str, operator: str, operand: object) -> None:
    found = lead(
        pull_count=2,
        attempts=1,
        last_disposition="no-answer",
        values={"source": "web", "cost": "12.50", "state": "CO"},
    )
    assert evaluated_one(Criterion(field, operator, operand), found, TYPED, NOW).held


# -- `any`, and all of them ------------------------------------------------------------------------------------


def test_an_any_group_holds_when_one_of_its_criteria_does_and_shows_all_of_them() -> None:
    entries = parse(
        [
            {"field": "state", "operator": "equals", "value": "CO"},
            {
                "any": [
                    {"field": "attempts", "operator": "equals", "value": 5},
                    {"field": "email", "operator": "is_not_empty"},
                ]
            },
        ]
    )
    found = lead(values={"state": "CO", "email": "a@example.com"})
    first, group = evaluate(entries, Reading(found, TYPED), NOW)
    assert isinstance(first, CriterionResult)
    assert isinstance(group, AnyResult)
    assert [each.held for each in group.results] == [False, True]
    assert group.held
    assert all_hold((first, group))
    none = evaluate(entries, Reading(lead(values={"state": "CO"}), TYPED), NOW)
    assert [each.held for each in none] == [True, False]
    assert not all_hold(none)


def test_no_criteria_match_every_lead() -> None:
    assert evaluate((), Reading(lead(), TYPED), NOW) == ()
    assert all_hold(())


# -- properties ------------------------------------------------------------------------------------------------

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["2026-03-04", "2026-03-04T15:00:00Z", "12.5", "true", "P1D", "PT24H", "P999999999D", "1e999999"]
    ),
)
values = st.one_of(
    scalars, st.lists(scalars, max_size=3), st.dictionaries(st.text(max_size=3), scalars, max_size=2)
)
fields = st.sampled_from([*CUSTOM.values(), *STATIC_FIELDS])
criteria = st.builds(Criterion, fields, st.sampled_from(sorted(OPERATORS)), values)


@given(criteria, values)
@example(Criterion("fields.seen", "within_last", "P999999999D"), "2026-03-04T15:00:00Z")
@example(Criterion("created_at", "older_than", "P999999999D"), None)
@example(Criterion("fields.seen", "older_than", "PT1H"), "0001-01-01T00:00:00+14:00")
def test_no_criterion_ever_raises_whatever_the_lead_carries(criterion: Criterion, value: object) -> None:
    name = criterion.field.removeprefix("fields.")
    found = lead(values={name: value}, fields={name: value})
    result = evaluated_one(criterion, found, TYPED, NOW)
    assert isinstance(result.held, bool)
    assert result.reason
    assert (result.field, result.operator, result.value) == (
        criterion.field,
        criterion.operator,
        criterion.value,
    )


@given(criteria)
def test_saving_judges_any_shape_without_raising(criterion: Criterion) -> None:
    for path, why in problems((criterion,), TYPED):
        assert path.startswith("[0].")
        assert why


@given(st.text(max_size=8), st.text(max_size=8))
def test_equals_and_not_equals_are_opposites_that_do_not_care_for_case_or_space(
    value: str, other: str
) -> None:
    if not folded(value) or not folded(other):
        return
    assert holds(value, "equals", other) is not holds(value, "not_equals", other)
    assert holds(f"  {value.upper()} ", "equals", value.upper().casefold())
    assert holds(value, "in", [other, value])


numbers = st.decimals(-(10**308), 10**308).filter(lambda number: len(str(number)) <= MAX_NUMBER)


@given(numbers, numbers)
def test_numbers_compare_by_value_whatever_their_json_type(one: Decimal, other: Decimal) -> None:
    assert holds(str(one), "greater_than", str(other), "number") is (one > other)
    assert holds(str(one), "less_than", str(other), "number") is (one < other)
    assert holds(str(one), "equals", str(other), "number") is (one == other)
    low, high = sorted((one, other))
    assert holds(str(one), "between", [str(low), str(high)], "number")


@given(
    instants(2000, 2050),
    st.integers(0, 10**8),
)
def test_a_moment_is_within_the_last_span_or_older_or_still_to_come(moment: datetime, seconds: int) -> None:
    text, span = moment.isoformat(), f"PT{seconds}S"
    is_to_come = moment >= NOW + timedelta(seconds=1)
    is_older = moment < NOW - timedelta(seconds=seconds)
    assert holds(text, "older_than", span, "datetime") is is_older
    assert holds(text, "within_last", span, "datetime") is not (is_older or is_to_come)


# -- durations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("PT90M", timedelta(minutes=90)),
        ("PT0S", timedelta(0)),
    ],
)
def test_iso_8601_durations_are_read(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1",
        "1D",
        "P1Y",
        "P1M",
        "PT1.5H",
        "-P1D",
        "P1DT",
        "p1d",
        "24h",
        24,
        None,
        ["P1D"],
        "P" + "9" * 30 + "D",
    ],
)
def test_what_is_no_duration_is_none(text: object) -> None:
    assert duration(text) is None


@given(
    criteria,
    st.dictionaries(st.sampled_from(["text", "amount", "vip", "birthday", "seen", "product"]), values),
)
def test_what_can_be_saved_never_complains_of_its_own_value(
    criterion: Criterion, custom: dict[str, Any]
) -> None:
    """A saved criterion is a mismatch for the lead's sake only."""
    if problems((criterion,), TYPED):
        return
    result = evaluated_one(criterion, lead(fields=custom), TYPED, NOW)
    assert "criterion's value" not in result.reason
    assert isinstance(result.held, bool)


def test_the_groups_of_operators_cover_them_all() -> None:
    assert {"equals", "not_equals"} | LISTS | TEXT_OPERATORS | ORDERED | AGES | NO_OPERAND == OPERATORS
    assert NEGATIVE < OPERATORS


def test_values_of_python_are_read_as_well_as_those_of_json() -> None:
    assert read("date", datetime(2026, 3, 4, 15, tzinfo=UTC)) == date(2026, 3, 4)
    assert read("date", date(2026, 3, 4)) == date(2026, 3, 4)
    assert read("datetime", NOW) == NOW
    assert read("number", Decimal("1.50")) == Decimal("1.5")
    assert read("number", float("inf")) is None
    assert isinstance(parse([{"any": []}])[0], AnyOf)


@pytest.mark.parametrize(
    ("field", "operator", "value", "held", "member"),
    [
        ("phone", "starts_with", "214", True, None),
        ("phone", "starts_with", "303", True, None),
        ("phone", "equals", "(214) 555-0102", True, None),
        ("phone", "not_equals", "(214) 555-0102", False, None),
        ("phone", "not_equals", "(214) 555-0109", True, None),
        ("phone", "not_contains", "214", False, None),
        ("phone", "in", ["2145550109", "214.555.0102"], True, "214.555.0102"),
        ("phone", "not_in", ["214.555.0102"], False, "214.555.0102"),
        ("email", "contains", "work.example", True, None),
        ("email", "equals", "ann@work.example", True, None),
        ("email", "not_in", ["x@y.co"], True, None),
        ("email", "is_empty", None, False, None),
    ],
)
def test_one_of_several_phones_or_emails_is_enough_and_none_may_be_what_is_not_wanted(
    field: str, operator: str, value: object, held: bool, member: object
) -> None:
    body = {"phones": ["3035550101", "2145550102"], "emails": ["ann@home.example", "ann@work.example"]}
    found = lead(values=understand(body, TYPED).values)
    result = evaluated_one(Criterion(field, operator, value), found, TYPED, NOW)
    assert (result.held, result.member) == (held, member)


def test_what_a_stranger_added_to_a_lead_decides_nothing() -> None:
    known, added = ({"value": "+13035550101"}, {"value": "+12145550102", "unverified": True})
    found = lead(values={"phone": known["value"], "phones": [known, added]})
    for operator, held in (("starts_with", False), ("not_contains", True)):
        assert evaluated_one(Criterion("phone", operator, "214"), found, TYPED, NOW).held is held
    alone = lead(values={"phone": added["value"], "phones": [added]})
    assert evaluated_one(Criterion("phone", "starts_with", "214"), alone, TYPED, NOW).held
