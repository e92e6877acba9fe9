"""The do-not-call list: phones that an admin puts on it, one at a time or as a file, looks up, and takes off it."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain.intervals import whole_second
from routing.domain.lists.phones import PhoneRow
from routing.domain.reading.phone_numbers import phones as phones_in
from routing.services.core.access import acting, require
from routing.services.core.idempotency import Answer, Once
from routing.services.core.paging import Entry, Found, Place, filtered, kept
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.jobs import enqueue
from routing.storage import contacts, jobs, keys
from routing.storage.contacts import Change, Suppression
from routing.storage.phone_imports import PhoneImport, from_item, put_new
from routing.storage.table import ConditionFailed, Key

MOST_PHONES = 5000
"""Of an import: they are kept as one item."""
LONGEST_REASON = 1000
HISTORY = 100
"""The most changes of one phone that are shown."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Why a phone is not to be called, and until when; None is for good."""

    reason: str | None = None
    expires_at: datetime | None = None

    def checked(self, now: datetime) -> "Terms":
        """With the time in whole seconds. 422 when it is not to come."""
        if self.expires_at is None:
            return self
        if self.expires_at <= now:
            raise invalid_field("expires_at", "in_the_past", "must be in the future")
        return replace(self, expires_at=whole_second(self.expires_at))


def _require(store: Store, user: str, *roles: str) -> None:
    require(acting(user, store.configuration.load().company), *roles)


def require_admin(store: Store, user: str) -> None:
    """403 for anybody else, whatever they send."""
    _require(store, user, "admin")


def _phone(text: str) -> str:
    found = phones_in(text).numbers
    if len(found) != 1:
        raise invalid_field("phone", "unusable", "must be a phone number")
    return found[0]


def _shown(phone: str | None, found: Suppression | None) -> dict[str, Any]:
    return {
        "phone": phone,
        "listed": found is not None,
        "since": time(found.since) if found else None,
        "expires_at": time(found.until) if found and found.until else None,
        "by": found.by if found else None,
        "reason": found.reason if found else None,
        "lead_id": found.lead if found else None,
    }


def put(store: Store, user: str, text: str, terms: Terms, now: datetime) -> tuple[bool, dict[str, Any]]:
    """Put a phone on the list; whether it was not there. The same again changes nothing."""
    phone = _phone(text)
    terms = terms.checked(now)
    contact_key, identifier = store.contact_key(phone), keys.time_id(now)
    attempts = store.table.attempts()
    while True:
        seen = contacts.from_item(store.table.get(keys.contact(contact_key)))
        there = seen.suppressed_at(now)
        if there is not None and seen.change == identifier:
            return True, _shown(phone, there)  # written before its answer was lost
        if there is not None and (there.reason, there.until) == (terms.reason, terms.expires_at):
            return False, _shown(phone, there)
        change = Change(
            identifier, "changed" if there else "suppressed", now, user, terms.reason, terms.expires_at
        )
        writes = contacts.suppress(contact_key, phone, change, seen)
        try:
            store.table.transact([*writes, enqueue.close(contact_key, now)])
        except ConditionFailed:
            attempts.again()
        else:
            listed = Suppression(phone, now, user, terms.expires_at, terms.reason)
            return there is None, _shown(phone, listed)


def get(store: Store, user: str, text: str, now: datetime) -> dict[str, Any]:
    """Whether a phone is on the list, and what was done to its place there, newest first."""
    _require(store, user, "admin", "manager")
    phone = _phone(text)
    where = keys.contact(store.contact_key(phone))
    item, page = store.table.run_parallel(
        lambda: store.table.get(where),
        lambda: store.table.query(where.pk, begins=keys.CHANGES, forward=False, limit=HISTORY),
    )
    shown = _shown(phone, contacts.from_item(item).suppressed_at(now))
    # An import's changes stand under the time at which it was asked for.
    changes = sorted(map(contacts.change_from, page.items), key=lambda each: each.at, reverse=True)
    return {**shown, "history": [_change(each) for each in changes]}


def _change(found: Change) -> dict[str, Any]:
    return {
        "action": found.action,
        "at": time(found.at),
        "by": found.by,
        "reason": found.reason,
        "expires_at": time(found.until) if found.until else None,
        "lead_id": found.lead,
        "import_id": found.imported,
    }


def lift(store: Store, user: str, text: str, now: datetime, reason: str | None = None) -> None:
    """Take a phone off the list. 404 when it is not there, 409 when somebody has just put it there anew."""
    _require(store, user, "admin")
    if reason is not None and not 1 <= len(reason) <= LONGEST_REASON:
        raise invalid_field("reason", "out_of_range", f"must have 1 to {LONGEST_REASON} characters")
    phone = _phone(text)
    contact_key = store.contact_key(phone)
    seen = contacts.from_item(store.table.get(keys.contact(contact_key)))
    if seen.suppressed_at(now) is None:
        raise not_found("phone on the do-not-call list")
    change = Change(keys.time_id(now), "lifted", now, user, reason)
    try:
        store.table.transact(contacts.lift(contact_key, change, seen))
    except ConditionFailed:
        if store.table.get(keys.contact_change(contact_key, change.id)) is None:
            raise Problem(
                409, "changed", "The phone's place on the list has just changed; look again."
            ) from None


def listed(store: Store, user: str, limit: int, after: Place | None, now: datetime) -> Found:
    """One page of the list, in an order that does not change; what has expired or been lifted is left out."""
    _require(store, user, "admin", "manager")
    entries = store.table.query_all(
        keys.DO_NOT_CALL, index="owner", after=kept(store.table, after, now), limit=limit + 1
    )

    def shown(batch: Sequence[tuple[Key, Place]]) -> Iterator[Entry]:
        items = store.table.get_many([key for key, _ in batch])
        for key, place in batch:
            if (found := contacts.from_item(items.get(key)).suppressed_at(now)) is not None:
                yield _shown(found.phone, found), place

    places = (
        (keys.contact(contacts.listed_key(each)), keys.place_of(each, *keys.OWNER_INDEX)) for each in entries
    )
    return filtered(store.table, places, shown, limit, now)


def start_import(
    store: Store, user: str, rows: Sequence[PhoneRow], terms: Terms, now: datetime, once: Once | None
) -> Answer:
    """Take a list in; it is carried out in the background. 422 when no line of it has a phone."""
    terms = terms.checked(now)
    if once is not None and (given := once.answered(store.table.get(once.key), now)):
        return given
    phones = list(dict.fromkeys(phone for row in rows for phone in row.phones))
    rejected = [{"line": row.line, "reason": row.reason} for row in rows if row.reason]
    if not phones:
        raise invalid_field("phones", "unusable", "has no line with a phone number")
    if len(phones) > MOST_PHONES:
        raise invalid_field("phones", "out_of_range", f"must have at most {MOST_PHONES} phones")
    identifier = f"N{secrets.token_hex(12)}"
    answer = Answer(202, {"import_id": identifier, "phones": len(phones), "rejected": rejected})
    found = PhoneImport(
        id=identifier,
        by=user,
        at=now,
        phones=len(phones),
        rejected=len(rejected),
        reason=terms.reason,
        until=terms.expires_at,
    )
    writes = [*put_new(found, phones), jobs.ask("import", identifier, now)]
    if once is not None:
        writes.append(once.record(answer, now))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        if once is None:
            return answer  # its own write, whose answer was lost
        return start_import(store, user, rows, terms, now, once)
    return answer


def import_status(store: Store, user: str, identifier: str, now: datetime) -> dict[str, Any]:
    """How far an import is."""
    _require(store, user, "admin")
    item = store.table.get(keys.phone_import(identifier))
    if item is None or int(item["expires"]) <= now.timestamp():
        raise not_found("import")
    found = from_item(item)
    return {
        "import_id": identifier,
        "status": "done" if found.finished else "running",
        "by": found.by,
        "created_at": time(found.at),
        "finished_at": time(found.finished) if found.finished else None,
        "reason": found.reason,
        "expires_at": time(found.until) if found.until else None,
        "phones": found.phones,
        "rejected": found.rejected,
        "handled": found.position,
        **found.counts,
    }
