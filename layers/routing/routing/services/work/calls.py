"""Calls: asked for before the phone rings. A call that may be made is counted, on the timeline, in one transaction."""

from datetime import datetime
from decimal import Decimal

from routing.domain import heads
from routing.domain.call_limits import Reserved, recent
from routing.domain.heads import Lease
from routing.domain.intervals import whole_second
from routing.domain.leases import lending
from routing.domain.pull import class_of
from routing.services.core import views
from routing.services.core.access import is_granted_to, sees
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import LeadContext, read
from routing.services.core.phones import refusals, room_of
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue
from routing.services.work.dispositions import conflict
from routing.storage.calls import Clause, counted_so, mark, not_suppressed, updated
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, event, lead_of
from routing.storage.table import ConditionFailed

REFUSALS = {
    "outside_calling_hours": "The lead may not be called at this hour.",
    "call_limit": "The phone has been called as often as it may be in 24 hours.",
}


def call(
    store: Store, user: str, lead: str, phone: str | None, now: datetime, once: Once | None = None
) -> Answer:
    """Say that the user calls the lead now. 201; 409 when they may not, or when it may not be called."""
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, once=once)
        if once and (given := once.answered(seen.answered, now)):
            return given
        head, company = seen.head, seen.company
        if not sees(seen.account, head, company, now):
            raise not_found("lead")
        lease = head.lease_at(now)
        if lease is not None and not is_granted_to(seen.account, lease, company):
            raise conflict("not_yours", "Somebody else holds this lead just now.", head, now)
        number = _called(seen.submission, phone)
        contact = store.contact_key(number)
        reserved = _reserved(seen, lease, contact, now)
        where = class_of(lead_of(head, seen.submission, now), company)
        _check(seen, where, lease, now, is_counted=reserved is not None)
        after = heads.advanced(head, heads.called(head, user, now, as_reserved=reserved is not None), now)
        made = mark(lead, after.version, now)
        answer = Answer(201, {"call_id": str(after.version), "phone": number, "at": views.time(now)})
        detail = {
            "call_id": str(after.version),
            "phone_key": contact,
            "owner": after.owner,
            "status": after.status_at(now),
        }
        writes = [
            replace_head(head, after, now),
            *recorded(once, answer, event(lead, after.version, "called", now, detail, by=user), now),
            updated(contact, [not_suppressed(now), _counted(seen, where, made, reserved, now)]),
        ]
        if head.standing == "new":  # push looks for the version that came in
            writes.append(enqueue.route(head.owner, [lead], now))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            return answer


def _called(submission: Submission, phone: str | None) -> str:
    """Which of the lead's phones is called, as E.164."""
    own = submission.values.get("phone")
    if own is None:
        raise invalid_field("phone", "unknown", "this lead has no phone")
    if phone not in (None, own):
        from routing.domain.phones import e164  # with the number library, as for an edit

        if e164(str(phone)) != own:
            raise invalid_field("phone", "unknown", "must be a phone of this lead")
    return str(own)


def _reserved(seen: LeadContext, lease: Lease | None, contact: str, now: datetime) -> Reserved | None:
    """The call that the lease has reserved of this phone, while it is counted and was not made."""
    call = lease.call if lease is not None else None
    if call is None or call.contact != contact:
        return None
    return call if call.mark in recent(seen.contact.calls, now) else None


def _check(seen: LeadContext, where: str, lease: Lease | None, now: datetime, *, is_counted: bool) -> None:
    """409 when the lead may not be called now. is_counted: the call is within the limit already."""
    head, company = seen.head, seen.company
    strategy = lending(head, lease, company) if lease is not None else None
    for refusal in refusals(seen.contact, where, strategy, head.owner, company, now):
        if refusal.code == "do_not_call":
            raise suppressions.refusal(head, now)
        if refusal.code == "outside_calling_hours" or not is_counted:
            next_at = views.time(whole_second(refusal.next_at)) if refusal.next_at else None
            raise conflict(refusal.code, REFUSALS[refusal.code], head, now, next_at=next_at)


def _counted(
    seen: LeadContext, where: str, made: Decimal, reserved: Reserved | None, now: datetime
) -> Clause:
    """The call is counted: in the place of the one that was reserved, at its own instant."""
    others = {
        each: at for each, at in seen.contact.calls.items() if reserved is None or each != reserved.mark
    }
    return counted_so(room_of(where, seen.company, now).after(others, made, now), seen.contact)
