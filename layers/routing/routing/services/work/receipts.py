"""Taking a merge apart: a receipt that was merged becomes a lead of its own."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from routing.services.core.access import oversees, sees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.lead_context import LeadContext, read
from routing.services.core.problems import Problem, forbidden, not_found
from routing.services.core.store import Store
from routing.services.intake.caps import counts
from routing.services.push.receipts import of_its_own
from routing.storage import keys
from routing.storage import receipts as stored
from routing.storage.heads import from_item as head_from
from routing.storage.heads import not_erased
from routing.storage.leads import Submission, event, is_lead, submission_from
from routing.storage.table import ConditionFailed


def release(store: Store, user: str, lead: str, receipt: str, now: datetime, once: Once | None) -> Answer:
    """Make a lead of a receipt that was merged into this one, within 30 days; it is routed as a new one is.

    Once: who asks again is answered with the same lead (200). What the merge has added to the first lead stays there.
    """
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, once=once, roles=("admin", "manager"))
        if once and (given := once.answered(seen.answered, now)):
            return given
        if not sees(seen.account, seen.head, seen.company, now):
            raise not_found("lead")
        if not oversees(seen.account, seen.head.owner, seen.company):
            raise forbidden("You may release receipts of leads of your branch only.")
        mark = store.table.get(keys.head(receipt))
        if mark is None:
            raise not_found("receipt")
        if not stored.is_mark(mark):
            answer = _released(store, lead, mark)
            if once is not None:
                with suppress(ConditionFailed):  # a twin has answered the same
                    store.table.write(once.record(answer, now))
            return answer
        if mark["receipt_of"] != lead or not stored.is_merged(mark):
            raise not_found("receipt")
        entry = store.table.get(stored.entry_of(mark))
        if entry is None or keys.asked_at(mark["sub"]) + stored.RELEASABLE <= now:
            raise Problem(409, "receipt_too_old", "A receipt can be released within 30 days.")
        found = stored.from_item(entry)
        answer = Answer(201, _shown(found.submission, lead, duplicate=False))
        source = seen.company.sources.get(found.submission.source)
        writes = [
            *of_its_own(store, found, seen.company, now, was_merged=True),
            *counts(source, found.submission.values, seen.company, now, found.caps and "anyhow"),
            _told(seen, receipt, user, now),
            not_erased(lead),
            *([once.record(answer, now)] if once is not None else []),
        ]
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again(first_at_once=True)
        else:
            return answer


def _told(seen: LeadContext, receipt: str, user: str, now: datetime) -> Any:
    detail = {"receipt": receipt, "owner": seen.head.owner}
    suffix = f"released-{receipt}"
    return event(seen.head.id, seen.head.version, "receipt_released", now, detail, suffix=suffix, by=user)


def _released(store: Store, lead: str, item: Mapping[str, Any]) -> Answer:
    """What is a lead by now: it was released before, or came after a sale."""
    head = head_from(item)
    entry = store.table.get(keys.submission(*head.submission))
    if entry is None or not is_lead(entry):
        raise not_found("receipt")
    submission = submission_from(entry)
    if submission.told is None or lead not in submission.linked_to:
        raise not_found("receipt")
    return Answer(200, _shown(submission, lead, duplicate=True))


def _shown(submission: Submission, lead: str, *, duplicate: bool) -> dict[str, Any]:
    return {
        "lead_id": submission.lead,
        "status": "closed" if submission.is_suppressed else "new",
        "duplicate": duplicate,
        "linked_to": [lead],
        "warnings": list(submission.warnings),
    }
