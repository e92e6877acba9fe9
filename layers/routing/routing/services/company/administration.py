"""What admins and managers ask of the set-up beside saving it: who may, and then what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import KeyKind
from routing.domain.intake import keyed
from routing.services.core.access import acting, oversees, require
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.paging import Found
from routing.services.core.problems import FieldError, Problem, invalid, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.intake import source_keys
from routing.services.intake.authenticate import OPEN_SOURCE, source_in_charge
from routing.services.intake.offers import Offer, understood
from routing.services.push import state
from routing.services.work.explain import explain as explain_lead
from routing.storage import keys


def _require(store: Store, user: str, *roles: str) -> Account:
    account = acting(user, store.configuration.load().company)
    require(account, *roles)
    return account


def create_key(
    store: Store, user: str, source: str, kind: KeyKind, test: bool, now: datetime, once: Once | None
) -> Answer:
    _require(store, user, "admin")
    return source_keys.create(store, source, kind, test, now, once)


def list_keys(store: Store, user: str, source: str, limit: int, after: str | None) -> Found:
    _require(store, user, "admin")
    return source_keys.listed(store, source, limit, after)


def revoke_key(store: Store, user: str, source: str, key_id: str) -> None:
    _require(store, user, "admin")
    source_keys.revoke(store, source, key_id)


def _check_strategy(store: Store, user: str, identifier: str, *roles: str) -> None:
    account = _require(store, user, *roles)
    company = store.configuration.load().company
    strategy = company.push_strategies.get(identifier)
    if strategy is None or not oversees(account, strategy.distributed_from, company):
        raise not_found("push strategy")


def strategy_state(store: Store, user: str, identifier: str, now: datetime) -> dict[str, Any]:
    _check_strategy(store, user, identifier, "admin", "manager")
    return state.shown(store, identifier, now)


def reset(store: Store, user: str, identifier: str, now: datetime, once: Once | None) -> Answer:
    _check_strategy(store, user, identifier, "admin")
    return state.reset(store, identifier, now, once)


def explain(
    store: Store,
    user: str,
    lead: Mapping[str, Any],
    as_user: str | None,
    at: datetime,
    now: datetime,
    once: Once | None,
) -> Answer:
    """What push and pull would do with a made-up lead of a source (`api` unless it names one)."""
    account = _require(store, user, "admin", "manager")
    company = store.configuration.load().company
    source = source_in_charge(account, keyed(lead).get("source", OPEN_SOURCE), company)
    if source is None:
        raise invalid_field("lead.source", "unknown", "must be the id of a source in your charge")
    if as_user is not None and not (as_user in company.tree and oversees(account, as_user, company)):
        raise invalid_field("as_user", "unknown", "must be the id of an account in your charge")
    try:
        found = understood(Offer(source, source.owner, lead, user), company)
    except Problem as wrong:
        errors = [FieldError(f"lead.{each.field}", each.code, each.message) for each in wrong.errors]
        raise invalid(errors) from None

    def answer() -> Answer:
        return Answer(200, explain_lead(store, source, found, as_user, at, account))

    return answered_once(store.table, once, now, answer)


def webhook_key(store: Store, user: str) -> dict[str, str]:
    """The company's key under which webhooks are signed, for whoever sets up a receiver."""
    _require(store, user, "admin")
    return {"algorithm": "HMAC-SHA256", "key": keys.webhook_key(store.hash_key)}
