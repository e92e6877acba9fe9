"""What somebody should know because time has passed: found by the sweep, told once, as a timeline event.

The event is written in the transaction that remembers it, and the stream hands it on as any other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from routing.domain.company import Company
from routing.domain.notifications import held_minutes
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.do_not_call import suppressions
from routing.storage import keys
from routing.storage.heads import callback_due_at, callback_told, callback_user
from routing.storage.heads import from_item as head_from
from routing.storage.leads import event, owner_event
from routing.storage.notifications import held_told
from routing.storage.table import ConditionFailed, Item

PAGE = 100


def callbacks_due(store: Store, now: datetime) -> int:
    """Tell of callbacks whose time has come; how many."""
    count = 0
    for shard in keys.all_callbacks_due():
        page = store.table.query(shard, index="timer", last=keys.until(now), limit=PAGE)
        found = store.table.get_many([keys.of_item(item) for item in page.items])
        due = [item for item in found.values() if (at := callback_due_at(item)) is not None and at <= now]
        barred = _close_listed(store, [keys.named(item) for item in due], now)
        count += sum(_due(store, item, now) for item in due if keys.named(item) not in barred)
    return count


def _close_listed(store: Store, leads: Sequence[str], now: datetime) -> set[str]:
    """Close those of these leads whose phones are not to be called: nobody is told to call it. Which they are."""
    heads = [head_from(item) for item in store.table.get_many([keys.head(lead) for lead in leads]).values()]
    barred = suppressions.barred(store.table, heads, now)
    for head in heads:
        if head.id in barred:
            suppressions.close(store.table, head, barred[head.id], now)
    return set(barred)


def _due(store: Store, item: Item, now: datetime) -> bool:
    at = callback_due_at(item)
    if at is None:
        return False
    detail = {"user": callback_user(item), "callback_at": time(at)}
    happened = event(keys.named(item), int(item["v"]), "callback_due", now, detail, suffix="callback_due")
    try:
        store.table.transact([callback_told(item), happened])
    except ConditionFailed:
        return False  # told by another run, or the callback has moved or is done
    return True


def held_too_long(store: Store, oldest: Mapping[str, datetime], company: Company, now: datetime) -> int:
    """Tell of leads that have been held for too long, one event for an owner's; how many leads.

    oldest: since when each owner's oldest held lead is. Held leads stand in the order in which they came to be
    held, so how far was told is one position; a lead is never told of twice.
    """
    count = 0
    for owner, since in oldest.items():
        minutes = held_minutes(owner, company)
        before = now - timedelta(minutes=minutes)
        if since <= before:
            count += _held(store, owner, minutes, before, now)
    return count


def _held(store: Store, owner: str, minutes: int, before: datetime, now: datetime) -> int:
    seen = (store.table.get(keys.held_told(owner)) or {}).get("upto", keys.NOTHING_TOLD)
    last = f"{keys.NOTHING_TOLD}{keys.until(before)}"
    if seen >= last:
        return 0
    page = store.table.query(owner, index="owner", first=f"{seen}!", last=last, limit=PAGE)
    if not page.items:
        return 0
    upto = keys.place_of(page.items[-1], *keys.OWNER_INDEX)[keys.OWNER_INDEX[1]]
    detail = {
        "owner": owner,
        "count": len(page.items),
        "minutes": minutes,
        "since": time(keys.since_of(page.items[0])),
        "leads": [keys.named(item) for item in page.items],
    }
    try:
        store.table.transact([held_told(owner, upto, seen), owner_event(owner, now, "held_too_long", detail)])
    except ConditionFailed:
        return 0  # told by another run
    return len(page.items)
