"""A company's set-up at one version: everything that decisions read besides leads, counts and presence."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from routing.domain.acceptance import Acceptance
from routing.domain.accounts import CORPORATE, Account, AccountTree
from routing.domain.calling_hours import CallingHours
from routing.domain.calling_rules import COUNTRY_RULE, CallingRule, presumes
from routing.domain.dispositions import Disposition
from routing.domain.formats.settings import AS_IT_COMES, ResponseFormat, Settings
from routing.domain.leads import OnDuplicate, RecordType
from routing.domain.strategies import PullStrategy, PushStrategy

MOST_POOLS = 8
"""Each is a partition of the queue index, and a pull reads every one that serves its user."""


def pool_id(record_type: str, accounts: Sequence[str]) -> str:
    """A short name for the leads of one record type that the same accounts may pull."""
    return hashlib.sha256(f"{record_type}#{','.join(accounts)}".encode()).hexdigest()[:8]


KeyKind = Literal["secret", "publishable"]
"""Of a source's key: known to a vendor or a server alone, or shown to everybody by a form's page."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where leads come from: bound to one owner account and record type.

    rate_limit_per_minute: posts in a minute by the clock; None is no limit. honeypot: the name of a form's field that
    people do not see: who fills it in is a robot. on_duplicate: what becomes of its duplicates; None leaves that to the
    record type. posts: how what it posts is read. response_format: in whose dialect it is answered.
    acceptance: which of its leads are taken; None takes all. cost: of a lead, unless it says so itself and is trusted.
    """

    id: str
    name: str
    owner: str
    record_type: str
    enabled: bool = True
    allowed_origins: tuple[str, ...] = ()
    rate_limit_per_minute: int | None = None
    honeypot: str | None = None
    on_duplicate: OnDuplicate | None = None
    posts: Settings = AS_IT_COMES
    response_format: ResponseFormat = "native"
    acceptance: Acceptance | None = None
    cost: float | None = None
    trust_posted_cost: bool = False
    version: int = 1

    @property
    def dialect(self) -> str:
        """In whose words its posts are answered: the source's own choice, else what their format's senders expect."""
        is_google = self.posts.format == "google_ads" and self.response_format == "native"
        return "google_ads" if is_google else self.response_format


@dataclass(frozen=True)
class Company:
    """version: of the whole set-up. filing_version: the last one that may have changed how leads file for pull.

    since: when accounts were created, or came back after they had been deleted; without those that have stood since
    the company began.
    """

    version: int = 0
    filing_version: int = 0
    accounts: Mapping[str, Account] = field(default_factory=dict)
    record_types: Mapping[str, RecordType] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    push_strategies: Mapping[str, PushStrategy] = field(default_factory=dict)
    pull_strategies: Mapping[str, PullStrategy] = field(default_factory=dict)
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)
    calling_rules: Mapping[str, CallingRule] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)

    @cached_property
    def tree(self) -> AccountTree:
        return AccountTree(self.accounts)

    @cached_property
    def calling_hours(self) -> CallingHours:
        return CallingHours(self.calling_rules.values())

    def existed_since(self, account: str, at: datetime) -> datetime:
        """`at`, or when the account was created if that is later: before, its id was somebody else's."""
        return max(at, self.since.get(account, at))

    def existed(self, account: str, at: datetime) -> bool:
        """Whether the account was there by then; what is under its id from before is somebody else's."""
        return self.existed_since(account, at) == at

    @property
    def presumed_zone(self) -> str | None:
        """The zone that a lead is presumed to be in when it could be in several; None presumes nothing."""
        return self.tree.timezone(CORPORATE) if presumes(self.versions_of(COUNTRY_RULE)) else None

    def versions_of(self, calling_rule: str) -> list[CallingRule]:
        """Every dated version of a calling rule."""
        return [each for each in self.calling_rules.values() if each.id == calling_rule]

    def record_type(self, record_type_id: str) -> RecordType:
        """The record type; one without custom fields for a type that has been deleted since the lead came."""
        return self.record_types.get(record_type_id) or RecordType(record_type_id, record_type_id)

    @cached_property
    def push_by_account(self) -> Mapping[tuple[str, str], tuple[PushStrategy, ...]]:
        """The enabled push strategies by (distributing account, record type), each group in the order tried."""
        found: dict[tuple[str, str], list[PushStrategy]] = {}
        for each in self.push_strategies.values():
            if each.enabled:
                found.setdefault((each.distributed_from, each.record_type), []).append(each)
        return {key: tuple(sorted(group, key=lambda s: (s.order, s.id))) for key, group in found.items()}

    def push_strategies_of(self, account: str, record_type: str) -> tuple[PushStrategy, ...]:
        """The enabled push strategies that distribute from this account, in the order they are tried."""
        return self.push_by_account.get((account, record_type), ())

    @cached_property
    def _pools(self) -> dict[tuple[str, str], Mapping[str, frozenset[str]]]:
        return {}

    def pools_over(self, owner: str, record_type: str) -> Mapping[str, frozenset[str]]:
        """The pools that leads of this owner are filed in, by id: each the set of accounts that it serves.

        A pool for every union of recipient sets while those are few; else one for each set, the best ranks first,
        and a last one for all accounts together, in which each entry is looked at by itself.
        """
        found = self._pools.get((owner, record_type))
        if found is None:
            strategies = self.pull_strategies_over(owner, record_type)
            parts = tuple(dict.fromkeys(frozenset(each.recipients) for each in strategies))
            unions: dict[frozenset[str], None] = {}
            for part in parts:
                unions |= dict.fromkeys([part, *(each | part for each in unions)])
                if len(unions) > MOST_POOLS:
                    everybody = frozenset().union(*parts)
                    few = [each for each in parts if each != everybody][: MOST_POOLS - 1]
                    unions = dict.fromkeys([*few, everybody])
                    break
            found = self._pools[owner, record_type] = {
                pool_id(record_type, sorted(each)): each for each in unions
            }
        return found

    @cached_property
    def _pull_in_rank(self) -> tuple[PullStrategy, ...]:
        enabled = (each for each in self.pull_strategies.values() if each.enabled)
        return tuple(sorted(enabled, key=lambda s: (s.priority, s.id)))

    def pull_strategies_over(self, owner: str, record_type: str) -> tuple[PullStrategy, ...]:
        """The enabled pull strategies that see leads of this owner, best rank first."""
        lineage = self.tree.lineage(owner)
        return tuple(
            each
            for each in self._pull_in_rank
            if each.record_type == record_type and each.distributed_from in lineage
        )
