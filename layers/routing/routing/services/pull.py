"""Pull: the most important ready lead, lent to one user.

Two serial round trips. The first reads, side by side, the user's slot, the registry of queues, the version of the
set-up, and the front of every queue that serves the user. The second takes the slot and the lead in one transaction.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.heads import CALLBACK_LEASE, Head, Lease
from routing.domain.intervals import whole_second
from routing.domain.presence import Presence
from routing.domain.pull import depends_on_pull_count, serving_strategy, with_pull_count
from routing.domain.pull_limits import PullCount, counted
from routing.domain.strategies import PullStrategy
from routing.services import filing, render, suppressions
from routing.services.access import acting
from routing.services.front import Front, candidates, read
from routing.services.idempotency import Answer, Once, answered_once
from routing.services.nothing import why_nothing
from routing.services.presence import release_held
from routing.services.store import Store
from routing.storage import keys
from routing.storage.contacts import not_suppressed
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, event, submission_from
from routing.storage.presence import take_slot
from routing.storage.table import CHANCE, ConditionFailed, Contended, Write

ATTEMPTS = 40


def pull(store: Store, user: str, record_type: str | None, now: datetime, once: Once | None = None) -> Answer:
    """Lend the user the best lead, or answer why there is none. Pulling while holding answers the same lead."""
    passed: set[str] = set()
    for _ in range(ATTEMPTS):
        front = read(store, user, record_type, now, once)
        acting(user, front.company)
        if once and (given := once.answered(front.answered, now)):
            return given
        if front.presence.holds(now):
            held = _held(store, front.presence, now)
            if held is not None:
                return answered_once(store.table, once, now, held)
            continue
        answer = _serve(store, front, record_type, passed, once)
        if answer is not None:
            return answer
    raise Contended


def _serve(
    store: Store, front: Front, record_type: str | None, passed: set[str], once: Once | None
) -> Answer | None:
    """Claim leads until one is won. None: something that was read is out of date; read again."""
    for head, serving in _callbacks(store, front, record_type):
        if isinstance(answer := _claim(store, front, head, serving, once), Answer):
            return answer
    is_current = True
    while among := candidates(store, front, passed):
        head, strategy = CHANCE.choice(among[: store.spread.size])
        is_aged = head.valid_until is not None and head.valid_until <= front.now
        if head.filing_version != front.company.filing_version or is_aged:
            if not _confirm(store, front, head):
                return None
            head = replace(head, filing_version=front.company.filing_version)
        answer = _claim(store, front, head, strategy, once)
        if isinstance(answer, Answer):
            store.spread.won()
            return answer
        if answer == "slot":
            return None
        store.spread.lost()
        passed.add(f"{head.id}@{head.version}")
        is_current = False
    # "Nothing" is said only of queues in which nobody else has just been busy.
    if not is_current:
        return None
    body = why_nothing(store, front)
    return answered_once(store.table, once, front.now, lambda: Answer(200, body))


def _confirm(store: Store, front: Front, head: Head) -> bool:
    """Whether a lead that was filed under an earlier set-up, or before an age was reached, still stands there."""
    found = filing.read_candidates(store.table, [head.id])
    if not found or found[0].head.version != head.version:
        return True  # the index lags behind the table: the claim's own condition decides
    if filing.still_holds(found[0], front.company, front.now):
        return True
    filing.refile(store, [head.id], front.now)
    return False


def _callbacks(store: Store, front: Front, record_type: str | None) -> list[tuple[Head, PullStrategy | None]]:
    """The user's own callbacks that are due, the earliest first."""
    if not front.callbacks:
        return []
    found = store.table.get_many([keys.head(lead) for lead in front.callbacks])
    mine = [head_from(found[key]) for lead in front.callbacks if (key := keys.head(lead)) in found]
    return [
        (head, serving_strategy(head.matched, front.user, head.owner, front.company))
        for head in mine
        if head.callback_for == front.user
        and head.callback_at is not None
        and head.callback_at <= front.now
        and record_type in (None, head.record_type)
    ]


def _claim(
    store: Store, front: Front, head: Head, strategy: PullStrategy | None, once: Once | None
) -> Answer | str:
    """Try to lend one lead. The answer; or what stood in the way: `slot` (the user holds another) or `lead`."""
    user, company, now = front.user, front.company, front.now
    expires = whole_second(now + (strategy.lease if strategy else CALLBACK_LEASE))
    intake, submitted = head.submission
    token = f"{head.version + 1}~{intake}~{submitted}~{secrets.token_urlsafe(12)}"
    granted = Lease(token, user, strategy.id if strategy else "", expires)
    owner = company.tree.get(head.owner)
    claimed = heads.claimed(head, granted, owner is not None and owner.kind == "user")
    after = heads.advanced(head, claimed, now)
    best = company.pull_strategies.get(after.matched[0]) if after.matched else None
    if best is not None and after.ready_key is not None and not heads.is_at_front(after):
        record_type = company.record_type(after.record_type)
        after = replace(
            after, ready_key=with_pull_count(after.ready_key, best, after.pull_count, record_type)
        )
        if depends_on_pull_count(head.owner, head.record_type, company):
            after = replace(after, filing_version=0)
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
        "expires_at": render.time(expires),
        "token": token,
        "reason": reason,
        "owner": after.owner,
        "status": "leased",
    }
    submission_key = keys.submission(*head.submission)
    submission = None
    if once is not None:  # the answer is recorded with the claim, so it must be known before
        submission = submission_from(store.table.get_many([submission_key])[submission_key])
    writes = [
        take_slot(user, head.id, granted, now, front.presence, _counted(front, strategy)),
        replace_head(head, after, now),
        event(head.id, after.version, "pulled", now, detail, by=user),
    ]
    if head.phone_key:
        writes.append(not_suppressed(head.phone_key, now))
    if head.callback_for:
        writes.append(Write("Delete", key=keys.callback(head.id)))
    if once is not None and submission is not None:
        writes.append(once.record(_lent(after, submission, granted, reason, now), now))
    try:
        if submission is None:
            found, _ = store.table.together(
                lambda: store.table.get_many([submission_key]), lambda: store.table.transact(writes)
            )
            submission = submission_from(found[submission_key])
        else:
            store.table.transact(writes)
    except ConditionFailed as refused:
        if 0 in refused.losers or (once is not None and len(writes) - 1 in refused.losers):
            return "slot"
        if 1 not in refused.losers and head.phone_key:
            suppressions.close(store.table, head, now)
        return "lead"
    store.noted_active[user] = now  # taking the slot wrote it
    release_held(store, user, front.presence.last_active, now)
    return _lent(after, submission, granted, reason, now)


def _counted(front: Front, strategy: PullStrategy | None) -> Mapping[str, PullCount] | None:
    """The user's counts of pulls after one more under the strategy; None when it has no limit."""
    if strategy is None or (strategy.hourly_limit, strategy.daily_limit) == (None, None):
        return None
    company, before = front.company, front.presence.pulls
    zone = company.tree.timezone(strategy.distributed_from)
    still = {name: count for name, count in before.items() if name in company.pull_strategies}
    return {**still, strategy.id: counted(before.get(strategy.id, PullCount()), front.now, zone)}


def _lent(
    head: Head, submission: Submission, granted: Lease, reason: Mapping[str, Any], now: datetime
) -> Answer:
    return Answer(
        200,
        {
            "lead": render.lead(head, submission, now),
            "lease": render.lease(granted),
            "strategy": granted.strategy or None,
            "reason": reason,
        },
    )


def _held(store: Store, presence: Presence, now: datetime) -> Callable[[], Answer] | None:
    """The lead that the user holds, once more. None when its slot and its head no longer agree."""
    found = filing.read_candidates(store.table, [presence.lead or ""])
    if not found or found[0].head.lease is None or found[0].head.lease.token != presence.lease_token:
        return None
    head = found[0].head
    granted = found[0].head.lease
    reason = {"strategy": granted.strategy or None, "why": "already_held", "matched": list(head.matched)}
    return lambda: _lent(head, found[0].submission, granted, reason, now)
