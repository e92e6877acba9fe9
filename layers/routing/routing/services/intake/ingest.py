"""Ingest: a submitted lead becomes a whole lead, once, and push is asked to route it.

The contact keys and the head come first, the log entry last, under the key that the head names. Routing starts with
the log entry, so only for a lead that is whole; a repeat under the same lead id completes what a crash left.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from routing.domain.acceptance import Reason
from routing.domain.heads import Head
from routing.domain.intake import ParsedLead
from routing.domain.intervals import whole_second
from routing.services.core.idempotency import Answer, Once
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.intake import duplicates
from routing.services.intake.duplicates import Abandoned, Beside, Made, Merged, NotBeside, Offered, Repeated
from routing.services.intake.offers import (
    Offer,
    contact_keys,
    is_suppressed,
    lead_id,
    refuses_duplicates,
    warned,
)
from routing.services.pull.filing import new_head
from routing.storage import contacts, keys, receipts
from routing.storage.dedupe import claim_keys
from routing.storage.heads import forget, not_erased, put_new
from routing.storage.idempotency import forget as forget_answer
from routing.storage.leads import Submission, digest, event, repeats, submission_from
from routing.storage.table import ConditionFailed, Item, Write, is_outage

MOST_REPEATS = 20


def ingest(
    store: Store,
    offer: Offer,
    found: ParsedLead,
    now: datetime,
    once: Once | None,
    recorded: Item | None,
    beside: Beside | None = None,
) -> Answer:
    """Take the lead in. recorded: what is on record under `once`, as read beside the set-up.

    201 for a new lead; 200 with the first lead's id for a repeat of its external id. Whose log entry it became tells
    the two apart, so a request that is carried out twice answers the same twice, and of two at once one is the first.

    beside: what must be written with the lead or not at all; then all of it is one transaction, and nothing is written
    before. Raises Prevented when the lead is not there, and one of their conditions does not hold; and Refused for a
    duplicate that its source does not want.
    """
    identifier, entry_id = lead_id(store, offer), offer.entry or keys.time_id(now)
    created = offer.at or now
    record: list[Write] = []
    if once is not None:
        given = once.answered(recorded, now)
        if given is None:
            names = Answer(201, {"lead_id": identifier})
            record = [once.record(names, now, entry=entry_id, created_at=keys.millis(created))]
        elif "lead_id" not in given.body:  # it became no lead
            return given
        elif recorded is not None:
            identifier = given.body["lead_id"]
            entry_id, created = recorded["entry"], keys.instant(recorded["created_at"])
    if record and beside is None:
        try:
            store.table.write(record[0])
        except ConditionFailed as twin:  # the same request, come twice at once or written before its answer
            return ingest(store, offer, found, now, once, twin.failed[0])
    delay = found.pull_delay_minutes
    submission = Submission(
        lead=identifier,
        key=(offer.owner, entry_id),
        record_type=offer.source.record_type,
        source=offer.source.id,
        created_at=keys.instant(keys.millis(created)),
        received=offer.body,
        values=found.values,
        fields=found.fields,
        warnings=tuple(warned(found)),
        available_at=whole_second(created + timedelta(minutes=delay)) if delay else None,
        submitted_by=offer.submitted_by,
        is_owned=offer.owner == offer.submitted_by,
        is_suppressed=is_suppressed(offer, found),
    )
    is_promised = once is not None and not record
    offered = _offered(store, offer, found, submission, now, is_promised=is_promised)
    try:
        if offered is not None:
            take_in = partial(_take_in, store, offered, now, beside, record)
            taken = _noting(store, offer.key_used, take_in)
            if isinstance(taken, Made):
                return _answer(201, taken.submission)
            if isinstance(taken, Merged):
                return replace(_answer(200, submission, taken.told), receipt=submission.lead)
            if receipts.is_mark(taken.there):
                return _receipt_again(store, submission, taken.there)
            head: Item | None = taken.there
        else:
            whole = _put_head if beside is None else partial(_put_whole, beside=beside, record=record)
            head = _noting(store, offer.key_used, partial(whole, store, submission, now))
            if head is not None and receipts.is_mark(head):
                return _receipt_again(store, submission, head)
        first = None if beside is not None and head is None else _first_entry(store, head, submission)
    except Abandoned as abandoned:
        _forget(store, abandoned, once)
        if offer.entry is not None:
            offer = replace(offer, entry=f"{offer.entry}-again")
        return ingest(store, offer, found, now, once, None, beside)
    except Twin as twin:
        return ingest(store, offer, found, now, once, twin.record, beside)
    if first is None or (first.completed_by or first.key[1]).startswith(entry_id):
        return _answer(201, first or submission)
    if beside is None:
        _take_back_contacts(store, submission, first)
    if first.is_erased:
        return _answer(200, replace(submission, is_suppressed=True, warnings=()))
    differs = digest(first.received) != digest(submission.received)
    if differs and head is not None:
        _keep_repeat(store, submission, int(head["v"]), now)
    if first.told is None:
        submission = replace(submission, linked_to=first.linked_to, links_told=first.links_told)
    return _answer(200, submission, first.told, differs)


def _offered(
    store: Store, offer: Offer, found: ParsedLead, submission: Submission, now: datetime, *, is_promised: bool
) -> Offered | None:
    """The lead with what it claims; None where it claims nothing. is_promised: it is on record that it becomes one."""
    if found.dedupe is None:
        return None
    return Offered(
        submission=submission,
        brought_by=f"{offer.source.id} {offer.brought_by}",
        rule=found.dedupe,
        on_duplicate=offer.source.on_duplicate or found.dedupe.on_duplicate,
        claims=claim_keys(store.hash_key, submission.record_type, found.claims),
        contacts=_contacts(store, submission),
        first=lambda made: _first_writes(store, made, now),
        fills_only=offer.is_public,
        is_refused=refuses_duplicates(offer) and not is_promised,
    )


def _take_in(
    store: Store, offered: Offered, now: datetime, beside: Beside | None, record: Sequence[Write]
) -> Made | Merged | Repeated:
    """Take in a lead that claims something. record: only where something is written beside it, else it is there."""
    also = None if beside is None else replace(beside, always=[*beside.always, *record])
    try:
        taken = duplicates.take_in(store, offered, now, also)
    except duplicates.Duplicate:
        raise Refused("duplicate") from None
    except NotBeside as refused:
        at_record = len(beside.with_lead()) if beside is not None else 0
        if at_record in refused.failed:
            raise Twin(refused.failed[at_record]) from refused
        raise Prevented(refused.failed) from refused
    if isinstance(taken, Repeated) and beside is not None:
        for each in record:
            with suppress(ConditionFailed):
                store.table.write(each)
    return taken


def _receipt_again(store: Store, submission: Submission, mark: Item) -> Answer:
    """What was merged into another lead comes again, and is answered as it was."""
    entry = duplicates.repeated(store, submission.lead, _contacts(store, submission), mark)
    differs = entry is not None and entry["digest"] != digest(submission.received)
    if differs and (head := store.table.get(keys.head(mark["receipt_of"]))) is not None:
        _keep_repeat(
            store, replace(submission, lead=mark["receipt_of"]), int(head["v"]), submission.created_at
        )
    is_first = mark["sub"].startswith(submission.key[1])
    answer = _answer(200, submission, mark["told"], differs)
    return replace(answer, receipt=submission.lead) if is_first else answer


def _keep_repeat(store: Store, repeat: Submission, version: int, now: datetime) -> None:
    """Keep what a repeat said otherwise than the first, as received, on the lead's timeline: so many for a version."""
    if repeats(store.table, repeat.lead, version, MOST_REPEATS) >= MOST_REPEATS:
        return
    suffix = f"repeat-{store.contact_key(digest(repeat.received))[:16]}"
    detail = {"source": repeat.source, "as_received": repeat.received}
    kept = event(repeat.lead, version, "repeated", now, detail, suffix=suffix, by=repeat.submitted_by)
    with suppress(ConditionFailed):  # it has said so before, or the person has just been erased
        store.table.transact([kept, not_erased(repeat.lead)])


def _answer(status: int, submission: Submission, lead: str | None = None, differs: bool = False) -> Answer:
    """lead: the id to answer with, where that is another's."""
    linked = {"linked_to": list(submission.links_told)} if submission.linked_to else {}
    warnings = [*submission.warnings]
    if differs:
        warnings.append(
            {"field": "external_id", "code": "differs", "message": "the first lead's data differ"}
        )
    return Answer(
        status,
        {
            "lead_id": lead or submission.lead,
            "status": "closed" if submission.is_suppressed else "new",
            "duplicate": status == 200,
            **linked,
            "warnings": warnings,
        },
        costs=(submission.values.get("cost"),),
    )


def _contacts(store: Store, submission: Submission) -> list[str]:
    return contact_keys(store, submission.values)


def _take_back_contacts(store: Store, repeat: Submission, first: Submission) -> None:
    """A repeat with another phone or e-mail has put keys that its lead, the first, does not have."""
    kept = _contacts(store, first)
    for each in _contacts(store, repeat):
        if each not in kept:
            store.table.write(contacts.no_lead_of(each, repeat.lead))


Written = TypeVar("Written")


def _noting(store: Store, used: Write | None, write: Callable[[], Written]) -> Written:
    """What `write` answers; beside it the key of a source is noted to be in use, if that can be done now."""

    def note(used: Write) -> None:
        try:
            store.table.write(used)
        except ConditionFailed:
            return  # another post has noted it, or the key was revoked meanwhile
        except (
            Exception
        ) as failure:  # anything but an outage is raised again: the lead must not wait for the day's note
            if not is_outage(failure):
                raise

    if used is None:
        return write()
    found: Written = store.table.run_parallel(write, partial(note, used))[0]
    return found


def _first_head(store: Store, submission: Submission, now: datetime) -> tuple[Head, list[Write]]:
    """The head that a lead begins with, and what its timeline says of that."""
    first = new_head(store, submission)
    if not submission.is_suppressed:
        return first, []
    closed, happened = suppressions.closed(first, None, now)
    return closed, [happened]


def _first_writes(store: Store, submission: Submission, now: datetime) -> tuple[Write, list[Write]]:
    head, happened = _first_head(store, submission, now)
    return put_new(head, now), happened


def _put_head(store: Store, submission: Submission, now: datetime) -> Item | None:
    """Write the contact keys and the head, side by side. The head that is there already, if one is."""
    first, events = _first_head(store, submission, now)
    head = put_new(first, now)
    found_by = [contacts.lead_of(each, submission.lead) for each in _contacts(store, submission)]
    try:
        store.table.run_parallel(
            lambda: store.table.transact([head, *events]) if events else store.table.write(head),
            *(lambda each=each: store.table.write(each) for each in found_by),
        )
    except ConditionFailed as found:
        return found.failed[0]
    return None


class Refused(Exception):
    """The lead is not wanted: it becomes none."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Prevented(Exception):
    """The lead was not taken: the conditions of these writes beside it did not hold, each with the item found."""

    def __init__(self, failed: Mapping[int, Item | None]) -> None:
        super().__init__(f"beside the lead: {sorted(failed)}")
        self.failed = failed


class Twin(Exception):
    """The same request has come twice at once: what is on record of the other."""

    def __init__(self, record: Item | None) -> None:
        super().__init__("on record already")
        self.record = record


def _put_whole(
    store: Store, submission: Submission, now: datetime, beside: Beside, record: Sequence[Write]
) -> Item | None:
    """Write all of the lead and what is beside it, or nothing. The head that is there already, if one is."""
    first, happened = _first_head(store, submission, now)
    found_by = [contacts.lead_of(each, submission.lead) for each in _contacts(store, submission)]
    own = [put_new(first, now), submission.put_new(), *happened, *found_by]
    try:
        store.table.transact([*own, *beside.with_lead(), *record])
    except ConditionFailed as found:
        failed = found.failed
        there = failed.get(0) or store.table.get(keys.head(submission.lead))
        if there is not None:
            for each in record:
                with suppress(ConditionFailed):
                    store.table.write(each)
            return there
        if 1 in failed:
            raise Abandoned(submission) from found
        at_record = len(own) + len(beside.with_lead())
        if at_record in failed:
            raise Twin(failed[at_record]) from found
        raise Prevented({at - len(own): item for at, item in failed.items()}) from found
    return None


def _forget(store: Store, abandoned: Abandoned, once: Once | None) -> None:
    """Take away what still names the key that was given up, so that the lead can come in under a new one."""
    lead, (_, entry) = abandoned.submission.lead, abandoned.submission.key
    writes = [forget(lead, entry), *([forget_answer(once.key, entry)] if once is not None else [])]
    for each in writes:
        with suppress(ConditionFailed):  # somebody else has done it
            store.table.write(each)


def _put_entry(store: Store, submission: Submission) -> Submission | None:
    """Write the log entry, which makes the lead whole. The entry that is there already, if one is."""
    try:
        store.table.write(submission.put_new())
    except ConditionFailed as found:
        there = found.failed[0]
        if there is None or there["kind"] != "lead":
            raise Abandoned(submission) from found
        return submission_from(there)
    return None


def _first_entry(store: Store, head: Item | None, submission: Submission) -> Submission | None:
    """The entry that the lead has already, or None when this is its first. head: the one that was there."""
    if head is None or (head["intake"], head["sub"]) == submission.key:
        return _put_entry(store, submission)
    return _complete(store, head, submission)


def _complete(store: Store, head: Item, submission: Submission) -> Submission | None:
    """The lead's id is taken: the entry that its head names, or None when that was not there till now.

    Whoever wrote the head broke off, or is just about to write the entry, and then finds that this one was quicker.
    """
    there = store.table.get(keys.submission(head["intake"], head["sub"]))
    if there is not None and there["kind"] == "lead":
        return submission_from(there)
    late = replace(
        submission,
        key=(head["intake"], head["sub"]),
        created_at=keys.instant(head["created_at"]),
        completed_by=submission.key[1],
    )
    return _put_entry(store, late)
