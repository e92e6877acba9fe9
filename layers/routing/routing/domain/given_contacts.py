"""The phones and e-mails of a lead: under which keys a post may give them, and which of them can be used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from routing.domain.contact_points import LISTS, MOST, Contact, Point
from routing.domain.lists import headings
from routing.domain.reading import phone_numbers
from routing.domain.reading.emails import emails
from routing.domain.reading.text import MAX_TEXT, folded

MOST_LOOKED_AT = 40
"""How many values of a post are read for one kind."""
Warn = Callable[[str, str, str], None]
"""Takes a field, a code and a message."""

_VALUES = ("value", "number", "address", "phone", "email", "phone_number", "email_address")
_KINDS = ("kind", "type", "label")


def contact_of(key: str) -> Contact | None:
    """Of which kind a key's value is: `phone`, `phones`, `phone_2`, `HomePhone`; None for any other key."""
    for contact, listed in LISTS.items():
        if key in (contact, listed):
            return contact
    meant = headings.named(key)
    return next((each for each in LISTS if meant is not None and meant.key == each), None)


def read(given: Mapping[str, Any], contact: Contact, warn: Warn) -> list[Point]:
    """The usable ones of a kind in a lead's JSON object, each once, at most `MOST`: `phone` first, then `phones`, then
    those under other names, the best named first.

    A value is text with one or several, `{"value", "kind"}`, `{"mobile": ...}`, or a list of them. What cannot be used
    is left out, with a warning that names it (`phones.1` is the second of a list).
    """
    found: dict[str, Point] = {}
    is_over = False
    for at, (name, value, kind, unverified) in enumerate(_values(given, contact)):
        if at == MOST_LOOKED_AT:
            is_over = True
            break
        for each in _usable(name, value, contact, warn):
            known = found.get(each)
            if known is None and len(found) == MOST:
                is_over = True
            elif known is None or known.kind is None:
                found[each] = Point(
                    each, kind, unverified if known is None else known.unverified or unverified
                )
    if is_over:
        warn(LISTS[contact], "too_many", f"has more than {MOST}; the others are kept as received only")
    return list(found.values())


def _values(given: Mapping[str, Any], contact: Contact) -> Iterator[tuple[str, object, str | None, bool]]:
    """(field, value, kind, unverified) of each value of a kind, in the order in which they count."""
    named = [
        (headings.rank(key), key)
        for key in given
        if key not in (contact, LISTS[contact]) and contact_of(key) == contact
    ]
    for key in (contact, LISTS[contact], *(key for _, key in sorted(named, key=lambda each: each[0]))):
        if key not in given:
            continue
        value, kind = given[key], headings.kind_of(contact, key)
        if isinstance(value, list | tuple):
            several = [(f"{key}.{at}", *_of_object(each, contact, kind)) for at, each in enumerate(value)]
        elif isinstance(value, Mapping) and value and not any(each in value for each in _VALUES):
            # `{"mobile": "...", "home": "..."}`
            several = [
                (f"{key}.{said}", each, headings.kind_of(contact, str(said)) or kind, False)
                for said, each in value.items()
            ]
        else:
            several = [(key, *_of_object(value, contact, kind))]
        yield from (each for each in several if each[1] is not None and folded(each[1]) != "")


def _of_object(value: object, contact: Contact, kind: str | None) -> tuple[object, str | None, bool]:
    """The value and the kind of `{"value", "kind"}`; any other value with the kind that its key says."""
    if not isinstance(value, Mapping):
        return value, kind, False
    said = next((value[key] for key in _KINDS if value.get(key) is not None), None)
    inner = next((value[key] for key in _VALUES if value.get(key) is not None), None)
    if not isinstance(said, str) or not folded(said[:MAX_TEXT]):
        return inner, kind, value.get("unverified") is True
    return inner, headings.kind_of(contact, said) or "other", value.get("unverified") is True


def _usable(name: str, value: object, contact: Contact, warn: Warn) -> Sequence[str]:
    if contact == "email":
        addresses = emails(value)
        if not addresses:
            warn(name, "dropped", "is not an e-mail address; it was not used")
        return addresses
    found = phone_numbers.phones(value)
    if not found.numbers:
        warn(name, "dropped", "is not a phone number; it was not used")
        return ()
    if found.has_extension:
        warn(name, "extension", "has an extension, which is kept as received only")
    from routing.domain.phones import is_ambiguous  # reading a phone has loaded the number library

    if any(map(is_ambiguous, found.numbers)):
        warn(name, "ambiguous", "may be a US number that lacks its 1; it was read by its country code")
    return found.numbers
