"""Push: which recipient a new lead goes to, hop by hop, and why.

`decide` is pure. It answers with the decision and the strategy states after it; whoever commits both in one
transaction has routed the lead.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.domain.catch_up import next_turn
from routing.domain.company import Company
from routing.domain.criteria import Reading, Result, all_hold, depends_on_time, evaluate, matches
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.round_robin import round_robin
from routing.domain.strategies import PushStrategy
from routing.domain.strategy_state import StrategyState, initial, rolled, taken

Outcome = Literal["assigned", "held", "no_strategy"]
Reason = Literal[
    "eligible",
    "unknown",
    "not_below",
    "disabled",
    "unavailable",
    "inactive",
    "zero_weight",
    "hourly_limit",
    "daily_limit",
    "nobody_in_branch",
    "had_it_last",
]
"""Why a recipient is eligible or not. `nobody_in_branch`: a strategy of the branch matches, but has nobody for it.

`had_it_last`: the user gave the lead back, or left it; it goes to them again only when nobody else can have it.
"""


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """hour, day, interval: what the recipient had received in this strategy, as this decision counted.

    turns: what weights were told by. owed: how many leads were to be made up for.
    next: for a branch that has nobody for the lead, the branch's own decision, which says why.
    """

    account: str
    eligible: bool
    reason: Reason
    hour: int
    day: int
    interval: int
    turns: int
    owed: int
    next: "PushDecision | None" = None


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """is_make_up: the lead makes up for one that its recipient missed."""

    id: str
    version: int
    matched: bool
    criteria: tuple[Result, ...]
    recipients: tuple[RecipientResult, ...] = ()
    is_make_up: bool = False


@dataclass(frozen=True, slots=True)
class PushDecision:
    """One hop. `account` is its recipient; `next` the decision of the hop that follows, when there is one."""

    outcome: Outcome
    account: str | None
    strategy: str | None
    strategies: tuple[StrategyResult, ...]
    next: "PushDecision | None" = None

    @property
    def final_account(self) -> str | None:
        """Where the lead comes to rest: a user, or a branch that no push strategy takes it on from."""
        return self.next.final_account or self.account if self.next else self.account

    @property
    def last(self) -> "PushDecision":
        """The decision of the hop at which the lead came to rest."""
        return self.next.last if self.next else self

    @property
    def last_hop_from(self) -> str | None:
        """The recipient of the hop before the last one; None when the first hop was the last."""
        if self.next is None or self.next.outcome != "assigned":
            return None
        return self.next.last_hop_from or self.account


States = Mapping[str, StrategyState]


@dataclass(frozen=True, slots=True)
class Needs:
    """What deciding a lead will look at: push strategies (their states) and users (their presence).

    branches: where the lead could come to rest, for no push strategy would take it on from there.
    """

    strategies: frozenset[str]
    users: frozenset[str]
    branches: frozenset[str] = frozenset()


def needs(lead: Lead, company: Company, now: datetime) -> Needs:
    """The strategies that the lead matches from its owner downwards, and the users they could give it to."""
    strategies: set[str] = set()
    users: set[str] = set()
    branches: set[str] = set()
    accounts = [lead.owner]
    reading = Reading(lead, company.record_type(lead.record_type))
    for account in accounts:
        matched = [
            each
            for each in company.push_strategies_of(account, lead.record_type)
            if matches(each.criteria, reading, now)
        ]
        if not matched and account != lead.owner:
            branches.add(account)
        strategies.update(each.id for each in matched)
        for each in (name for strategy in matched for name in strategy.accounts):
            recipient = company.tree.get(each)
            if recipient is None:
                continue
            if recipient.kind == "user":
                users.add(each)
            elif each not in accounts and company.tree.is_below(each, account):
                accounts.append(each)
    return Needs(frozenset(strategies), frozenset(users), frozenset(branches))


def turns_with_age(account: str, wanted: Needs, lead: Lead, company: Company) -> bool:
    """Whether time alone may change which strategies want the lead, from the account downwards."""
    asked = {
        account,
        *wanted.branches,
        *(company.push_strategies[each].distributed_from for each in wanted.strategies),
    }
    return any(
        depends_on_time(strategy.criteria)
        for each in asked
        for strategy in company.push_strategies_of(each, lead.record_type)
    )


def decide(
    lead: Lead,
    company: Company,
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
    last_holder: str | None = None,
) -> tuple[PushDecision, dict[str, StrategyState]]:
    """Route one lead from its owner.

    states: of every strategy that `needs` named (absent: never used). presence: of every user it named (absent:
    never seen, so available). last_holder: who had the lead last, and is not eligible again. Answers with the
    decision and the states that it changes, by strategy.
    """
    return _decide_from(lead.owner, lead, company, states, presence, now, last_holder, {})


_Decided = tuple[PushDecision, dict[str, StrategyState]]


def _decide_from(
    account: str,
    lead: Lead,
    company: Company,
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
    last_holder: str | None,
    branches: dict[str, _Decided],
) -> _Decided:
    """branches: what has been decided already; several strategies may name the same one."""
    tried: list[StrategyResult] = []
    reading = Reading(lead, company.record_type(lead.record_type))
    for strategy in company.push_strategies_of(account, lead.record_type):
        criteria = evaluate(strategy.criteria, reading, now)
        if not all_hold(criteria):
            tried.append(StrategyResult(strategy.id, strategy.version, False, criteria))
            continue
        state = current(strategy, states.get(strategy.id), company, now)
        reasons: list[Reason] = []
        present: list[bool] = []
        hops: dict[int, _Decided] = {}
        for position, recipient in enumerate(strategy.accounts):
            reason = own_reason(recipient, strategy, company, presence, now)
            if reason == "eligible":
                reason = limit_reason(strategy, state, position)
            present.append(reason == "eligible")
            if reason == "eligible" and recipient == last_holder:
                reason = "had_it_last"
            if reason == "eligible" and _is_branch(recipient, company):
                if recipient not in branches:
                    branches[recipient] = _decide_from(
                        recipient, lead, company, states, presence, now, last_holder, branches
                    )
                hop = hops[position] = branches[recipient]
                if hop[0].outcome == "held" and not strategy.recipients[position].hold_at_branch:
                    reason = "nobody_in_branch"
            reasons.append(reason)
        state, chosen = _chosen(strategy, state, present, [each == "eligible" for each in reasons])
        results = tuple(
            RecipientResult(
                recipient,
                reasons[position] == "eligible",
                reasons[position],
                state.hour_counts[position],
                state.day_counts[position],
                state.interval_counts[position],
                state.turns[position],
                state.owed[position],
                hops[position][0] if reasons[position] == "nobody_in_branch" else None,
            )
            for position, recipient in enumerate(strategy.accounts)
        )
        is_make_up = chosen is not None and state.is_make_up
        tried.append(StrategyResult(strategy.id, strategy.version, True, criteria, results, is_make_up))
        if chosen is None:
            continue
        following, changed = hops.get(chosen, (None, {}))
        if following is not None and not following.strategies:
            following = None
        decision = PushDecision("assigned", strategy.accounts[chosen], strategy.id, tuple(tried), following)
        return decision, {**changed, strategy.id: taken(state, chosen)}
    outcome: Outcome = "held" if any(each.matched for each in tried) else "no_strategy"
    return PushDecision(outcome, None, None, tuple(tried)), {}


def current(
    strategy: PushStrategy, state: StrategyState | None, company: Company, now: datetime
) -> StrategyState:
    """The strategy's state in the periods of `now`, in the time zone of the account that it distributes from."""
    zone = company.tree.timezone(strategy.distributed_from)
    found = state or initial(len(strategy.recipients), strategy.version)
    return rolled(found, strategy.reset_interval, strategy.starts_on, now, zone)


def _is_branch(account: str, company: Company) -> bool:
    found = company.tree.get(account)
    return found is not None and found.kind == "branch"


def _chosen(
    strategy: PushStrategy, state: StrategyState, present: Sequence[bool], eligible: Sequence[bool]
) -> tuple[StrategyState, int | None]:
    """Who is next by the strategy's method, and the state that this was decided on."""
    if strategy.method == "round_robin":
        return state, round_robin(state.cursor, eligible)
    return next_turn(state, strategy.weights, strategy.catch_up, present, eligible)


def limit_reason(strategy: PushStrategy, state: StrategyState, position: int) -> Reason:
    """Whether the recipient at a position may have another lead of this strategy in this hour, this day, at all."""
    recipient = strategy.recipients[position]
    if strategy.method == "weighted" and not recipient.weight:
        return "zero_weight"
    if recipient.hourly_limit is not None and state.hour_counts[position] >= recipient.hourly_limit:
        return "hourly_limit"
    if recipient.daily_limit is not None and state.day_counts[position] >= recipient.daily_limit:
        return "daily_limit"
    return "eligible"


def own_reason(
    recipient: str,
    strategy: PushStrategy,
    company: Company,
    presence: Mapping[str, Presence],
    now: datetime,
) -> Reason:
    """What the recipient's own account says, before the strategies of a branch are asked."""
    account = company.tree.get(recipient)
    if account is None:
        return "unknown"
    if not company.tree.is_below(recipient, strategy.distributed_from):
        return "not_below"
    if not company.tree.is_enabled(recipient):
        return "disabled"
    if account.kind != "user":
        return "eligible"
    found = presence.get(recipient, Presence())
    if not found.available:
        return "unavailable"
    if strategy.active_within is not None and not found.active_since(now - strategy.active_within):
        return "inactive"
    return "eligible"


def could_place(
    account: str,
    company: Company,
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
    among: Set[str] | None = None,
) -> bool:
    """Whether anybody could take some lead of this account: if not, no need to try.

    among: the strategies that the lead matches, from the account downwards; None for any lead.
    """
    return any(
        _could_take(strategy, position, company, states, presence, now, among)
        for (owner, _), strategies in company.push_by_account.items()
        if owner == account
        for strategy in strategies
        if among is None or strategy.id in among
        for position in range(len(strategy.recipients))
    )


def _could_take(
    strategy: PushStrategy,
    position: int,
    company: Company,
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
    among: Set[str] | None,
) -> bool:
    recipient = strategy.recipients[position]
    state = current(strategy, states.get(strategy.id), company, now)
    if own_reason(recipient.account, strategy, company, presence, now) != "eligible":
        return False
    if limit_reason(strategy, state, position) != "eligible":
        return False
    if recipient.hold_at_branch or not _is_branch(recipient.account, company):
        return True
    within = company.push_strategies_of(recipient.account, strategy.record_type)
    # A lead that none of the branch's strategies wants rests there; one without criteria wants every lead.
    some_may_rest = all(each.criteria if among is None else each.id not in among for each in within)
    return some_may_rest or could_place(recipient.account, company, states, presence, now, among)
