"""What kinds of field there are, and how a value of each is read for comparing."""

from collections.abc import Callable, Mapping
from typing import Literal

from routing.domain.reading import emails, numbers, phone_numbers, postal_codes, states, text, times

FieldType = Literal["string", "number", "boolean", "date", "datetime", "choice"]
"""What a custom field can be."""
Kind = FieldType | Literal["name", "exact", "email", "phone", "state", "postal_code"]
"""Those of custom fields, and the product's own: text of which each has its rules. `exact`: its case counts."""


def _postal_code(value: object) -> str | None:
    found = postal_codes.postal_code(value)
    return None if found is None else postal_codes.comparable(found)


def _name(value: object) -> str | None:
    return text.folded(text.name(value))


def _exact(value: object) -> str | None:
    found = text.text_of(value)
    return found.strip() if found is not None else None


_READERS: Mapping[Kind, Callable[[object], object]] = {
    "string": text.folded,
    "choice": text.folded,
    "number": numbers.number,
    "boolean": numbers.boolean,
    "date": times.day,
    "datetime": times.instant,
    "name": _name,
    "exact": _exact,
    "email": emails.email,
    "phone": phone_numbers.phone,
    "state": states.state,
    "postal_code": _postal_code,
}
NAMES: Mapping[Kind, str] = {
    "string": "text",
    "choice": "text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date (YYYY-MM-DD)",
    "datetime": "a date-time (RFC 3339)",
    "name": "text that is not a placeholder",
    "exact": "text",
    "email": "an e-mail address",
    "phone": "a phone number",
    "state": "a US state or territory",
    "postal_code": "a postal code",
}
_PARTS: Mapping[Kind, Callable[[object], str | None]] = {
    "string": text.folded,
    "choice": text.folded,
    "name": text.folded,
    "exact": _exact,
    "email": emails.part,
    "phone": phone_numbers.piece,
    "state": states.part,
    "postal_code": postal_codes.part,
}
TEXTS = frozenset(_PARTS)
"""The kinds of which a part can be looked for."""


def read(kind: Kind, value: object) -> object:
    """`value` as a field of this kind for comparing (text folded, numbers exact), or None when it is not one."""
    return _READERS[kind](value)


def stored(kind: Kind, value: object) -> object:
    """`read` for a lead's own value: a phone that intake has read is not looked up again."""
    if kind == "phone" and isinstance(value, str) and phone_numbers.is_e164(value):
        return value
    return read(kind, value)


def part(kind: Kind, operator: str, value: object) -> str | None:
    """What `contains` and `starts_with` look for in a field of this kind; None when none can have it."""
    if kind not in _PARTS:
        return None
    read_part = phone_numbers.prefix if (kind, operator) == ("phone", "starts_with") else _PARTS[kind]
    return read_part(value) or None
