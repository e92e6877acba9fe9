"""Suppressed phones, and what follows for their leads: nobody gets one any more, and the open ones are closed.

A claim asserts that the phone may be called: that is what decides. What is done here besides keeps queues and lists
true: whoever suppresses a phone asks, in the same transaction, for its leads to be closed; push closes a lead rather
than route it; ingest takes one in closed.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain, islice
from typing import Any

from routing.domain import heads
from routing.domain.heads import Head
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.jobs import enqueue
from routing.storage import contacts, keys
from routing.storage.contacts import Change, Suppression
from routing.storage.heads import callback_writes, replace_head
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, event
from routing.storage.table import ConditionFailed, Table, Write

PAGE = 25
MOST_ASKED = 28
"""Three writes each, in a transaction of a hundred. A lead has fewer phones; its user may have changed some."""


def suppressed(
    table: Table, contact_keys: Iterable[str | None], now: datetime
) -> Mapping[str | None, Suppression]:
    """Those of these contacts that are not to be called, and what was last said of each."""
    wanted = {each: keys.contact(each) for each in contact_keys if each is not None}
    found = table.get_many(list(wanted.values()))
    seen = {name: contacts.from_item(found.get(key)).suppressed_at(now) for name, key in wanted.items()}
    return {name: listed for name, listed in seen.items() if listed is not None}


def barred(
    table: Table, heads: Iterable[Head], now: datetime, known: Mapping[str, Suppression] | None = None
) -> dict[str, Suppression]:
    """Those of these leads none of whose phones may be called, and what was last said of the first of them.

    known: contacts that are known to be suppressed.
    """
    phones = {each.id: each.phone_keys for each in heads if each.phone_keys}
    unread = set(chain.from_iterable(phones.values())) - {*(known or ())}
    found = suppressed(table, sorted(unread), now)
    listed = {**(known or {}), **{each: found[each] for each in unread if each in found}}
    return {lead: listed[of[0]] for lead, of in phones.items() if all(each in listed for each in of)}


def by_disposition(
    store: Store, submission: Submission, lent: Set[str], what: str, by: str, reason: str, now: datetime
) -> list[Write]:
    """Phones of the lead are not to be called again, for good: for the transaction that records the disposition, which
    has room for `MOST_ASKED` of them.

    lent: the contact keys of those that its user had. what: names the disposition among those of the lead. reason:
    the disposition's id.
    """
    phones = {store.contact_key(each): each for each in submission.phones}
    asked = {each: phone for each, phone in phones.items() if each in lent}
    if not asked:
        return []
    identifier = f"{keys.sortable(now)}-{submission.lead}-{what}"
    change = Change(identifier, "suppressed", now, by, reason, lead=submission.lead)
    asked = dict(islice(asked.items(), MOST_ASKED))
    writes = [write for each, phone in asked.items() for write in contacts.suppress(each, phone, change)]
    return [*writes, *(enqueue.close(each, now) for each in asked)]


def close_leads(
    store: Store, contact_keys: Sequence[str], after: Mapping[str, str] | None, now: datetime
) -> dict[str, Mapping[str, str] | None]:
    """Close a page of the leads of each of these contacts that is suppressed; where the next begins, None at the end.

    after: where the page begins; of several contacts, None.
    """
    listed = suppressed(store.table, contact_keys, now)
    found = sorted(each for each in contact_keys if each in listed)
    pages = store.table.run_parallel(
        *(
            lambda key=each: store.table.query(
                keys.contact(key).pk, begins=keys.LEADS_OF_CONTACT, after=after, limit=PAGE
            )
            for each in found
        )
    )
    for contact_key, page in zip(found, pages, strict=True):
        _close_all(store, [item["lead"] for item in page.items], contact_key, listed[contact_key], now)
    return {contact_key: page.next for contact_key, page in zip(found, pages, strict=True)}


def _close_all(
    store: Store, leads: Sequence[str], contact_key: str, listed: Suppression, now: datetime
) -> None:
    """Close these leads, but those that are closed, on lease, or have a phone that may be called."""
    remaining = list(leads)
    attempts = store.table.attempts()
    while True:
        found = store.table.get_many([keys.head(lead) for lead in remaining])
        open_ones = [
            head
            for head in map(head_from, found.values())
            if head.standing != "closed" and contact_key in head.phone_keys
        ]
        done_with = barred(store.table, open_ones, now, {contact_key: listed})
        remaining = [
            head.id
            for head in open_ones
            if head.id in done_with and not _close_or_overtake(store.table, head, listed, now)
        ]
        if not remaining:
            return
        attempts.again()


def _close_or_overtake(table: Table, head: Head, listed: Suppression, now: datetime) -> bool:
    """A lead on lease is left to its holder: what they are about to record is kept, and closes it then.

    Its version moves, so that whoever read it before its phone was listed has to read both again. False when it has
    moved by itself.
    """
    if head.lease_at(now) is None:
        return close(table, head, listed, now)
    try:
        table.write(replace_head(head, heads.advanced(head, head, now), now))
    except ConditionFailed:
        return False
    return True


def close(table: Table, head: Head, listed: Suppression, now: datetime) -> bool:
    """Close a lead whose phones are suppressed; False when it has moved since it was read."""
    after, happened = closed(head, listed.by, now)
    try:
        table.transact([replace_head(head, after, now), happened, *callback_writes(head, after)])
    except ConditionFailed:
        return False
    return True


def closed(head: Head, by: str | None, now: datetime) -> tuple[Head, Write]:
    """The head, closed for its phones' sake, and what the timeline says of that. by: who put the phone on the list."""
    after = heads.advanced(head, heads.closed(head), now)
    detail: dict[str, Any] = {"reason": "do_not_call", "owner": after.owner, "status": "closed"}
    return after, event(head.id, after.version, "closed", now, detail, by=by)


def refusal(head: Head, now: datetime, what: str = "lead") -> Problem:
    """409: the lead's phones are on the list, so nobody gets it; or the phone that is asked for is."""
    shown = {"id": head.id, "status": head.status_at(now)}
    return Problem(409, "do_not_call", f"This {what} is not to be called any more.", extra={"lead": shown})
