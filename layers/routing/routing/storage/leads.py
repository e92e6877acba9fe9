"""The intake log, where a lead's fields are, and its timeline."""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from routing.domain.contact_points import emails_of, phones_of
from routing.domain.heads import Head
from routing.domain.leads import Lead
from routing.storage import keys
from routing.storage.table import Item, Key, Table, Write

OWNER_EVENTS_KEPT = timedelta(days=30)
KEPT_WHEN_ERASED = ("channel", "campaign", "cost")
"""What reports count leads by."""


def dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def digest(value: object) -> str:
    """A short hash by which equal JSON is told."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Submission:
    """A lead in the intake log: as received, which never changes, and as understood, which an edit replaces.

    The custom fields are stored once, as received, and beside them what edits made of them: an item holds 400 KB.

    is_owned: its owner is a user, who brought it. available_at: not pulled before, when the lead came with a delay.
    is_suppressed: its phone was on the do-not-call list when it came, so it came in closed.
    completed_by: which request brought it, where that is not the one whose key it stands under.
    former_phones: those that an edit replaced, the last few, latest first: who asked not to be called asked it on one
    of them. linked_to: the leads that it is a duplicate of. links_told: those of them that whoever brought it had
    brought too. told: of a lead that was a receipt, the id that they were given. is_erased: nothing is kept of its
    person. to_forget: the contact keys of their phones and e-mails, until what stands under those is gone.
    """

    lead: str
    key: tuple[str, str]
    record_type: str
    source: str
    created_at: datetime
    received: Mapping[str, Any]
    values: Mapping[str, Any]
    fields: Mapping[str, Any]
    warnings: tuple[Mapping[str, str], ...] = ()
    available_at: datetime | None = None
    submitted_by: str | None = None
    is_owned: bool = False
    is_suppressed: bool = False
    completed_by: str | None = None
    former_phones: tuple[str, ...] = ()
    linked_to: tuple[str, ...] = ()
    links_told: tuple[str, ...] = ()
    told: str | None = None
    is_erased: bool = False
    to_forget: tuple[str, ...] = ()

    @property
    def item_key(self) -> Key:
        return keys.submission(*self.key)

    @property
    def phones(self) -> tuple[str, ...]:
        """Every phone that the lead has or had, the present ones first."""
        return (*phones_of(self.values), *self.former_phones)

    @property
    def contacts(self) -> tuple[str, ...]:
        """The phones and e-mails by which the lead is found."""
        return (*phones_of(self.values), *emails_of(self.values))

    def to_item(self) -> dict[str, Any]:
        key = self.item_key
        return {
            "PK": key.pk,
            "SK": key.sk,
            "kind": "lead",
            "lead": self.lead,
            "record_type": self.record_type,
            "source": self.source,
            "created_at": keys.millis(self.created_at),
            "received": zlib.compress(dumps(self.received).encode()),
            "digest": digest(self.received),
            "values": dumps(self.values),
            "field_edits": dumps(self.field_edits) if any(self.field_edits.values()) else None,
            "warnings": dumps(self.warnings) if self.warnings else None,
            "available_at": keys.millis(self.available_at) if self.available_at else None,
            "submitted_by": self.submitted_by,
            "is_owned": self.is_owned or None,
            "is_suppressed": self.is_suppressed or None,
            "completed_by": self.completed_by,
            "linked_to": list(self.linked_to) or None,
            "links_told": list(self.links_told) or None,
            "told": self.told,
            "is_erased": self.is_erased or None,
            "to_forget": list(self.to_forget) or None,
        }

    @property
    def field_edits(self) -> dict[str, Any]:
        """What makes these fields of those that were received: some to `set`, some that are `gone`."""
        given = _given_fields(self.received)
        changed = {
            name: value
            for name, value in self.fields.items()
            if name not in given or dumps(given[name]) != dumps(value)
        }
        return {"set": changed, "gone": [name for name in given if name not in self.fields]}

    def put_new(self) -> Write:
        """The last write of an ingest: from here on the lead is whole, and push will see it."""
        return Write("Put", item=self.to_item(), condition="attribute_not_exists(PK)")

    def erase(self, contact_keys: Sequence[str]) -> tuple["Submission", Write]:
        """With facts alone, and the write of that. contact_keys: by what else something of it is found."""
        kept = {name: self.values[name] for name in KEPT_WHEN_ERASED if name in self.values}
        erased = replace(
            self,
            received={},
            values=kept,
            fields={},
            warnings=(),
            former_phones=(),
            is_erased=True,
            to_forget=tuple(contact_keys),
        )
        return erased, Write("Put", item=erased.to_item(), condition="attribute_exists(PK)")

    def forgotten(self) -> Write:
        """Nothing is left to forget."""
        return Write("Update", key=self.item_key, update="REMOVE to_forget")

    def rewrite(self) -> Write:
        """What an edit changes of the entry."""
        return Write(
            "Update",
            key=self.item_key,
            update="SET #values = :values, field_edits = :edits, former_phones = :former REMOVE #fields",
            names={"#values": "values", "#fields": "fields"},
            values={
                ":values": dumps(self.values),
                ":edits": dumps(self.field_edits),
                ":former": list(self.former_phones),
            },
        )


def unedited(entry: Item) -> Write:
    """Only while nobody has edited the lead since its entry was read."""
    edits = entry.get("field_edits")
    return Write(
        "ConditionCheck",
        key=keys.of_item(entry),
        condition="#values = :values AND "
        + ("attribute_not_exists(field_edits)" if edits is None else "field_edits = :edits"),
        names={"#values": "values"},
        values={":values": entry["values"], ":edits": edits},
    )


def _given_fields(received: Mapping[str, Any]) -> Mapping[str, Any]:
    given = received.get("fields")
    return given if isinstance(given, Mapping) else {}


def _fields(item: Item, received: Mapping[str, Any]) -> Mapping[str, Any]:
    if "fields" in item:  # edited when an edit still stored them whole
        whole: Mapping[str, Any] = json.loads(item["fields"])
        return whole
    given = _given_fields(received)
    if "field_edits" not in item:
        return given
    edits = json.loads(item["field_edits"])
    return {name: value for name, value in {**given, **edits["set"]}.items() if name not in edits["gone"]}


def is_lead(entry: Item) -> bool:
    """Whether an entry of a log is a lead, and not a request or a receipt."""
    return bool(entry["kind"] == "lead")


def submission_from(item: Item) -> Submission:
    received = item["received"]
    raw = bytes(received) if isinstance(received, bytes | bytearray) else bytes(received.value)
    as_received = json.loads(zlib.decompress(raw))
    return Submission(
        lead=item["lead"],
        key=(keys.named(item), item["SK"]),
        record_type=item["record_type"],
        source=item["source"],
        created_at=keys.instant(item["created_at"]),
        received=as_received,
        values=json.loads(item["values"]),
        fields=_fields(item, as_received),
        warnings=tuple(json.loads(item["warnings"])) if "warnings" in item else (),
        available_at=keys.instant(item["available_at"]) if "available_at" in item else None,
        submitted_by=item.get("submitted_by"),
        is_owned=item.get("is_owned", False),
        is_suppressed=item.get("is_suppressed", False),
        completed_by=item.get("completed_by"),
        former_phones=tuple(item.get("former_phones", ())),
        linked_to=tuple(item.get("linked_to", ())),
        links_told=tuple(item.get("links_told", ())),
        told=item.get("told"),
        is_erased=item.get("is_erased", False),
        to_forget=tuple(item.get("to_forget", ())),
    )


def lead_of(head: Head, submission: Submission, now: datetime) -> Lead:
    """The lead that rules look at: what routing knows of it beside what was submitted.

    One whose person has asked again is to them as one that came then.
    """
    return Lead(
        head.id,
        head.record_type,
        head.owner,
        head.wanted_since,
        head.pulls_since_asked,
        head.attempts_since_asked,
        head.status_at(now),
        head.last_disposition,
        {**submission.values, "source": head.source},
        submission.fields,
    )


def event(
    lead: str,
    version: int,
    kind: str,
    at: datetime,
    detail: Mapping[str, Any],
    *,
    suffix: str = "",
    by: str | None = None,
) -> Write:
    """A timeline event. With no suffix it belongs to the change that made head version `version`.

    The detail is compressed: the explanation of a decision over fifty recipients stays within one write unit. The
    condition keeps an event that is written beside the head (a suffix) from being written twice.
    """
    key = keys.event(lead, version, suffix)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "kind": kind,
            "at": keys.millis(at),
            "by": by,
            "owner": detail.get("owner"),
            "detail": zlib.compress(dumps(detail).encode(), 9),
        },
        condition="attribute_not_exists(PK)" if suffix else None,
    )


def owner_event(owner: str, at: datetime, kind: str, detail: Mapping[str, Any]) -> Write:
    """An event that concerns many leads of one owner, once in an instant."""
    key = keys.owner_event(owner, at, kind)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "kind": kind,
            "at": keys.millis(at),
            "detail": zlib.compress(dumps(detail).encode(), 9),
            "expires": int((at + OWNER_EVENTS_KEPT).timestamp()),
        },
        condition="attribute_not_exists(PK)",
    )


CHANGES = ("edited", "asked_again")
"""Events after which a lead says more than it did, also of its person."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a lead's timeline."""

    version: int
    kind: str
    at: datetime
    by: str | None
    detail: Mapping[str, Any]


def event_from(item: Item) -> Event:
    packed = item["detail"]
    raw = bytes(packed) if isinstance(packed, bytes | bytearray) else bytes(packed.value)
    return Event(
        int(item["SK"].split("#")[1]),
        item["kind"],
        keys.instant(item["at"]),
        item.get("by"),
        json.loads(zlib.decompress(raw)),
    )


def event_with(item: Item, detail: Mapping[str, Any]) -> Write:
    """The event as it is stored, with another detail, and without the answer that it led to."""
    packed = zlib.compress(dumps(detail).encode(), 9)
    left = {name: value for name, value in item.items() if name != "answer"}
    return Write("Put", item={**left, "detail": packed}, condition="attribute_exists(PK)")


def repeats(table: Table, lead: str, version: int, most: int) -> int:
    """How many repeats that differ stand on the timeline beside this version of the head; at most so many."""
    prefix = keys.event(lead, version, "repeat-")
    return table.query(prefix.pk, begins=prefix.sk, limit=most, select="COUNT").count


def last_event(table: Table, lead: str) -> datetime | None:
    """When the last thing happened to a lead that its timeline tells."""
    found = table.query(keys.head(lead).pk, begins=keys.EVENTS, forward=False, limit=1).items
    return keys.instant(found[0]["at"]) if found else None


def events_since(table: Table, lead: str, version: int) -> list[Event]:
    """The timeline from this version of the head on, oldest first."""
    first = keys.event(lead, version)
    items = table.query_all(first.pk, first=first.sk, last=f"{keys.EVENTS}~")
    return [event_from(each) for each in items]
