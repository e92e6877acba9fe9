"""Pull: the most important ready lead, lent to one user.

Two serial round trips. The first reads, side by side, the user's slot, the registry of queues, the version of the
set-up, and the front of every queue that serves the user. The second takes the slot and the lead in one transaction.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.heads import CALLBACK_LEASE, Head, Lease
from routing.domain.intervals import whole_second
from routing.domain.presence import Presence
from routing.domain.pull import depends_on_pull_count, serving_strategy, with_pull_count
from routing.domain.strategies import PullStrategy
from routing.services import filing, render, suppressions
from routing.services.access import acting
from routing.services.front import Front, candidates, read
from routing.services.idempotency import Answer, Once, answered_once
from routing.services.presence import release_held
from routing.services.store import Queue, Store
from routing.storage import keys
from routing.storage.contacts import not_suppressed
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, event, submission_from
from routing.storage.presence import take_slot
from routing.storage.table import CHANCE, ConditionFailed, Contended, Write

MOST_COUNTED = 1000
MOST_SPREAD = 64
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
        head, strategy = CHANCE.choice(among[: store.spread])
        is_aged = head.valid_until is not None and head.valid_until <= front.now
        if head.filing_version != front.company.filing_version or is_aged:
            if not _confirm(store, front, head):
                return None
            head = replace(head, filing_version=front.company.filing_version)
        answer = _claim(store, front, head, strategy, once)
        if isinstance(answer, Answer):
            store.spread = max(1, store.spread // 2)
            return answer
        if answer == "slot":
            return None
        store.spread = min(MOST_SPREAD, store.spread * 2)
        passed.add(f"{head.id}@{head.version}")
        is_current = False
    # "Nothing" is said only of queues in which nobody else has just been busy.
    return _nothing(store, front, once) if is_current else None


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
    if best is not None and after.ready_key is not None:
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
        take_slot(user, head.id, granted, now),
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


def _nothing(store: Store, front: Front, once: Once | None) -> Answer:
    """Why there is nothing to pull, in counts and times."""
    now, lineage = front.now, front.company.tree.lineage(front.user)[1:]
    after_now = f"{keys.sortable(now)}~"
    own, *pages = store.table.together(
        lambda: store.table.query(
            front.user, index="owner", first=f"callback#{after_now}", last="callback#~", limit=MOST_COUNTED
        ),
        *(
            lambda queue=queue: store.table.query(
                keys.waiting(queue.triple), index="queue", first=after_now, limit=MOST_COUNTED
            )
            for queue in front.queues
        ),
    )
    waiting = [head_from(item) for page in pages for item in page.items]
    promised = [item for item in own.items if item["SK"] == keys.CALLBACK]
    reasons: dict[str, list[datetime]] = {"cooling": [], "leased": [], "reserved": []}
    for head in waiting:
        kind = "leased" if head.lease else "reserved" if head.standing == "callback" else "cooling"
        if head.due is not None and head.callback_for != front.user:
            reasons[kind].append(head.due)
    reasons["reserved"] += [keys.instant(item["OSK"].split("#")[1]) for item in promised]
    is_more = any(page.next is not None for page in (own, *pages))
    why = [_reason(kind, len(dues), is_more, min(dues)) for kind, dues in reasons.items() if dues]
    serving = {queue.triple for queue in front.queues}
    others = [
        queue.triple
        for queue in map(Queue.of, sorted(store.queues.known))
        if queue.owner in lineage and queue.triple not in serving
    ]
    for kind, partitions in (
        ("spent", [f"SPENT#{owner}" for owner in lineage]),
        ("no_strategy", [keys.ready(triple) for triple in others]),
    ):
        if count := _count(store, partitions):
            why.append(_reason(kind, count, False, None))
    body: dict[str, Any] = {"lead": None, "why": why}
    times = [each["until"] for each in why if "until" in each]
    if times:
        body["retry_at"] = min(times)
    return answered_once(store.table, once, now, lambda: Answer(200, body))


def _reason(kind: str, count: int, is_more: bool, until: datetime | None) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": kind, "count": min(count, MOST_COUNTED)}
    if until is not None:
        found["until"] = render.time(until)
    if is_more or count > MOST_COUNTED:
        found["more"] = True
    return found


def _count(store: Store, partitions: Sequence[str]) -> int:
    pages = store.table.together(
        *(
            lambda where=where: store.table.query(
                where, index="queue", select="COUNT", limit=MOST_COUNTED + 1
            )
            for where in partitions
        ),
    )
    return sum(page.count for page in pages)
