"""Why there is nothing to pull: in counts, and with the time at which each reason first ends."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from routing.services import render
from routing.services.front import Front
from routing.services.store import Queue, Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from

MOST_COUNTED = 1000


def why_nothing(store: Store, front: Front) -> dict[str, Any]:
    """The answer of a pull that found no lead: `why`, and `retry_at` when a time is known."""
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
    reasons: dict[str, list[datetime | None]] = defaultdict(list)
    for head in (head_from(item) for page in pages for item in page.items):
        if head.due is not None and head.callback_for != front.user:
            reasons["leased" if head.lease else "reserved" if head.callback_for else "cooling"].append(
                head.due
            )
    reasons["reserved"] += [
        keys.instant(item["OSK"].split("#")[1]) for item in own.items if item["SK"] == keys.CALLBACK
    ]
    for kind, untils in front.kept_back.items():
        reasons[kind] += untils
    is_more = any(page.next is not None for page in (own, *pages))
    why = [_reason(kind, len(untils), is_more, untils) for kind, untils in reasons.items() if untils]
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
            why.append(_reason(kind, count, False, ()))
    body: dict[str, Any] = {"lead": None, "why": why}
    times = [each["until"] for each in why if "until" in each]
    if times:
        body["retry_at"] = min(times)
    return body


def _reason(kind: str, count: int, is_more: bool, untils: Sequence[datetime | None]) -> dict[str, Any]:
    found: dict[str, Any] = {"reason": kind, "count": min(count, MOST_COUNTED)}
    first = min((each for each in untils if each is not None), default=None)
    if first is not None:
        found["until"] = render.time(first)
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
