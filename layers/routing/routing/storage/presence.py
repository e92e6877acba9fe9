"""A user's presence and pull slot: one small item."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.heads import Lease
from routing.domain.presence import Presence
from routing.domain.pull_limits import PullCount
from routing.storage import keys
from routing.storage.table import Write


def from_item(item: Mapping[str, Any]) -> Presence:
    return Presence(
        available=item.get("available", True),
        last_active=keys.instant(item["last_active"]) if "last_active" in item else None,
        lead=item.get("held_lead"),
        lease_token=item.get("lease_token"),
        lease_expires=keys.instant(item["lease_expires"]) if "lease_expires" in item else None,
        pulls={
            strategy: PullCount(hour, int(in_hour), day, int(in_day))
            for strategy, (hour, in_hour, day, in_day) in item.get("pulls", {}).items()
        },
    )


def _pulls(counts: Mapping[str, PullCount]) -> dict[str, list[str | int]]:
    return {
        strategy: [count.hour, count.in_hour, count.day, count.in_day] for strategy, count in counts.items()
    }


def take_slot(
    user: str, lead: str, lease: Lease, now: datetime, before: Presence, pulls: Mapping[str, PullCount] | None
) -> Write:
    """The user holds this lead from now on, if they hold none that is live.

    pulls: their counts after this pull, when its strategy limits them; the ones that were read must still stand.
    """
    is_free = "(attribute_not_exists(lease_expires) OR lease_expires <= :now)"
    values: dict[str, Any] = {
        ":lead": lead,
        ":token": lease.token,
        ":expires": keys.millis(lease.expires),
        ":now": keys.millis(now),
    }
    update = "SET held_lead = :lead, lease_token = :token, lease_expires = :expires, last_active = :now"
    condition = is_free
    if pulls is not None:
        update += ", pulls = :pulls"
        values[":pulls"] = _pulls(pulls)
        condition += " AND pulls = :seen" if before.pulls else " AND attribute_not_exists(pulls)"
        if before.pulls:
            values[":seen"] = _pulls(before.pulls)
    return Write("Update", key=keys.presence(user), update=update, condition=condition, values=values)


def extend_slot(user: str, lease: Lease, now: datetime) -> Write:
    return Write(
        "Update",
        key=keys.presence(user),
        update="SET lease_expires = :expires, last_active = :now",
        condition="lease_token = :token",
        values={":token": lease.token, ":expires": keys.millis(lease.expires), ":now": keys.millis(now)},
    )


def release_slot(user: str, token: str, *, active: datetime | None = None) -> Write:
    """The user no longer holds the lead of this token; `active` when it is their own doing."""
    return Write(
        "Update",
        key=keys.presence(user),
        update=f"{'SET last_active = :now ' if active else ''}REMOVE held_lead, lease_token, lease_expires",
        condition="lease_token = :token",
        values={":token": token, **({":now": keys.millis(active)} if active else {})},
    )


def switch(user: str, available: bool, now: datetime) -> Write:
    return Write(
        "Update",
        key=keys.presence(user),
        update="SET available = :available, last_active = :now",
        values={":available": available, ":now": keys.millis(now)},
    )


def seen(user: str, now: datetime, unless_since: datetime) -> Write:
    """The user was active at `now`; written only when the last activity on record is older than `unless_since`."""
    return Write(
        "Update",
        key=keys.presence(user),
        update="SET last_active = :now",
        condition="attribute_not_exists(last_active) OR last_active < :since",
        values={":now": keys.millis(now), ":since": keys.millis(unless_since)},
        returns_old=True,
    )


def forget(user: str) -> Write:
    return Write("Delete", key=keys.presence(user))
