"""Appointments: an item beside its lead, in the owner index under the user who is to keep it."""

from dataclasses import dataclass
from datetime import datetime

from routing.storage import keys
from routing.storage.leads import event
from routing.storage.table import Item, Key, Write

BEGINS = "appointment#"
AFTER_ALL = "appointment$"
"""Sorts after every appointment of a user: `$` follows `#`."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """starts_at: in whole seconds. user: who is to keep it."""

    id: str
    lead: str
    user: str
    starts_at: datetime
    notes: str | None = None

    @property
    def key(self) -> Key:
        return keys.appointment(self.lead, self.id)


def is_listed(entry: Item) -> bool:
    """Whether an entry of the index under a user is an appointment."""
    return str(entry["OSK"]).startswith(BEGINS)


def index_key(starts_at: datetime) -> str:
    """Where the appointments of a moment begin, in the index under their user."""
    return f"{BEGINS}{keys.sortable(starts_at)}"


def from_item(item: Item) -> Appointment:
    return Appointment(
        id=item["SK"].removeprefix(keys.APPOINTMENT),
        lead=keys.named(item),
        user=item["user"],
        starts_at=keys.instant(item["starts_at"]),
        notes=item.get("notes"),
    )


def appointment_writes(
    lead: str,
    user: str,
    starts_at: datetime,
    notes: str | None,
    identifier: str,
    head_version: int,
    now: datetime,
) -> list[Write]:
    """A new appointment with its timeline event, for a transaction. Fails when the identifier is taken.

    starts_at: in whole seconds. head_version: of the head as read, or as the same transaction makes it.
    """
    found = Appointment(identifier, lead, user, starts_at, notes)
    return [
        Write(
            "Put",
            item={
                "PK": found.key.pk,
                "SK": found.key.sk,
                "user": user,
                "starts_at": keys.millis(starts_at),
                "notes": notes,
                "OPK": user,
                "OSK": f"{index_key(starts_at)}#{identifier}",
            },
            condition="attribute_not_exists(PK)",
        ),
        _event(found, head_version, "made", now, user),
    ]


def cancelled(found: Appointment, head_version: int, by: str, now: datetime) -> list[Write]:
    """Take it away, while it is there."""
    return [
        Write("Delete", key=found.key, condition="attribute_exists(PK)"),
        _event(found, head_version, "cancelled", now, by),
    ]


def moved(found: Appointment, to: str, head_version: int, by: str, now: datetime) -> list[Write]:
    """Another user is to keep it, while it is still this one's."""
    return [
        Write(
            "Update",
            key=found.key,
            update="SET #user = :to, OPK = :to",
            condition="#user = :from",
            names={"#user": "user"},
            values={":to": to, ":from": found.user},
        ),
        _event(found, head_version, "moved", now, by, to),
    ]


def _event(
    found: Appointment, head_version: int, what: str, now: datetime, by: str, to: str | None = None
) -> Write:
    detail = {
        "appointment": found.id,
        "user": to or found.user,
        "starts_at": found.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"notes": found.notes} if found.notes and what == "made" else {}),
        **({"from": found.user} if to else {}),
    }
    suffix = f"appointment-{found.id}-{what}{f'-{keys.sortable(now)}' if to else ''}"
    return event(found.lead, head_version, f"appointment_{what}", now, detail, suffix=suffix, by=by)
