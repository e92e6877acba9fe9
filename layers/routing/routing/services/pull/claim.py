"""The claim: one transaction that lends a lead to a user, or learns what stood in the way."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal

from routing.domain import heads
from routing.domain.call_limits import Reserved, next_call
from routing.domain.company import Company
from routing.domain.heads import Head, Lease
from routing.domain.intervals import day_stamp, whole_second
from routing.domain.leases import expiry
from routing.domain.pull import depends_on_pull_count, with_pull_count
from routing.domain.pull_choice import Lendable
from routing.domain.pull_limits import PullCount, counted
from routing.domain.strategies import PullStrategy
from routing.services.core import views
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import token_of
from routing.services.core.phones import number_of, room_of, still_lent
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.people.presence import release_held
from routing.services.pull.snapshot import Front
from routing.storage import calls as phone_calls
from routing.storage import contacts, keys
from routing.storage.contacts import Contact, Suppression
from routing.storage.heads import callback_claimed, replace_head
from routing.storage.leads import Submission, event, submission_from
from routing.storage.presence import take_slot
from routing.storage.table import ConditionFailed

Hindrance = Literal["slot", "taken", "barred", "lent"]
"""`slot`: the user holds another lead, or has pulled since. `taken`: somebody else was quicker. `barred`: none of the
lead's phones may be called. `lent`: somebody holds another lead with a phone that may be."""
ATTEMPTS = 5
SLOT, HEAD, EVENT, CONTACT = 0, 1, 2, 3
"""Places of the writes that may lose."""


@dataclass(frozen=True, slots=True)
class _KeptBack:
    """Why a phone cannot be lent: it is listed, or not to be called before `again`; neither: it is lent already."""

    listed: Suppression | None = None
    again: datetime | None = None


def claim(store: Store, front: Front, candidate: Lendable, once: Once | None) -> Answer | Hindrance:
    """Try to lend one lead, with the first of its phones that may be called. The answer; or what stood in the way."""
    kept_back: list[_KeptBack] = []
    for phone_key in candidate.head.phone_keys or (None,):
        found = _lend(store, front, candidate, phone_key, once)
        if not isinstance(found, _KeptBack):
            return found
        kept_back.append(found)
    head, now = candidate.head, front.now
    if all(each.listed is not None for each in kept_back) and (listed := kept_back[0].listed) is not None:
        suppressions.close(store.table, head, listed, now)
        return "barred"
    if any(each == _KeptBack() for each in kept_back):
        return "lent"
    _wait_for_call(store, head, min(each.again for each in kept_back if each.again is not None), now)
    return "barred"


def _lend(
    store: Store, front: Front, candidate: Lendable, phone_key: str | None, once: Once | None
) -> Answer | Literal["slot", "taken"] | _KeptBack:
    """Try to lend the lead with this phone of its."""
    head, strategy = candidate.head, candidate.strategy
    user, company, now = front.user, front.company, front.now
    expires = expiry(strategy, candidate.until, now)
    token = token_of(head, phone_key, secrets.token_urlsafe(12))
    room = room_of(head.calling_class, company, now)
    call = Reserved(phone_key, phone_calls.mark(head.id, head.version + 1, now)) if phone_key else None
    granted = Lease(token, user, strategy.id if strategy else "", expires, call, now, phone_key)
    after = _after(head, granted, company, now)
    today = day_stamp(now, company.tree.timezone(user))
    reason = {
        "strategy": strategy.id if strategy else None,
        "priority": strategy.priority if strategy else None,
        "why": "callback" if head.callback_for == user else "most_important",
        "matched": list(head.matched),
    }
    detail = {
        "waited": round((now - head.created_at).total_seconds()) if head.pull_count == 0 else None,
        "holder": user,
        "strategy": granted.strategy or None,
        "expires_at": views.time(expires),
        "token": token,
        "reason": reason,
        "owner": after.owner,
        "status": "leased",
        **({"phone_keys": head.phone_keys} if len(head.phone_keys) > 1 else {}),
    }
    submission_key = keys.submission(*head.submission)
    submission = None
    if once is not None:  # the answer is recorded with the claim, so it must be known before
        submission = submission_from(store.table.get_many([submission_key])[submission_key])
    seen: Contact | None = None  # the phone's, as a refusal showed it
    over: str | None = None
    for _ in range(ATTEMPTS):
        writes = [
            take_slot(user, head.id, granted, now, front.presence, _counted(front, head, strategy), today),
            replace_head(head, after, now),
            event(head.id, after.version, "pulled", now, detail, by=user),
        ]
        if call is not None:
            lending = (
                phone_calls.not_suppressed(now),
                phone_calls.lent(head.id, granted, now, over),
                phone_calls.counted(call.mark, room, now, seen),
            )
            writes.append(phone_calls.updated(call.contact, lending))
        if head.callback_for is not None:
            writes += callback_claimed(head, after)
        if once is not None and submission is not None:
            answer = lent(store, after, submission, company, granted, reason, now)
            writes[EVENT], record = recorded(once, answer, writes[EVENT], now)
            writes.append(record)
        try:
            if submission is None:
                found, _ = store.table.run_parallel(
                    partial(store.table.get_many, [submission_key]), partial(store.table.transact, writes)
                )
                submission = submission_from(found[submission_key])
            else:
                store.table.transact(writes)
        except ConditionFailed as refused:
            if SLOT in refused.failed or (once is not None and len(writes) - 1 in refused.failed):
                return "slot"
            if HEAD in refused.failed or call is None:
                return "taken"
            seen = contacts.from_item(refused.failed[CONTACT])
            if (listed := seen.suppressed_at(now)) is not None:
                return _KeptBack(listed=listed)
            if (again := next_call(seen.calls, room.limit, now)) is not None:
                return _KeptBack(again=again)
            other = seen.lent_with_another(head.id, now)
            if other is not None and other.name != over:
                if still_lent(store.table, call.contact, other, now):
                    return _KeptBack()
                over = other.name
        else:
            break
    else:
        return "taken"  # others call this phone all the time
    store.noted_active[user] = now  # taking the slot wrote it
    release_held(store, user, front.presence.last_active, now)
    return lent(store, after, submission, company, granted, reason, now)


def _after(head: Head, granted: Lease, company: Company, now: datetime) -> Head:
    """The head as lent: where it waits for the lease's end, and in which order it would then be pulled."""
    claimed = heads.claimed(head, granted, company.tree.is_user(head.owner), now)
    after = heads.advanced(head, claimed, now)
    best = company.pull_strategies.get(after.matched[0]) if after.matched else None
    if best is None or after.ready_key is None or heads.is_at_front(after):
        return after
    record_type = company.record_type(after.record_type)
    after = replace(
        after, ready_key=with_pull_count(after.ready_key, best, after.pulls_since_asked, record_type)
    )
    if depends_on_pull_count(head.owner, head.record_type, company):
        after = replace(after, filing_version=0)
    return after


def _counted(front: Front, head: Head, strategy: PullStrategy | None) -> Mapping[str, PullCount] | None:
    """The user's counts of pulls after one more under the strategy; None when it has no limit.

    A callback of their own is none: they keep a promise, and are served it whatever their count.
    """
    if strategy is None or (strategy.hourly_limit, strategy.daily_limit) == (None, None):
        return None
    if head.callback_for == front.user:
        return None
    company, before = front.company, front.presence.pulls
    zone = company.tree.timezone(strategy.distributed_from)
    still = {name: count for name, count in before.items() if name in company.pull_strategies}
    return {**still, strategy.id: counted(before.get(strategy.id, PullCount()), front.now, zone)}


def lent(
    store: Store,
    head: Head,
    submission: Submission,
    company: Company,
    granted: Lease,
    reason: Mapping[str, Any],
    now: datetime,
) -> Answer:
    """The answer of a pull that has a lead."""
    return Answer(
        200,
        {
            "lead": views.lead(head, submission, company, now),
            "lease": views.lease(granted, number_of(store, submission, granted.phone_key)),
            "strategy": granted.strategy or None,
            "reason": reason,
        },
    )


def _wait_for_call(store: Store, head: Head, until: datetime, now: datetime) -> None:
    """A lead whose phone has been called as often as its state allows waits until it may be called again."""
    if head.callback_for is not None:
        return  # it is promised to one user, and stays so for its grace
    until = whole_second(until)
    waiting = replace(head, available_at=until, over_call_limit=True)
    if heads.is_at_front(head):  # it waits anew from then on, so it is filed anew then
        waiting = replace(waiting, filing_version=0)
    after = heads.advanced(head, waiting, now)
    detail = {"until": views.time(until), "owner": after.owner, "status": after.status_at(now)}
    writes = [replace_head(head, after, now), event(head.id, after.version, "call_limit", now, detail)]
    with suppress(ConditionFailed):  # it has moved: whoever moved it decided anew
        store.table.transact(writes)
