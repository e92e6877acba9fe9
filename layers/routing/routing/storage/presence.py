"""A user's presence and pull slot: one small item. What they did today is counted in it, under the name of the day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.heads import Lease
from routing.domain.presence import Presence
from routing.domain.pull_limits import PullCount
from routing.storage import keys
from routing.storage.table import Item, Table, Write

PULLED = "pulled#"
WORKED = "worked#"
DEARER_BY_KEY = 12
"""How many items of a partition are read for the price of one by its key."""


def of_users(table: Table, users: Sequence[str], most: int) -> dict[str, Presence]:
    """Presence of those of the users who have one. most: how many there may be of the whole company.

    By their keys while those are few of many; else all partitions are read, in pages.
    """
    if len(users) * DEARER_BY_KEY < most:
        items = list(table.get_many([keys.presence(each) for each in users]).values())
    else:
        pages = table.run_parallel(*(partial(_partition, table, each) for each in keys.presences()))
        items = [item for page in pages for item in page]
    wanted = frozenset(users)
    return {user: from_item(item) for item in items if (user := keys.of_item(item).sk) in wanted}


def _partition(table: Table, partition: str) -> list[Item]:
    return list(table.query_all(partition))


def from_item(item: Mapping[str, Any]) -> Presence:
    return Presence(
        available=item.get("available", True),
        last_active=keys.instant(item["last_active"]) if "last_active" in item else None,
        lead=item.get("held_lead"),
        lease_token=item.get("lease_token"),
        lease_expires=keys.instant(item["lease_expires"]) if "lease_expires" in item else None,
        lease_since=keys.instant(item["lease_since"]) if "lease_since" in item else None,
        pulls={
            strategy: PullCount(hour, int(in_hour), day, int(in_day))
            for strategy, (hour, in_hour, day, in_day) in item.get("pulls", {}).items()
        },
        pulled=_by_day(item, PULLED),
        worked=_by_day(item, WORKED),
    )


def _by_day(item: Mapping[str, Any], what: str) -> dict[str, int]:
    return {name.removeprefix(what): int(value) for name, value in item.items() if name.startswith(what)}


def _one_more(what: str, day: str, before: Mapping[str, int]) -> tuple[str, str, dict[str, str]]:
    """Counting one more of the day: what to ADD, what to REMOVE of days before, and the names. :one is 1."""
    past = {f"#past{at}": f"{what}{each}" for at, each in enumerate(sorted(before)) if each < day}
    return "#today :one", ", ".join(past), {"#today": f"{what}{day}", **past}


def _pulls(counts: Mapping[str, PullCount]) -> dict[str, list[str | int]]:
    return {
        strategy: [count.hour, count.in_hour, count.day, count.in_day] for strategy, count in counts.items()
    }


def take_slot(
    user: str,
    lead: str,
    lease: Lease,
    now: datetime,
    before: Presence,
    pulls: Mapping[str, PullCount] | None,
    day: str,
) -> Write:
    """The user holds this lead from now on, if they hold none that is live; it is one more that they pulled that day.

    pulls: their counts after this pull, when its strategy limits them; the ones that were read must still stand.
    """
    is_free = "(attribute_not_exists(lease_expires) OR lease_expires <= :now)"
    values: dict[str, Any] = {
        ":lead": lead,
        ":token": lease.token,
        ":expires": keys.millis(lease.expires),
        ":now": keys.millis(now),
    }
    update = "SET held_lead = :lead, lease_token = :token, lease_expires = :expires, lease_since = :now"
    update += ", last_active = :now"
    condition = is_free
    if pulls is not None:
        update += ", pulls = :pulls"
        values[":pulls"] = _pulls(pulls)
        condition += " AND pulls = :seen" if before.pulls else " AND attribute_not_exists(pulls)"
        if before.pulls:
            values[":seen"] = _pulls(before.pulls)
    add, remove, names = _one_more(PULLED, day, before.pulled)
    update += f"{f' REMOVE {remove}' if remove else ''} ADD {add}"
    return Write(
        "Update",
        key=keys.presence(user),
        update=update,
        condition=condition,
        names=names,
        values={**values, ":one": 1},
    )


def extend_slot(user: str, lease: Lease, now: datetime) -> Write:
    return Write(
        "Update",
        key=keys.presence(user),
        update="SET lease_expires = :expires, last_active = :now",
        condition="lease_token = :token",
        values={":token": lease.token, ":expires": keys.millis(lease.expires), ":now": keys.millis(now)},
    )


def release_slot(user: str, token: str) -> Write:
    """The user no longer holds the lead of this token, by somebody else's doing."""
    return Write(
        "Update",
        key=keys.presence(user),
        update="REMOVE held_lead, lease_token, lease_expires",
        condition="lease_token = :token",
        values={":token": token},
    )


def recorded(user: str, before: Presence, day: str, now: datetime, *, token: str | None) -> Write:
    """The user has recorded a disposition on that day. token: of the lease that it ends, while it is in their slot."""
    add, remove, names = _one_more(WORKED, day, before.worked)
    if token is None:
        update = f"{f'REMOVE {remove} ' if remove else ''}ADD {add}"
        return Write("Update", key=keys.presence(user), update=update, names=names, values={":one": 1})
    past = f", {remove}" if remove else ""
    return Write(
        "Update",
        key=keys.presence(user),
        update=f"SET last_active = :now REMOVE held_lead, lease_token, lease_expires{past} ADD {add}",
        condition="lease_token = :token",
        names=names,
        values={":now": keys.millis(now), ":one": 1, ":token": token},
    )


def switch_for(user: str, available: bool) -> Write:
    """Somebody else switches the user on or off, who is not there themselves."""
    return Write(
        "Update",
        key=keys.presence(user),
        update="SET available = :available",
        values={":available": available},
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
