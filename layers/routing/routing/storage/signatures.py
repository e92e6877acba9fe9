"""The signatures of an owner's held leads: which push strategies the leads match, from the owner downwards.

A signature is listed before the first lead is held under it, so whoever judges the list judges all that are held. Those
that no signature finds say so in their place under their owner; that there are some is noted before the first is held.
"""

import hashlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.domain.heads import Head
from routing.storage import keys
from routing.storage.table import Item, Write

MOST = 256
"""Signatures of an owner that are listed. Leads of further ones are walked some at a time."""
MOST_STRATEGIES = 50
"""Strategies of a signature that is listed."""
MOST_NAMED = 1500
"""Strategies of all signatures of an owner together: with ids of any length the list stays below 130 KB."""
INTERNAL = "internal"
"""Held because the decision raised: under no strategy, and tried again now and then."""
_BEGINS = "s-"
_OTHERS = "o-"
_AGED = "a-"
SETTLED = timedelta(minutes=5)
"""After which whatever was about to be held is, and stands in the index: no invocation lasts so long."""
_WHOLE = 2
"""1 is of a release that did not mark the places of those that no signature finds."""


def signature(strategies: Iterable[str]) -> str:
    text = "\0".join(sorted(strategies))
    return _BEGINS + hashlib.sha256(text.encode()).hexdigest()[:24]


def other(name: str) -> str:
    """For a lead that is not found by this signature of its: it is not listed, or a timer looks at the lead."""
    return name.replace(_BEGINS, _OTHERS, 1)


def aged(name: str) -> str:
    """For a lead of which time alone may change which strategies want it: no signature says who could take it."""
    return name.replace(_BEGINS, _AGED, 1)


def judged_by(because: str) -> str:
    """The signature that says who could take a lead that is held so, if that is listed."""
    return because.replace(_OTHERS, _BEGINS, 1)


def is_indexed(held: Head) -> bool:
    """Whether a held head is found by its signature: not one that a timer looks at, nor one that age may change."""
    because = held.held_because
    is_one = because is not None and (because.startswith(_BEGINS) or because == INTERNAL)
    return held.standing == "held" and is_one and held.valid_until is None


@dataclass(frozen=True, slots=True)
class Listed:
    """strategies: those that the leads of each signature match. is_whole: no held lead is without one, as far as known.

    place: how far all have been looked over.
    """

    strategies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_whole: bool = False
    place: str | None = None


def from_item(item: Item | None) -> Listed:
    if item is None:
        return Listed()
    return Listed(
        {name: frozenset(value) for name, value in item.items() if name.startswith(_BEGINS)},
        item.get("whole") == _WHOLE,
        item.get("place"),
    )


@dataclass(frozen=True, slots=True)
class Others:
    """Some leads of an owner are held that no signature finds.

    last: when the last one was about to be held. place: up to where a pass over all held leads has come. begun: when
    that pass began, if it has met none of them so far.
    """

    last: datetime
    place: str | None = None
    begun: datetime | None = None


def others_from(item: Item | None) -> Others | None:
    if item is None:
        return None
    begun = keys.instant(item["begun"]) if "begun" in item else None
    return Others(keys.instant(item["last"]), item.get("place"), begun)


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


def others(owner: str, now: datetime) -> Write:
    """A lead of the owner is about to be held that no signature finds."""
    return Write(
        "Update",
        key=keys.others(owner),
        update="SET #last = :now",
        names={"#last": "last"},
        values={":now": keys.millis(now)},
    )


def walked(owner: str, after: Others) -> Write:
    """A pass over those that no signature finds has come so far."""
    given = {"place": after.place, "begun": keys.millis(after.begun) if after.begun else None}
    sets = [f"#{name} = :{name}" for name, value in given.items() if value is not None]
    gone = [f"#{name}" for name, value in given.items() if value is None]
    update = " ".join(f"{verb} {', '.join(of)}" for verb, of in (("SET", sets), ("REMOVE", gone)) if of)
    return Write(
        "Update",
        key=keys.others(owner),
        update=update,
        condition="attribute_exists(PK)",
        names={f"#{name}": name for name in given},
        values={f":{name}": value for name, value in given.items() if value is not None},
    )


def no_others(owner: str, seen: Others) -> Write:
    """A whole pass has met none, and none was about to be held since."""
    return Write(
        "Delete",
        key=keys.others(owner),
        condition="#last = :last",
        names={"#last": "last"},
        values={":last": keys.millis(seen.last)},
    )


def whole(owner: str) -> Write:
    """All held leads of the owner have been given their signature."""
    return _mark(owner, "whole", _WHOLE)


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
