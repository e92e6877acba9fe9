"""What a draft would change: leads decided one after the other, in the company as it is and as it would be.

Pure: the counts go on from lead to lead in memory.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from routing.domain.company import Company
from routing.domain.drafts import Draft
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.push import Needs, PushDecision, States
from routing.domain.strategies import PushStrategy
from routing.domain.what_if import Fate, fate

Outcome = Literal["assigned", "held", "filed", "unmatched", "spent"]
ROUTED = frozenset({"assigned", "held", "filed", "unmatched", "spent"})
"""What a timeline calls the entries that tell where push brought a lead."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a lead goes. strategy: the last one that pushed it; pull: the best one that it is filed under."""

    outcome: Outcome
    account: str
    strategy: str | None = None
    pull: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A lead to be decided. last_holder: who is not to get it again."""

    lead: Lead
    last_holder: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    as_is: Destination
    with_draft: Destination

    @property
    def differs(self) -> bool:
        return self.as_is != self.with_draft


def concerned(draft: Draft, company: Company) -> tuple[list[str], list[str]]:
    """The accounts at which leads may come in that the draft is about, and those at which such leads may be held.

    Push is asked from an account downwards, pull by whoever is above. Those above come first. A draft that says
    nothing is about all.
    """
    tree = company.tree
    held: dict[str, None] = {}
    below: dict[str, None] = {}
    for each in draft.strategies:
        for body in (each.before, each.body):
            if body is None:
                continue
            held |= dict.fromkeys(reversed(tree.lineage(body["distributed_from"])))
            if each.kind == "pull-strategies":
                below |= dict.fromkeys(tree.below(body["distributed_from"]))
    if not draft.strategies:
        held = dict.fromkeys(each.id for each in tree)
    pushes = any(each.kind == "push-strategies" for each in draft.strategies) or not draft.strategies
    come_in = [each for each in {**held, **below} if not tree.is_user(each)]
    return come_in, [each for each in held if not tree.is_user(each)] if pushes else []


def record_types(draft: Draft) -> Set[str]:
    """Of which leads the draft is about; empty for all."""
    bodies = (body for each in draft.strategies for body in (each.before, each.body) if body is not None)
    return frozenset(body["record_type"] for body in bodies)


def reach(accounts: Iterable[str], company: Company) -> Needs:
    """Every push strategy that may be asked of leads at these accounts, and every user that it may give them to."""
    by_account: dict[str, list[PushStrategy]] = {}
    for (account, _), strategies in company.push_by_account.items():
        by_account.setdefault(account, []).extend(strategies)
    found: dict[str, PushStrategy] = {}
    users: set[str] = set()
    asked = list(dict.fromkeys(accounts))
    seen = set(asked)
    for account in asked:
        for strategy in by_account.get(account, []):
            found[strategy.id] = strategy
            for recipient in strategy.accounts:
                if company.tree.is_user(recipient):
                    users.add(recipient)
                elif recipient not in seen:
                    seen.add(recipient)
                    asked.append(recipient)
    return Needs(frozenset(found), frozenset(users))


def compared(
    subjects: Sequence[Subject],
    company: Company,
    draft: Draft,
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
    has_time: Callable[[], bool],
) -> Iterator[Compared]:
    """Where each lead would go, the one after the other, as things are and with the draft.

    states, presence: of what `reach` names, in both companies. has_time: asked before each lead; the first for which
    there is none ends it.
    """
    as_is = _Replay(company, dict(states), presence, now)
    with_draft = _Replay(draft.applied(company), draft.states(states), presence, now)
    for each in subjects:
        if not has_time():
            return
        yield Compared(as_is.next(each), with_draft.next(each))


class _Replay:
    def __init__(
        self, company: Company, states: dict[str, Any], presence: Mapping[str, Presence], now: datetime
    ) -> None:
        self._company = company
        self._states = states
        self._presence = presence
        self._now = now

    def next(self, subject: Subject) -> Destination:
        """Where the lead goes, which is counted."""
        found = fate(
            subject.lead, self._company, self._states, self._presence, self._now, subject.last_holder
        )
        self._states.update(found.states)
        return _destination(found, self._company)


def _destination(found: Fate, company: Company) -> Destination:
    strategy = _pushed_by(found.decision)
    if found.is_held:
        return Destination("held", found.owner, strategy)
    if company.tree.is_user(found.owner):
        return Destination("assigned", found.owner, strategy)
    filing = found.filing
    reason = filing.reason if filing.reason != "owned" else "unmatched"
    return Destination(reason, found.owner, strategy, next(iter(filing.matched), None))


def _pushed_by(decision: PushDecision) -> str | None:
    further = _pushed_by(decision.next) if decision.next is not None else None
    return further or decision.strategy


def went(kind: str, detail: Mapping[str, Any]) -> Destination | None:
    """Where push brought a lead, by an entry of its timeline; None for one that does not tell."""
    if kind not in ROUTED or "decision" not in detail:
        return None
    strategy, hop = None, detail["decision"]
    while hop is not None:
        strategy, hop = hop["strategy"] or strategy, hop["next"]
    owner = detail["owner"]
    if detail["status"] in ("held", "assigned"):
        return Destination(detail["status"], owner, strategy)
    filing = detail.get("filing", {})
    matched = (each["id"] for each in filing.get("strategies", []) if each["matched"])
    return Destination(filing.get("reason", "unmatched"), owner, strategy, next(matched, None))


def moves(leads: Iterable[Compared], held: Iterable[Compared]) -> list[tuple[Compared, int, int]]:
    """Each difference, with how many of the leads and of the held ones it is about; the most frequent first."""
    of_leads = Counter(each for each in leads if each.differs)
    of_held = Counter(each for each in held if each.differs)
    found = [(each, of_leads[each], of_held[each]) for each in {**of_leads, **of_held}]
    return sorted(found, key=lambda move: -(move[1] + move[2]))
