"""Pull: under which strategy a lead is filed, who may borrow it, and which of several goes first."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from routing.domain.calling_hours import zone_group
from routing.domain.calling_places import UNKNOWN, calling_class
from routing.domain.company import Company, pool_id
from routing.domain.contact_points import phones_of
from routing.domain.criteria import (
    AGES,
    CLOCK_SKEW,
    AnyOf,
    Entry,
    Reading,
    Result,
    all_hold,
    duration,
    evaluate,
)
from routing.domain.intervals import whole_second
from routing.domain.leads import UNREAD_STATE, Lead, RecordType
from routing.domain.ordering import encode, order_key
from routing.domain.reading.kinds import read
from routing.domain.strategies import PullStrategy

END_OF_TIME = datetime(2199, 12, 31, tzinfo=UTC)
"""No lead is looked at again after this."""
OVERDUE_RANK = "!"
"""The rank, before all others, of leads that have waited longer than a strategy lets them."""
ANY_HOURS = "ANY"
"""The zone group of leads that some strategy serves without calling hours."""
LEAST_WINDOW = timedelta(minutes=2)
"""A lead that may be called for less than this is not lent any more."""
IN_SIGHT = timedelta(days=60)
"""How far ahead an opening that is long enough is looked for."""
FilingReason = Literal["filed", "spent", "unmatched", "owned"]


@dataclass(frozen=True, slots=True)
class PullMatch:
    """Whether a pull strategy sees the lead: its criteria, and whether it has attempts left."""

    id: str
    version: int
    matched: bool
    criteria: tuple[Result, ...]
    attempts_left: bool


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a lead stands in the queue, and why.

    reason: `filed`; `spent` (strategies would match, but its attempts are used up); `unmatched` (none does);
    `owned` (a user owns it). matched: ids, best rank first. pool: its id; serves: the accounts that the pool stands
    for. ready_key: rank and order as text. valid_until: when an age criterion, or too long a wait, next changes this
    filing; of an unmatched lead also when a push strategy may begin to want it. calling_class: what decides when it
    may be called. group: the zone group whose queue it stands in.
    """

    reason: FilingReason
    strategies: tuple[PullMatch, ...] = ()
    matched: tuple[str, ...] = ()
    pool: str | None = None
    serves: tuple[str, ...] = ()
    rank: str | None = None
    ready_key: str | None = None
    valid_until: datetime | None = None
    calling_class: str | None = None
    group: str = ANY_HOURS

    @property
    def filed(self) -> bool:
        return self.reason == "filed"


def rank_of(strategy: PullStrategy) -> str:
    """Text that sorts strategies by (`priority`, `id`)."""
    return f"{strategy.priority:06d}~{strategy.id}"


def file(lead: Lead, company: Company, now: datetime, ready_since: datetime | None = None) -> Filing:
    """File a lead under the best pull strategy that sees it. Its owner decides which strategies are asked.

    ready_since: since, or from, when nothing but its calling hours keeps it from being pulled; now, when not said.
    """
    where = class_of(lead, company)
    if company.tree.is_user(lead.owner):
        return Filing("owned", calling_class=where)
    record_type = company.record_type(lead.record_type)
    seen = company.pull_strategies_over(lead.owner, lead.record_type)
    reading = Reading(lead, record_type)
    matches: list[PullMatch] = []
    for strategy in seen:
        criteria = evaluate(strategy.criteria, reading, now)
        left = lead.attempts < strategy.max_attempts
        matches.append(PullMatch(strategy.id, strategy.version, all_hold(criteria) and left, criteria, left))
    changes_at = _next_age_change([each.criteria for each in seen], lead, record_type, now)
    matched = tuple(each.id for each in matches if each.matched)
    if not matched:
        is_spent = any(all_hold(each.criteria) and not each.attempts_left for each in matches)
        if is_spent:
            return Filing("spent", tuple(matches), valid_until=changes_at, calling_class=where)
        pushing = company.push_strategies_of(lead.owner, lead.record_type)
        wanted_at = _next_age_change([each.criteria for each in pushing], lead, record_type, now)
        turns = [each for each in (changes_at, wanted_at) if each is not None]
        return Filing("unmatched", tuple(matches), valid_until=min(turns, default=None), calling_class=where)
    best = company.pull_strategies[matched[0]]
    pool, serves = _pool([company.pull_strategies[name] for name in matched], lead, company)
    rank = rank_of(best)
    ready_key = f"{rank}#{order_key(lead, best.order_by, record_type)}"
    waits = [wait for name in matched if (wait := company.pull_strategies[name].max_wait) is not None]
    if waits:
        since = ready_since or now
        front_at = whole_second(since + min(waits))
        if front_at <= now:
            rank = OVERDUE_RANK
            ready_key = f"{OVERDUE_RANK}#{int(since.timestamp()):013d}"
        else:
            changes_at = min(front_at, changes_at or front_at)
    is_any = not all(company.pull_strategies[name].calling_hours for name in matched)
    group = ANY_HOURS if is_any else zone_group(where)
    return Filing(
        "filed",
        tuple(matches),
        matched,
        pool,
        tuple(sorted(serves)),
        rank,
        ready_key,
        changes_at,
        where,
        group,
    )


def class_of(lead: Lead, company: Company) -> str:
    """The lead's calling class, from its postal code, state (one that was not understood, too) and all its phones."""
    unread, state, postal_code = (_text(lead.value(name)) for name in (UNREAD_STATE, "state", "postal_code"))
    return calling_class(
        unread or state, postal_code, *phones_of(lead.values), company_zone=company.presumed_zone
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def has_hours(where: str | None, strategy: PullStrategy | None, owner: str, company: Company) -> bool:
    """Whether calling hours bind a lead of this class, served by this strategy or by none.

    Who calls a lead of their own that no strategy serves knows more of it than `unknown` alone.
    """
    if strategy is not None:
        return strategy.calling_hours and where is not None
    return where is not None and not (where == UNKNOWN and company.tree.is_user(owner))


def lent_until(
    where: str | None, strategy: PullStrategy | None, owner: str, company: Company, now: datetime
) -> datetime | None:
    """Until when the lead may be called, without end where no hours bind; None when it may not be lent now."""
    if where is None or not has_hours(where, strategy, owner, company):
        return END_OF_TIME
    closes = company.calling_hours.closes(where, now)
    return closes if closes is not None and closes - now >= LEAST_WINDOW else None


def next_lent(
    where: str | None, strategy: PullStrategy | None, owner: str, company: Company, at: datetime
) -> datetime | None:
    """The first instant from `at` on at which it may be lent; None when that is not within sight."""
    if where is None or lent_until(where, strategy, owner, company, at) is not None:
        return at
    hours = company.calling_hours
    opens = hours.opens(where, hours.closes(where, at) or at)
    while opens is not None and lent_until(where, strategy, owner, company, opens) is None:
        opens = hours.opens(where, hours.closes(where, opens) or opens)  # too short an opening
        if opens is not None and opens > at + IN_SIGHT:
            return None
    return opens


def _pool(matched: Iterable[PullStrategy], lead: Lead, company: Company) -> tuple[str, frozenset[str]]:
    """The pool that a lead of these strategies stands in, and the accounts that it serves."""
    serves = frozenset(account for each in matched for account in each.recipients)
    pools = company.pools_over(lead.owner, lead.record_type)
    own = pool_id(lead.record_type, sorted(serves))
    return (own, serves) if own in pools else list(pools.items())[-1]


def can_be_filed(owner: str, record_type: str, pool: str, group: str, company: Company) -> bool:
    """Whether leads of this owner may be filed in this pool and this zone group."""
    of_hours = {each.calling_hours for each in company.pull_strategies_over(owner, record_type)}
    return pool in company.pools_over(owner, record_type) and (group != ANY_HOURS) in of_hours


def _next_age_change(
    groups: Iterable[Sequence[Entry]], lead: Lead, record_type: RecordType, now: datetime
) -> datetime | None:
    """The last instant, `now` or later, before an age criterion on this lead turns.

    A date ahead turns twice: when it comes, and when it is older.
    """
    turns: list[datetime] = []
    for entries in groups:
        for entry in entries:
            for criterion in entry.criteria if isinstance(entry, AnyOf) else (entry,):
                span = duration(criterion.value) if criterion.operator in AGES else None
                value = lead.value(criterion.field)
                if span is None or value is None or record_type.type_of(criterion.field) is None:
                    continue
                born = read("datetime", value)
                # A date so far ahead that its age has no end in the calendar never turns.
                if not isinstance(born, datetime) or born > END_OF_TIME - span:
                    continue
                ends = [born + span]
                if criterion.operator == "within_last" and born > now:
                    ends.append(born - CLOCK_SKEW)
                turns += [each for each in ends if each >= now]
    return min(turns, default=None)


def serves(strategy: PullStrategy, user: str, owner: str, company: Company) -> bool:
    """Whether the strategy names the user, directly or by an account above, and the user is below the owner."""
    if not company.tree.is_below(user, owner):
        return False
    lineage = company.tree.lineage(user)
    return any(each in lineage for each in strategy.recipients)


def serving_strategy(
    matched: Iterable[str], user: str, owner: str, company: Company, reached: Container[str] = ()
) -> PullStrategy | None:
    """The best of the matched strategies (given best first) that serves this user.

    reached: those whose pull limit the user has reached.
    """
    for name in matched:
        strategy = None if name in reached else company.pull_strategies.get(name)
        if strategy is not None and strategy.enabled and serves(strategy, user, owner, company):
            return strategy
    return None


def with_pull_count(ready_key: str, strategy: PullStrategy, pull_count: int, record_type: RecordType) -> str:
    """The ready key after another pull: all that a claim changes of a lead's place in the queue."""
    rank, key = ready_key.rsplit("#", 1)
    parts = key.split(".")
    for at, order in enumerate(strategy.order_by):
        if order.field == "pull_count":
            parts[at] = encode(pull_count, order, record_type)
    return f"{rank}#{'.'.join(parts)}"


def depends_on_pull_count(owner: str, record_type: str, company: Company) -> bool:
    """Whether a pull strategy over this owner has a criterion on `pull_count`, so that a pull may change a filing."""
    return any(
        criterion.field == "pull_count"
        for strategy in company.pull_strategies_over(owner, record_type)
        for entry in strategy.criteria
        for criterion in (entry.criteria if isinstance(entry, AnyOf) else (entry,))
    )
