"""Carrying out an import of phones that are not to be called: a job, a few at a time, each once.

What was done to a phone is recorded under an id that follows from the import: a chunk that is done again, however late,
finds that and changes nothing, whatever has become of the phone since.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue
from routing.storage import contacts, keys
from routing.storage.contacts import Action, Change, Suppression
from routing.storage.phone_imports import COUNTED, from_item, phones_from, progressed
from routing.storage.table import ConditionFailed

CHUNK = 25


def page(store: Store, identifier: str, now: datetime) -> bool:
    """One chunk, and with the last the news that the import is done; whether another follows."""
    where, listed = keys.phone_import(identifier), keys.imported_phones(identifier)
    items = store.table.get_many([where, listed])
    if where not in items or listed not in items:
        return False  # it was so long ago that it is no longer kept
    seen = from_item(items[where])
    phones = phones_from(items[listed])[seen.position : seen.position + CHUNK]
    if not phones:
        return False
    change = Change(
        f"{keys.sortable(seen.at)}-{seen.id}", "suppressed", now, seen.by, seen.reason, seen.until,
        imported=seen.id,
    )  # fmt: skip
    done = Counter(store.table.run_parallel(*(partial(_suppress, store, each, change) for each in phones)))
    left = suppressions.close_leads(store, [store.contact_key(each) for each in phones], None, now)
    writes = progressed(seen, {name: done[action] for action, name in COUNTED.items()}, now)
    writes += [enqueue.close(each, now) for each, more in left.items() if more is not None]
    # Refused where the same chunk was done meanwhile, by a worker whose heartbeat had expired.
    with suppress(ConditionFailed):
        store.table.transact(writes)
    return seen.position + len(phones) < seen.phones


def _suppress(store: Store, phone: str, change: Change) -> Action:
    """Put one phone on the list, never for a shorter time than it is there for; what came of it."""
    contact_key = store.contact_key(phone)
    where, mark = keys.contact(contact_key), keys.contact_change(contact_key, change.id)
    attempts = store.table.attempts()
    while True:
        found = store.table.get_many([where, mark])
        if mark in found:
            return contacts.change_from(found[mark]).action
        seen = contacts.from_item(found.get(where))
        this = replace(change, action=_action(seen.suppressed_at(change.at), change.until))
        try:
            if this.action == "confirmed":
                store.table.write(contacts.recorded(contact_key, this))
            else:
                store.table.transact(contacts.suppress(contact_key, phone, this, seen))
        except ConditionFailed:
            attempts.again()
        else:
            return this.action


def _action(there: Suppression | None, until: datetime | None) -> Action:
    if there is None:
        return "suppressed"
    lasts_longer = there.until is not None and (until is None or until > there.until)
    return "changed" if lasts_longer else "confirmed"
