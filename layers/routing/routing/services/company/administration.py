"""What admins and managers ask of the set-up beside saving it: who may, and then what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company, KeyKind
from routing.domain.drafts import NO_DRAFT, Draft
from routing.domain.intake import keyed
from routing.services.company import drafts
from routing.services.company.drafts import Place
from routing.services.company.plan import Change
from routing.services.core.access import acting, oversees, require, sees
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.lead_context import read
from routing.services.core.paging import Found
from routing.services.core.problems import FieldError, Problem, invalid, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.intake import source_keys
from routing.services.intake.authenticate import OPEN_SOURCE, source_in_charge
from routing.services.intake.offers import Offer, understood
from routing.services.push import state
from routing.services.work.explain import Supposed, as_it_stands, of_source
from routing.services.work.explain import explain as explain_lead
from routing.storage import keys


def _require(store: Store, user: str, *roles: str) -> Account:
    account = acting(user, store.configuration.load().company)
    require(account, *roles)
    return account


def require_admin(store: Store, user: str) -> None:
    """403 for everybody else."""
    _require(store, user, "admin")


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


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained. lead: a made-up one, or lead_id: one that is there. draft: strategies not saved yet."""

    lead: Mapping[str, Any] | None
    lead_id: str | None
    as_user: str | None
    at: datetime
    draft: Sequence[tuple[Place, Change]] = ()


def explain(store: Store, user: str, asked: Question, now: datetime, once: Once | None) -> Answer:
    """What push and pull would do with a made-up lead of a source (`api` unless it names one), or one that is there."""
    account = _require(store, user, "admin", "manager")
    draft = _draft(store, account, asked.draft, now)
    company = store.configuration.load().company
    as_user = asked.as_user
    if as_user is not None and not (as_user in company.tree and oversees(account, as_user, company)):
        raise invalid_field("as_user", "unknown", "must be the id of an account in your charge")
    if asked.lead_id is not None:
        supposed = _stored(store, user, asked.lead_id, asked.at, now)
        return Answer(200, explain_lead(store, supposed, as_user, asked.at, account, draft))
    supposed = _made_up(account, asked.lead or {}, company, asked.at)

    def answer() -> Answer:
        return Answer(200, explain_lead(store, supposed, as_user, asked.at, account, draft))

    return answered_once(store.table, once, now, answer)


def _draft(store: Store, account: Account, changes: Sequence[tuple[Place, Change]], now: datetime) -> Draft:
    """Who may save strategies may try them: what a draft says of others' accounts is nobody else's business."""
    if not changes:
        return NO_DRAFT
    require(account, "admin")
    return drafts.required(store.configuration.load(), changes, account.id, now)


def _stored(store: Store, user: str, lead: str, at: datetime, now: datetime) -> Supposed:
    seen = read(store, user, lead)
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    return as_it_stands(seen.head, seen.submission, at)


def _made_up(account: Account, lead: Mapping[str, Any], company: Company, at: datetime) -> Supposed:
    source = source_in_charge(account, keyed(lead).get("source", OPEN_SOURCE), company)
    if source is None:
        raise invalid_field("lead.source", "unknown", "must be the id of a source in your charge")
    try:
        found = understood(Offer(source, source.owner, lead, account.id), company)
    except Problem as wrong:
        errors = [FieldError(f"lead.{each.field}", each.code, each.message) for each in wrong.errors]
        raise invalid(errors) from None
    return of_source(source, found, at)


def webhook_key(store: Store, user: str) -> dict[str, str]:
    """The company's key under which webhooks are signed, for whoever sets up a receiver."""
    _require(store, user, "admin")
    return {"algorithm": "HMAC-SHA256", "key": keys.webhook_key(store.hash_key)}
