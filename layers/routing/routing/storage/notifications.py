"""Notifications in the table: each user's list, what was sent, and what waits for quiet hours to end."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routing.domain.notifications import Channel, Notice, NoticeEvent
from routing.storage import keys
from routing.storage.leads import dumps
from routing.storage.table import Item, Key, Write

KEPT = timedelta(days=90)
SHOWN_UNREAD = 1000
"""Unread ones are counted up to this."""
SENT_KEPT = timedelta(days=15)
"""Longer than the queue keeps a message."""
CLAIM = timedelta(minutes=2)
"""Longer than the function that sends may run."""


@dataclass(frozen=True, slots=True)
class Notification:
    """A notice with the id that it has wherever it goes, which follows from the event that it is of."""

    id: str
    event: NoticeEvent
    at: datetime
    facts: Mapping[str, Any]


def notification(source: Key, at: datetime, notice: Notice) -> Notification:
    """source: the key of the event that the notice is of."""
    name = f"{source.pk}\0{source.sk}\0{notice.event}\0{dumps(dict(notice.facts))}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return Notification(f"{keys.sortable(at)}-{digest}", notice.event, at, notice.facts)


def to_json(found: Notification) -> dict[str, Any]:
    """As it stands in a message."""
    return {"id": found.id, "event": found.event, "at": keys.millis(found.at), "facts": dict(found.facts)}


def from_json(value: Mapping[str, Any]) -> Notification:
    return Notification(value["id"], value["event"], keys.instant(value["at"]), value["facts"])


def put_new(user: str, found: Notification, now: datetime) -> Write:
    """Into the user's own list, unread, unless it stands there."""
    key = keys.notification(user, found.id)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "event": found.event,
            "at": keys.millis(found.at),
            "facts": dumps(dict(found.facts)),
            "OPK": keys.unread(user),
            "OSK": found.id,
            "expires": int((now + KEPT).timestamp()),
        },
        condition="attribute_not_exists(PK)",
    )


def listed_from(item: Item) -> tuple[Notification, datetime | None]:
    """A notification of the list, and when it was read."""
    found = Notification(item["SK"], item["event"], keys.instant(item["at"]), json.loads(item["facts"]))
    return found, keys.instant(item["read_at"]) if "read_at" in item else None


def identifier(item: Item) -> str:
    """Which notification it is, of the list or of the index of unread ones."""
    return str(item["SK"])


def is_unread(item: Item) -> bool:
    return "OPK" in item


def mark_read(user: str, identifier: str, now: datetime) -> Write:
    """Read, from now or from when it first was."""
    return Write(
        "Update",
        key=keys.notification(user, identifier),
        update="SET read_at = if_not_exists(read_at, :now) REMOVE OPK, OSK",
        condition="attribute_exists(PK)",
        values={":now": keys.millis(now)},
    )


def claim(user: str, channel: Channel, identifier: str, by: str, now: datetime) -> Write:
    """`by` alone sends this from now on; for a time only, for it may die of it."""
    key = keys.sent(user, channel, identifier)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "claimed_by": by,
            "until": keys.millis(now + CLAIM),
            "expires": int((now + SENT_KEPT).timestamp()),
        },
        condition="attribute_not_exists(PK) OR (attribute_not_exists(sent_at) AND #until <= :now)",
        names={"#until": "until"},
        values={":now": keys.millis(now)},
    )


def mark_sent(user: str, channel: Channel, identifier: str, now: datetime) -> Write:
    return Write(
        "Update",
        key=keys.sent(user, channel, identifier),
        update="SET sent_at = :now",
        values={":now": keys.millis(now)},
    )


def give_up_claim(user: str, channel: Channel, identifier: str, by: str) -> Write:
    return Write(
        "Delete",
        key=keys.sent(user, channel, identifier),
        condition="claimed_by = :by AND attribute_not_exists(sent_at)",
        values={":by": by},
    )


def put_later(user: str, channel: Channel, found: Notification, due: datetime) -> Write:
    key = keys.later(user, channel, found.id, due)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "user": user,
            "channel": channel,
            "notification": dumps(to_json(found)),
        },
    )


def later_from(item: Item) -> tuple[str, Channel, Notification]:
    return item["user"], item["channel"], from_json(json.loads(item["notification"]))


def released(item: Item) -> Write:
    """What was held back is on its way."""
    return Write("Delete", key=keys.of_item(item))


def held_told(owner: str, upto: str, seen: str) -> Write:
    """An owner's managers have been told of held leads up to this place in its list, from where they had been told."""
    key = keys.held_told(owner)
    return Write(
        "Put",
        item={"PK": key.pk, "SK": key.sk, "upto": upto},
        condition="attribute_not_exists(PK) OR upto = :seen",
        values={":seen": seen},
    )
