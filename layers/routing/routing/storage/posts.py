"""What a source has posted in the last days: what became no lead as it came, and where the others are.

A post's name begins with its time, so a source's partition is in their order. It is kept for 7 days: TTL deletes hours
late, so whoever reads looks from 7 days ago on.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from routing.storage import keys
from routing.storage.leads import Event, dumps, event_from, submission_from
from routing.storage.table import Item, Key, Write

KEPT = timedelta(days=7)
Outcome = Literal["lead", "duplicate", "refused", "quarantined", "invalid"]
RELEASABLE = frozenset({"refused", "quarantined"})


@dataclass(frozen=True, slots=True)
class Post:
    """One post. received: as it came, of one that is kept here. place: where it stands otherwise.

    lead: what it became, or was made of it by a person.
    """

    source: str
    id: str
    at: datetime
    outcome: Outcome
    reason: str | None = None
    warnings: Sequence[Mapping[str, str]] = ()
    received: Mapping[str, Any] | None = None
    lead: str | None = None
    place: Key | None = None
    is_public: bool = False
    brought_by: str = "source"

    def is_kept(self, now: datetime) -> bool:
        return self.at > now - KEPT


def _item(post: Post) -> dict[str, Any]:
    key = keys.post(post.source, post.id)
    return {
        "PK": key.pk,
        "SK": key.sk,
        "at": keys.millis(post.at),
        "outcome": post.outcome,
        "reason": post.reason,
        "warnings": dumps(list(post.warnings)) if post.warnings else None,
        "received": None if post.received is None else zlib.compress(dumps(post.received).encode()),
        "lead": post.lead,
        "of": list(post.place) if post.place else None,
        "is_public": post.is_public or None,
        "brought_by": None if post.brought_by == "source" else post.brought_by,
        "expires": int((post.at + KEPT).timestamp()),
    }


def put(post: Post) -> Write:
    """Keep it; a pointer that is written again is the same."""
    return Write("Put", item=_item(post))


def put_new(post: Post) -> Write:
    """Keep it, unless it is kept under its name."""
    return Write("Put", item=_item(post), condition="attribute_not_exists(PK)")


def put_contacts(post: Post, contact_keys: Iterable[str]) -> list[Write]:
    """By which phones and e-mails a post that is no lead is found, for as long as it is kept."""
    expires = int((post.at + KEPT).timestamp())
    where = [keys.contact_post(each, post.source, post.id) for each in dict.fromkeys(contact_keys)]
    return [
        Write(
            "Put",
            item={"PK": key.pk, "SK": key.sk, "source": post.source, "post": post.id, "expires": expires},
        )
        for key in where
    ]


def post_of_contact(item: Item) -> Key:
    """The post that an entry of `put_contacts` names."""
    return keys.post(item["source"], item["post"])


def from_item(item: Item) -> Post:
    packed = item.get("received")
    received = None
    if packed is not None:
        raw = bytes(packed) if isinstance(packed, bytes | bytearray) else bytes(packed.value)
        received = json.loads(zlib.decompress(raw))
    return Post(
        source=keys.named(item),
        id=item["SK"],
        at=keys.instant(item["at"]),
        outcome=item["outcome"],
        reason=item.get("reason"),
        warnings=tuple(json.loads(item["warnings"])) if "warnings" in item else (),
        received=received,
        lead=item.get("lead"),
        place=Key(*item["of"]) if "of" in item else None,
        is_public=item.get("is_public", False),
        brought_by=item.get("brought_by", "source"),
    )


def without_person(post: Key) -> Write:
    """What was posted goes; that it was, when, and what became of it stays for as long as it would have."""
    return Write(
        "Update",
        key=post,
        update="REMOVE received, warnings",
        condition="attribute_exists(PK)",
    )


def made(post: Post, lead: str, now: datetime) -> Write:
    """A lead is made of it, unless one was, or nothing is left to make one of."""
    return Write(
        "Update",
        key=keys.post(post.source, post.id),
        update="SET #lead = :lead",
        condition="attribute_exists(received) AND attribute_not_exists(#lead) AND expires > :now",
        names={"#lead": "lead"},
        values={":lead": lead, ":now": int(now.timestamp())},
    )


def earliest(now: datetime) -> str:
    """The name from which on posts are kept."""
    return keys.until(now - KEPT)


def of_submission(entry: Item) -> Post | None:
    """Where a source's post is that became this lead of the log, or was merged into one; None for a person's."""
    if "submitted_by" in entry:
        return None
    where = keys.of_item(entry)
    at = keys.asked_at(where.sk)
    merged_into = entry.get("of")
    outcome: Outcome = "lead" if merged_into is None else "duplicate"
    return Post(entry["source"], where.sk, at, outcome, lead=merged_into or entry["lead"], place=where)


def of_repeat(happened: Item, found: Event) -> Post | None:
    """Where a source's repeat is that said otherwise than its lead; None for any other event, and for a person's."""
    if found.kind != "repeated" or found.by is not None:
        return None
    where = keys.of_item(happened)
    name = f"{keys.sortable(found.at)}-{where.sk.rpartition('-')[2]}"
    return Post(found.detail["source"], name, found.at, "duplicate", lead=keys.named(happened), place=where)


def received_at(place: Item) -> tuple[Mapping[str, Any] | None, Sequence[Mapping[str, str]]]:
    """What came, and what was noticed, of a post that stands in the log or on a timeline."""
    if keys.is_submission(place):
        submission = submission_from(place)
        return submission.received, submission.warnings
    received: Mapping[str, Any] | None = event_from(place).detail.get("as_received")
    return received, ()
