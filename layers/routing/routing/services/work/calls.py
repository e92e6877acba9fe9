"""Calls: asked for before the phone rings. A call that may be made is counted, on the timeline, in one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from routing.domain import heads
from routing.domain.call_limits import Reserved, next_call, recent
from routing.domain.contact_points import phones_of
from routing.domain.heads import Head, Lease
from routing.domain.intervals import whole_second
from routing.domain.leases import lending
from routing.domain.pull import class_of
from routing.services.core import views
from routing.services.core.access import is_granted_to
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import LeadContext, read
from routing.services.core.phones import Refusal, refusals, room_of, still_lent
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue
from routing.services.work import late
from routing.services.work.dispositions import conflict
from routing.services.work.leases import phone_lent
from routing.storage.calls import Clause, counted_so, lent, mark, not_suppressed, updated
from routing.storage.heads import replace_head
from routing.storage.leads import event, lead_of
from routing.storage.table import ConditionFailed

LONGEST_LEASE = timedelta(days=1000)
"""As long as any can be made. Whether one goes on is read at its lead."""
REFUSALS = {
    "outside_calling_hours": "The lead may not be called at this hour.",
    "call_limit": "The phone has been called as often as it may be in 24 hours.",
}


def call(
    store: Store,
    user: str,
    lead: str,
    phone: str | None,
    now: datetime,
    once: Once | None = None,
    recorded_at: datetime | None = None,
) -> Answer:
    """Say that the user calls the lead now. 201; 409 when they may not, or when it may not be called.

    recorded_at: they have called it then, without a network. So it counts, whatever would have been against it.
    """
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, once=once)
        if once and (given := once.answered(seen.answered, now)):
            return given
        head, company = seen.head, seen.company
        if not late.may_tell(seen, recorded_at, now):
            raise not_found("lead")
        lease = head.lease_at(now)
        if lease is not None and not is_granted_to(seen.account, lease, company):
            raise conflict("not_yours", "Somebody else holds this lead just now.", head, now)
        where = class_of(lead_of(head, seen.submission, now), company)
        number = _called(store, seen, lease, phone, where, now)
        contact = store.contact_key(number)
        if contact not in seen.contacts:  # an edit came between the reads
            attempts.again()
            continue
        reserved = _reserved(seen, lease, contact, now)
        is_reserved = reserved is not None
        done = late.done_at(recorded_at, partial(late.had_since, store, seen, now, None), now)
        against = _against(seen, where, lease, contact, done or now, is_counted=is_reserved)
        if done is None and against:
            raise _refusal(head, against[0], now)
        after = heads.advanced(head, heads.called(head, user, done or now, now, as_reserved=is_reserved), now)
        made = mark(lead, after.version, now)
        clauses = [_counted(seen, where, contact, made, reserved, now)]
        if done is None:
            clauses.append(not_suppressed(now))
            if lease is not None and lease.phone_key != contact:
                clauses.append(_lent_too(store, seen, lease, contact, now))
        said = {"call_id": str(after.version), "phone": number, "at": views.time(now)}
        answer = Answer(201, {**said, **views.recorded_at(done)})
        detail = {
            "call_id": str(after.version),
            "phone_key": contact,
            "owner": after.owner,
            "status": after.status_at(now),
            **views.recorded_at(done),
            **({"against": [each.code for each in against]} if against else {}),
        }
        writes = [
            replace_head(head, after, now),
            *recorded(once, answer, event(lead, after.version, "called", now, detail, by=user), now),
            updated(contact, clauses),
        ]
        if head.standing == "new":  # push looks for the version that came in
            writes.append(enqueue.route(head.owner, [lead], now))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            return answer


def _called(
    store: Store, seen: LeadContext, lease: Lease | None, phone: str | None, where: str, now: datetime
) -> str:
    """Which of the lead's phones is called, as E.164: the one that is named, else the one that is lent, else the first
    that may be called."""
    own = {store.contact_key(each): each for each in phones_of(seen.submission.values)}
    if not own:
        raise invalid_field("phone", "unknown", "this lead has no phone")
    if phone is None and lease is not None:
        return own.get(seen.to_call(now, lease) or "", next(iter(own.values())))
    if phone is None:
        limit = room_of(where, seen.company, now).limit
        may = [
            each for each in seen.not_listed(now) if next_call(seen.contacts[each].calls, limit, now) is None
        ]
        return own.get(next(iter(may or seen.not_listed(now)), ""), next(iter(own.values())))
    if phone not in own.values():
        from routing.domain.phones import e164  # with the number library, as for an edit

        phone = e164(str(phone))
    if phone is None or phone not in own.values():
        raise invalid_field("phone", "unknown", "must be a phone of this lead")
    return phone


def _lent_too(store: Store, seen: LeadContext, lease: Lease, contact: str, now: datetime) -> Clause:
    """Another phone of the lead is lent with it, unless it is with another lead. 409 when it is."""
    other = seen.contacts[contact].lent_with_another(seen.head.id, now)
    if other is not None and still_lent(store.table, contact, other, now):
        raise phone_lent(seen.head, now)
    until_it_ends = replace(
        lease, expires=now + LONGEST_LEASE
    )  # an extension writes no phone but the lease's own
    return lent(seen.head.id, until_it_ends, now, other.name if other else None)


def _reserved(seen: LeadContext, lease: Lease | None, contact: str, now: datetime) -> Reserved | None:
    """The call that the lease has reserved of this phone, while it is counted and was not made."""
    call = lease.call if lease is not None else None
    if call is None or call.contact != contact:
        return None
    return call if call.mark in recent(seen.contacts[contact].calls, now) else None


def _against(
    seen: LeadContext, where: str, lease: Lease | None, contact: str, at: datetime, *, is_counted: bool
) -> list[Refusal]:
    """Why this phone of the lead may not be called at `at`. is_counted: the call is within the limit already."""
    head, company = seen.head, seen.company
    strategy = lending(head, lease, company) if lease is not None else None
    found = refusals(seen.contacts[contact], where, strategy, head.owner, company, at)
    return [each for each in found if each.code != "call_limit" or not is_counted]


def _refusal(head: Head, refusal: Refusal, now: datetime) -> Problem:
    if refusal.code == "do_not_call":
        return suppressions.refusal(head, now, "phone" if len(head.phone_keys) > 1 else "lead")
    next_at = views.time(whole_second(refusal.next_at)) if refusal.next_at else None
    return conflict(refusal.code, REFUSALS[refusal.code], head, now, next_at=next_at)


def _counted(
    seen: LeadContext, where: str, contact: str, made: Decimal, reserved: Reserved | None, now: datetime
) -> Clause:
    """The call is counted: in the place of the one that was reserved, at its own instant."""
    counted = seen.contacts[contact]
    others = {each: at for each, at in counted.calls.items() if reserved is None or each != reserved.mark}
    return counted_so(room_of(where, seen.company, now).after(others, made, now), counted)
