"""Criteria: field, operator, value. All of a strategy's must hold; an `any` group holds when one of its does.

Of a lead with several phones or e-mails one has to be what is asked for; none may be what a negative operator names.

A criterion's value and a lead's are read by the same rules (`routing.domain.reading`). An operand that cannot be read
as the field's kind is a mismatch with that reason, never an exception: `problems` refuses such criteria before they
are saved.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as kept
from datetime import UTC, date, datetime, timedelta
from typing import Any

from routing.domain.contact_points import LISTS as CONTACTS
from routing.domain.contact_points import points
from routing.domain.leads import Lead, RecordType
from routing.domain.reading.kinds import NAMES, TEXTS, Kind, part, read, stored
from routing.domain.reading.text import folded

Test = Callable[[Any, datetime], bool]
"""Whether a lead's value, read as its field's type, satisfies a criterion at a moment."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`tests` keeps what has been made of the value for a type of field: a criterion meets many leads."""

    field: str
    operator: str
    value: object = None
    tests: dict[Kind, Test | None] = kept(default_factory=dict, compare=False, repr=False)

    def test(self, kind: Kind) -> Test | None:
        """The test on a field of this type; None when the value cannot be read as one."""
        if kind not in self.tests:
            self.tests[kind] = _test(self.operator, kind, self.value)
        return self.tests[kind]


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
    member: object = None
    """Of a list, the value that the lead's is equal to."""


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
CLOCK_SKEW = timedelta(seconds=1)
"""What is less than this ahead has come: times are told in whole seconds, rounded up, and of two clocks one is slow."""
NO_OPERAND = frozenset({"is_empty", "is_not_empty"})
OPERATORS = frozenset({"equals", "not_equals"}) | LISTS | TEXT_OPERATORS | ORDERED | AGES | NO_OPERAND

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


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not folded(value))


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TypeError(value)


class _Members:
    """The test on a list: whether the lead's value is one of it, or none."""

    def __init__(self, kind: Kind, values: Sequence[object], *, inside: bool) -> None:
        self._originals = {read(kind, each): each for each in reversed(values)}
        self._inside = inside

    def __call__(self, left: Any, _: datetime) -> bool:
        return (left in self._originals) == self._inside

    def original(self, left: Any) -> object:
        """The value of the list that is equal to this one, as it was written; None when there is none."""
        return self._originals.get(left)


def _test(operator: str, kind: Kind, operand: Any) -> Test | None:
    """What the operator does with the operand, read once; None when it cannot be read, or not as this kind."""
    if operator in AGES:
        span = duration(operand)
        if span is None or kind not in ("date", "datetime"):
            return None
        if operator == "within_last":
            return lambda left, now: now - span <= _instant(left) < now + CLOCK_SKEW
        return lambda left, now: _instant(left) < now - span
    if operator in LISTS or operator == "between":
        if not isinstance(operand, Sequence) or isinstance(operand, str):
            return None
        many: list[Any] = [read(kind, each) for each in operand]
        if any(each is None for each in many) or (operator == "between" and len(many) != 2):
            return None
        if operator == "between":
            low, high = many
            return lambda left, _: bool(low <= left <= high)
        return _Members(kind, operand, inside=operator == "in")
    right: Any = part(kind, operator, operand) if operator in TEXT_OPERATORS else read(kind, operand)
    if right is None:
        return None
    tests: Mapping[str, Test] = {
        "equals": lambda left, _: left == right,
        "not_equals": lambda left, _: left != right,
        "contains": lambda left, _: right in str(left),
        "not_contains": lambda left, _: right not in str(left),
        "starts_with": lambda left, _: str(left).startswith(right),
        "greater_than": lambda left, _: bool(left > right),
        "less_than": lambda left, _: bool(left < right),
    }
    return tests.get(operator)


MISSING, UNREADABLE = object(), object()


class Reading:
    """One lead's values as their fields' types, each read once however many criteria look at it."""

    def __init__(self, lead: Lead, record_type: RecordType) -> None:
        self._lead = lead
        self._record_type = record_type
        self._read: dict[str, tuple[Kind | None, Any]] = {}
        self._every: dict[str, tuple[Any, ...]] = {}

    def of(self, name: str) -> tuple[Kind | None, Any]:
        """The field's type, None when there is no such field; and the value, MISSING or UNREADABLE."""
        found = self._read.get(name)
        if found is None:
            kind, value = self._record_type.type_of(name), self._lead.value(name)
            left = MISSING if _is_missing(value) else stored(kind, value) if kind else None
            found = self._read[name] = (kind, UNREADABLE if left is None else left)
        return found

    def every(self, name: str) -> Sequence[Any]:
        """The readable values of a field that the lead has: of others than `phone` and `email` one.

        Of those all but what somebody whom nobody knows has added: no stranger decides who gets a lead.
        """
        kind, left = self.of(name)
        if left is MISSING or left is UNREADABLE or kind is None:
            return ()
        contact = next((each for each in CONTACTS if each == name), None)
        if contact is None:
            return (left,)
        found = self._every.get(name)
        if found is None:
            known = enumerate(points(self._lead.values, contact))
            values = (stored(kind, each.value) for at, each in known if at == 0 or not each.unverified)
            found = self._every[name] = tuple(each for each in values if each is not None)
        return found


def _holds(criterion: Criterion, reading: Reading, now: datetime) -> bool:
    kind, left = reading.of(criterion.field)
    if kind is None:
        return False
    if left is MISSING:
        return criterion.operator in NEGATIVE
    if criterion.operator in NO_OPERAND:
        return criterion.operator == "is_not_empty"
    test = criterion.test(kind)
    if test is None or left is UNREADABLE:
        return False
    if criterion.field not in CONTACTS:
        return test(left, now)
    enough = all if criterion.operator in NEGATIVE else any
    return enough(test(each, now) for each in reading.every(criterion.field))


def matches(entries: Sequence[Entry], reading: Reading, now: datetime) -> bool:
    """Whether all entries hold, without the reasons: it stops at the first that does not."""
    for entry in entries:
        if isinstance(entry, AnyOf):
            if not any(_holds(each, reading, now) for each in entry.criteria):
                return False
        elif not _holds(entry, reading, now):
            return False
    return True


def _explained(criterion: Criterion, reading: Reading, now: datetime) -> CriterionResult:
    """Whether one criterion holds at `now`, and why."""
    kind, left = reading.of(criterion.field)
    held = _holds(criterion, reading, now)
    if kind is None:
        reason = "the record type has no such field"
    elif criterion.operator not in OPERATORS:
        reason = "unknown operator"
    elif left is MISSING:
        reason = "the lead has no value" if held else "the lead has no value for this field"
    elif criterion.operator in NO_OPERAND:
        reason = "the lead has a value"
    elif left is UNREADABLE:
        reason = f"the lead's value is not {NAMES[kind]}"
    elif criterion.test(kind) is None:
        reason = f"the criterion's value does not fit {criterion.operator} on {NAMES[kind]}"
    else:
        reason = "holds" if held else "does not hold"
    test = criterion.test(kind) if kind else None
    members = map(test.original, reading.every(criterion.field)) if isinstance(test, _Members) else ()
    member = next((each for each in members if each is not None), None)
    return CriterionResult(criterion.field, criterion.operator, criterion.value, held, reason, member)


def depends_on_time(entries: Sequence[Entry]) -> bool:
    """Whether a lead may come to satisfy them, or no longer, by growing older."""
    return any(
        each.operator in AGES
        for entry in entries
        for each in (entry.criteria if isinstance(entry, AnyOf) else (entry,))
    )


def evaluate(entries: Sequence[Entry], reading: Reading, now: datetime) -> tuple[Result, ...]:
    """Each entry's result, in order. The strategy matches when all are held; an empty list matches every lead."""
    results: list[Result] = []
    for entry in entries:
        if isinstance(entry, AnyOf):
            inner = tuple(_explained(each, reading, now) for each in entry.criteria)
            results.append(AnyResult(inner, any(each.held for each in inner)))
        else:
            results.append(_explained(entry, reading, now))
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
    if operator in TEXT_OPERATORS and kind not in TEXTS:
        return [("operator", f"{operator} needs a text field; {criterion.field} is a {kind}")]
    if operator in ORDERED and kind not in ("number", "date", "datetime"):
        return [("operator", f"{operator} needs a number or a date; {criterion.field} is a {kind}")]
    if operator in AGES and kind not in ("date", "datetime"):
        return [("operator", f"{operator} needs a date; {criterion.field} is a {kind}")]
    if operator in NO_OPERAND:
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
        if part(kind, operator, value) is not None:
            return []
        is_free = kind in ("string", "choice", "name", "exact")
        return [("value", "must be text that is not empty" if is_free else f"must be part of {NAMES[kind]}")]
    bad = _unreadable(kind, [value], record_type, criterion.field)
    return [("value", why) for _, why in bad]


def _unreadable(
    kind: Kind, values: Sequence[object], record_type: RecordType, name: str
) -> list[tuple[str, str]]:
    choices = record_type.choices_of(name)
    for index, value in enumerate(values):
        if read(kind, value) is None or _is_missing(value):
            return [(f"value[{index}]", f"must be {NAMES[kind]}")]
        if choices and read("choice", value) not in {read("choice", each) for each in choices}:
            return [(f"value[{index}]", f"must be one of {', '.join(choices)}")]
    return []
