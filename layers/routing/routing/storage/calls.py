"""The calls of the last 24 hours to a phone whose state limits them: on its contact, beside what suppresses it."""

from typing import Any

from routing.domain.call_limits import Calls
from routing.storage import keys
from routing.storage.table import Item, Write


def calls_of(contact: Item) -> Calls | None:
    """None where no call has ever been counted, which is not the same as none that is left."""
    return {name: keys.instant(at) for name, at in contact["calls"].items()} if "calls" in contact else None


def _millis(calls: Calls) -> dict[str, int]:
    return {name: keys.millis(at) for name, at in calls.items()}


def record_call(phone_key: str, seen: Calls | None, after: Calls, not_suppressed: Write) -> Write:
    """Count a call if nobody has counted one since `seen` was read, and the phone is not suppressed."""
    values: dict[str, Any] = {**not_suppressed.values, ":calls": _millis(after)}
    as_seen = "attribute_not_exists(calls)"
    if seen is not None:
        as_seen = "calls = :seen"
        values[":seen"] = _millis(seen)
    return Write(
        "Update",
        key=keys.contact(phone_key),
        update="SET calls = :calls",
        condition=f"({not_suppressed.condition}) AND {as_seen}",
        values=values,
    )


def give_call_back(phone_key: str, name: str, not_suppressed: Write | None) -> Write:
    """What was recorded on the lease was no attempt. not_suppressed: a condition on the same item that has to hold."""
    return Write(
        "Update",
        key=keys.contact(phone_key),
        update="REMOVE calls.#call",
        condition=not_suppressed.condition if not_suppressed else None,
        names={"#call": name},
        values=not_suppressed.values if not_suppressed else {},
    )


def call_name(lead: str, token: str) -> str:
    """A name that no other lease's call has: the lead, and the head version that granted the lease."""
    return f"{lead}.{token.split('~', 1)[0]}"
