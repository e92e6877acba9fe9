"""The floor: who is there, what each has and did today, and what stops them now."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.intervals import day_stamp
from routing.domain.presence import Presence
from routing.domain.push import Needs, Reason, States, current, limit_reason, own_reason
from routing.domain.strategies import PushStrategy
from routing.services.core.access import oversees
from routing.services.core.recent import Answered
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.desk.counts import body, by_owner, count, had_now, held_by
from routing.services.desk.scope import Scope, scope
from routing.services.push.route import read
from routing.storage.presence import of_users


def floor(store: Store, user: str, below: str | None, now: datetime) -> dict[str, Any]:
    """Every user at an account in the asker's charge and below it."""
    company = store.configuration.load().company
    asked = scope(user, below, company)
    charge = None if asked.asker.role == "admin" else asked.asker.parent
    question = ("floor", asked.below, charge, company.version)
    return store.recent.answer(question, now, lambda: _floor(store, user, below, now))


def _floor(store: Store, user: str, below: str | None, now: datetime) -> Answered:
    def wanted(company: Company) -> Needs:
        users = {each.id for each in scope(user, below, company).users}
        return Needs(frozenset(each.id for each in _naming(users, company)), frozenset())

    company, states, _ = read(store, wanted)
    asked = scope(user, below, company)
    users = asked.users
    everybody = sum(each.kind == "user" for each in company.tree)
    presence = of_users(store.table, [each.id for each in users], everybody)
    counted = count(store, [had_now(store, each.id) for each in users])
    holding = held_by(store, presence, now)
    lent = by_owner(holding.values())
    strategies = _by_user(users, company)
    today_of = {
        each.id: current(each, states.get(each.id), company, now)
        for each in {strategy.id: strategy for of in strategies.values() for strategy, _ in of}.values()
    }
    items = []
    for each in users:
        found = presence.get(each.id, Presence())
        today = day_stamp(now, company.tree.timezone(each.id))
        items.append(
            {
                "account": each.id,
                "name": each.name,
                "branch": _branch(each, company),
                "available": found.available,
                "last_active_at": time(found.last_active) if found.last_active else None,
                "holding": _holding(asked, holding.get(each.id), company, now),
                "why_not": _why_not(each.id, company, strategies[each.id], today_of, presence, now),
                **body(counted, each.id, lent.get(each.id, ())),
                "today": {
                    "received": sum(today_of[of.id].day_counts[at] for of, at in strategies[each.id]),
                    "pulled": found.pulled.get(today, 0),
                    "worked": found.worked.get(today, 0),
                },
            }
        )
    answer = {"items": items, "as_of": time(now), **({} if asked.is_whole else {"more": True})}
    return Answered(answer, counted.cost, now)


def _naming(users: Set[str], company: Company) -> list[PushStrategy]:
    """The push strategies with one of the users among their recipients, in the order they are tried."""
    found = (each for each in company.push_strategies.values() if not users.isdisjoint(each.accounts))
    return sorted(found, key=lambda each: (each.order, each.id))


def _by_user(users: Sequence[Account], company: Company) -> dict[str, list[tuple[PushStrategy, int]]]:
    """The push strategies that name each user, and at which position."""
    found: dict[str, list[tuple[PushStrategy, int]]] = {each.id: [] for each in users}
    for strategy in _naming(found.keys(), company):
        for position, account in enumerate(strategy.accounts):
            if account in found:
                found[account].append((strategy, position))
    return found


def _branch(user: Account, company: Company) -> dict[str, str]:
    parent = company.tree.get(user.parent or "")
    return {"id": parent.id, "name": parent.name} if parent else {"id": user.id, "name": user.name}


def _holding(asked: Scope, head: Head | None, company: Company, now: datetime) -> dict[str, Any] | None:
    """The lead that somebody holds: which one, for who may know of it, since when and until when."""
    lease = head.lease_at(now) if head is not None else None
    if head is None or lease is None:
        return None
    return {
        "lead_id": head.id if oversees(asked.asker, head.owner, company) else None,
        "since": time(lease.counts_from) if lease.counts_from else None,
        "until": time(lease.expires),
    }


def _why_not(
    user: str,
    company: Company,
    strategies: Sequence[tuple[PushStrategy, int]],
    states: States,
    presence: Mapping[str, Presence],
    now: datetime,
) -> Reason | None:
    """What stops push from giving the user a lead now; of several strategies what the first one says.

    Who is in no strategy is stopped by being switched off alone.
    """
    reasons: list[Reason] = []
    for strategy, position in strategies:
        if strategy.enabled:
            reason = own_reason(user, strategy, company, presence, now)
            if reason == "eligible":
                reason = limit_reason(strategy, states[strategy.id], position)
            if reason == "eligible":
                return None
            reasons.append(reason)
    if reasons:
        return reasons[0]
    if not company.tree.is_enabled(user):
        return "disabled"
    return None if presence.get(user, Presence()).available else "unavailable"
