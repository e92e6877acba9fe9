"""Why there is nothing to pull: in counts, and with the time at which each reason first ends."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.heads import Head
from routing.domain.pull import next_lent, serving_strategy
from routing.services.core import views
from routing.services.core.store import Store
from routing.services.pull.snapshot import Front
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.registry import Queue
from routing.storage.table import Page

MOST_COUNTED = 1000
NO_HOURS = ("reserved", "own_limit", "calling_hours", "phone_lent")
"""Reasons whose ends are as they stand, or have calling hours counted already."""


def why_empty(store: Store, front: Front) -> dict[str, Any]:
    """The answer of a pull that found no lead: `why`, and `retry_at` when a time is known."""
    later = keys.callbacks_to_come(front.now)
    own, *pages = store.table.run_parallel(
        lambda: store.table.query(
            front.user,
            index="owner",
            first=later[0],
            last=later[1],
            limit=MOST_COUNTED,
        ),
        *_reads(store, front),
    )
    found = _Found(front, untils=defaultdict(list, {kind: [*each] for kind, each in front.kept_back.items()}))
    for item in (item for page in pages for item in page.items):
        found.count(head_from(item))
    found.untils["reserved"] += [keys.since_of(item) for item in own.items if keys.is_callback(item)]
    is_more = any(page.next is not None for page in (own, *pages))
    why = [_reason(kind, len(each), is_more, each) for kind, each in found.untils.items() if each]
    lineage = front.company.tree.lineage(front.user)[1:]
    serving = {queue.triple for queue in (*front.queues, *front.closed)}
    others = [
        queue.triple
        for queue in map(Queue.of, sorted(store.queues.known_of(lineage)))
        if queue.triple not in serving and front.record_type in (None, queue.record_type)
    ]
    spent = _count(store, [keys.spent(owner) for owner in lineage])
    if spent:
        why.append(_reason("spent", spent, False, ()))
    unmatched = _count(store, lineage, index="owner", begins=keys.in_standing("unmatched"))
    if unmatched:
        why.append(_reason("unmatched", unmatched, False, ()))
    unserved = _count(store, [side(triple) for triple in others for side in (keys.ready, keys.waiting)])
    if unserved or not _has_strategy(front):
        why.append(_reason("no_strategy", unserved, False, ()))
    body: dict[str, Any] = {"lead": None, "why": why}
    times = [*found.retries, *(each for kind in NO_HOURS for each in found.untils[kind] if each is not None)]
    if times:
        body["retry_at"] = views.time(min(times))
    return body


def _has_strategy(front: Front) -> bool:
    """Whether some enabled pull strategy names the user, directly or by an account above."""
    lineage = front.company.tree.lineage(front.user)
    return any(
        each.enabled
        and front.record_type in (None, each.record_type)
        and not set(each.recipients).isdisjoint(lineage)
        for each in front.company.pull_strategies.values()
    )


def _reads(store: Store, front: Front) -> list[Callable[[], Page]]:
    """What the pull itself did not look at: leads that wait, and all of the zone groups that are closed."""
    after_now = keys.until(front.now)
    opened = [(keys.waiting(each.triple), after_now) for each in front.queues]
    closed = [(side(each.triple), None) for each in front.closed for side in (keys.ready, keys.waiting)]
    return [
        partial(store.table.query, partition, index="queue", first=first, limit=MOST_COUNTED)
        for partition, first in (*opened, *closed)
    ]


@dataclass(slots=True)
class _Found:
    """untils: by reason, when it ends for each lead. retries: when each could be lent, its calling hours counted."""

    front: Front
    untils: dict[str, list[datetime | None]]
    retries: list[datetime] = field(default_factory=list)

    def count(self, head: Head) -> None:
        front = self.front
        strategy = serving_strategy(head.matched, front.user, head.owner, front.company)
        if strategy is None or head.callback_for == front.user:
            return
        allowed = serving_strategy(head.matched, front.user, head.owner, front.company, front.reached)
        due = head.due if head.due is not None and head.due > front.now else None
        lent = next_lent(head.calling_class, strategy, head.owner, front.company, due or front.now)
        if due is None:
            self.untils["calling_hours"].append(lent)
        else:
            self.untils[_kind(head, front.now)].append(due)
        limit = front.now if allowed is not None else front.reached[strategy.id]
        if lent is not None and limit is not None:
            self.retries.append(max(lent, limit))


def _kind(head: Head, now: datetime) -> str:
    if head.over_call_limit:
        return "call_limit"
    if head.lease_at(now) is not None:
        return "leased"
    return "reserved" if head.callback_for is not None else "cooling"


def _reason(kind: str, count: int, is_more: bool, untils: Sequence[datetime | None]) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": kind, "count": min(count, MOST_COUNTED)}
    first = min((each for each in untils if each is not None), default=None)
    if first is not None:
        found["until"] = views.time(first)
    if is_more or count > MOST_COUNTED:
        found["more"] = True
    return found


def _count(
    store: Store, partitions: Sequence[str], *, index: str = "queue", begins: str | None = None
) -> int:
    pages = store.table.run_parallel(
        *(
            lambda where=where: store.table.query(
                where, index=index, begins=begins, select="COUNT", limit=MOST_COUNTED + 1
            )
            for where in partitions
        ),
    )
    return sum(page.count for page in pages)
