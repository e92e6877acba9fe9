"""Dispositions: what somebody records after working a lead.

A lease ends in one transaction over the lead's head and the holder's slot. A disposition is accepted for as long as
nobody else has pulled the lead since, and the same one again on the same lease answers the same.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from routing.domain import heads
from routing.domain.company import Company
from routing.domain.dispositions import Disposition
from routing.domain.heads import CallMade, Head, Lease, Work
from routing.domain.intervals import day_stamp, whole_second
from routing.domain.pull import class_of, has_hours, lent_until, next_lent
from routing.domain.strategies import PullStrategy
from routing.services.core import views
from routing.services.core.access import is_granted_to, oversees, owns, sees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.idempotency import recorded as recorded_with
from routing.services.core.lead_context import LeadContext, hint_of, read
from routing.services.core.phones import refusals, room_of
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.people.presence import release_held
from routing.services.pull import filing
from routing.services.work import late
from routing.services.work.appointments import checked
from routing.storage import keys
from routing.storage.appointments import appointment_writes
from routing.storage.calls import Clause, counted_so, given_back, mark, not_suppressed, updated
from routing.storage.heads import callback_writes, not_erased, replace_head
from routing.storage.leads import CHANGES, Event, event, event_from, events_since, lead_of
from routing.storage.presence import recorded as recorded_by
from routing.storage.table import ConditionFailed, Write

LONGEST_CALLBACK = timedelta(days=731)
DEFAULT_COOL_DOWN = timedelta(minutes=240)
CORRECTIONS = ("close", "do_not_call")
"""Outcomes that may be recorded on a closed lead, which stays so; none opens it again by the way."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment that comes with a disposition."""

    starts_at: datetime
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class DispositionInput:
    """A disposition as a user sends it. Its times are instants with their zone. call_id: the call that it is of.

    recorded_at: when it was recorded, where that was without a network.
    """

    disposition: str
    note: str | None = None
    lease_token: str | None = None
    callback_at: datetime | None = None
    appointment: Meeting | None = None
    call_id: str | None = None
    recorded_at: datetime | None = None


def dispose(
    store: Store, user: str, lead: str, recorded: DispositionInput, now: datetime, once: Once | None = None
) -> Answer:
    """Record a disposition. 200 with the lead; 409 when somebody else has it, or another was recorded."""
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, token=recorded.lease_token, once=once)
        if once and (given := once.answered(seen.answered, now)):
            return given
        lease = lease_of(seen, recorded.lease_token)
        if lease is None and recorded.lease_token is not None:
            answered = _after_the_lease(store, seen, recorded, now)
            if answered is None:
                attempts.again()
                continue
            return answered
        if lease is None and not _may_work(seen, now):
            _refuse(seen, now)
        disposition = _known(seen, recorded)
        done = late.done_at(recorded.recorded_at, partial(late.had_since, store, seen, now, lease), now)
        _check_callback(recorded, disposition, done or now)
        call = _call_of(store, seen, recorded, now)
        if recorded.appointment is not None:
            checked(recorded.appointment.starts_at, done or now, "appointment.starts_at")
        if seen.head.standing == "closed" and disposition.outcome not in CORRECTIONS:
            raise conflict("closed", "This lead is closed; a transfer opens it again.", seen.head, now)
        answer = _record(store, seen, lease, recorded, disposition, call, done, now, once)
        if answer is not None:
            return answer
        attempts.again()


def _known(seen: LeadContext, recorded: DispositionInput) -> Disposition:
    disposition = seen.company.dispositions.get(recorded.disposition)
    if disposition is None:
        raise invalid_field("disposition", "unknown", "must be the id of a disposition")
    return disposition


def _check_callback(recorded: DispositionInput, disposition: Disposition, done: datetime) -> None:
    if disposition.outcome != "callback":
        if recorded.callback_at is not None:
            raise invalid_field("callback_at", "not_allowed", f"{disposition.id} makes no callback")
        return
    if recorded.callback_at is None:
        raise invalid_field("callback_at", "required", "a callback needs the time to call back")
    if recorded.callback_at <= done:
        raise invalid_field("callback_at", "in_the_past", "must be in the future")
    if recorded.callback_at > done + LONGEST_CALLBACK:
        raise invalid_field("callback_at", "out_of_range", f"must be within {LONGEST_CALLBACK.days} days")


def _call_of(store: Store, seen: LeadContext, recorded: DispositionInput, now: datetime) -> CallMade | None:
    """The call that the disposition is of, if nothing was recorded of it yet."""
    named, user = recorded.call_id, seen.account.id
    if named is None:
        return heads.call_of(seen.head, user, None, now)
    version = int(named) if named.isascii() and named.isdigit() and len(named) <= 10 else 0
    if (found := heads.call_of(seen.head, user, version, now)) is not None:
        return found
    item = store.table.get(keys.event(seen.head.id, version))
    if item is None or (made := event_from(item)).kind != "called" or made.by != user:
        raise invalid_field("call_id", "unknown", "must be a call of yours to this lead")
    return None


def lease_of(seen: LeadContext, token: str | None) -> Lease | None:
    """The asker's lease on the lead, live or lapsed, while it is the last one: nobody has pulled it since."""
    lease = seen.head.lease
    if lease is None or token not in (None, lease.token):
        return None
    return lease if is_granted_to(seen.account, lease, seen.company) else None


def _may_work(seen: LeadContext, now: datetime) -> bool:
    """Whether the asker may dispose of the lead without a lease: its owner, who it is promised to, who is in charge."""
    head, account, company = seen.head, seen.account, seen.company
    if owns(account, head, company) or head.callback_for == account.id:
        return True
    left = head.left
    was_theirs = left is not None and left.user == account.id and company.existed(account.id, left.at)
    if was_theirs and company.tree.is_below(account.id, head.owner):
        return True  # who left it was at it after all
    return oversees(account, head.owner, company) and head.lease_at(now) is None


def _refuse(seen: LeadContext, now: datetime) -> None:
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    raise conflict("leased", "Somebody else holds this lead just now.", seen.head, now)


def conflict(code: str, detail: str, head: Head, now: datetime, **extra: Any) -> Problem:
    return Problem(409, code, detail, extra={"lead": {"id": head.id, "status": head.status_at(now)}, **extra})


def _after_the_lease(
    store: Store, seen: LeadContext, recorded: DispositionInput, now: datetime
) -> Answer | None:
    """A disposition whose lease is not the last one any more: answer what was recorded on it, or keep it as late.

    None when its person has just been erased.
    """
    hint = hint_of(recorded.lease_token)
    granted = hint.version if hint else None
    events = events_since(store.table, seen.head.id, granted) if granted is not None else []
    pulled = next((each for each in events if each.version == granted and each.kind == "pulled"), None)
    if (
        pulled is None
        or pulled.detail.get("token") != recorded.lease_token
        or pulled.detail.get("holder") != seen.account.id
    ):
        if not sees(seen.account, seen.head, seen.company, now):
            raise not_found("lead")
        raise conflict(
            "unknown_lease", "This lease token was not granted to you on this lead.", seen.head, now
        )
    for each in events:
        if (
            each.kind in ("disposition", "late_disposition")
            and each.detail.get("token") == recorded.lease_token
        ):
            changed = any(later.kind in CHANGES and later.version > each.version for later in events)
            return _recorded_already(seen, each, recorded, now, was_edited=changed)
    disposition = _known(seen, recorded)
    had_since = pulled.at
    done = late.done_at(recorded.recorded_at, lambda _: had_since, now)
    detail = {
        "disposition": recorded.disposition,
        **views.recorded_at(done),
        "note": recorded.note,
        "callback_at": views.time(recorded.callback_at) if recorded.callback_at else None,
        "appointment": views.time(recorded.appointment.starts_at) if recorded.appointment else None,
        "token": recorded.lease_token,
        "owner": seen.head.owner,
        "reason": "superseded",
    }
    kept = event(
        seen.head.id,
        seen.head.version,
        "late_disposition",
        now,
        detail,
        suffix=f"late-{granted}",
        by=seen.account.id,
    )
    writes = [kept, not_erased(seen.head.id)]
    if disposition.outcome == "do_not_call":
        # Who asked not to be called asked it of the company, whoever has the lead by now.
        writes += suppressions.by_disposition(
            store,
            seen.submission,
            _lent(recorded.lease_token, events, seen.account.id),
            f"late-{granted}",
            seen.account.id,
            disposition.id,
            now,
        )
    try:
        store.table.transact(writes)
    except ConditionFailed as twin:
        if 1 in twin.failed:
            return None
        if (there := twin.failed[0]) is not None:
            return _recorded_already(seen, event_from(there), recorded, now, was_edited=False)
    raise _superseded(seen, now)


def _superseded(seen: LeadContext, now: datetime) -> Problem:
    return conflict(
        "lease_superseded",
        "Your lease ended and the lead has gone on since. What you recorded is kept on its timeline.",
        seen.head,
        now,
    )


def _recorded_already(
    seen: LeadContext, each: Event, recorded: DispositionInput, now: datetime, *, was_edited: bool
) -> Answer:
    """What was recorded on the lease, once more. was_edited: the lead's fields are not what they were then."""
    if each.detail["disposition"] != recorded.disposition:
        raise conflict(
            "already_recorded",
            f"{each.detail['disposition']} was recorded on this lease.",
            seen.head,
            now,
            recorded=each.detail["disposition"],
        )
    if each.kind == "late_disposition":
        raise _superseded(seen, now)
    was_told = each.detail.get("was_seen", False) and not was_edited
    if was_told or sees(seen.account, seen.head, seen.company, now):
        lead = views.lead(seen.head, seen.submission, seen.company, now)
        after = each.detail["after"]
        return Answer(200, {**lead, **after, **views.names(after, seen.company)})
    return Answer(200, _standing(seen.head, each.detail["after"], seen.company))


def _told(seen: LeadContext, head: Head, now: datetime) -> dict[str, Any]:
    """The lead as the asker is told of it, with this head: who neither saw nor sees it is told no personal data.

    Its fields may have changed since they had it.
    """
    if _sees_either(seen, head, now):
        return views.lead(head, seen.submission, seen.company, now)
    return _standing(head, views.standing(head, seen.company, now), seen.company)


def _standing(head: Head, standing: Mapping[str, Any], company: Company) -> dict[str, Any]:
    """A lead's id and where it stands, without its calling class: that follows from its fields."""
    told = {name: value for name, value in standing.items() if name != "calling_class"}
    return {"id": head.id, **told, **views.names(standing, company)}


def _sees_either(seen: LeadContext, after: Head, now: datetime) -> bool:
    """Whether the asker may know of the lead as it was, or as it is afterwards."""
    return any(sees(seen.account, each, seen.company, now) for each in (seen.head, after))


def _lent(token: str | None, events: Sequence[Event], user: str) -> frozenset[str]:
    """The contact keys of the phones that a user had by this lease: as it was lent, as they changed them since, and
    those that they called.

    What others made of it since is the phone of somebody who may never have been called. events: those since.
    """
    hint = hint_of(token)
    as_lent = {hint.phone_key} if hint and hint.phone_key else set()
    changed: set[str] = set()
    for each in events:
        if each.kind == "pulled" and hint is not None and each.version == hint.version:
            as_lent |= {*each.detail.get("phone_keys", ())}
        elif each.kind == "called" and each.by == user:
            changed.add(each.detail["phone_key"])
        elif each.kind == "edited" and each.by == user:
            changed |= {*each.detail.get("phone_keys", ())}
            # As an earlier release noted it.
            changed |= {each.detail["phone_key"]} if "phone_key" in each.detail else set()
    return frozenset(as_lent | changed)


def _asked(store: Store, seen: LeadContext, lease: Lease | None, call_id: str | None) -> frozenset[str]:
    """The contact keys of the phones on which somebody asked the user not to be called. call_id: a call of theirs."""
    present = seen.head.phone_keys
    hint = hint_of(lease.token) if lease else None
    if lease is None or hint is None or present == ((hint.phone_key,) if hint.phone_key else ()):
        made = {each.id for each in seen.head.calls if each.user == seen.account.id}
        made |= {int(call_id)} if call_id is not None else set()
        found = store.table.get_many([keys.event(seen.head.id, each) for each in made])
        called = map(event_from, found.values())
        return frozenset({*present, *(str(each.detail["phone_key"]) for each in called)})
    events = events_since(store.table, seen.head.id, hint.version)
    return _lent(lease.token, events, seen.account.id) or frozenset(present)


def _record(
    store: Store,
    seen: LeadContext,
    lease: Lease | None,
    recorded: DispositionInput,
    disposition: Disposition,
    call: CallMade | None,
    done: datetime | None,
    now: datetime,
    once: Once | None,
) -> Answer | None:
    """Try to commit the disposition; None when something it was decided on has moved. done: when it was, if earlier."""
    head, company = seen.head, seen.company
    serving = _serving(head, lease, company)
    calling_class = class_of(lead_of(head, seen.submission, now), company)
    callback_at = said = whole_second(recorded.callback_at) if recorded.callback_at else None
    if said is not None and said <= now:
        callback_at = _at_once(calling_class, serving, head.owner, company, now)
    elif said is not None:
        _check_hours(said, calling_class, serving, head.owner, company)
    due = _due(disposition, serving, calling_class, head.owner, company, now)
    is_listed = seen.is_listed(now)
    came_from = filing.came_from(head, company)
    work = Work(disposition, seen.account.id, due, came_from, done or now, call, callback_at, is_listed)
    is_owned = company.tree.is_user(head.owner)
    after = heads.worked(head, work, is_owned)
    after = replace(after, calling_class=calling_class)
    detail: dict[str, Any] = {}
    request: list[Write] = []
    if after.standing == "open" and is_owned:
        after, detail, request = filing.returned(after, seen.submission, company, now)
    elif after.standing in ("open", "callback") and not is_owned:
        after, detail = filing.filed(after, seen.submission, company, now)
        request = filing.push_on(head, after, seen.submission, company, now)
    after = heads.advanced(head, after, now)
    reserved = lease.call if lease is not None else None
    unasked = None
    if disposition.counts_as_attempt and call is None and not (reserved and reserved.counts_at(now)):
        unasked = seen.to_call(now, lease) or head.phone_key
    standing = views.standing(after, company, now)
    detail |= {
        "disposition": disposition.id,
        "contact_made": disposition.contact_made,
        "counts_as_attempt": disposition.counts_as_attempt,
        "call_id": str(call.id) if call else None,
        "note": recorded.note,
        "callback_at": views.time(after.callback_at) if after.callback_at else None,
        **views.recorded_at(done),
        **({"callback_said": views.time(said)} if said and said != callback_at else {}),
        "token": lease.token if lease else None,
        "owner": after.owner,
        "status": standing["status"],
        "after": standing,
        "was_seen": _sees_either(seen, after, now),
    }
    if unasked is not None:
        against = refusals(seen.contacts[unasked], calling_class, None, head.owner, company, done or now)
        detail["against"] = [each.code for each in against]
    answer = Answer(200, _told(seen, after, now))
    happened = event(head.id, after.version, "disposition", now, detail, by=seen.account.id)
    writes = [replace_head(head, after, now), *recorded_with(once, answer, happened, now), *request]
    is_in_slot = lease is not None and seen.presence.lease_token == lease.token
    today = day_stamp(now, company.tree.timezone(seen.account.id))
    token = seen.presence.lease_token if is_in_slot else None
    writes.append(recorded_by(seen.account.id, seen.presence, today, now, token=token))
    writes += callback_writes(head, after)
    # Whoever pulls asserts this; who has the lead from here on is asked by nobody.
    is_theirs = after.standing != "closed" and company.tree.is_user(after.owner)
    phones: dict[str, list[Clause]] = defaultdict(list)
    if is_theirs and (to_call := seen.to_call(now, lease)) is not None:
        phones[to_call].append(not_suppressed(now))
    if recorded.appointment is not None and not is_listed:
        writes += appointment_writes(
            head.id,
            seen.account.id,
            whole_second(recorded.appointment.starts_at),
            recorded.appointment.notes,
            keys.time_id(now),
            after.version,
            now,
        )
    if disposition.outcome == "do_not_call":
        what = str(after.version)
        asked = _asked(store, seen, lease, recorded.call_id)
        writes += suppressions.by_disposition(
            store, seen.submission, asked, what, seen.account.id, disposition.id, now
        )
    elif reserved is not None and not disposition.counts_as_attempt:
        phones[reserved.contact].append(given_back(reserved))
    elif unasked is not None:
        made = mark(head.id, after.version, now)
        calls = room_of(calling_class, company, now).after(seen.contacts[unasked].calls, made, now)
        phones[unasked].append(counted_so(calls, seen.contacts[unasked]))
    writes += [updated(phone, clauses) for phone, clauses in phones.items()]
    store.queues.register([after])
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return None
    if is_in_slot:
        store.noted_active[seen.account.id] = now
        release_held(store, seen.account.id, seen.presence.last_active, now)
    return answer


def _due(
    disposition: Disposition,
    serving: PullStrategy | None,
    calling_class: str,
    owner: str,
    company: Company,
    now: datetime,
) -> datetime:
    """When the cool-down is over: the disposition's, else the strategy's, in the disposition's kind of minutes."""
    cool_down = disposition.cool_down
    if cool_down is None:
        cool_down = serving.cool_down if serving else DEFAULT_COOL_DOWN
    if disposition.in_open_minutes and has_hours(calling_class, serving, owner, company):
        minutes = cool_down // timedelta(minutes=1)
        return whole_second(company.calling_hours.after_open_minutes(calling_class, now, minutes))
    return whole_second(now + cool_down)


def _at_once(
    calling_class: str, serving: PullStrategy | None, owner: str, company: Company, now: datetime
) -> datetime:
    """When a callback is due whose time is past: now, or as soon as the lead may be called."""
    at = now.replace(microsecond=0)
    if lent_until(calling_class, serving, owner, company, at) is not None:
        return at
    return next_lent(calling_class, serving, owner, company, at) or at


def _check_hours(
    at: datetime, calling_class: str, serving: PullStrategy | None, owner: str, company: Company
) -> None:
    """A callback is refused when the lead may not be called then, with the next time at which it may."""
    if lent_until(calling_class, serving, owner, company, at) is not None:
        return
    opens = next_lent(calling_class, serving, owner, company, at)
    next_time = views.time(opens) if opens is not None else None
    expected = f"the next time is {next_time}" if next_time else "there is no such time soon"
    problem = invalid_field(
        "callback_at", "outside_calling_hours", f"must be inside the lead's calling hours: {expected}"
    )
    problem.extra["next_callback_at"] = next_time
    raise problem


def _serving(head: Head, lease: Lease | None, company: Company) -> PullStrategy | None:
    """The strategy whose cool-down counts: the lease's, else the best that the lead is filed under."""
    names = [*([lease.strategy] if lease else []), *head.matched]
    return next((company.pull_strategies[each] for each in names if each in company.pull_strategies), None)
