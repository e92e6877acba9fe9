"""Appointments with a lead: whoever may see the lead makes one, and keeps it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from routing.domain.intervals import whole_second
from routing.services.core.access import acting, named, sees
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import read
from routing.services.core.paging import Entry, Found, Place, filtered, kept
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.do_not_call import suppressions
from routing.storage import keys
from routing.storage.appointments import (
    AFTER_ALL,
    Appointment,
    appointment_writes,
    cancelled,
    from_item,
    index_key,
)
from routing.storage.heads import not_erased
from routing.storage.table import ConditionFailed, Key

FURTHEST = timedelta(days=731)


def checked(starts_at: datetime, now: datetime, path: str = "starts_at") -> datetime:
    """The time in whole seconds. 422 for one that is not to come, or more than two years away."""
    if starts_at <= now:
        raise invalid_field(path, "in_the_past", "must be in the future")
    if starts_at > now + FURTHEST:
        raise invalid_field(path, "out_of_range", f"must be within {FURTHEST.days} days")
    return whole_second(starts_at)


def shown(found: Appointment) -> dict[str, Any]:
    return {
        "id": found.id,
        "lead_id": found.lead,
        "user": found.user,
        "starts_at": time(found.starts_at),
        "notes": found.notes,
    }


def make(
    store: Store,
    user: str,
    lead: str,
    starts_at: datetime,
    notes: str | None,
    now: datetime,
    once: Once | None,
) -> Answer:
    """An appointment of the user's own."""
    seen = read(store, user, lead, once=once)
    if once and (given := once.answered(seen.answered, now)):
        return given
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    if seen.is_listed(now):
        raise suppressions.refusal(seen.head, now)
    starts_at, identifier = checked(starts_at, now), keys.time_id(now)
    answer = Answer(201, shown(Appointment(identifier, lead, user, starts_at, notes)))
    made, happened = appointment_writes(lead, user, starts_at, notes, identifier, seen.head.version, now)
    try:
        store.table.transact([not_erased(lead), made, *recorded(once, answer, happened, now)])
    except ConditionFailed as refused:
        if once is None and 0 not in refused.failed:
            return answer  # nobody else has this id: it is ours, written before its answer was lost
        return make(store, user, lead, starts_at, notes, now, once)
    return answer


def cancel(store: Store, user: str, lead: str, identifier: str, now: datetime) -> None:
    """Take an appointment away. Whoever sees the lead may, and whose it is."""
    seen = read(store, user, lead)
    item = store.table.get(keys.appointment(lead, identifier))
    found = from_item(item) if item is not None else None
    is_own = found is not None and found.user == user
    if not is_own and not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    if found is None:
        raise not_found("appointment")
    try:
        store.table.transact(cancelled(found, seen.head.version, user, now))
    except ConditionFailed:
        return  # it was there just now, and is gone: by our own write or a twin's


def listed(
    store: Store,
    user: str,
    of: str | None,
    span: tuple[datetime | None, datetime | None],
    limit: int,
    after: Place | None,
    now: datetime,
) -> Found:
    """One page of a user's appointments by time: one's own, or somebody's in one's charge.

    span: from a moment on, now unless said, and before another.
    """
    company = store.configuration.load().company
    account = acting(user, company)
    whose = of or user
    named(account, whose, "user", company)
    since, to = span[0] or now, span[1]
    if to is not None and to <= since:
        raise invalid_field("to", "out_of_range", "must be later than `from`, which is now unless said")
    since = company.existed_since(whose, since)
    entries = store.table.query_all(
        whose,
        index="owner",
        first=index_key(since),
        last=index_key(to) if to else AFTER_ALL,
        limit=limit + 1,
        after=kept(store.table, after, now),
    )

    def read_and_shown(batch: Sequence[tuple[Key, Place]]) -> Iterator[Entry]:
        items = store.table.get_many([key for key, _ in batch])
        for key, place in batch:
            if key in items and (found := from_item(items[key])).user == whose:
                yield shown(found), place

    places = ((keys.of_item(each), keys.place_of(each, *keys.OWNER_INDEX)) for each in entries)
    return filtered(store.table, places, read_and_shown, limit, now)
