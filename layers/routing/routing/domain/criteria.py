"""Criteria: field, operator, value. All of a strategy's must hold; an `any` group holds when one of its does.

Text compares case-folded and trimmed, numbers and dates by value. An operand that cannot be read as the field's
type is a mismatch with that reason, never an exception: `problems` refuses such criteria before they are saved.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from routing.domain.leads import FieldType, Lead, RecordType


@dataclass(frozen=True, slots=True)
class Criterion:
    field: str
    operator: str
    value: object = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one of its criteria does. One level deep."""

    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    field: str
    operator: str
    value: object
    held: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AnyResult:
    results: tuple[CriterionResult, ...]
    held: bool


Entry = Criterion | AnyOf
Result = CriterionResult | AnyResult


def parse(entries: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Criteria from their JSON, whose shape has been checked."""

    def one(entry: Mapping[str, Any]) -> Criterion:
        return Criterion(entry["field"], entry["operator"], entry.get("value"))

    return tuple(
        AnyOf(tuple(one(each) for each in entry["any"])) if "any" in entry else one(entry)
        for entry in entries
    )


NEGATIVE = frozenset({"is_empty", "not_equals", "not_in", "not_contains"})
"""What a missing field does not fail."""
LISTS = frozenset({"in", "not_in"})
TEXT_OPERATORS = frozenset({"contains", "not_contains", "starts_with"})
ORDERED = frozenset({"greater_than", "less_than", "between"})
AGES = frozenset({"within_last", "older_than"})
NULLARY = frozenset({"is_empty", "is_not_empty"})
OPERATORS = frozenset({"equals", "not_equals"}) | LISTS | TEXT_OPERATORS | ORDERED | AGES | NULLARY

CENTURY = timedelta(days=36525)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


def duration(text: object) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds, at most a century; None for anything else.

    Years and months are not read: their length depends on the calendar.
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    parts = {unit: int(number) for unit, number in match.groupdict().items() if number} if match else {}
    try:
        span = timedelta(**parts)
    except OverflowError:
        return None
    return span if parts and span <= CENTURY else None


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    return str(value).strip().casefold()


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(_text(value) or "")


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _datetime(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


READERS: Mapping[FieldType, Callable[[object], object]] = {
    "string": _text,
    "choice": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
_NAMES: Mapping[FieldType, str] = {
    "string": "text",
    "choice": "text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date (YYYY-MM-DD)",
    "datetime": "a date-time (RFC 3339)",
}


def read(kind: FieldType, value: object) -> object:
    """`value` as the field's type for comparing (text folded, numbers exact), or None when it is not one."""
    return READERS[kind](value)


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TypeError(value)


def _compare(operator: str, kind: FieldType, left: object, operand: object, now: datetime) -> bool | None:
    """Whether `left` (already read) and the operand satisfy the operator; None when the operand is unreadable."""
    if operator in AGES:
        span = duration(operand)
        if span is None:
            return None
        is_recent = _instant(left) >= now - span
        return is_recent if operator == "within_last" else not is_recent
    if operator in LISTS or operator == "between":
        if not isinstance(operand, Sequence) or isinstance(operand, str):
            return None
        many = [read(kind, each) for each in operand]
        if any(each is None for each in many):
            return None
        if operator == "between":
            return len(many) == 2 and many[0] <= left <= many[1]  # type: ignore[operator]  # both of one type
        return (left in many) == (operator == "in")
    right = _text(operand) if operator in TEXT_OPERATORS else read(kind, operand)
    if right is None:
        return None
    if operator in TEXT_OPERATORS:
        text = str(left)
        if operator == "starts_with":
            return text.startswith(str(right))
        return (str(right) in text) == (operator == "contains")
    if operator == "greater_than":
        return bool(left > right)  # type: ignore[operator]  # both of one ordered type
    if operator == "less_than":
        return bool(left < right)  # type: ignore[operator]
    return (left == right) == (operator == "equals")


def evaluate_one(criterion: Criterion, lead: Lead, record_type: RecordType, now: datetime) -> CriterionResult:
    """Whether one criterion holds for the lead at `now`, and why."""

    def result(held: bool, reason: str) -> CriterionResult:
        return CriterionResult(criterion.field, criterion.operator, criterion.value, held, reason)

    kind = record_type.type_of(criterion.field)
    if kind is None:
        return result(False, "the record type has no such field")
    if criterion.operator not in OPERATORS:
        return result(False, "unknown operator")
    value = lead.value(criterion.field)
    if _is_missing(value):
        held = criterion.operator in NEGATIVE
        return result(held, "the lead has no value" if held else "the lead has no value for this field")
    if criterion.operator in NULLARY:
        held = criterion.operator == "is_not_empty"
        return result(held, "the lead has a value")
    left = read(kind, value)
    if left is None:
        return result(False, f"the lead's value is not {_NAMES[kind]}")
    held_or_none = _compare(criterion.operator, kind, left, criterion.value, now)
    if held_or_none is None:
        return result(False, f"the criterion's value does not fit {criterion.operator} on {_NAMES[kind]}")
    return result(held_or_none, "holds" if held_or_none else "does not hold")


def evaluate(
    entries: Sequence[Entry], lead: Lead, record_type: RecordType, now: datetime
) -> tuple[Result, ...]:
    """Each entry's result, in order. The strategy matches when all are held; an empty list matches every lead."""
    results: list[Result] = []
    for entry in entries:
        if isinstance(entry, AnyOf):
            inner = tuple(evaluate_one(each, lead, record_type, now) for each in entry.criteria)
            results.append(AnyResult(inner, any(each.held for each in inner)))
        else:
            results.append(evaluate_one(entry, lead, record_type, now))
    return tuple(results)


def all_hold(results: Sequence[Result]) -> bool:
    return all(each.held for each in results)


def problems(entries: Sequence[Entry], record_type: RecordType) -> list[tuple[str, str]]:
    """What keeps these criteria from being saved: (path below `criteria`, what was expected) pairs."""
    found: list[tuple[str, str]] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, AnyOf):
            for inner, criterion in enumerate(entry.criteria):
                found += [
                    (f"[{index}].any[{inner}].{at}", why) for at, why in _problems(criterion, record_type)
                ]
        else:
            found += [(f"[{index}].{at}", why) for at, why in _problems(entry, record_type)]
    return found


def _problems(criterion: Criterion, record_type: RecordType) -> list[tuple[str, str]]:
    kind = record_type.type_of(criterion.field)
    if kind is None:
        return [("field", f"is not a field of record type {record_type.id!r}")]
    operator, value = criterion.operator, criterion.value
    if operator not in OPERATORS:
        return [("operator", f"must be one of {', '.join(sorted(OPERATORS))}")]
    if operator in TEXT_OPERATORS and kind not in ("string", "choice"):
        return [("operator", f"{operator} needs a text field; {criterion.field} is a {kind}")]
    if operator in ORDERED and kind not in ("number", "date", "datetime"):
        return [("operator", f"{operator} needs a number or a date; {criterion.field} is a {kind}")]
    if operator in AGES and kind not in ("date", "datetime"):
        return [("operator", f"{operator} needs a date; {criterion.field} is a {kind}")]
    if operator in NULLARY:
        return [] if value is None else [("value", f"{operator} takes no value")]
    if operator in AGES:
        return (
            [] if duration(value) is not None else [("value", "must be an ISO 8601 duration such as PT24H")]
        )
    if operator in LISTS:
        if not isinstance(value, list) or not value:
            return [("value", "must be a list of at least one value")]
        return _unreadable(kind, value, record_type, criterion.field)
    if operator == "between":
        if not isinstance(value, list) or len(value) != 2:
            return [("value", "must be a list of two values, the lower first")]
        bad = _unreadable(kind, value, record_type, criterion.field)
        if not bad and read(kind, value[0]) > read(kind, value[1]):  # type: ignore[operator]  # both readable
            return [("value", "must have its lower end first")]
        return bad
    if operator in TEXT_OPERATORS:
        return [] if _text(value) else [("value", "must be text that is not empty")]
    bad = _unreadable(kind, [value], record_type, criterion.field)
    return [("value", why) for _, why in bad]


def _unreadable(
    kind: FieldType, values: Sequence[object], record_type: RecordType, name: str
) -> list[tuple[str, str]]:
    choices = record_type.choices_of(name)
    for index, value in enumerate(values):
        if read(kind, value) is None or _is_missing(value):
            return [(f"value[{index}]", f"must be {_NAMES[kind]}")]
        if choices and read("choice", value) not in {read("choice", each) for each in choices}:
            return [(f"value[{index}]", f"must be one of {', '.join(choices)}")]
    return []
