"""The signatures of an owner's held leads: which push strategies the leads match, from the owner downwards.

A signature is listed before the first lead is held under it, so whoever judges the list judges all that are held.
"""

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from routing.domain.heads import Head
from routing.storage import keys
from routing.storage.table import Item, Write

MOST = 256
"""Signatures of an owner that are listed. Leads of further ones are found by reading all held leads."""
MOST_STRATEGIES = 50
"""Strategies of a signature that is listed."""
MOST_NAMED = 1500
"""Strategies of all signatures of an owner together: with ids of any length the list stays below 130 KB."""
INTERNAL = "internal"
"""Held because the decision raised: under no strategy, and tried again now and then."""
_BEGINS = "s-"
_AGED = "aged-"


def signature(strategies: Iterable[str], *, is_aged: bool) -> str:
    """is_aged: time alone may change which strategies want the lead, so that it is not found by them."""
    text = "\0".join(sorted(strategies))
    return (_AGED if is_aged else _BEGINS) + hashlib.sha256(text.encode()).hexdigest()[:24]


def is_indexed(held: Head) -> bool:
    """Whether a held head is found by its signature: not one that a timer looks at, nor one that age may change."""
    because = held.held_because
    is_one = because is not None and (because.startswith(_BEGINS) or because == INTERNAL)
    return held.standing == "held" and is_one and held.valid_until is None


@dataclass(frozen=True, slots=True)
class Listed:
    """strategies: those that the leads of each signature match. is_whole: no held lead is without one, as far as known.

    has_others: some leads are held that cannot be found by their signature. place: how far all have been looked over.
    """

    strategies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_whole: bool = False
    has_others: bool = False
    place: str | None = None


def from_item(item: Item | None) -> Listed:
    if item is None:
        return Listed()
    return Listed(
        {name: frozenset(value) for name, value in item.items() if name.startswith(_BEGINS)},
        "whole" in item,
        "others" in item,
        item.get("place"),
    )


def add(owner: str, name: str, strategies: Set[str]) -> Write:
    """List a signature, unless it is, or the list is full."""
    return Write(
        "Update",
        key=keys.signatures(owner),
        update="SET #name = :strategies ADD listed :one, named :names",
        condition="attribute_not_exists(#name)"
        " AND (attribute_not_exists(listed) OR (listed < :most AND named < :most_named))",
        names={"#name": name},
        values={
            ":strategies": sorted(strategies),
            ":one": 1,
            ":names": len(strategies),
            ":most": MOST,
            ":most_named": MOST_NAMED,
        },
    )


def remove(owner: str, name: str, strategies: Set[str]) -> Write:
    """strategies: that the list has of it."""
    return Write(
        "Update",
        key=keys.signatures(owner),
        update="REMOVE #name ADD listed :less, named :names",
        condition="attribute_exists(#name)",
        names={"#name": name},
        values={":less": -1, ":names": -len(strategies)},
    )


def others(owner: str) -> Write:
    """Some leads of the owner are held that cannot be found by their signature."""
    return _mark(owner, "others", True)


def whole(owner: str) -> Write:
    """All held leads of the owner have been given their signature."""
    return _mark(owner, "whole", True)


def looked_over(owner: str, place: str) -> Write:
    return _mark(owner, "place", place)


def _mark(owner: str, name: str, value: object) -> Write:
    return Write(
        "Update",
        key=keys.signatures(owner),
        update="SET #name = :value",
        names={"#name": name},
        values={":value": value},
    )
