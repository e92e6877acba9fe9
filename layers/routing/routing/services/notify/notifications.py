"""Notifications: from what happened to each user's list and to the queue of what is to be sent.

Everything here may be repeated: ids follow from the event, the list is written under a condition, and whoever sends
marks what was sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.company import Company
from routing.domain.notifications import Channel, Notice, choices, notices
from routing.services.core import views
from routing.services.core.access import acting, sees
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.paging import Found, Place, page
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.do_not_call import suppressions
from routing.services.notify.notices import shown
from routing.storage import keys, own_settings
from routing.storage.heads import from_item as head_from
from routing.storage.leads import dumps, event_from, submission_from
from routing.storage.notifications import (
    KEPT,
    SHOWN_UNREAD,
    Notification,
    identifier,
    is_unread,
    later_from,
    listed_from,
    mark_read,
    notification,
    put_new,
    released,
    to_json,
)
from routing.storage.table import ConditionFailed, Item, Table, Write

PAGE = 100
MESSAGE = 100
"""The most notifications of one message."""
MOST_READ = 500
LOOKED_AT = 50
PER_CHANNEL: tuple[Channel, ...] = ("email", "webhook")
Addressed = tuple[str, Channel, Notification]
Put = Callable[[Sequence[str]], None]
"""Queues messages; whatever it raises means that some may not be queued."""


def tell(store: Store, put: Put, events: Sequence[Item], now: datetime) -> int:
    """Put what these timeline events mean for anybody into the users' lists and on the queue; how many notices."""
    company = None
    told: list[tuple[Notification, Notice]] = []
    for item in events:
        happened = event_from(item)
        if happened.kind not in TELLING:
            continue
        company = company or store.configuration.load().company
        subject = keys.named(item)
        for notice in notices(happened.kind, subject, happened.detail, happened.by, company):
            found = notification(keys.of_item(item), happened.at, notice)
            told.append((found, notice))
    if company is None or not told:
        return 0
    own = own_settings.read(store.table, (notice.user for _, notice in told), company)
    writes: list[Write] = []
    outgoing: list[Addressed] = []
    for found, notice in told:
        chosen = choices(notice.user, notice.event, company, own.get(notice.user))
        if chosen.in_app:
            writes.append(put_new(notice.user, found, now))
        outgoing += [(notice.user, each, found) for each in PER_CHANNEL if chosen.address(each)]
    _write_once(store.table, writes)
    if outgoing:
        put(messages(outgoing))
    return len(told)


TELLING = frozenset(
    {
        "assigned",
        "transferred",
        "reassigned",
        "callback_due",
        "held_too_long",
        "import_done",
        "closed",
        "asked_again",
    }
)
"""Kinds of timeline events that may concern somebody."""


def messages(outgoing: Iterable[Addressed]) -> list[str]:
    """One message for each user and channel, of as many notifications as one may hold."""
    grouped: dict[tuple[str, Channel], list[Notification]] = {}
    for user, channel, found in outgoing:
        grouped.setdefault((user, channel), []).append(found)
    return [
        dumps(
            {
                "user": user,
                "channel": channel,
                "notifications": [to_json(each) for each in found[at : at + MESSAGE]],
            }
        )
        for (user, channel), found in grouped.items()
        for at in range(0, len(found), MESSAGE)
    ]


def _write_once(table: Table, writes: Sequence[Write]) -> None:
    """Write each unless it was written before."""

    def put(write: Write) -> None:
        try:
            table.write(write)
        except ConditionFailed:
            return

    table.run_parallel(*(lambda write=write: put(write) for write in writes))


def release(store: Store, put: Put, now: datetime) -> int:
    """Put what quiet hours held back on the queue, once they are over; how many notifications."""
    count = 0
    for shard in keys.all_later():
        while True:
            items = store.table.query(shard, last=keys.until(now), limit=PAGE).items
            if not items:
                break
            put(messages(_still_to_send(store, [later_from(item) for item in items], now)))
            gone = [released(item) for item in items]
            store.table.run_parallel(*(lambda write=write: store.table.write(write) for write in gone))
            count += len(items)
    return count


def _still_to_send(store: Store, held: Sequence[Addressed], now: datetime) -> list[Addressed]:
    """Without the reminders of callbacks that are over by now, or that nobody may make any more."""
    leads = {found.facts["lead_id"] for _, _, found in held if found.event == "callback_due"}
    items = store.table.get_many([keys.head(each) for each in sorted(leads)])
    heads = {head.id: head for head in map(head_from, items.values())}
    barred = suppressions.barred(store.table, heads.values(), now)

    def is_over(user: str, found: Notification) -> bool:
        head = heads.get(found.facts["lead_id"])
        if head is None or head.callback_for != user or head.id in barred:
            return True
        return head.callback_at is None or head.callback_at > now

    return [
        (user, channel, found)
        for user, channel, found in held
        if found.event != "callback_due" or not is_over(user, found)
    ]


def listed(store: Store, user: str, limit: int, after: Place | None, now: datetime) -> tuple[Found, int]:
    """The user's own notifications, newest first; and how many are unread, up to a thousand."""
    company, since = _concerned_since(store, user, now)
    items = store.table.query_all(
        keys.notification(user, "").pk, first=since, after=after, forward=False, limit=limit + 1
    )
    found, unread = store.table.run_parallel(
        lambda: page(((_shown(each), keys.place_of(each)) for each in items), limit),
        lambda: store.table.query(
            keys.unread(user), index="owner", first=since, select="COUNT", limit=SHOWN_UNREAD
        ),
    )
    return replace(found, items=_with_leads(store, user, found.items, company, now)), unread.count


def _shown(item: Item) -> dict[str, Any]:
    found, read_at = listed_from(item)
    return {**shown(found), "read_at": time(read_at) if read_at else None}


def _with_leads(
    store: Store, user: str, notices: Sequence[Mapping[str, Any]], company: Company, now: datetime
) -> list[dict[str, Any]]:
    """Each with the lead that it is of; its name is read now, and told to who may know of the lead now."""
    account = acting(user, company)
    leads = {each["lead_id"] for each in notices if "lead_id" in each}
    found = store.table.get_many([keys.head(lead) for lead in sorted(leads)])
    heads = [head for head in map(head_from, found.values()) if sees(account, head, company, now)]
    items = store.table.get_many([keys.submission(*each.submission) for each in heads])
    names = {
        each.id: views.name(submission_from(items[key]))
        for each in heads
        if (key := keys.submission(*each.submission)) in items
    }

    def lead(which: str | None) -> dict[str, str | None] | None:
        return {"id": which, "name": names.get(which)} if which is not None else None

    return [{**each, "lead": lead(each.get("lead_id"))} for each in notices]


def _concerned_since(store: Store, user: str, now: datetime) -> tuple[Company, str]:
    """The company, and the id from which on notifications under the asker's id are theirs, and kept.

    403 for who has no account.
    """
    company = store.configuration.load().company
    acting(user, company)
    return company, keys.sortable(company.existed_since(user, now - KEPT))


def read(store: Store, user: str, one: str, now: datetime, once: Once | None) -> Answer:
    """Mark one of the user's own notifications as read. Again changes nothing.

    What is kept for a repeat names no person: that is read anew each time.
    """
    company, since = _concerned_since(store, user, now)

    def mark() -> Answer:
        if one < since:
            raise not_found("notification")
        try:
            store.table.write(mark_read(user, one, now))
        except ConditionFailed:
            raise not_found("notification") from None
        item = store.table.get(keys.notification(user, one))
        if item is None:
            raise not_found("notification")
        return Answer(200, _shown(item))

    given = answered_once(store.table, once, now, mark)
    return replace(given, body=_with_leads(store, user, [given.body], company, now)[0])


def read_up_to(store: Store, user: str, up_to: str, now: datetime, once: Once | None) -> Answer:
    """Mark the user's own notifications up to this one as read, the latest first: MOST_READ of them in one call.

    The index of unread ones may lag, so the latest are looked at in the list itself.
    """
    _, since = _concerned_since(store, user, now)

    def mark(one: str) -> None:
        with suppress(ConditionFailed):  # it is gone
            store.table.write(mark_read(user, one, now))

    def mark_all() -> Answer:
        if up_to < since:
            return Answer(200, {"read": 0, "more": False})
        listed, latest = store.table.run_parallel(
            lambda: store.table.query(
                keys.unread(user), index="owner", first=since, last=up_to, forward=False, limit=MOST_READ
            ),
            lambda: store.table.query(
                keys.notification(user, "").pk, first=since, last=up_to, forward=False, limit=LOOKED_AT
            ),
        )
        unread = {identifier(item) for item in (*listed.items, *filter(is_unread, latest.items))}
        store.table.run_parallel(*(partial(mark, each) for each in sorted(unread)))
        return Answer(200, {"read": len(unread), "more": listed.next is not None})

    return answered_once(store.table, once, now, mark_all)
