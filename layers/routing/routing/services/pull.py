"""Pull: the most important ready lead, lent to one user.

Two serial round trips. The first reads, side by side, the user's slot, the registry of queues, the version of the
set-up, and the front of every queue that serves the user. The second takes the slot and the lead in one transaction.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from routing.domain import heads
from routing.domain.company import Company
from routing.domain.heads import Head, Lease
from routing.domain.intervals import whole_second
from routing.domain.presence import Presence
from routing.domain.pull import depends_on_pull_count, serving_strategy, with_pull_count
from routing.domain.strategies import PullStrategy
from routing.services import filing, render
from routing.services.idempotency import Answer, Once, answered_once
from routing.services.presence import noted, release_held
from routing.services.store import Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, event, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.presence import take_slot
from routing.storage.table import CHANCE, ConditionFailed, Contended, Item, Page, Write

PAGE = 50
MOST_COUNTED = 1000
MOST_SPREAD = 64
ATTEMPTS = 40
CALLBACK_LEASE = timedelta(minutes=15)


@dataclass(slots=True)
class _Queue:
    """One side of one queue as far as it has been read, in order."""

    partition: str
    last: str | None
    page: Page


@dataclass(slots=True)
class _Front:
    """What the first round trip read."""

    company: Company
    presence: Presence
    queues: list[_Queue]
    callbacks: list[str]
    answered: Item | None


def pull(store: Store, user: str, record_type: str | None, now: datetime, once: Once | None = None) -> Answer:
    """Lend the user the best lead, or answer why there is none. Pulling while holding answers the same lead."""
    passed: set[str] = set()
    for _ in range(ATTEMPTS):
        front = _read(store, user, now, once)
        if once and (given := once.answered(front.answered, now)):
            return given
        if front.presence.holds(now):
            held = _held(store, front.presence, now)
            if held is not None:
                return held
            continue
        for head, strategy in _callbacks(store, front, user, record_type, now):
            answer = _claim(store, user, head, strategy, front, now, once)
            if isinstance(answer, Answer):
                return answer
        outcome = _serve(store, front, user, record_type, passed, now, once)
        if outcome is not None:
            return outcome
    raise Contended


def _serve(
    store: Store,
    front: _Front,
    user: str,
    record_type: str | None,
    passed: set[str],
    now: datetime,
    once: Once | None,
) -> Answer | None:
    """Claim candidates until one is won. None: read the queues again, something in them was out of date."""
    while True:
        among = _candidates(store, front, user, record_type, passed, now)
        if not among:
            return _nothing(store, front, user, now, once)
        head, strategy = CHANCE.choice(among[: store.spread])
        if head.filing_version != front.company.filing_version or (
            head.valid_until and head.valid_until <= now
        ):
            if not _confirm(store, head, front.company, now):
                return None
            head = replace(head, filing_version=front.company.filing_version)
        answer = _claim(store, user, head, strategy, front, now, once)
        if isinstance(answer, Answer):
            store.spread = max(1, store.spread // 2)
            return answer
        if answer == "slot":
            return None
        store.spread = min(MOST_SPREAD, store.spread * 2)
        passed.add(f"{head.id}@{head.version}")


def _read(store: Store, user: str, now: datetime, once: Once | None) -> _Front:
    company = store.configuration.held or store.configuration.load().company
    triples = _visible(store.queues.known, user, company)
    wanted = [keys.VERSION, keys.presence(user), keys.REGISTRY, *([once.key] if once else [])]
    due = f"{keys.sortable(now)}~"
    callback_page, found, *pages = store.table.together(
        lambda: store.table.query(user, index="owner", first="callback#", last=f"callback#{due}"),
        lambda: store.table.get_many(wanted),
        *_queries(store, triples, due),
    )
    queues = _queues(triples, due, pages)
    presence = presence_from(found.get(keys.presence(user), {}))
    noted(store, user, presence)
    confirmed = store.configuration.current(found.get(keys.VERSION))
    known = store.queues.refreshed(found.get(keys.REGISTRY))
    visible = _visible(known, user, confirmed)
    if set(visible) != set(triples):
        missing = [each for each in visible if each not in set(triples)]
        queues = [each for each in queues if each.partition.split("#", 1)[1] in set(visible)]
        if missing:
            queues += _queues(missing, due, store.table.together(*_queries(store, missing, due)))
    return _Front(
        confirmed,
        presence,
        queues,
        [item["PK"].split("#", 1)[1] for item in callback_page.items if item["SK"] == keys.CALLBACK],
        found.get(once.key) if once else None,
    )


def _visible(known: Iterable[str], user: str, company: Company) -> list[str]:
    """The triples whose pool serves the user, whose owner is above them."""
    lineage = set(company.tree.lineage(user))
    found = []
    for entry in sorted(known):
        triple, _, accounts = entry.rpartition("#")
        owner = triple.split("#", 1)[0]
        if owner in lineage and owner != user and lineage.intersection(accounts.split(",")):
            found.append(triple)
    return found


def _queries(store: Store, triples: Sequence[str], due: str) -> list[Any]:
    return [
        call
        for triple in triples
        for call in (
            lambda triple=triple: store.table.query(keys.ready(triple), index="queue", limit=PAGE),
            lambda triple=triple: store.table.query(
                keys.waiting(triple), index="queue", last=due, limit=PAGE
            ),
        )
    ]


def _queues(triples: Sequence[str], due: str, pages: Sequence[Page]) -> list[_Queue]:
    partitions = [
        pair for triple in triples for pair in ((keys.ready(triple), None), (keys.waiting(triple), due))
    ]
    return [_Queue(where, last, page) for (where, last), page in zip(partitions, pages, strict=True)]


def _candidates(
    store: Store, front: _Front, user: str, record_type: str | None, passed: set[str], now: datetime
) -> list[tuple[Head, PullStrategy]]:
    """The leads of the best rank that this user may pull, in order; who held one last comes after the others.

    Reads on until no unread lead could come before the first, or be of its rank when the user held all of those.
    """
    while True:
        found = _acceptable(front, user, record_type, passed, now)
        best_rank = _rank(found[0][0]) if found else None
        same = [each for each in found if _rank(each[0]) == best_rank]
        fresh = [each for each in same if each[0].last_holder != user]
        unread = [each for each in front.queues if each.page.next is not None]
        behind = [each for each in unread if not fresh or _may_precede(each, fresh[0][0])]
        if not behind:
            return fresh or same
        pages = store.table.together(
            *(
                lambda each=each: store.table.query(
                    each.partition, index="queue", last=each.last, after=each.page.next, limit=PAGE
                )
                for each in behind
            )
        )
        for each, page in zip(behind, pages, strict=True):
            each.page = Page(each.page.items + page.items, 0, page.next)


def _may_precede(queue: _Queue, head: Head) -> bool:
    """Whether the unread rest of a queue could hold a lead that goes before this one."""
    if queue.last is not None:  # the waiting side is in order of time, so any of it could
        return True
    return bool(queue.page.items[-1]["QSK"] < f"{head.ready_key}#{head.id}") if queue.page.items else True


def _acceptable(
    front: _Front, user: str, record_type: str | None, passed: set[str], now: datetime
) -> list[tuple[Head, PullStrategy]]:
    found: dict[str, tuple[Head, PullStrategy]] = {}
    for queue in front.queues:
        for item in queue.page.items:
            head = head_from(item)
            if (head.due is not None and head.due > now) or f"{head.id}@{head.version}" in passed:
                continue
            if record_type is not None and head.record_type != record_type:
                continue
            strategy = serving_strategy(head.matched, user, head.owner, front.company)
            if strategy is not None and (head.id not in found or found[head.id][0].version < head.version):
                found[head.id] = (head, strategy)
    return sorted(found.values(), key=lambda each: f"{each[0].ready_key}#{each[0].id}")


def _rank(head: Head) -> str:
    return (head.ready_key or "").split("#", 1)[0]


def _confirm(store: Store, head: Head, company: Company, now: datetime) -> bool:
    """Whether a lead that was filed under an earlier set-up, or before an age was reached, still stands there."""
    found = filing.read_candidates(store.table, [head.id])
    if not found or found[0].head.version != head.version:
        return True  # the index lags behind the table: the claim's own condition decides
    if filing.still_holds(found[0], company, now):
        return True
    filing.refile(store, [head.id], now)
    return False


def _callbacks(
    store: Store, front: _Front, user: str, record_type: str | None, now: datetime
) -> list[tuple[Head, PullStrategy | None]]:
    """The user's own callbacks that are due, the earliest first."""
    if not front.callbacks:
        return []
    found = store.table.get_many([keys.head(lead) for lead in front.callbacks])
    mine = [head_from(found[key]) for lead in front.callbacks if (key := keys.head(lead)) in found]
    return [
        (head, serving_strategy(head.matched, user, head.owner, front.company))
        for head in mine
        if head.callback_for == user
        and head.callback_at is not None
        and head.callback_at <= now
        and (record_type is None or head.record_type == record_type)
    ]


def _claim(
    store: Store,
    user: str,
    head: Head,
    strategy: PullStrategy | None,
    front: _Front,
    now: datetime,
    once: Once | None,
) -> Answer | str:
    """Try to lend one lead. The answer; or what stood in the way: `slot` (the user holds another) or `lead`."""
    company = front.company
    expires = whole_second(now + (strategy.lease if strategy else CALLBACK_LEASE))
    intake, submitted = head.submission
    token = f"{head.version + 1}~{intake}~{submitted}~{secrets.token_urlsafe(12)}"
    granted = Lease(token, user, strategy.id if strategy else "", expires)
    after = heads.advanced(head, heads.claimed(head, granted), now)
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
        writes.append(_not_suppressed(head.phone_key))
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
            _close_suppressed(store, head, now)
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


def _not_suppressed(phone_key: str) -> Write:
    return Write("ConditionCheck", key=keys.contact(phone_key), condition="attribute_not_exists(suppressed)")


def _close_suppressed(store: Store, head: Head, now: datetime) -> None:
    """A lead whose phone is on the do-not-call list leaves the queue."""
    after = heads.advanced(head, heads.closed(head), now)
    detail = {"reason": "do_not_call", "owner": after.owner, "status": "closed"}
    writes = [replace_head(head, after, now), event(head.id, after.version, "closed", now, detail)]
    if head.callback_for:
        writes.append(Write("Delete", key=keys.callback(head.id)))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return


def _held(store: Store, presence: Presence, now: datetime) -> Answer | None:
    """The lead that the user holds, once more. None when its slot and its head no longer agree."""
    found = filing.read_candidates(store.table, [presence.lead or ""])
    if not found or found[0].head.lease is None or found[0].head.lease.token != presence.lease_token:
        return None
    head = found[0].head
    granted = found[0].head.lease
    reason = {"strategy": granted.strategy or None, "why": "already_held", "matched": list(head.matched)}
    return _lent(head, found[0].submission, granted, reason, now)


def _nothing(store: Store, front: _Front, user: str, now: datetime, once: Once | None) -> Answer:
    """Why there is nothing to pull, in counts and times."""
    why: list[dict[str, Any]] = []
    lineage = front.company.tree.lineage(user)[1:]
    triples = [each.partition.split("#", 1)[1] for each in front.queues if each.partition.startswith("WAIT#")]
    others = [
        triple
        for entry in store.queues.known
        if (triple := entry.rpartition("#")[0]).split("#", 1)[0] in lineage and triple not in triples
    ]
    after_now = f"{keys.sortable(now)}~"
    pages = store.table.together(
        *(
            lambda triple=triple: store.table.query(
                keys.waiting(triple), index="queue", first=after_now, limit=MOST_COUNTED
            )
            for triple in triples
        ),
    )
    waiting = [(head_from(item), page.next is not None) for page in pages for item in page.items]
    kinds = {
        "leased": [each for each in waiting if each[0].lease is not None],
        "reserved": [each for each in waiting if each[0].standing == "callback"],
        "cooling": [each for each in waiting if each[0].lease is None and each[0].standing != "callback"],
    }
    for reason, found in kinds.items():
        dues = [head.due for head, _ in found if head.due is not None]
        if found:
            entry = {
                "reason": reason,
                "count": min(len(found), MOST_COUNTED),
                "until": render.time(min(dues)),
            }
            if len(found) > MOST_COUNTED or any(more for _, more in found):
                entry["more"] = True
            why.append(entry)
    spent = _count(store, [f"SPENT#{owner}" for owner in lineage])
    unserved = _count(store, [keys.ready(triple) for triple in others])
    why += [
        {
            "reason": reason,
            "count": min(count, MOST_COUNTED),
            **({"more": True} if count > MOST_COUNTED else {}),
        }
        for reason, count in (("spent", spent), ("no_strategy", unserved))
        if count
    ]
    body: dict[str, Any] = {"lead": None, "why": why}
    times = [each["until"] for each in why if "until" in each]
    if times:
        body["retry_at"] = min(times)
    return answered_once(store.table, once, now, lambda: Answer(200, body))


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
