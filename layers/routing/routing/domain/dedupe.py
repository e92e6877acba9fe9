"""Which leads are of one person: what a lead claims for itself, and what becomes of a lead that meets a claim.

A rule is a set of fields that must all be alike; of several rules one is enough. For each of them that a lead can
fill it claims the fields' values, as they are compared. Missing equals nothing, and what people type into a field to
get past it (555-5555555, none@example.com) is as good as missing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import product, zip_longest
from typing import Any

from routing.domain.contact_points import LISTS, known
from routing.domain.leads import CUSTOM, RecordType
from routing.domain.reading import text
from routing.domain.reading.kinds import Kind, stored

FIELDS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "state",
    "postal_code",
    "source",
    "channel",
    "campaign",
)
"""Static fields that a rule may name; custom ones are `fields.<name>`."""
MOST_RULES = 8
MOST_FIELDS = 6
MOST_CLAIMS = 25
"""Of one lead: they are written in the transaction that makes it."""
NOBODY = frozenset(
    {
        "test",
        "tests",
        "testing",
        "none",
        "noemail",
        "no-email",
        "no.email",
        "no_email",
        "nomail",
        "no",
        "na",
        "n-a",
        "null",
        "nil",
        "nobody",
        "noone",
        "noname",
        "unknown",
        "anonymous",
        "fake",
        "asdf",
        "noreply",
        "no-reply",
        "no_reply",
        "donotreply",
        "do-not-reply",
    }
)
"""What stands before the @ of addresses that are nobody's."""
COUNTED = frozenset({"1234567890", "0123456789", "123456789", "12345678", "1234567", "9876543210"})
Claim = tuple[tuple[str, str], ...]
"""The fields of a rule, sorted, each with its value as it is compared."""


def problems(rules: Sequence[Sequence[str]], record_type: RecordType) -> list[tuple[str, str, str]]:
    """What is wrong with rules: (where, code, what was expected). `[1][0]` is the second rule's first field."""
    found: list[tuple[str, str, str]] = []
    seen: list[frozenset[str]] = []
    for at, names in enumerate(rules):
        before = len(found)
        for inner, name in enumerate(names):
            path = f"[{at}][{inner}]"
            if name in names[:inner]:
                found.append((path, "repeated", "stands in the set already"))
            elif name not in FIELDS and not (name.startswith(CUSTOM) and record_type.type_of(name)):
                known = f"{', '.join(FIELDS)}, or fields.<name> of the record type"
                found.append((path, "unknown", f"must be one of {known}"))
        if frozenset(names) in seen:
            found.append((f"[{at}]", "repeated", "stands in the list already"))
        elif len(found) == before and not _tells_people_apart(names):
            message = "would take strangers for one: add email, phone, or last_name and postal_code"
            found.append((f"[{at}]", "too_wide", message))
        seen.append(frozenset(names))
    return found


def _tells_people_apart(names: Sequence[str]) -> bool:
    is_own = any(name in ("email", "phone") or name.startswith(CUSTOM) for name in names)
    return is_own or {"last_name", "postal_code"} <= set(names)


def claims(
    values: Mapping[str, Any],
    fields: Mapping[str, Any],
    rules: Sequence[Sequence[str]],
    record_type: RecordType,
) -> tuple[Claim, ...]:
    """What a lead claims under these rules, at most MOST_CLAIMS: of each rule the first values before the others.

    Of several phones or e-mails each counts, but those that are `unverified`: no stranger decides whose somebody is.
    """
    of_rules = [_of_rule(sorted(names), values, fields, record_type) for names in rules]
    in_turn = (each for row in zip_longest(*of_rules) for each in row if each is not None)
    found: dict[Claim, None] = {}
    for each in in_turn:
        found[each] = None
        if len(found) == MOST_CLAIMS:
            break
    return tuple(found)


def _of_rule(
    names: Sequence[str], values: Mapping[str, Any], fields: Mapping[str, Any], record_type: RecordType
) -> Iterator[Claim]:
    choices = [[(name, each) for each in _compared(name, values, fields, record_type)] for name in names]
    return product(*choices)


def _compared(
    name: str, values: Mapping[str, Any], fields: Mapping[str, Any], record_type: RecordType
) -> list[str]:
    """A field's values as they are compared; none where it is missing, or says nothing."""
    kind = record_type.type_of(name)
    if kind is None:  # a custom field that the record type no longer has
        return []
    if name.startswith(CUSTOM):
        given: Sequence[object] = [fields.get(name.removeprefix(CUSTOM))]
    elif (contact := next((each for each in LISTS if each == name), None)) is not None:
        given = known(values, contact)
    else:
        given = [values.get(name)]
    found = (_as_text(kind, each) for each in given)
    return list(dict.fromkeys(each for each in found if each is not None))


def _as_text(kind: Kind, value: object) -> str | None:
    if value is None or (kind in ("string", "name") and text.name(value) is None):
        return None
    read = stored(kind, value)
    match read:
        case None | "":
            return None
        case bool():
            return str(read).lower()
        case Decimal():
            return f"{read.normalize():f}"
        case date() | datetime():
            return read.isoformat()
    found = str(read)
    return None if _is_nobodys(kind, found) else found


def _is_nobodys(kind: Kind, value: str) -> bool:
    """Whether people give this value when they do not want to give one."""
    if kind == "email":
        return value.partition("@")[0] in NOBODY
    if kind == "phone":
        digits = value.removeprefix("+")
        return _is_made_up(digits) or (digits.startswith("1") and _is_made_up(digits[1:]))
    return kind == "string" and re.fullmatch(r"\d{7,}", value) is not None and _is_made_up(value)


def _is_made_up(digits: str) -> bool:
    return len(set(digits)) == 1 or digits in COUNTED
