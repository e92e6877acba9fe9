"""Who hands in a lead: a user, or a source with its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company, Source
from routing.domain.intake import SECRET_KEY, key_of, keyed, phone
from routing.services.core.access import acting, oversees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import Problem, forbidden, invalid_field
from routing.services.core.store import Store
from routing.services.intake import posts
from routing.services.intake.ingest import Offer, ingest, understood
from routing.services.intake.source_keys import hashed
from routing.services.work.explain import explain
from routing.storage import contacts, keys
from routing.storage.table import Item, Key

OPEN_SOURCE = "api"
"""The built-in source of leads that users bring; every user may name it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a source shows: its API key, and the web origin that a browser names."""

    api_key: str | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round trip reads for a lead. suppressed: its phone is on the do-not-call list."""

    company: Company
    items: Mapping[Key, Item]
    recorded: Item | None
    suppressed: bool


def read(
    store: Store, wanted: list[Key], body: Mapping[str, Any], now: datetime, once: Once | None = None
) -> Seen:
    """What is to be known before a lead is taken in, and the items of `wanted` beside it."""
    number = phone(body)
    contact = [keys.contact(store.contact_key(number))] if number else []
    found = store.table.get_many([keys.VERSION, *wanted, *contact, *([once.key] if once else [])])
    return Seen(
        store.configuration.current(found.get(keys.VERSION)),
        found,
        found.get(once.key) if once else None,
        any(contacts.from_item(found.get(each)).suppressed_at(now) for each in contact),
    )


def by_user(store: Store, user: str, body: Mapping[str, Any], now: datetime, once: Once | None) -> Answer:
    """A lead from a manager or an admin; from a rep one of their own (`"owner": "me"`)."""
    seen = read(store, [], body, now, once)
    account = acting(user, seen.company)
    named = keyed(body)
    mine = named.get("owner") == "me"
    if "owner" in named and not mine:
        raise invalid_field(
            "owner", "not_allowed", "must be me, or left out: then the source's account owns it"
        )
    if account.role == "rep" and not mine:
        raise forbidden('A rep creates leads of their own only: say "owner": "me".')
    source = source_in_charge(account, named.get("source", OPEN_SOURCE), seen.company)
    if source is None:
        raise invalid_field("source", "unknown", "must be the id of a source in your charge")
    if not source.enabled:
        raise Problem(403, "source_disabled", "This source is disabled.")
    owner = user if mine else source.owner
    brought_by = _brought_by(account, source, mine, seen.company)
    offer = Offer(source, owner, without_secrets(body), user, seen.suppressed, brought_by)
    return ingest(store, offer, understood(offer, seen.company), now, once, seen.recorded)


def _brought_by(account: Account, source: Source, mine: object, company: Company) -> str:
    """Among whose leads an external id is looked for: no user meets leads that are not in their charge.

    Each user has their own for themselves; whoever may name a source shares those for the company; under `api`, which
    all may name, the admins do, and each branch's managers. An account that was made anew is somebody else.
    """
    if mine:
        return f"user {_name(account.id, company)}"
    if source.id != OPEN_SOURCE:
        return "users"
    return "admins" if account.role == "admin" else f"managers {_name(account.parent or '', company)}"


def _name(account: str, company: Company) -> str:
    since = company.since.get(account)
    return account if since is None else f"{account} {keys.sortable(since)}"


def source_in_charge(account: Account, name: object, company: Company) -> Source | None:
    """The source of this id, if the user may bring leads of it: `api`, or one whose leads are in their charge."""
    source = company.sources.get(name) if isinstance(name, str) else None
    if source is None or source.id == OPEN_SOURCE or oversees(account, source.owner, company):
        return source
    return None


def without_secrets(body: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
    """The body without anything that could be a source's key, however it is written: it stays on the timeline.

    key: the key that was shown, which is taken out wherever it stands.
    """
    kept: dict[str, Any] = {
        name: without_secrets(value) if key_of(name) == "fields" and isinstance(value, Mapping) else value
        for name, value in body.items()
        if key_of(name) != SECRET_KEY
    }
    return kept if key is None else _without(kept, key)


def _without(value: Any, key: str) -> Any:
    match value:
        case str():
            return value.replace(key, "...")
        case Mapping():
            return {name.replace(key, "..."): _without(each, key) for name, each in value.items()}
        case list():
            return [_without(each, key) for each in value]
    return value


def by_source(
    store: Store,
    source_id: str,
    credentials: Credentials,
    body: Mapping[str, Any],
    now: datetime,
    once: Once | None,
) -> Answer:
    """A lead from a source. With a test key everything is checked and explained, and nothing is written."""
    given = credentials.api_key or keyed(body).get(SECRET_KEY)
    if not isinstance(given, str) or not given:
        raise Problem(401, "no_api_key", "Send the source's key as X-Api-Key.")
    where = keys.api_key(hashed(given))
    seen = read(store, [where], body, now, once)
    key = seen.items.get(where)
    source: Source | None = seen.company.sources.get(source_id)
    if key is None or key["source"] != source_id or source is None:
        raise Problem(401, "bad_api_key", "This is no key of this source.")
    if not source.enabled:
        raise Problem(403, "source_disabled", "This source is disabled.")
    if credentials.origin and source.allowed_origins and credentials.origin not in source.allowed_origins:
        raise Problem(403, "origin_not_allowed", "This source takes no leads from that web origin.")
    offer = Offer(source, source.owner, without_secrets(body, given), None, seen.suppressed)
    try:
        found = understood(offer, seen.company)
    except Problem as wrong:
        if not key["test"]:
            posts.keep_invalid(store, offer, wrong, seen.company, now)
        raise
    if not key["test"]:
        return ingest(store, offer, found, now, once, seen.recorded)
    return Answer(
        201,
        {
            "lead_id": "test",
            "status": "new",
            "duplicate": False,
            "warnings": [
                {"field": each.field, "code": each.code, "message": each.message} for each in found.warnings
            ],
            "test": True,
            "explanation": explain(store, source, found, None, now),
        },
    )
