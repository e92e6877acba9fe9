"""Why leads are held: what stops each recipient of the strategies that want them, as it is now.

A lead's decision tells what stopped them when it came; by now others may be there, or gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain import push
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.domain.push import Needs, could_place, current, limit_reason, own_reason
from routing.domain.strategies import PushStrategy
from routing.domain.strategy_state import StrategyState
from routing.services.core.recent import Answered
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.desk import counts
from routing.services.desk.scope import Scope, scope
from routing.services.push.route import read
from routing.storage import keys, signatures
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, is_lead, lead_of, submission_from
from routing.storage.presence import of_users
from routing.storage.table import Page

MOST_REASONS = 50
"""That one lead is shown with."""
MOST_ACCOUNTS = 50
"""Of one reason in a summary."""
MOST_SIGNATURES = 500
MOST_PLACES = 5_000
"""Places of held leads that a summary reads for those that no signature finds."""
MOST_KINDS = 100
"""Of these: by how many different sets of strategies they are judged."""

Strategies = frozenset[str]


@dataclass(frozen=True, slots=True)
class Reason:
    """What stops a recipient of a strategy; neither, where the decision itself could not be made."""

    strategy: str | None
    account: str | None
    reason: str


class Present:
    """Strategies' states and who is there, as read when they were first asked for."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store = store
        self._now = now
        self._states: dict[str, StrategyState] = {}
        self._presence: dict[str, Presence] = {}
        self._asked: set[str] = set()

    def read(self, wanted: Iterable[Strategies]) -> Company:
        """Before `reasons` is asked for any of these."""
        names = frozenset().union(*wanted) - self._states.keys()

        def needs(company: Company) -> Needs:
            return Needs(names & company.push_strategies.keys(), frozenset())

        company, states, _ = read(self._store, needs)
        self._states |= states
        users = {
            account
            for name in names & company.push_strategies.keys()
            for account in company.push_strategies[name].accounts
            if company.tree.is_user(account)
        } - self._asked
        everybody = sum(each.kind == "user" for each in company.tree)
        if users:
            self._presence |= of_users(self._store.table, sorted(users), everybody)
            self._asked |= users
        return company

    def reasons(self, strategies: Strategies, company: Company) -> list[Reason]:
        """What stops each recipient of these strategies, from the account that distributes first downwards."""
        wanted = [
            each
            for name in strategies
            if (each := company.push_strategies.get(name)) is not None and name in self._states
        ]

        def depth(strategy: PushStrategy) -> int:
            return len(company.tree.lineage(strategy.distributed_from))

        return [
            Reason(
                strategy.id, strategy.accounts[position], self._stops(strategy, position, strategies, company)
            )
            for strategy in sorted(wanted, key=lambda each: (depth(each), each.order, each.id))
            for position in range(len(strategy.recipients))
        ]

    def _stops(
        self, strategy: PushStrategy, position: int, among: Strategies, company: Company
    ) -> push.Reason:
        recipient = strategy.recipients[position]
        account = recipient.account
        reason = own_reason(account, strategy, company, self._presence, self._now)
        if reason == "eligible":
            state = current(strategy, self._states[strategy.id], company, self._now)
            reason = limit_reason(strategy, state, position)
        may_rest = recipient.hold_at_branch or company.tree.is_user(account)
        if reason != "eligible" or may_rest:
            return reason
        can_be_placed = could_place(account, company, self._states, self._presence, self._now, among)
        return "eligible" if can_be_placed else "nobody_in_branch"


def wanted_by(head: Head, submission: Submission, company: Company, now: datetime) -> Strategies:
    """The push strategies that a held lead matches, from its owner downwards."""
    lead = replace(lead_of(head, submission, now), status="new")
    return push.needs(lead, company, now).strategies


def shown(
    store: Store, leads: Sequence[tuple[Head, Submission]], company: Company, now: datetime
) -> dict[str, dict[str, Any]]:
    """`held` of each of these held leads, by id."""
    present = Present(store, now)
    wanted = {head.id: wanted_by(head, submission, company, now) for head, submission in leads}
    company = present.read(wanted.values())
    found: dict[Strategies, dict[str, Any]] = {}
    for each in set(wanted.values()):
        stopped = [one for one in present.reasons(each, company) if one.reason != "eligible"]
        reasons = [
            {"strategy": one.strategy, "account": one.account, "reason": one.reason} for one in stopped
        ]
        more = len(reasons) - MOST_REASONS
        found[each] = {"reasons": reasons[:MOST_REASONS], **({"more": more} if more > 0 else {})}
    return {
        head.id: {"since": time(_since(head)), **_said(head, found[wanted[head.id]])} for head, _ in leads
    }


def _since(head: Head) -> datetime:
    return head.since or head.created_at


UNDECIDED = (signatures.INTERNAL, "too_many_hops")
"""Why a lead is held that no strategy says so of."""


def _said(head: Head, found: Mapping[str, Any]) -> Mapping[str, Any]:
    because = signatures.judged_by(head.held_because or "")
    if because not in UNDECIDED:
        return found
    return {"reasons": [{"strategy": None, "account": None, "reason": because}]}


# -- all that is held --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kind:
    """Held leads that are judged alike: how many, and since when the oldest."""

    because: str
    strategies: Strategies = frozenset()
    count: int = 0
    oldest: datetime | None = None

    def add(self, count: int, oldest: datetime) -> None:
        self.count += count
        self.oldest = min(self.oldest or oldest, oldest)


@dataclass(slots=True)
class _Line:
    count: int = 0
    oldest: datetime | None = None
    accounts: dict[str, None] = field(default_factory=dict)


def summary(store: Store, user: str, below: str | None, now: datetime) -> dict[str, Any]:
    """Held leads at an account in the asker's charge and below it, by strategy and by what stops its recipients."""
    company = store.configuration.load().company
    asked = scope(user, below, company)
    question = ("held", asked.below, company.version)
    return store.recent.answer(question, now, lambda: _summary(store, asked, now))


def _summary(store: Store, asked: Scope, now: datetime) -> Answered:
    owners = [each.id for each in asked.accounts if each.kind != "user"]
    held = counts.count(store, [counts.of_standing(store, each, "held") for each in owners])
    having = [each for each in owners if held.counts[each]["held"]]
    kinds, is_whole, cost = _kinds(store, having, now)
    present = Present(store, now)
    company = present.read([each.strategies for each in kinds])
    lines: dict[tuple[str | None, str], _Line] = {}
    for kind in kinds:
        reasons = present.reasons(kind.strategies, company)
        if kind.because in UNDECIDED or not reasons:
            reasons = [Reason(None, None, kind.because if kind.because in UNDECIDED else "eligible")]
        for key in dict.fromkeys((each.strategy, each.reason) for each in reasons):
            line = lines.setdefault(key, _Line())
            line.count += kind.count
            line.oldest = min(each for each in (line.oldest, kind.oldest) if each is not None)
            stopped = [
                each.account for each in reasons if (each.strategy, each.reason) == key and each.account
            ]
            line.accounts |= dict.fromkeys(stopped)
    items = [
        {
            "strategy": strategy,
            "reason": reason,
            "accounts": list(line.accounts)[:MOST_ACCOUNTS],
            "count": line.count,
            "oldest": time(line.oldest) if line.oldest else None,
        }
        for (strategy, reason), line in sorted(
            lines.items(), key=lambda each: (-each[1].count, each[0][0] or "", each[0][1])
        )
    ]
    looked_at = sum(each.count for each in kinds)
    total = sum(each["held"] for each in held.counts.values())
    is_whole = is_whole and asked.is_whole and not held.more and looked_at >= total
    body = {
        "items": items,
        "held": max(total, looked_at),
        "as_of": time(now),
        **({} if is_whole else {"searched": looked_at, "more": True}),
    }
    return Answered(body, held.cost + cost, now)


def _kinds(store: Store, owners: Sequence[str], now: datetime) -> tuple[list[_Kind], bool, int]:
    """What these owners' held leads are judged by; whether that is all of them; and the cost."""
    table = store.table
    found = table.get_many(
        [each for owner in owners for each in (keys.signatures(owner), keys.others(owner))]
    )
    listed = {owner: signatures.from_item(found.get(keys.signatures(owner))) for owner in owners}
    named = [(owner, name) for owner in owners for name in (*listed[owner].strategies, signatures.INTERNAL)]
    is_whole = len(named) <= MOST_SIGNATURES
    named = named[:MOST_SIGNATURES]
    firsts = table.run_parallel(
        *(partial(table.query, keys.held_under(owner, name), index="timer", limit=1) for owner, name in named)
    )
    some = [(each, page) for each, page in zip(named, firsts, strict=True) if page.items]
    counted = counts.count(store, [_under(store, *each) for each, _ in some])
    kinds = []
    for (owner, name), page in some:
        kind = _Kind(name, listed[owner].strategies.get(name, frozenset()))
        kind.add(max(1, counted.counts[_label(owner, name)]["held"]), keys.held_since(page.items[0]))
        kinds.append(kind)
    is_whole = is_whole and not counted.more
    room = MOST_PLACES
    unfound: Unfound = {}
    for owner in owners:
        if keys.others(owner) in found:
            seen, whole = _unfound(store, owner, room, unfound)
            room -= seen
            is_whole = is_whole and whole
    is_whole = is_whole and len(unfound) <= MOST_KINDS
    kinds += _judged(store, dict(list(unfound.items())[:MOST_KINDS]), listed, now)
    return kinds, is_whole, len(named) + counted.cost + (MOST_PLACES - room) // counts.ENTRIES


def _label(owner: str, name: str) -> str:
    return f"{owner}#{name}"


def _under(store: Store, owner: str, name: str) -> counts.Row:
    def read_page(after: Mapping[str, str] | None) -> Page:
        return store.table.query(keys.held_under(owner, name), index="timer", after=after, select="COUNT")

    return counts.Row(_label(owner, name), "held", read_page)


Unfound = dict[tuple[str, str], tuple[_Kind, str]]
"""By owner and by what they are judged: held leads that no signature finds, and one of them."""


def _unfound(store: Store, owner: str, room: int, found: Unfound) -> tuple[int, bool]:
    """Add an owner's; answers with how many places were read, and whether that was all."""
    seen = 0
    after: Mapping[str, str] | None = None
    while seen < room:
        page = store.table.query(
            owner, index="owner", begins=keys.in_standing("held"), after=after, limit=min(1_000, room - seen)
        )
        for item in page.items:
            because = keys.unfound(keys.place_of(item, *keys.OWNER_INDEX)[keys.OWNER_INDEX[1]])
            if because is not None:
                name = signatures.judged_by(because)
                kind, _ = found.setdefault((owner, name), (_Kind(name), keys.named(item)))
                kind.add(1, keys.since_of(item))
        seen += len(page.items)
        after = page.next
        if after is None:
            return seen, True
    return seen, False


def _judged(
    store: Store, unfound: Unfound, listed: Mapping[str, signatures.Listed], now: datetime
) -> list[_Kind]:
    """These with the strategies that they match: by the list, else as one of them does."""
    kinds = []
    asked: list[tuple[_Kind, str]] = []
    for (owner, name), (kind, lead) in unfound.items():
        if (strategies := listed[owner].strategies.get(name)) is not None:
            kinds.append(replace(kind, strategies=strategies))
        elif name in UNDECIDED:
            kinds.append(kind)
        else:
            asked.append((kind, lead))
    if not asked:
        return kinds
    heads = store.table.get_many([keys.head(lead) for _, lead in asked])
    read_heads = {lead: head_from(heads[keys.head(lead)]) for _, lead in asked if keys.head(lead) in heads}
    entries = store.table.get_many([keys.submission(*head.submission) for head in read_heads.values()])
    company = store.configuration.load().company
    for kind, lead in asked:
        head = read_heads.get(lead)
        entry = entries.get(keys.submission(*head.submission)) if head is not None else None
        if head is not None and entry is not None and is_lead(entry):
            kinds.append(replace(kind, strategies=wanted_by(head, submission_from(entry), company, now)))
        else:
            kinds.append(kind)
    return kinds
