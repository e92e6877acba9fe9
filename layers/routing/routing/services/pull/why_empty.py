"""Why there is nothing to pull: in counts, and with the time at which each reason first ends."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from routing.storage.table import Item

MOST_COUNTED = 1000
SIDES = (keys.ready, keys.waiting)
SOON = timedelta(minutes=1)
"""By then what is closed stands aside, and what is behind it can be seen."""
NO_HOURS = ("reserved", "own_limit", "calling_hours", "phone_lent")
"""Reasons whose ends are as they stand, or have calling hours counted already."""


def why_empty(store: Store, front: Front) -> dict[str, Any]:
    """The answer of a pull that found no lead: `why`, and `retry_at` when a time is known."""
    lineage = front.company.tree.lineage(front.user)[1:]
    read = _read(store, _rows(store, front, lineage))
    found = _Found(front, untils=defaultdict(list, {kind: [*each] for kind, each in front.kept_back.items()}))
    for item in read["lead"].items:
        found.count(head_from(item))
    found.untils["reserved"] += [keys.since_of(item) for item in read["own"].items if keys.is_callback(item)]
    is_more = front.has_skipped or read["lead"].is_more or read["own"].is_more
    why = [_reason(kind, len(each), is_more, each) for kind, each in found.untils.items() if each]
    for kind in ("spent", "unmatched", "no_strategy"):
        count = read[kind].count
        if count or (kind == "no_strategy" and not _has_strategy(front)):
            why.append(_reason(kind, count, read[kind].is_more, ()))
    body: dict[str, Any] = {"lead": None, "why": why}
    times = [*found.retries, *(each for kind in NO_HOURS for each in found.untils[kind] if each is not None)]
    if read["lead"].is_more:  # what was not read may be had as soon as anything of its zone group
        hours = front.company.calling_hours
        groups = {each.group for each in front.closed}
        times += [opens for each in groups if (opens := hours.may_open(each, front.now)) is not None]
    if front.has_skipped and any(each.is_long for each in front.sides):
        times.append(front.now + SOON)
    if times:
        body["retry_at"] = views.time(min(times))
    return body


@dataclass(frozen=True, slots=True)
class _Row:
    """Entries of an index, and what they are counted as. terms: those of `query`."""

    kind: str
    partition: str
    terms: Mapping[str, Any]


@dataclass(slots=True)
class _Read:
    items: list[Item] = field(default_factory=list)
    count: int = 0

    @property
    def is_more(self) -> bool:
        return self.count > MOST_COUNTED


def _rows(store: Store, front: Front, lineage: Sequence[str]) -> list[_Row]:
    """What the pull itself did not look at: leads that wait, all of the zone groups that are closed, and what is in
    none of the user's queues.
    """
    opened, closed = [each.triple for each in front.queues], [each.triple for each in front.closed]
    others = [
        queue.triple
        for queue in map(Queue.of, sorted(store.queues.known_of(lineage)))
        if queue.triple not in (*opened, *closed) and front.record_type in (None, queue.record_type)
    ]
    to_come = keys.callbacks_to_come(front.now)
    count = {"select": "COUNT"}
    return [
        _Row("own", front.user, {"index": "owner", "first": to_come[0], "last": to_come[1]}),
        *(
            _Row("lead", keys.waiting(each), {"index": "queue", "first": keys.until(front.now)})
            for each in opened
        ),
        *(_Row("lead", side(each), {"index": "queue"}) for each in closed for side in SIDES),
        *(_Row("no_strategy", side(each), {"index": "queue", **count}) for each in others for side in SIDES),
        *(
            _Row(standing, owner, {"index": "owner", "begins": keys.in_standing(standing), **count})
            for standing in ("spent", "unmatched")
            for owner in lineage
        ),
    ]


def _read(store: Store, rows: Sequence[_Row]) -> dict[str, _Read]:
    """What the rows hold, by kind; of each kind one more than is counted, however many rows it has.

    Rows of a kind are read side by side, in shares; what some do not need goes to the others.
    """
    read: dict[str, _Read] = defaultdict(_Read)
    rest: list[tuple[_Row, Mapping[str, str] | None]] = [(row, None) for row in rows]
    while rest:
        of_kind = Counter(row.kind for row, _ in rest)
        shares = {
            kind: max(1, (MOST_COUNTED + 1 - read[kind].count) // number) for kind, number in of_kind.items()
        }
        pages = store.table.run_parallel(
            *(
                partial(store.table.query, row.partition, after=after, limit=shares[row.kind], **row.terms)
                for row, after in rest
            )
        )
        for (row, _), page in zip(rest, pages, strict=True):
            read[row.kind].items += page.items
            read[row.kind].count += page.count
        rest = [
            (row, page.next)
            for (row, _), page in zip(rest, pages, strict=True)
            if page.next is not None and not read[row.kind].is_more
        ]
    return read


def _has_strategy(front: Front) -> bool:
    """Whether some enabled pull strategy names the user, directly or by an account above."""
    lineage = front.company.tree.lineage(front.user)
    return any(
        each.enabled
        and front.record_type in (None, each.record_type)
        and not set(each.recipients).isdisjoint(lineage)
        for each in front.company.pull_strategies.values()
    )


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
