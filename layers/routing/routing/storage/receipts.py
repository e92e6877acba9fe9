"""Receipts: what came of a person whose lead was there already, until it is merged and for a month after.

A receipt is an entry of its lead's log. Under its own id, where the head of a lead would be, an item says so: an id is
either a lead's or a receipt's, and a receipt is merged, or made a lead of its own, once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from routing.domain.heads import Head
from routing.storage import keys
from routing.storage.heads import to_item as head_item
from routing.storage.leads import Submission, submission_from
from routing.storage.table import Item, Key, Write

KIND = "receipt"
RELEASABLE = timedelta(days=30)
KEPT = RELEASABLE + timedelta(days=1)
Caps = Literal["within", "anyhow"]
"""How a lead counts towards its source's caps: only while there is room, or whatever there is."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """submission: as it would be a lead's, under the receipt's id, in the log of the lead that it is of.

    owner: whose lead it would be by itself. brought_by: the source, and who of it. told: the id that they were given.
    gained: the claims that its lead got by it. fills_only: what the lead has stays, whatever the record type says.
    caps: where a lead that is made of it counts.
    """

    submission: Submission
    of: str
    owner: str
    brought_by: str
    told: str
    gained: tuple[Key, ...] = ()
    fills_only: bool = False
    caps: Caps | None = None

    @property
    def id(self) -> str:
        return self.submission.lead

    def put_new(self, now: datetime) -> Write:
        return Write(
            "Put",
            item={
                **self.submission.to_item(),
                "kind": KIND,
                "of": self.of,
                "for_owner": self.owner,
                "brought_by": self.brought_by,
                "told": self.told,
                "gained": [each.pk for each in self.gained] or None,
                "fills_only": self.fills_only or None,
                "caps": self.caps,
                "expires": int((now + KEPT).timestamp()),
            },
            condition="attribute_not_exists(PK)",
        )


def from_item(item: Item) -> Receipt:
    return Receipt(
        submission=submission_from(item),
        of=item["of"],
        owner=item["for_owner"],
        brought_by=item["brought_by"],
        told=item["told"],
        gained=tuple(keys.claim(each) for each in item.get("gained", ())),
        fills_only=item.get("fills_only", False),
        caps=item.get("caps"),
    )


def is_receipt(item: Item) -> bool:
    """Whether an entry of a log is one."""
    return bool(item["kind"] == KIND)


def mark(receipt: Receipt, now: datetime) -> Write:
    """The id is a receipt's, which is to be merged."""
    submission = receipt.submission
    head = Head(
        id=receipt.id,
        version=0,
        record_type=submission.record_type,
        source=submission.source,
        created_at=submission.created_at,
        owner=receipt.owner,
        submission=submission.key,
        standing="closed",
    )
    item: dict[str, Any] = {
        name: value for name, value in head_item(head, now).items() if name not in keys.OWNER_INDEX
    }
    item |= {
        "receipt_of": receipt.of,
        "told": receipt.told,
        "TPK": keys.receipts(receipt.id),
        "TSK": f"{keys.sortable(now)}#{receipt.id}",
    }
    return Write("Put", item=item, condition="attribute_not_exists(PK)")


def is_mark(item: Item | None) -> bool:
    """Whether what stands in the place of a head says that the id is a receipt's."""
    return item is not None and "receipt_of" in item


def is_merged(item: Item) -> bool:
    return "merged" in item


def entry_of(mark: Item) -> Key:
    return keys.submission(mark["intake"], mark["sub"])


def merged(receipt: str, now: datetime) -> Write:
    """The receipt has been merged, if it has not been before."""
    return Write(
        "Update",
        key=keys.head(receipt),
        update="SET merged = :now REMOVE TPK, TSK",
        condition="attribute_exists(receipt_of) AND attribute_not_exists(merged)",
        values={":now": keys.millis(now)},
    )


def forget_of(receipt: Receipt) -> Write:
    """Nothing of it is kept in the log: it went with its lead's person, or is a lead by now."""
    return Write("Delete", key=receipt.submission.item_key)


def becomes(head: Head, now: datetime, *, was_merged: bool) -> Write:
    """A lead in the place of the receipt, once: of one that was merged, or of one that is not."""
    exists = "attribute_exists" if was_merged else "attribute_not_exists"
    return Write(
        "Put",
        item=head_item(head, now),
        condition=f"attribute_exists(receipt_of) AND {exists}(merged)",
    )


def still(receipt: str) -> Write:
    """Only while the id is a receipt's."""
    return Write("ConditionCheck", key=keys.head(receipt), condition="attribute_exists(receipt_of)")
