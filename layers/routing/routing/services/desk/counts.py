"""How many leads of an account stand where: counted in the indexes, without reading the leads."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.services.core.recent import Answered
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.desk.scope import Scope, scope
from routing.storage import keys
from routing.storage.appointments import AFTER_ALL
from routing.storage.heads import cooling
from routing.storage.heads import from_item as head_from
from routing.storage.presence import of_users
from routing.storage.registry import Queue
from routing.storage.table import Page

OF_ACCOUNTS = ("new", "held", "assigned", "open", "callback", "unmatched", "spent", "closed")
"""Standings of leads that no user owns, or that somebody gave to a branch."""
CLOSED = keys.in_standing("closed")
COOLING = "cooling"
MOST_PAGES = 20
"""Pages of 1 MB, some 8,000 leads each, in which one standing of one account is counted."""
MOST_OF_PLACES = 2
"""Of those whose entries themselves are answered."""
MOST_FURTHER = 300
"""Pages after the first ones, of all together."""
MOST_QUERIES = 8_000
"""First pages that an answer takes: a function makes some 700 a second, and has 20 seconds."""
ENTRIES = 100
"""Of an index, that cost as much as one more query."""


@dataclass(frozen=True, slots=True)
class Row:
    """Entries to count: each for `standing`, or where that is None as what its place says.

    read: a page after a place.
    """

    account: str
    standing: str | None
    read: Callable[[Mapping[str, str] | None], Page]

    @property
    def most(self) -> int:
        return MOST_PAGES if self.standing is not None else MOST_OF_PLACES


@dataclass(slots=True)
class Counted:
    """counts: by account and standing. more: what was counted up to the bound. cost: in queries."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    more: dict[str, set[str]] = field(default_factory=dict)
    cost: int = 0

    def add(self, row: Row, page: Page) -> None:
        counts = self.counts.setdefault(row.account, Counter())
        if row.standing is not None:
            counts[row.standing] += page.count
        else:
            counts.update(keys.standing_of(item) for item in page.items if keys.is_head(item))
        self.cost += 1 + page.count // ENTRIES

    def leave(self, row: Row, page: Page) -> None:
        """Nothing more is read of the row."""
        last = keys.standing_of(page.items[-1]) if page.items else row.standing or ""
        self.more.setdefault(row.account, set()).add(last)


def count(store: Store, rows: Iterable[Row]) -> Counted:
    """What the rows hold, all read side by side, page after page up to the bound."""
    found = Counted()
    rest: list[tuple[Row, Mapping[str, str] | None]] = [(row, None) for row in rows]
    turn, further = 0, 0
    while rest:
        pages = store.table.run_parallel(*(partial(row.read, after) for row, after in rest))
        turn += 1
        following = []
        for (row, _), page in zip(rest, pages, strict=True):
            found.add(row, page)
            if page.next is None:
                continue
            further += 1
            if turn < row.most and further <= MOST_FURTHER:
                following.append((row, page.next))
            else:
                found.leave(row, page)
        rest = following
    return found


def _of_owner(store: Store, account: str, standing: str | None, **terms: Any) -> Row:
    def read(after: Mapping[str, str] | None) -> Page:
        return store.table.query(account, index="owner", after=after, **terms)

    return Row(account, standing, read)


def of_standing(store: Store, account: str, standing: str) -> Row:
    return _of_owner(store, account, standing, begins=keys.in_standing(standing), select="COUNT")


def had_now(store: Store, user: str) -> Row:
    """What a user owns and is not done with, but what is on its way to them: few, and read by their places.

    A callback that they promised stands among them, whoever owns the lead: it is no lead of theirs.
    """
    return _of_owner(store, user, None, first=AFTER_ALL, last=CLOSED)


def _rows(store: Store, account: Account) -> list[Row]:
    if account.kind != "user":
        return [of_standing(store, account.id, standing) for standing in OF_ACCOUNTS]
    last = _of_owner(store, account.id, None, first=f"{CLOSED}~")
    return [had_now(store, account.id), of_standing(store, account.id, "closed"), last]


def _cooling(store: Store, accounts: Sequence[Account], now: datetime) -> dict[str, list[Row]]:
    """By owner, leads that cool down: in the owner's queues, behind those that are due."""
    owners = [each.id for each in accounts if each.kind != "user"]
    found = store.table.get_many(store.queues.keys_of(owners))
    entries = store.queues.refreshed(owners, found)

    def row(queue: Queue) -> Row:
        def read(after: Mapping[str, str] | None) -> Page:
            return store.table.query(
                keys.waiting(queue.triple),
                index="queue",
                first=keys.until(now),
                after=after,
                select="COUNT",
                only=cooling(now),
            )

        return Row(queue.owner, COOLING, read)

    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for each in map(Queue.of, sorted(entries)):
        rows[each.owner].append(row(each))
    return rows


def held_by(store: Store, presence: Mapping[str, Presence], now: datetime) -> dict[str, Head]:
    """The leads that users hold now, by the user: read, for there are no more of them than users."""
    leads = {user: found.lead for user, found in presence.items() if found.lead and found.holds(now)}
    items = store.table.get_many([keys.head(lead) for lead in leads.values()])
    heads = {
        user: head_from(items[keys.head(lead)]) for user, lead in leads.items() if keys.head(lead) in items
    }
    return {user: head for user, head in heads.items() if _is_with(user, head, now)}


def _is_with(user: str, head: Head, now: datetime) -> bool:
    lease = head.lease_at(now)
    return lease is not None and lease.holder == user


def by_owner(heads: Iterable[Head]) -> dict[str, list[Head]]:
    found: dict[str, list[Head]] = {}
    for each in heads:
        found.setdefault(each.owner, []).append(each)
    return found


def by_status(counts: Counter[str], held: Iterable[Head]) -> dict[str, int]:
    """Counts by status, of counts by standing. held: the account's leads that somebody holds now.

    Indexes lag a moment: none is below zero.
    """
    found = Counter(counts)
    for each in held:
        found[each.standing] -= 1
        found["leased"] += 1
    found["ready"] += found.pop("open", 0) - found[COOLING]
    return {status: number for status, number in sorted(found.items()) if number > 0}


MORE_OF = {"open": "ready", COOLING: COOLING}


def body(counted: Counted, account: str, held: Iterable[Head]) -> dict[str, Any]:
    """`counts`; and in `more` which of them are at least so many, where some were not counted to their end."""
    found: dict[str, Any] = {"counts": by_status(counted.counts.get(account, Counter()), held)}
    more = {MORE_OF.get(each, each) for each in counted.more.get(account, ())}
    return found | ({"more": sorted(more)} if more else {})


def counts(store: Store, user: str, below: str | None, now: datetime) -> dict[str, Any]:
    """Leads by owner and status, at an account in the asker's charge and below it."""
    company = store.configuration.load().company
    asked = scope(user, below, company)
    question = ("counts", asked.below, company.version)
    return store.recent.answer(question, now, lambda: _counts(store, asked, company, now))


def _counts(store: Store, asked: Scope, company: Company, now: datetime) -> Answered:
    everybody = sum(each.kind == "user" for each in company.tree)
    presence = of_users(store.table, [each.id for each in asked.users], everybody)
    cooling_down = _cooling(store, asked.accounts, now)
    rows: list[Row] = []
    shown: list[Account] = []
    for each in asked.accounts:
        own = [*_rows(store, each), *cooling_down.get(each.id, ())]
        if shown and len(rows) + len(own) > MOST_QUERIES:
            break
        rows += own
        shown.append(each)
    counted = count(store, rows)
    held = by_owner(held_by(store, presence, now).values())
    items = [
        {"account": each.id, "name": each.name, **body(counted, each.id, held.get(each.id, ()))}
        for each in shown
    ]
    is_whole = asked.is_whole and len(shown) == len(asked.accounts)
    answer = {"items": items, "as_of": time(now), **({} if is_whole else {"more": True})}
    return Answered(answer, counted.cost, now)
