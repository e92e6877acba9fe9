"""A contact's state: whether its phone may be called, and every change of that.

A phone is suppressed from a moment on, for good or until another moment, which is checked wherever it is read. What is
suppressed stands in the owner index under a partition of its own; every change leaves an item that stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from routing.domain.call_limits import Calls
from routing.storage import keys
from routing.storage.table import Item, Write

Action = Literal["suppressed", "changed", "confirmed", "lifted"]
FACTS = ("suppressed", "suppressed_until", "suppressed_by", "suppressed_for", "suppressed_on", "phone")
INDEX = ("OPK", "OSK")


@dataclass(frozen=True, slots=True)
class Change:
    """What was done: `confirmed` found the phone on the list already, and left it as it was.

    id: sorts by time, and is nobody else's. reason: in words, or the id of the disposition. lead, imported: where it
    came from.
    """

    id: str
    action: Action
    at: datetime
    by: str
    reason: str | None = None
    until: datetime | None = None
    lead: str | None = None
    imported: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A phone (E.164) that is not to be called, as it was last said. until: None is for good.

    phone: None once its person was erased: then only the contact's key tells it.
    """

    phone: str | None
    since: datetime
    by: str
    until: datetime | None = None
    reason: str | None = None
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class Lent:
    """The lease that a phone was last lent under: its lead, its name, and until when it was lent at most."""

    lead: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as read. change: the id of its last change, under which the next one is written.

    marks: its calls, by which they are counted. former_calls: those that an earlier release counted, in milliseconds
    by the names that it gave them.
    """

    change: str | None = None
    suppression: Suppression | None = None
    marks: frozenset[Decimal] = frozenset()
    former_calls: Mapping[str, int] | None = None
    lent: Lent | None = None

    @property
    def calls(self) -> Calls:
        former = {
            Decimal(at) + Decimal(n) / 10**6: at for n, at in enumerate((self.former_calls or {}).values(), 1)
        }
        return {each: keys.instant(int(each)) for each in (*self.marks, *former)}

    def lent_with_another(self, lead: str, now: datetime) -> Lent | None:
        """The lease under which the phone is said to be lent with another lead."""
        found = self.lent
        return found if found is not None and found.lead != lead and found.until > now else None

    def suppressed_at(self, now: datetime) -> Suppression | None:
        """The suppression, while it lasts."""
        found = self.suppression
        return found if found is not None and (found.until is None or found.until > now) else None


def _instant(item: Item, name: str) -> datetime | None:
    return keys.instant(item[name]) if name in item else None


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else keys.millis(moment)


def from_item(item: Item | None) -> Contact:
    item = item or {}
    return Contact(
        item.get("change"),
        _suppression(item) if "suppressed" in item else None,
        frozenset(item.get("called_at", ())),
        item.get("calls"),
        Lent(item["lent_to"].split("~")[0], item["lent_to"], keys.instant(item["lent_until"]))
        if "lent_to" in item
        else None,
    )


def _suppression(item: Item) -> Suppression:
    return Suppression(
        phone=item.get("phone"),
        since=keys.instant(item["suppressed"]),
        by=item["suppressed_by"],
        until=_instant(item, "suppressed_until"),
        reason=item.get("suppressed_for"),
        lead=item.get("suppressed_on"),
    )


def change_from(item: Item) -> Change:
    return Change(
        id=item["SK"].split("#", 1)[1],
        action=item["action"],
        at=keys.instant(item["at"]),
        by=item["by"],
        reason=item.get("reason"),
        until=_instant(item, "until"),
        lead=item.get("lead"),
        imported=item.get("import"),
    )


def recorded(contact_key: str, change: Change) -> Write:
    """The item that keeps a change. It fails when the same change has been made."""
    key = keys.contact_change(contact_key, change.id)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "action": change.action,
            "at": keys.millis(change.at),
            "by": change.by,
            "reason": change.reason,
            "until": _millis(change.until),
            "lead": change.lead,
            "import": change.imported,
        },
        condition="attribute_not_exists(PK)",
    )


def suppress(contact_key: str, phone: str, change: Change, seen: Contact | None = None) -> list[Write]:
    """Put the phone on the list as `change` says.

    seen: only while the contact stands as it was read; None puts it there whatever was said before.
    """
    facts = {
        "suppressed": keys.millis(change.at),
        "suppressed_until": _millis(change.until),
        "suppressed_by": change.by,
        "suppressed_for": change.reason,
        "suppressed_on": change.lead,
        "phone": phone,
        "OPK": keys.DO_NOT_CALL,
        "OSK": contact_key,
    }
    return [_update(contact_key, change, facts, seen), recorded(contact_key, change)]


def lift(contact_key: str, change: Change, seen: Contact) -> list[Write]:
    """Take the phone off the list, while the contact stands as it was read."""
    return [
        _update(contact_key, change, dict.fromkeys((*FACTS, *INDEX)), seen),
        recorded(contact_key, change),
    ]


def _update(contact_key: str, change: Change, facts: dict[str, Any], seen: Contact | None) -> Write:
    """Set these attributes, and take away those that are None; others of the item are somebody else's."""
    given = {name: value for name, value in {**facts, "change": change.id}.items() if value is not None}
    gone = [name for name, value in facts.items() if value is None]
    update = "SET " + ", ".join(f"#{name} = :{name}" for name in given)
    if gone:
        update += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    condition, values = None, {f":{name}": value for name, value in given.items()}
    if seen is not None and seen.change is None:
        condition = "attribute_not_exists(#change)"
    elif seen is not None:
        condition, values[":seen"] = "#change = :seen", seen.change
    return Write(
        "Update",
        key=keys.contact(contact_key),
        update=update,
        condition=condition,
        names={f"#{name}": name for name in (*given, *gone)},
        values=values,
    )


def listed_key(entry: Item) -> str:
    """The contact that an entry of the do-not-call list is of."""
    return str(entry["OSK"])


def lead_of(contact_key: str, lead: str) -> Write:
    """The contact's leads are found by it."""
    key = keys.contact_lead(contact_key, lead)
    return Write("Put", item={"PK": key.pk, "SK": key.sk, "lead": lead})


def no_lead_of(contact_key: str, lead: str) -> Write:
    return Write("Delete", key=keys.contact_lead(contact_key, lead))


def without_person(state: Item) -> Write | None:
    """A phone that is not to be called stays so by its contact's key alone; a reason that somebody has worded goes.

    None where nothing of that is said. The reason of one that a disposition has listed is that disposition.
    """
    gone = [
        name
        for name in ("phone", *(() if "suppressed_on" in state else ("suppressed_for",)))
        if name in state
    ]
    if not gone:
        return None
    return Write(
        "Update",
        key=keys.of_item(state),
        update="REMOVE " + ", ".join(gone),
        condition="attribute_exists(PK)",
    )


def change_without_person(item: Item) -> Write | None:
    """The same of a change of its place on the list: its reason, where somebody has worded it."""
    if "reason" not in item or "lead" in item:
        return None
    return Write(
        "Update",
        key=keys.of_item(item),
        update="REMOVE #reason",
        condition="attribute_exists(PK)",
        names={"#reason": "reason"},
    )
