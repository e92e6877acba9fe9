"""A lead's head as an item, with the index keys that follow from it, and the conditional write that replaces it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.call_limits import Reserved
from routing.domain.heads import Asked, CallMade, Head, Lease, Left
from routing.domain.pull import ANY_HOURS
from routing.storage import keys
from routing.storage.signatures import is_indexed
from routing.storage.table import Item, Only, Write

TIMED = frozenset({"open", "callback", "held", "unmatched", "spent", "assigned"})
"""Standings that time may change: an age criterion, too long a wait, an owner who leaves the lead unworked."""


def triple(head: Head) -> str:
    """The (owner, pool, zone group) that a filed lead is queued under."""
    return f"{head.owner}#{head.pool}#{head.group}"


def registry_entry(head: Head) -> str:
    """The triple as the registry lists it: with the record type of its leads."""
    return f"{triple(head)}#{head.record_type}"


def _queue_keys(head: Head, now: datetime) -> dict[str, str]:
    if head.standing == "spent":
        return {"QPK": keys.spent(head.owner), "QSK": head.id}
    if head.standing not in ("open", "callback", "held") or not head.pool or head.ready_key is None:
        return {}
    where = triple(head)
    due = head.due
    # A callback whose grace is over stays where the sweep ends the promise, whoever writes the head meanwhile.
    if due is not None and (due > now or head.standing == "callback"):
        return {"QPK": keys.waiting(where), "QSK": f"{keys.sortable(due)}#{head.id}"}
    if head.parked_until is not None and head.parked_until > now:
        return {"QPK": keys.waiting(where), "QSK": f"{keys.sortable(head.parked_until)}#{head.id}"}
    return {"QPK": keys.ready(where), "QSK": f"{head.ready_key}#{head.id}"}


def _place_says(head: Head) -> str:
    """At the end of a lead's place under its owner: its type; of a held one that no signature finds what judges it."""
    if head.standing != "held":
        return f"#{head.record_type}"
    return "" if is_indexed(head) else f"#{head.held_because}"


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else keys.millis(moment)


def _instant(item: Item, name: str) -> datetime | None:
    return keys.instant(item[name]) if name in item else None


def to_item(head: Head, now: datetime) -> dict[str, Any]:
    """The item as written at `now`: what is due by then stands in the ready side of the queue."""
    lease = head.lease
    # Those of one batch have the same `since`: among them the oldest is first.
    since = head.since or head.created_at
    item: dict[str, Any] = {
        "PK": keys.head(head.id).pk,
        "SK": keys.HEAD,
        "lead": head.id,
        "v": head.version,
        "record_type": head.record_type,
        "source": head.source,
        "created_at": keys.millis(head.created_at),
        "owner": head.owner,
        "intake": head.submission[0],
        "sub": head.submission[1],
        "standing": head.standing,
        "since": _millis(head.since),
        "pull_count": head.pull_count,
        "attempts": head.attempts,
        "last_disposition": head.last_disposition,
        "last_holder": head.last_holder,
        "left_by": head.left.user if head.left else None,
        "left_at": _millis(head.left.at) if head.left else None,
        "given_back_by": list(head.given_back_by) or None,
        "lease_token": lease.token if lease else None,
        "lease_holder": lease.holder if lease else None,
        "lease_strategy": lease.strategy if lease else None,
        "lease_expires": _millis(lease.expires) if lease else None,
        "lease_call": lease.call.contact if lease and lease.call else None,
        "lease_call_mark": lease.call.mark if lease and lease.call else None,
        "lease_counts_from": _millis(lease.counts_from) if lease else None,
        "lease_phone": (lease.phone_key or "-") if lease and lease.phone_key != head.phone_key else None,
        "available_at": _millis(head.available_at),
        "given_by": head.given_by,
        "kept_from": head.kept_from,
        "callback_for": head.callback_for,
        "callback_at": _millis(head.callback_at),
        "phone_key": head.phone_key,
        "more_phone_keys": list(head.phone_keys[1:]) or None,
        "matched": list(head.matched) or None,
        "pool": head.pool,
        "ready_key": head.ready_key,
        "valid_until": _millis(head.valid_until),
        "filing_version": head.filing_version,
        "calling_class": head.calling_class,
        "zone_group": head.group,
        "over_call_limit": head.over_call_limit or None,
        "held_because": head.held_because,
        "reassigned_by": head.reassigned_by,
        "first_call_at": _millis(head.first_call_at),
        "parked_until": _millis(head.parked_until),
        "erased_at": _millis(head.erased_at),
        "calls": [f"{each.id}~{keys.millis(each.at)}~{each.user}" for each in head.calls] or None,
        "asked_at": _millis(head.asked.at) if head.asked else None,
        "asked_pulls": head.asked.pulls if head.asked else None,
        "asked_attempts": head.asked.attempts if head.asked else None,
        "OPK": head.owner,
        "OSK": keys.place_under_owner(
            head.standing, None if head.erased_at else since, head.created_at, f"{head.id}{_place_says(head)}"
        ),
        **_queue_keys(head, now),
    }
    if head.valid_until is not None and head.standing in TIMED:
        item |= {"TPK": keys.timer(head.id), "TSK": f"{keys.sortable(head.valid_until)}#{head.id}"}
    elif is_indexed(head):
        item |= {
            "TPK": keys.held_under(head.owner, str(head.held_because)),
            "TSK": f"{keys.sortable(since)}#{keys.sortable(head.created_at)}#{head.id}",
        }
    return {name: value for name, value in item.items() if value is not None}


def cooling(now: datetime) -> Only:
    """Of heads, those that cool down, as `Head.status_at` says of one that is filed for pull."""
    is_lent = "(attribute_not_exists(lease_expires) OR lease_expires <= :now)"
    values = {":open": "open", ":now": keys.millis(now)}
    return Only(f"standing = :open AND available_at > :now AND {is_lent}", values)


def from_item(item: Mapping[str, Any]) -> Head:
    found = dict(item)
    lease = None
    if "lease_token" in found:
        lease = Lease(
            found["lease_token"],
            found["lease_holder"],
            found["lease_strategy"],
            keys.instant(found["lease_expires"]),
            # A call that an earlier release reserved has no mark: it stays counted.
            Reserved(found["lease_call"], found["lease_call_mark"]) if "lease_call_mark" in found else None,
            _instant(found, "lease_counts_from"),
            None if found.get("lease_phone") == "-" else found.get("lease_phone", found.get("phone_key")),
        )
    return Head(
        id=found["lead"],
        version=int(found["v"]),
        record_type=found["record_type"],
        source=found["source"],
        created_at=keys.instant(found["created_at"]),
        owner=found["owner"],
        submission=(found["intake"], found["sub"]),
        standing=found["standing"],
        since=_instant(found, "since"),
        pull_count=int(found["pull_count"]),
        attempts=int(found["attempts"]),
        last_disposition=found.get("last_disposition"),
        last_holder=found.get("last_holder"),
        left=Left(found["left_by"], keys.instant(found["left_at"])) if "left_at" in found else None,
        given_back_by=tuple(found.get("given_back_by", ())),
        lease=lease,
        available_at=_instant(found, "available_at"),
        given_by=found.get("given_by"),
        kept_from=found.get("kept_from"),
        callback_for=found.get("callback_for"),
        callback_at=_instant(found, "callback_at"),
        phone_keys=(
            *([found["phone_key"]] if "phone_key" in found else []),
            *found.get("more_phone_keys", ()),
        ),
        matched=tuple(found.get("matched", ())),
        pool=found.get("pool"),
        ready_key=found.get("ready_key"),
        valid_until=_instant(found, "valid_until"),
        filing_version=int(found["filing_version"]),
        calling_class=found.get("calling_class"),
        group=found.get("zone_group", ANY_HOURS),
        over_call_limit=found.get("over_call_limit", False),
        held_because=found.get("held_because"),
        reassigned_by=found.get("reassigned_by"),
        first_call_at=_instant(found, "first_call_at"),
        parked_until=_instant(found, "parked_until"),
        erased_at=_instant(found, "erased_at"),
        calls=tuple(map(_call, found.get("calls", ()))),
        asked=Asked(keys.instant(found["asked_at"]), int(found["asked_pulls"]), int(found["asked_attempts"]))
        if "asked_at" in found
        else None,
    )


def _call(text: str) -> CallMade:
    version, at, user = text.split("~")
    return CallMade(int(version), user, keys.instant(at))


def replace_head(before: Head, after: Head, now: datetime) -> Write:
    """Write the successor, if nobody has written one since `before` was read."""
    return Write(
        "Put",
        item=to_item(after, now),
        condition="#v = :seen",
        names={"#v": "v"},
        values={":seen": before.version},
    )


def unmoved(head: Head) -> Write:
    """Only while the head stands as it was read."""
    return Write(
        "ConditionCheck", key=keys.head(head.id), condition="v = :seen", values={":seen": head.version}
    )


def put_new(head: Head, now: datetime) -> Write:
    """The head of a lead that nobody else has brought."""
    return Write("Put", item=to_item(head, now), condition="attribute_not_exists(PK)")


def not_erased(lead: str) -> Write:
    """For whoever writes of a lead without its head: nothing is, once its person is erased."""
    return Write(
        "ConditionCheck",
        key=keys.head(lead),
        condition="attribute_exists(PK) AND attribute_not_exists(erased_at)",
    )


def delete(head: Head) -> Write:
    """Take the head away, while it stands as it was read."""
    return Write("Delete", key=keys.head(head.id), condition="v = :seen", values={":seen": head.version})


def forget(lead: str, entry: str) -> Write:
    """Take the head away, while it names this log entry. What says that the id is a receipt's stays."""
    return Write(
        "Delete",
        key=keys.head(lead),
        condition="#sub = :entry AND attribute_not_exists(receipt_of)",
        names={"#sub": "sub"},
        values={":entry": entry},
    )


def callback_told(item: Item) -> Write:
    """The user has been told that their callback is due, as it was read."""
    return Write(
        "Update",
        key=keys.of_item(item),
        update="REMOVE TPK, TSK",
        condition="TSK = :seen AND v = :version",
        values={":seen": item["TSK"], ":version": item["v"]},
    )


def callback_user(item: Item) -> str:
    """To whom the callback is promised."""
    return str(item["OPK"])


def callback_due_at(item: Item) -> datetime | None:
    """When the user is to be told of the callback; None once they were."""
    return keys.instant(item["TSK"].split("#")[0]) if "TSK" in item else None


def callback_writes(before: Head, after: Head) -> list[Write]:
    """Keep the list of callbacks, by user and time, true to the head."""
    key = keys.callback(before.id)
    if after.callback_for is not None and after.callback_at is not None:
        item = {
            "PK": key.pk,
            "SK": key.sk,
            "OPK": after.callback_for,
            "OSK": f"callback#{keys.sortable(after.callback_at)}#{after.id}",
            "TPK": keys.callbacks_due(after.id),
            "TSK": f"{keys.sortable(after.callback_at)}#{after.id}",
            "v": after.version,
        }
        return [Write("Put", item=item)]
    return [Write("Delete", key=key)] if before.callback_for is not None else []


def callback_claimed(before: Head, after: Head) -> list[Write]:
    """Who pulls their own callback need not be told that it is due; what somebody else pulls is promised no more."""
    if after.callback_for is None:
        return callback_writes(before, after)
    return [Write("Update", key=keys.callback(before.id), update="REMOVE TPK, TSK")]
