"""Push: log entries of an owner become assignments, each batch decided in memory and committed as one transaction.

One round trip reads the states, the presence and the version of the set-up; one writes. A lead's assignment, its
count and its explanation are one atomic step, under the versions that were read: a repeat, a twin or a late arrival
finds a version moved and changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from routing.domain import heads, push
from routing.domain.company import Company
from routing.domain.decisions import push_json
from routing.domain.heads import Head
from routing.domain.intervals import whole_second
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.pull import file
from routing.domain.strategy_state import StrategyState
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.pull import filing
from routing.services.pull.filing import EVENT_OF, Candidate
from routing.storage import keys, states
from routing.storage.heads import replace_head
from routing.storage.leads import event, lead_of
from routing.storage.presence import from_item as presence_from
from routing.storage.signatures import aged, other, signature
from routing.storage.sizes import MAX_TRANSACTION_ITEMS
from routing.storage.table import ConditionFailed, Write, is_outage

ATTEMPTS = 40
LEADS_BYTES = 3 * 1024 * 1024
"""What the leads of a transaction may take of its 4 MB: the states, and the intervals that close, have the rest."""


@dataclass(slots=True)
class LogReport:
    """done: how many entries, from the front, are finished. failed: what stopped the next one.

    internal: leads held, or left as they were filed, because deciding on them raised; with the error.
    """

    done: int = 0
    failed: Exception | None = None
    internal: list[tuple[str, Exception]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Routed:
    """after: the head to come. writes: it and its event, of so many bytes. None when the lead stands so already."""

    candidate: Candidate
    after: Head | None = None
    writes: tuple[Write, ...] = ()
    size: int = 0


@dataclass(slots=True)
class _Transaction:
    """What is written together: leads with their explanations, the states that decided, the intervals that closed."""

    routed: list[_Routed] = field(default_factory=list)
    states: dict[str, StrategyState] = field(default_factory=dict)
    closing: list[Write] = field(default_factory=list)
    bytes: int = 0

    def items_with(self, changed: Mapping[str, StrategyState], closing: Sequence[Write]) -> int:
        """How many items it would have with one more lead."""
        states = len(self.states.keys() | changed.keys())
        return states + len(self.closing) + len(closing) + 2 * (len(self.routed) + 1)

    def add(self, routed: _Routed, changed: Mapping[str, StrategyState], closing: Sequence[Write]) -> None:
        self.routed.append(routed)
        self.states.update(changed)
        self.closing += closing
        self.bytes += routed.size

    def left_without(self, lost: Set[str]) -> list[Candidate]:
        return [each.candidate for each in self.routed if each.candidate.head.id not in lost]


def route(store: Store, candidates: Sequence[Candidate], now: datetime, report: LogReport) -> None:
    """Route these leads, in this order, until each is routed or found to have been moved by somebody else."""
    remaining = list({each.head.id: each for each in candidates}.values())
    attempts = store.table.attempts(ATTEMPTS)
    while remaining:
        remaining = _attempt(store, remaining, now, report)
        if remaining:
            attempts.again(first_at_once=True)


def _attempt(
    store: Store, candidates: Sequence[Candidate], now: datetime, report: LogReport
) -> list[Candidate]:
    """Decide and commit once; the candidates that are still to be routed."""
    (company, state_by_id, presence), barred = store.table.run_parallel(
        lambda: read(store, lambda held: _needs(candidates, held, now)),
        lambda: suppressions.barred(store.table, [each.head for each in candidates], now),
    )
    versions = {name: state.version for name, state in state_by_id.items()}
    batch = _Transaction()
    for at, candidate in enumerate(candidates):
        if (listed := barred.get(candidate.head.id)) is not None:
            suppressions.close(store.table, candidate.head, listed, now)
            continue
        routed, changed = _decide(store, candidate, company, state_by_id, presence, now, report)
        closing = [
            write
            for name, state in changed.items()
            for write in states.close_interval(
                name, company.push_strategies[name].accounts, state_by_id[name], state
            )
        ]
        if _Transaction().items_with(changed, closing) > MAX_TRANSACTION_ITEMS:
            routed, changed, closing = _held(candidate, "too_many_hops", now), {}, []
        if routed.after is None:
            continue
        items, size = batch.items_with(changed, closing), batch.bytes + routed.size
        if items > MAX_TRANSACTION_ITEMS or size > LEADS_BYTES:
            if (lost := _commit(store, batch, versions, now)) is not None:
                return [*batch.left_without(lost), *candidates[at:]]
            batch = _Transaction()
        state_by_id.update(changed)
        batch.add(routed, changed, closing)
    lost = _commit(store, batch, versions, now)
    return [] if lost is None else batch.left_without(lost)


def read(
    store: Store, wanted: Callable[[Company], push.Needs]
) -> tuple[Company, dict[str, StrategyState], dict[str, Presence]]:
    """The set-up, and the states and presence that are wanted under it, from one round trip.

    A state belongs to a version of its strategy. One that is ahead of the set-up read beside it means that the
    strategy has just been saved: then both are read again.
    """
    company = store.configuration.held or store.configuration.load().company
    while True:
        needs = wanted(company)
        state_keys = {name: keys.strategy_state(name) for name in sorted(needs.strategies)}
        user_keys = {name: keys.presence(name) for name in sorted(needs.users)}
        found = store.table.get_many([keys.VERSION, *state_keys.values(), *user_keys.values()])
        confirmed = store.configuration.current(found.get(keys.VERSION))
        state_by_id = {name: states.from_item(found[key]) for name, key in state_keys.items() if key in found}
        agrees = all(
            name in state_by_id
            and state_by_id[name].strategy_version == confirmed.push_strategies[name].version
            for name in needs.strategies
            if name in confirmed.push_strategies
        )
        if confirmed is company and agrees:
            presence = {name: presence_from(found[key]) for name, key in user_keys.items() if key in found}
            return company, state_by_id, presence
        company = confirmed if confirmed is not company else store.configuration.load().company


def _needs(candidates: Sequence[Candidate], company: Company, now: datetime) -> push.Needs:
    """What deciding all of these will look at. One whose criteria raise is held for it when it is decided."""
    strategies: set[str] = set()
    users: set[str] = set()
    for each in candidates:
        try:
            wanted = push.needs(_as_new(lead_of(each.head, each.submission, now)), company, now)
        except Exception:  # noqa: BLE001, S112 - deciding it raises too, and holds this lead alone
            continue
        strategies |= wanted.strategies
        users |= wanted.users
    return push.Needs(frozenset(strategies), frozenset(users))


def _decide(
    store: Store,
    candidate: Candidate,
    company: Company,
    state_by_id: Mapping[str, StrategyState],
    presence: Mapping[str, Presence],
    now: datetime,
    report: LogReport,
) -> tuple[_Routed, Mapping[str, StrategyState]]:
    """One lead's next head and event, and the states that change. A decision that raises holds its lead."""
    head = candidate.head
    try:
        lead = _as_new(lead_of(head, candidate.submission, now))
        decision, changed = push.decide(lead, company, state_by_id, presence, now, head.last_holder)
        pulled_instead = None
        if head.last_holder is not None and decision.last.outcome == "held":
            pulled_instead = _for_pull_instead(candidate, decision, company, now)
            if pulled_instead is None:
                decision, changed = push.decide(lead, company, state_by_id, presence, now)
        after, detail = pulled_instead or _outcome(store, candidate, decision, company, now)
    except Exception as error:  # one lead's fault must not stop the others; it is reported
        if is_outage(error):
            raise
        report.internal.append((head.id, error))
        changed, after = {}, heads.held(head, "internal")
        detail = {"reason": "internal", "status": "held", "owner": head.owner}
    if _is_same(head, after):
        return _Routed(candidate), {}
    detail |= {"from": head.owner, "waited": round((now - head.created_at).total_seconds())}
    kind = "assigned" if detail.get("decision", {}).get("outcome") == "assigned" else EVENT_OF[after.standing]
    return _routed(candidate, after, kind, now, detail), changed


def _routed(
    candidate: Candidate, after: Head, kind: str, now: datetime, detail: Mapping[str, Any]
) -> _Routed:
    before = candidate.head
    after = heads.advanced(before, after, now)
    writes = (replace_head(before, after, now), event(before.id, after.version, kind, now, detail))
    return _Routed(candidate, after, writes, sum(each.size for each in writes))


def _held(candidate: Candidate, reason: str, now: datetime) -> _Routed:
    """A lead that is held without any strategy's saying so."""
    after = heads.held(candidate.head, reason)
    if _is_same(candidate.head, after):
        return _Routed(candidate)
    detail = {"reason": reason, "status": "held", "owner": after.owner}
    return _routed(candidate, after, "held", now, detail)


def _as_new(lead: Lead) -> Lead:
    """A lead as push looks at it: new, however often it has been held."""
    return replace(lead, status="new")


def _is_same(before: Head, after: Head) -> bool:
    """Whether routing again found what stood already: still held for the same reasons, still unmatched."""
    return (
        before.standing == after.standing
        and before.owner == after.owner
        and before.standing in ("held", "unmatched", "assigned")
        and (before.held_because, before.pool) == (after.held_because, after.pool)
        and before.valid_until == after.valid_until
    )


def _outcome(
    store: Store, candidate: Candidate, decision: push.PushDecision, company: Company, now: datetime
) -> tuple[Head, dict[str, Any]]:
    """Where the decision brings the head, and what the timeline says of it."""
    head = candidate.head
    detail: dict[str, Any] = {"decision": push_json(decision)}
    to = decision.final_account
    given_by = decision.last_hop_from or head.owner
    if decision.last.outcome == "held":
        if to is not None:
            head = heads.rests_with(head, to, given_by)
            detail["account"] = to
        after = heads.held(head, _because(store, head, candidate, company, now))
        after = _for_pull_too(after, candidate, decision.last, company, now)
        if after.valid_until is not None:
            after = replace(after, held_because=other(str(after.held_because)))
        return after, {**detail, "owner": after.owner, "status": "held"}
    if to is not None:
        account = company.tree.get(to)
        if account is not None and account.kind == "user":
            worked_by = _take_back_at(decision, company, now)
            after = heads.assigned(head, to, given_by, unless_worked_by=worked_by)
            return after, {**detail, "account": to, "owner": to, "status": "assigned"}
        head = heads.rests_with(head, to, given_by)
        detail["account"] = to
    after, filed = filing.filed(head, candidate.submission, company, now)
    return after, {**detail, **filed}


def _because(store: Store, head: Head, candidate: Candidate, company: Company, now: datetime) -> str:
    """What the lead is held under: the strategies that it matches, from its owner downwards, whoever is there today.

    A signature that finds it is listed by then.
    """
    lead = _as_new(lead_of(head, candidate.submission, now))
    wanted = push.needs(lead, company, now)
    name = signature(wanted.strategies)
    if push.turns_with_age(head.owner, wanted, lead, company):
        return aged(name)
    is_listed = store.signatures.is_listed(company.version, head.owner, name, wanted.strategies)
    return name if is_listed else other(name)


def _for_pull_instead(
    candidate: Candidate, decision: push.PushDecision, company: Company, now: datetime
) -> tuple[Head, dict[str, Any]] | None:
    """The lead filed for others to pull, before push gives it back to who had it last; None when pull sees it not."""
    head, account = candidate.head, decision.final_account
    if account is not None:
        head = heads.rests_with(head, account, decision.last_hop_from or head.owner)
    after, filed = filing.filed(head, candidate.submission, company, now)
    if after.standing != "open":
        return None
    moved = {"account": account} if account is not None else {}
    return after, {"decision": push_json(decision), **moved, **filed}


def _take_back_at(decision: push.PushDecision, company: Company, now: datetime) -> datetime | None:
    strategy = company.push_strategies.get(decision.last.strategy or "")
    if strategy is None or strategy.take_back_after is None:
        return None
    return whole_second(now + strategy.take_back_after)


def _for_pull_too(
    head: Head, candidate: Candidate, decision: push.PushDecision, company: Company, now: datetime
) -> Head:
    """The held head, filed for pull as well when a matched strategy says after how long; the least of several."""
    waits = [
        wait
        for each in decision.strategies
        if each.matched and (wait := company.push_strategies[each.id].pull_after) is not None
    ]
    if not waits:
        return head
    before = candidate.head
    since = before.since if before.standing == "held" and before.since else now
    at = max(whole_second(since + min(waits)), candidate.submission.available_at or now)
    filing = file(lead_of(head, candidate.submission, now), company, now, at)
    return heads.held_for_pull_too(head, filing, company.filing_version, at, now)


def _commit(store: Store, batch: _Transaction, versions: dict[str, int], now: datetime) -> set[str] | None:
    """Write one transaction. None when it is done; else the leads in it that somebody else has moved.

    versions: of the stored states; moved on with them.
    """
    if not batch.routed:
        return None
    heads_to_be = [each.after for each in batch.routed if each.after is not None]
    store.queues.register(heads_to_be)
    store.signatures.note(heads_to_be, now)
    writes = [states.replace_state(name, versions[name], state) for name, state in batch.states.items()]
    writes += batch.closing
    first = len(writes)
    for each in batch.routed:
        writes += each.writes
    try:
        store.table.transact(writes)
    except ConditionFailed as refused:
        return {batch.routed[(at - first) // 2].candidate.head.id for at in refused.failed if at >= first}
    for name in batch.states:
        versions[name] += 1
    return None
