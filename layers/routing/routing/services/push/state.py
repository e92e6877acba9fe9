"""A push strategy's state: how far it is, what stops each recipient, and starting its method anew."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from routing.domain import strategy_state, weighted
from routing.domain.company import Company
from routing.domain.push import Needs, current, limit_reason, own_reason
from routing.domain.strategies import PushStrategy
from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.push.route import read
from routing.storage import keys, states
from routing.storage.table import ConditionFailed

CLOSED_SHOWN = 7
NEARLY_PERCENT = (80, 120)
"""Weights whose sum is in this range were probably meant as percentages."""


def shown(store: Store, identifier: str, now: datetime) -> dict[str, Any]:
    """A push strategy's state as it is at `now`, and what stops each recipient."""

    def wanted(company: Company) -> Needs:
        found = company.push_strategies.get(identifier)
        if found is None:
            raise not_found("push strategy")
        return Needs(frozenset({identifier}), frozenset(found.accounts))

    company, state_by_id, presence = read(store, wanted)
    strategy = company.push_strategies[identifier]
    present = current(strategy, state_by_id.get(identifier), company, now)
    page = store.table.query(
        keys.strategy_state(identifier).pk, begins=keys.INTERVALS, forward=False, limit=CLOSED_SHOWN
    )
    closed = [states.closed_from(item) for item in page.items]
    is_weighted = strategy.method == "weighted"
    shares = weighted.shares(strategy.weights) if is_weighted else [None] * len(strategy.recipients)
    recipients = []
    for position, account in enumerate(strategy.accounts):
        reason = own_reason(account, strategy, company, presence, now)
        if reason == "eligible":
            reason = limit_reason(strategy, present, position)
        recipient = strategy.recipients[position]
        recipients.append(
            {
                "account": account,
                "weight": recipient.weight,
                "share": shares[position],
                "hour": present.hour_counts[position],
                "day": present.day_counts[position],
                "interval": present.interval_counts[position],
                "owed": present.owed[position],
                "hourly_limit": recipient.hourly_limit,
                "daily_limit": recipient.daily_limit,
                "eligible": reason == "eligible",
                "reason": reason,
            }
        )
    return {
        "strategy": identifier,
        "version": strategy.version,
        "method": strategy.method,
        "warnings": _weight_warnings(strategy, present.interval, closed),
        "closed": closed,
        "cursor": strategy.accounts[present.cursor] if strategy.accounts else None,
        "reset_interval": strategy.reset_interval,
        "interval": present.interval,
        "hour": present.hour,
        "day": present.day,
        "recipients": recipients,
    }


def _weight_warnings(strategy: PushStrategy, present: str, closed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a manager may have meant otherwise about the weights. present: the interval that is not closed yet."""
    if strategy.method != "weighted":
        return []
    total = sum(strategy.weights)
    if total == 0:
        return ["all weights are zero: nobody is eligible"]
    found = []
    needed = total // math.gcd(*strategy.weights)
    before = [each for each in closed if each["interval"] != present]
    last = [each["counts"] for each in before if each["interval"] == before[0]["interval"]]
    if last and (volume := sum(sum(counts.values()) for counts in last)) < needed:
        found.append(
            f"the last interval had {volume} leads: too few for the weights to show, which takes {needed}"
        )
    if NEARLY_PERCENT[0] <= total <= NEARLY_PERCENT[1] and total != 100:
        found.append(
            f"the weights look like percentages, but add up to {total}; they count relative to one another"
        )
    return found


def reset(store: Store, identifier: str, now: datetime, once: Once | None) -> Answer:
    """Restart a strategy's method now: round robin begins at the first recipient, the ratio anew."""
    attempts = store.table.attempts()
    while True:
        company = store.configuration.load().company
        if identifier not in company.push_strategies:
            raise not_found("push strategy")
        items = store.table.get_many([keys.strategy_state(identifier), *([once.key] if once else [])])
        if once and (given := once.answered(items.get(once.key), now)):
            return given
        state = states.from_item(items[keys.strategy_state(identifier)])
        answer = Answer(200, {"strategy": identifier, "reset_at": time(now)})
        accounts = company.push_strategies[identifier].accounts
        after = strategy_state.restarted(state)
        writes = [
            states.replace_state(identifier, state.version, after),
            *states.close_interval(identifier, accounts, state, after),
        ]
        if once is not None:
            writes.append(once.record(answer, now))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            return answer
