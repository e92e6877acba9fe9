"""Erasure: nothing is kept of a lead's person, whatever of facts and counts stays.

One transaction takes the person out of the head and the submission, ends the lease, and asks for the job. From then
on everybody finds the lead erased, and whoever was writing of it finds its version moved. The job then goes through
what stands beside: the timeline, page by page, the contacts, what was answered. Each page may be done again.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.heads import Head
from routing.services.core import views
from routing.services.core.access import sees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.lead_context import read
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.services.intake import claims
from routing.services.jobs import enqueue
from routing.services.pull.filing import Candidate
from routing.storage import erasure, keys
from routing.storage.heads import callback_writes, replace_head
from routing.storage.heads import from_item as head_from
from routing.storage.jobs import Job
from routing.storage.leads import Submission, event, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.presence import release_slot
from routing.storage.table import ConditionFailed, Table, Write

PAGE = 50
"""Items beside a lead that a page of the job looks at: each may be 400 KB."""


def erase(store: Store, user: str, lead: str, now: datetime, once: Once | None) -> Answer:
    """Erase the person of a lead. 200 with what is left; the same again, and a repeat sees to what was broken off."""
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, once=once, roles=("admin",), erased_too=True)
        if once and (given := once.answered(seen.answered, now)):
            return given
        if not sees(seen.account, seen.head, seen.company, now):
            raise not_found("lead")
        after, submission, writes = erasing(store, Candidate(seen.head, seen.submission), user, now)
        answer = Answer(200, views.lead(after, submission, seen.company, now))
        if once is not None:
            writes.append(once.record(answer, now))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            return answer


def erasing(
    store: Store, candidate: Candidate, by: str | None, now: datetime
) -> tuple[Head, Submission, list[Write]]:
    """The lead as it is left, and the writes of one transaction that leave it so. by: None is its time that is over."""
    head, submission = candidate.head, candidate.submission
    if head.erased_at is not None:
        return head, submission, [enqueue.erase(head.id, now)]
    after = heads.advanced(head, heads.erased(head, now), now)
    detail = {"owner": after.owner, "status": "closed", "reason": "asked_for" if by else "retention"}
    erased, rewritten = submission.erase(contacts_of(store, submission))
    writes = [
        replace_head(head, after, now),
        event(head.id, after.version, "erased", now, detail, by=by),
        rewritten,
        *claims.given_up(store, submission),
        *callback_writes(head, after),
        enqueue.erase(head.id, now),
    ]
    if head.lease is not None:
        slot = presence_from(store.table.get(keys.presence(head.lease.holder)) or {})
        if slot.lease_token == head.lease.token:
            writes.append(release_slot(head.lease.holder, head.lease.token))
    return after, erased, writes


def contacts_of(store: Store, submission: Submission) -> list[str]:
    """The contact keys of every phone and e-mail that the lead has or had."""
    values = [*submission.phones, *submission.contacts]
    return list(dict.fromkeys(store.contact_key(each) for each in values))


def page(store: Store, job: Job) -> Mapping[str, Any] | None:
    """One page of what stands beside an erased lead; where the next begins, None when nothing is left."""
    lead = job.owner
    found = store.table.get(keys.head(lead))
    if found is None or (head := head_from(found)).erased_at is None:
        return None
    table = store.table
    beside = table.query(keys.head(lead).pk, after=job.cursor, limit=PAGE)
    _all(table, erasure.of_receipts(table, lead, beside.items))
    _all(table, (write for item in beside.items for write in erasure.of_item(item)))
    if beside.next is not None:
        return beside.next
    where = keys.submission(*head.submission)
    entry = table.get(where)
    if entry is not None:
        submission = submission_from(entry)
        for contact_key in submission.to_forget:
            _all(table, erasure.of_contact(table, contact_key, lead))
        table.write(submission.forgotten())
    return None


def _all(table: Table, writes: Iterable[Write]) -> None:
    """Each by itself, in their order: what leads to something else goes after it. What is gone is gone."""
    for write in writes:
        with suppress(ConditionFailed):
            table.write(write)
