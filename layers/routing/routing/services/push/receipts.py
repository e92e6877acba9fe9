"""Receipts are merged in the order of their lead's log, by how the lead stands then.

The lead's next head, its fields, the event and the receipt's mark are one transaction: a receipt that is delivered
again finds its mark, and a lead that moves meanwhile is read again. Of a sold lead's the same transaction makes a lead
of its own, which takes the claims over: whoever comes next is merged into that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain import heads, receipts
from routing.domain.company import Company
from routing.domain.contact_points import FORMER_PHONES, LISTS, phones_of, shown
from routing.domain.heads import Head
from routing.domain.pull import class_of
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.do_not_call import suppressions
from routing.services.intake import claims
from routing.services.intake.caps import counts
from routing.services.intake.duplicates import claims_of
from routing.services.jobs import enqueue
from routing.services.pull import filing
from routing.services.push.route import LogReport
from routing.storage import contacts, dedupe, keys
from routing.storage import receipts as stored
from routing.storage.dedupe import Claimant
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head, unmoved
from routing.storage.leads import Submission, dumps, event, is_lead, lead_of, submission_from
from routing.storage.receipts import Receipt
from routing.storage.table import ConditionFailed, Item, Key, Write, is_outage

ROUTED_AGAIN = frozenset({"new", "held", "unmatched"})
MAX_SHOWN = 32 * 1024
"""Bytes of JSON up to which the timeline says what a merge has changed, from what to what; above that, only which."""
MAX_EDITS = 96 * 1024
"""Bytes of JSON that all changes of a lead's custom fields may come to."""


@dataclass(frozen=True, slots=True)
class _First:
    """The lead that a receipt is of, as it was read. is_listed: it is closed, and none of its phones may be called."""

    head: Head
    submission: Submission
    is_listed: bool


def settle(store: Store, receipt: Receipt, now: datetime, report: LogReport) -> None:
    """Merge a receipt, unless that is done. One that cannot be merged is a lead of its own: nothing is lost."""
    try:
        _settle(store, receipt, now)
    except Exception as error:  # a receipt that cannot be merged must not stop the others; it is reported
        if is_outage(error):
            raise
        report.internal.append((receipt.of, error))
        _settle(store, receipt, now, is_apart=True)


def settle_late(store: Store, leads: Sequence[str], now: datetime, report: LogReport) -> None:
    """Merge those of these receipts that the stream has not brought."""
    marks = store.table.get_many([keys.head(each) for each in leads])
    entries = store.table.get_many([stored.entry_of(each) for each in marks.values() if stored.is_mark(each)])
    for entry in entries.values():
        if stored.is_receipt(entry):
            settle(store, stored.from_item(entry), now, report)


def _settle(store: Store, receipt: Receipt, now: datetime, *, is_apart: bool = False) -> None:
    attempts, is_full = store.table.attempts(40), False
    while True:
        company = store.configuration.load().company
        found = store.table.get_many([keys.head(receipt.of), keys.head(receipt.id)])
        mark = found.get(keys.head(receipt.id))
        if mark is None or not stored.is_mark(mark) or stored.is_merged(mark):
            return
        of = found.get(keys.head(receipt.of))
        first = None if is_apart else _first(store, of, now)
        counted: Sequence[Write] = ()
        if of is not None and _went_with(receipt, of):
            writes = [stored.merged(receipt.id, now), stored.forget_of(receipt)]
        else:
            writes, counted = _writes(store, receipt, first, company, now, is_full=is_full)
        try:
            store.table.transact([*writes, *counted])
        except ConditionFailed as refused:
            is_full = max(refused.failed) >= len(writes)
            attempts.again(first_at_once=True)
        else:
            return


def _went_with(receipt: Receipt, item: Item) -> bool:
    """Whether the lead's person was erased after this had come of them: then it goes too."""
    if stored.is_mark(item):
        return False
    erased_at = head_from(item).erased_at
    return erased_at is not None and keys.asked_at(receipt.submission.key[1]) <= erased_at


def _first(store: Store, item: Item | None, now: datetime) -> _First | None:
    """None where the lead is gone, or its person was erased: who has asked since is somebody new."""
    if item is None or stored.is_mark(item):
        return None
    head = head_from(item)
    if head.erased_at is not None:
        return None
    entry = store.table.get(keys.submission(*head.submission))
    if entry is None or not is_lead(entry):
        return None
    submission = submission_from(entry)
    phones = {store.contact_key(each) for each in phones_of(submission.values)}
    listed = suppressions.suppressed(store.table, phones, now) if head.standing == "closed" else {}
    return _First(head, submission, bool(phones) and listed.keys() >= phones)


def _writes(
    store: Store, receipt: Receipt, first: _First | None, company: Company, now: datetime, *, is_full: bool
) -> tuple[list[Write], Sequence[Write]]:
    """What merges it, and what counts the lead that it becomes. is_full: that was refused."""
    source, values = company.sources.get(receipt.submission.source), receipt.submission.values
    if first is None:
        anyhow = counts(source, values, company, now, receipt.caps and "anyhow")
        return of_its_own(store, receipt, company, now, was_merged=False), anyhow
    head = first.head
    effect = receipts.effect(
        head,
        company.dispositions.get(head.last_disposition or ""),
        receipt.submission.created_at,
        is_listed=first.is_listed,
        is_full=is_full,
        owner_is_user=company.tree.is_user(head.owner),
        now=now,
    )
    if effect == "new_lead":
        made = of_its_own(store, receipt, company, now, was_merged=False)
        counted = counts(source, values, company, now, receipt.caps)
        return [*made, unmoved(head), _told(receipt, first, effect, now)], counted
    if effect == "over_cap":
        return [stored.merged(receipt.id, now), unmoved(head), _told(receipt, first, effect, now)], ()
    return [stored.merged(receipt.id, now), *_merge(store, receipt, first, effect, company, now)], ()


def _merge(
    store: Store, receipt: Receipt, first: _First, effect: receipts.Effect, company: Company, now: datetime
) -> list[Write]:
    before, head = first.submission, first.head
    submission = _with_values(receipt, before, company)
    phone_keys = tuple(map(store.contact_key, phones_of(submission.values)))
    after = replace(
        _standing(receipt, first, effect, company, now),
        phone_keys=phone_keys,
        calling_class=class_of(lead_of(head, submission, now), company),
    )
    detail: dict[str, Any] = {}
    writes: list[Write] = []
    if after.standing in ("open", "spent", "callback") or (after.standing == "held" and after.pool):
        after, filed = filing.refiled(after, submission, company, now)
        detail |= filed
    after = heads.advanced(head, after, now)
    if effect in ("routed", "reopened") or (effect == "older" and head.standing in ROUTED_AGAIN):
        writes.append(enqueue.route(after.owner, [head.id], now))
    else:
        writes += filing.push_on(head, after, submission, company, now)
    if phone_keys and phone_keys != head.phone_keys:
        detail["phone_keys"] = [each for each in phone_keys if each not in head.phone_keys]
        writes.append(enqueue.close(phone_keys[0], now))  # all that it has may be on the do-not-call list
    if submission is not before:
        writes += [submission.rewrite(), *_found_by(store, before, submission)]
    writes += claims.heard_of(store, head, submission, company, now, receipt.submission.created_at)
    store.queues.register([after])
    detail |= {"owner": after.owner, "status": after.status_at(now)}
    return [
        replace_head(head, after, now),
        _told(receipt, first, effect, now, after=after, merged=submission, company=company, **detail),
        *writes,
    ]


def _standing(
    receipt: Receipt, first: _First, effect: receipts.Effect, company: Company, now: datetime
) -> Head:
    """The head as it then stands, before it is filed."""
    head = first.head
    at = receipt.submission.created_at
    delays = (first.submission.available_at, receipt.submission.available_at)
    delay = max((each for each in delays if each is not None and each > now), default=None)
    match effect:
        case "ready":
            return heads.asked_again(head, at, delay or now)
        case "routed" if head.standing == "unmatched":
            return heads.asked_again(head, at, delay)
        case "reopened":
            return heads.reopened(head, _came_in_at(receipt, first.submission, company), at, delay)
        case "stays_closed" | "older":
            return head
        case _:
            return heads.asked_again(head, at, head.available_at)


def _came_in_at(receipt: Receipt, submission: Submission, company: Company) -> str:
    """The account that a closed lead is routed from anew: where it came in, or where its person has come now."""
    account = company.tree.get(submission.key[0])
    return account.id if account is not None and account.kind != "user" else receipt.owner


def _with_values(receipt: Receipt, before: Submission, company: Company) -> Submission:
    """The lead's fields with what the receipt adds to them; as they were where that is nothing, or too much."""
    from routing.domain.intake import as_given, understand  # with it comes the phone number library
    from routing.domain.leads import UNREAD_STATE

    record_type = company.record_type(before.record_type)
    how = record_type.dedupe.merge_fields if record_type.dedupe and not receipt.fills_only else "fill_blank"
    values = as_given(before.values)
    body = receipts.merged(
        values,
        before.fields,
        as_given(receipt.submission.values),
        receipt.submission.fields,
        how,
        unverified=receipt.fills_only,
    )
    unread = None if "state" in body else before.values.get(UNREAD_STATE)
    found = understand(body, record_type, unread)
    kept = {name: before.values[name] for name in ("channel", "campaign", "cost") if name in before.values}
    former = tuple(each for each in before.phones if each not in found.phones)[:FORMER_PHONES]
    after = replace(before, values={**found.values, **kept}, fields=found.fields, former_phones=former)
    if after == before:
        return before
    return before if len(dumps(after.field_edits).encode()) > MAX_EDITS else after


def _found_by(store: Store, before: Submission, after: Submission) -> list[Write]:
    """Keep the search by phone and e-mail true."""
    gone = (each for each in before.contacts if each not in after.contacts)
    new = (each for each in after.contacts if each not in before.contacts)
    return [
        *(contacts.no_lead_of(store.contact_key(each), after.lead) for each in gone),
        *(contacts.lead_of(store.contact_key(each), after.lead) for each in new),
    ]


def _told(
    receipt: Receipt,
    first: _First,
    effect: receipts.Effect,
    now: datetime,
    *,
    after: Head | None = None,
    merged: Submission | None = None,
    company: Company | None = None,
    **detail: Any,
) -> Write:
    """The event: what came, from where, and what became of it."""
    came, head = receipt.submission, first.head
    said: dict[str, Any] = {
        "receipt": receipt.id,
        "received_at": time(came.created_at),
        "source": came.source,
        **{name: came.values.get(name) for name in ("channel", "campaign", "cost")},
        "effect": effect,
        "owner": head.owner,
        "warnings": list(came.warnings),
        "as_received": came.received,
        **detail,
    }
    if effect == "told" and company is not None:
        owned = company.tree.is_user(head.owner)
        said["holder"] = receipts.holder(head, owner_is_user=owned, now=now)
    if merged is not None:
        said |= _changed(first.submission, merged)
    version, suffix = (after.version, "") if after is not None else (head.version, f"receipt-{receipt.id}")
    return event(head.id, version, "asked_again", now, said, suffix=suffix, by=came.submitted_by)


def _changed(before: Submission, after: Submission) -> dict[str, Any]:
    stood, stands = _all(before), _all(after)
    names = sorted(name for name in stood.keys() | stands.keys() if stood.get(name) != stands.get(name))
    shown = {
        "before": {name: stood.get(name) for name in names},
        "now": {name: stands.get(name) for name in names},
    }
    return {"changed": names, **(shown if len(dumps(shown)) <= MAX_SHOWN else {})}


def _all(submission: Submission) -> dict[str, Any]:
    fields = {f"fields.{name}": value for name, value in submission.fields.items()}
    points = {listed: shown(submission.values, contact) for contact, listed in LISTS.items()}
    return {**{name: submission.values.get(name) for name in receipts.MERGED}, **points, **fields}


def of_its_own(
    store: Store, receipt: Receipt, company: Company, now: datetime, *, was_merged: bool
) -> list[Write]:
    """A lead in the receipt's place, linked to the one it was of, in its own owner's log; and what it claims.

    was_merged: its lead keeps what it claims itself; else the new lead takes that over too.
    """
    submission = replace(
        receipt.submission,
        key=(receipt.owner, keys.time_id(now)),
        linked_to=(receipt.of,),
        links_told=(receipt.of,) if receipt.told == receipt.of else (),
        told=receipt.told,
    )
    head, events = filing.new_head(store, submission), []
    if submission.is_suppressed:
        head, happened = suppressions.closed(head, None, now)
        events.append(happened)
    return [
        stored.becomes(head, now, was_merged=was_merged),
        submission.put_new(),
        stored.forget_of(receipt),
        *events,
        *(contacts.lead_of(store.contact_key(each), receipt.id) for each in submission.contacts),
        *_claims(store, receipt, submission, company, now, was_merged=was_merged),
    ]


def _claims(
    store: Store,
    receipt: Receipt,
    submission: Submission,
    company: Company,
    now: datetime,
    *,
    was_merged: bool,
) -> list[Write]:
    rule = company.record_type(submission.record_type).dedupe
    wanted = claims_of(store, submission, company)
    if rule is None or not wanted:
        return []
    found = store.table.get_many(wanted)
    by = Claimant(receipt.id, receipt.owner, receipt.brought_by)

    def is_free(key: Key) -> bool:
        item = found.get(key)
        if item is None or not dedupe.stands(item, now - rule.within):
            return True
        return dedupe.claimant(item).lead == receipt.of and (not was_merged or key in receipt.gained)

    return [
        dedupe.take(each, by, now, rule.within, now, former=(receipt.of,)) for each in wanted if is_free(each)
    ]
