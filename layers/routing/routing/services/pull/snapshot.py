"""The front of the queues that serve a user, read side by side and merged as far as a pull needs."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.domain.pull import ANY_HOURS
from routing.domain.pull_choice import (
    MOST_CLOSED,
    MOST_DUE,
    MOST_LOOKED_AT,
    MOST_STALE,
    Choice,
    KeptBack,
    Lendable,
    NeedMore,
    Unread,
    after_rank,
    choose,
    judged,
    rank_in,
)
from routing.domain.pull_limits import reached
from routing.domain.spread import MOST
from routing.services.core.idempotency import Once
from routing.services.core.store import Store
from routing.services.people.presence import noted
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.presence import from_item as presence_from
from routing.storage.registry import Queue
from routing.storage.table import Item, Page

PAGE = MOST
"""As many as a pull picks among in a crowd: with fewer it would lose more claims."""
LARGEST_PAGE = MOST_LOOKED_AT
LONG = 2 * PAGE
"""So many closed entries of a queue are to stand aside."""
PROMISED = 64
"""The user's own due callbacks that are looked at together."""
PROMISED_PAGE = 1000
PROMISED_PAGES = 3
"""How many pages of their places are read, where no callback of the first may be lent."""
FIRST_PAGE = 10
"""What is read of each queue at first: mostly its first lead is taken, and the more is read the longer it takes."""


@dataclass(slots=True)
class Side:
    """The ready or the waiting side of a queue, and how far it has been read.

    last: the waiting side is read up to what is due; None is the ready side. rest: where to read on, None at the end.
    tail: the rest is after this key. looked_at: so many entries of `rank`, the last one met, without
    closed and stale ones. closed, stale: so many of those, since any were passed over.
    """

    queue: Queue
    partition: str
    last: str | None
    rest: Mapping[str, Any] | None = field(default_factory=dict)
    tail: str = ""
    pages: int = 0
    read: int = 0
    rank: str = ""
    looked_at: int = 0
    closed: int = 0
    stale: int = 0
    is_long: bool = False

    @property
    def most(self) -> int:
        """How many entries the next page may have: no more than are looked at."""
        if self.last is None:
            return MOST_LOOKED_AT - self.looked_at
        return MOST_DUE - self.read if self.read < MOST_DUE else LARGEST_PAGE

    def passes(self, key: str, *, is_closed: bool, is_stale: bool) -> None:
        """Note an entry that has been read. is_stale: it was filed under an earlier set-up, and is about to move."""
        self.read += 1
        self.tail = key
        if self.rank != rank_in(key):
            self.rank, self.looked_at = rank_in(key), 0
        if is_closed:
            self.closed += 1
        elif is_stale:
            self.stale += 1
        else:
            self.looked_at += 1

    def ends_page(self, page: Page) -> bool:
        """Note the end of a page. Whether enough of the last rank has been seen, so that its rest is passed over."""
        self.pages += 1
        self.rest = None if page.next is None else {"after": page.next}
        # With some strategies that keep no calling hours, what is closed to this user may be open to others.
        can_park = self.last is None and self.queue.group != ANY_HOURS
        self.is_long |= can_park and self.closed >= LONG
        is_closed = can_park and self.closed >= MOST_CLOSED
        has_seen_enough = is_closed or self.looked_at >= MOST_LOOKED_AT or self.stale >= MOST_STALE
        if self.rest is None or self.last is not None or not has_seen_enough:
            return False
        self.tail = after_rank(self.rank)
        self.rest = {"first": self.tail}
        self.looked_at = self.closed = self.stale = 0
        return True


@dataclass(slots=True)
class Front:
    """What the first round trip of a pull reads, and the leads found in it that the user may have.

    reached: the strategies whose limit of pulls the user has reached, and until when. kept_back: for each reason why
    a lead that was found may not be lent to the user, until when, lead by lead. has_skipped: there are more than
    these. closed: the queues of zone groups in which nothing may be called now; they are not read. callbacks: the
    user's own that are due, page by page.
    """

    user: str
    record_type: str | None
    now: datetime
    company: Company
    presence: Presence
    queues: list[Queue]
    closed: list[Queue]
    callbacks: Callable[[], Iterator[list[str]]]
    answered: Item | None
    reached: Mapping[str, datetime | None]
    sides: list[Side] = field(default_factory=list)
    found: dict[str, Lendable] = field(default_factory=dict)
    kept_back: dict[str, list[datetime | None]] = field(default_factory=lambda: defaultdict(list))
    has_skipped: bool = False

    def take(self, side: Side, page: Page) -> None:
        """Take in a page of a side: the leads that are due and that some strategy serves to the user."""
        for item in page.items:
            head = head_from(item)
            found = judged(head, self.user, self.company, self.reached, self.now)
            is_closed = isinstance(found, KeptBack) and found.reason == "calling_hours"
            is_stale = head.filing_version != self.company.filing_version
            side.passes(keys.place_in_queue(item), is_closed=is_closed, is_stale=is_stale)
            known = self.found.get(head.id)
            if known is not None and known.head.version >= head.version:
                continue
            match found:
                case Lendable() as candidate:
                    self.found[head.id] = candidate
                case KeptBack(reason, until):
                    self.kept_back[reason].append(until)
        if side.ends_page(page):
            self.has_skipped = True


def read(store: Store, user: str, record_type: str | None, now: datetime, once: Once | None) -> Front:
    """One round trip; one more when the registry or the set-up has moved on since the container last looked."""
    company = store.configuration.held or store.configuration.load().company
    owners = company.tree.lineage(user)[1:]
    planned, _ = serving_queues(store.queues.known_of(owners), user, record_type, company, now)
    due = keys.until(now)
    listed = store.queues.keys_of(owners)
    wanted = [keys.VERSION, keys.presence(user), *listed, *([once.key] if once else [])]
    sides = _sides(planned, due)
    promised = keys.due_callbacks(now)
    callbacks, found, *pages = store.table.run_parallel(
        lambda: store.table.query(
            user, index="owner", first=promised[0], last=promised[1], limit=PROMISED_PAGE
        ),
        lambda: store.table.get_many(wanted),
        *(_page(store, side) for side in sides),
    )
    confirmed = store.configuration.current(found.get(keys.VERSION))
    owners = confirmed.tree.lineage(user)[1:]
    if unread := [each for each in store.queues.keys_of(owners) if each not in listed]:
        found |= store.table.get_many(unread)
    known = store.queues.refreshed(owners, found)
    serving, closed = serving_queues(known, user, record_type, confirmed, now)
    missing = _sides([each for each in serving if each not in planned], due)
    sides += missing
    pages += store.table.run_parallel(*(_page(store, side) for side in missing))
    presence = presence_from(found.get(keys.presence(user), {}))
    noted(store, user, presence)
    front = Front(
        user=user,
        record_type=record_type,
        now=now,
        company=confirmed,
        presence=presence,
        queues=serving,
        closed=closed,
        callbacks=partial(_promised, store, user, promised, callbacks),
        answered=found.get(once.key) if once else None,
        reached=reached(confirmed, presence.pulls, now),
        sides=sides,
    )
    for side, page in zip(sides, pages, strict=True):
        front.take(side, page)
    return front


def _promised(store: Store, user: str, between: tuple[str, str], page: Page) -> Iterator[list[str]]:
    """The leads of a user's callbacks that are due, a few at a time, the earliest first.

    page: the first of their places, among which promised leads stand that the user owns.
    """
    for _ in range(PROMISED_PAGES):
        leads = [keys.named(item) for item in page.items if keys.is_callback(item)]
        for at in range(0, len(leads), PROMISED):
            yield leads[at : at + PROMISED]
        if page.next is None:
            return
        page = store.table.query(
            user, index="owner", first=between[0], last=between[1], after=page.next, limit=PROMISED_PAGE
        )


def serving_queues(
    known: Iterable[str], user: str, record_type: str | None, company: Company, now: datetime
) -> tuple[list[Queue], list[Queue]]:
    """The queues that serve the user: where something may be called now, and the others.

    known: those of the owners above them.
    """
    lineage = company.tree.lineage(user)
    serving = [
        each
        for each in map(Queue.of, sorted(known))
        if each.may_serve(lineage, company) and record_type in (None, each.record_type)
    ]
    groups = {each.group for each in serving}
    is_open = {each: each == ANY_HOURS or company.calling_hours.may_be_open(each, now) for each in groups}
    opened = [each for each in serving if is_open[each.group]]
    return opened, [each for each in serving if not is_open[each.group]]


def _sides(queues: Sequence[Queue], due: str) -> list[Side]:
    return [
        side
        for queue in queues
        for side in (
            Side(queue, keys.ready(queue.triple), None),
            Side(queue, keys.waiting(queue.triple), due),
        )
    ]


def _page(store: Store, side: Side, *, more: bool = False) -> Callable[[], Page]:
    # Each page more is a trip more: a long row of leads that are closed for the evening is read in few.
    further = min(LARGEST_PAGE, PAGE * 2 ** max(0, side.pages - 1))
    size = further if more else min(PAGE, max(FIRST_PAGE, 2 * store.spread.size))
    return partial(
        store.table.query,
        side.partition,
        index="queue",
        last=side.last,
        limit=min(size, side.most),
        **(side.rest or {}),
    )


def candidates(store: Store, front: Front, passed: set[str]) -> Sequence[Lendable]:
    """The leads to pick among (`choose`), with as much read for it as that takes. passed: those that cannot be had."""
    while True:
        open_to_user = [each for each in front.found.values() if version_of(each.head) not in passed]
        unread = [each for each in front.sides if each.rest is not None]
        rests = [Unread(each.tail, in_order_of_time=each.last is not None, read=each.read) for each in unread]
        match choose(open_to_user, front.user, rests):
            case Choice(among):
                return among
            case NeedMore(of):
                behind = [unread[at] for at in of]
                pages = store.table.run_parallel(*(_page(store, side, more=True) for side in behind))
                for side, page in zip(behind, pages, strict=True):
                    front.take(side, page)


def version_of(head: Head) -> str:
    return f"{head.id}@{head.version}"
