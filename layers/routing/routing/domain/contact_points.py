"""The phones and e-mails among a lead's values. How a post gives them, `given_contacts` knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Contact = Literal["phone", "email"]
LISTS: Mapping[Contact, str] = {"phone": "phones", "email": "emails"}
"""Where all of a kind stand, the first usable one under its own name beside them."""
MOST = 10
"""Of a kind: as many phones one transaction can put on the do-not-call list."""
FORMER_PHONES = 20
"""As many phones that a lead had are kept."""


@dataclass(frozen=True, slots=True)
class Point:
    """A phone as E.164, or an e-mail address. kind: `mobile`, `home`, `work`, `personal`, `other`; None: not said.

    unverified: somebody whom nobody knows said that it is of a person whom we know.
    """

    value: str
    kind: str | None = None
    unverified: bool = False


def points(values: Mapping[str, Any], contact: Contact) -> tuple[Point, ...]:
    """The phones or e-mails among a lead's values, the first usable one first."""
    listed = values.get(LISTS[contact])
    if listed is not None:
        return tuple(Point(each["value"], each.get("kind"), each.get("unverified", False)) for each in listed)
    alone = values.get(contact)
    return (Point(alone),) if alone else ()


def phones_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each.value for each in points(values, "phone"))


def emails_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each.value for each in points(values, "email"))


def known(values: Mapping[str, Any], contact: Contact) -> tuple[str, ...]:
    """Those that nobody doubts."""
    return tuple(each.value for each in points(values, contact) if not each.unverified)


def as_said(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of whoever says them: of their own phones and e-mails nobody has a doubt."""
    others = {name: value for name, value in values.items() if name not in (*LISTS, *LISTS.values())}
    for contact in LISTS:
        of = [replace(each, unverified=False) for each in points(values, contact)]
        others |= stored(of, contact)
    return others


def shown(values: Mapping[str, Any], contact: Contact) -> list[dict[str, Any]]:
    """All of a kind as the API shows them."""
    return [_said(each) for each in points(values, contact)]


def _said(point: Point) -> dict[str, Any]:
    return {"value": point.value, "kind": point.kind, **({"unverified": True} if point.unverified else {})}


def stored(found: Sequence[Point], contact: Contact) -> dict[str, Any]:
    """What a lead's values hold of them: the list only where it says more than the first one does."""
    if not found:
        return {}
    values: dict[str, Any] = {contact: found[0].value}
    if len(found) > 1 or found[0] != Point(found[0].value):
        values[LISTS[contact]] = [_said(each) for each in found]
    return values
