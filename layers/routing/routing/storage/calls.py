"""A phone's calls of the last 24 hours and the lease that it is lent under, on its contact beside what suppresses it.

Each is a clause of one write to that item: `updated` makes the write of them. A call is counted by a number that is
its instant in milliseconds with a fraction that no other call has: so a set of numbers counts them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from routing.domain.call_limits import Reserved, Room
from routing.domain.heads import Lease
from routing.storage import keys
from routing.storage.contacts import Contact
from routing.storage.table import Write


@dataclass(frozen=True, slots=True)
class Clause:
    """What a write sets, removes, adds to and deletes from sets, and under which condition."""

    sets: str | None = None
    removes: str | None = None
    adds: str | None = None
    deletes: str | None = None
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def updated(phone_key: str, clauses: Iterable[Clause]) -> Write:
    """One write of all the clauses; a check, where they change nothing."""
    clauses = list(clauses)
    parts = {
        "SET": [each.sets for each in clauses if each.sets],
        "REMOVE": [each.removes for each in clauses if each.removes],
        "ADD": [each.adds for each in clauses if each.adds],
        "DELETE": [each.deletes for each in clauses if each.deletes],
    }
    update = " ".join(f"{verb} {', '.join(what)}" for verb, what in parts.items() if what)
    return Write(
        "Update" if update else "ConditionCheck",
        key=keys.contact(phone_key),
        update=update or None,
        condition=" AND ".join(f"({each.condition})" for each in clauses if each.condition) or None,
        values={name: value for each in clauses for name, value in each.values.items()},
    )


def mark(lead: str, version: int | str, at: datetime) -> Decimal:
    """The number of a call that this version of the lead's head makes."""
    digest = hashlib.sha256(f"{lead}.{version}".encode()).digest()
    # A last digit that is no zero: an engine may leave those away.
    return Decimal(f"{keys.millis(at)}.{int.from_bytes(digest[:8]) % 10**11:011d}1")


def not_suppressed(now: datetime) -> Clause:
    """Holds while the phone may be called: never suppressed, lifted, or until a moment that has come."""
    return Clause(
        condition="attribute_not_exists(suppressed) OR suppressed_until <= :now",
        values={":now": keys.millis(now)},
    )


def counted(call: Decimal, room: Room, now: datetime, seen: Contact | None) -> Clause:
    """Count a call, while there is room for it. seen: as a refusal showed it, with what may be left out by now."""
    if seen is None:
        return Clause(
            adds="called_at :call",
            condition="attribute_not_exists(calls) AND"
            " (attribute_not_exists(called_at) OR size(called_at) < :most)",
            values={":call": {call}, ":most": room.most},
        )
    return counted_so(room.after(seen.calls, call, now), seen)


def counted_so(marks: Iterable[Decimal], seen: Contact) -> Clause:
    """These are the calls now, if nobody has counted one since the contact was read."""
    values: dict[str, Any] = {":calls": set(marks)}
    as_seen = "attribute_not_exists(called_at)"
    if seen.marks:
        as_seen, values[":marks"] = "called_at = :marks", set(seen.marks)
    if seen.former_calls is None:
        return Clause(
            "called_at = :calls", condition=f"{as_seen} AND attribute_not_exists(calls)", values=values
        )
    values[":former"] = dict(seen.former_calls)
    return Clause("called_at = :calls", "calls", condition=f"{as_seen} AND calls = :former", values=values)


def given_back(call: Reserved) -> Clause:
    """What was recorded on the lease was no attempt, and no call was made."""
    return Clause(deletes="called_at :call", values={":call": {call.mark}})


def lent(lead: str, lease: Lease, now: datetime, over: str | None = None) -> Clause:
    """The phone is lent with this lead, unless it is with another one.

    over: the lease that it is said to be lent under and that has been found to be over. It ends by a disposition or
    a transfer, which write nothing here; then no lease of that name ever lives again.
    """
    free = "attribute_not_exists(lent_until) OR lent_until <= :now OR begins_with(lent_to, :lead)"
    values: dict[str, Any] = {
        ":now": keys.millis(now),
        ":lead": f"{lead}~",
        ":lease": lent_name(lead, lease.token),
        ":until": keys.millis(lease.expires),
    }
    if over is not None:
        free, values[":over"] = f"{free} OR lent_to = :over", over
    return Clause("lent_to = :lease, lent_until = :until", condition=free, values=values)


def lent_name(lead: str, token: str) -> str:
    """A name that no other lease has: the lead, and the head version that granted it."""
    return f"{lead}~{token.split('~', 1)[0]}"
