"""The API keys of sources. Only a hash of each is kept; a key is shown once, in the answer that creates it."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain import origins
from routing.domain.company import KeyKind, Source
from routing.services.core.idempotency import Answer, Once
from routing.services.core.paging import Found, page
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.storage import keys
from routing.storage.source_keys import by_hash, delete, kind_of, last_used_on, put
from routing.storage.table import ConditionFailed, Item

PUBLISHABLE = "publishable_"
"""How a key begins that everybody may read: who finds one in a page knows what it is, and so do we before we read."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a source shows: its API key, the web origin that a browser names, and the address that it posts from."""

    api_key: str | None
    origin: str | None
    address: str = ""


def hashed(api_key: str) -> str:
    """What is kept of a source's key. It is long and random, so a plain hash cannot be reversed."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def is_publishable(api_key: str) -> bool:
    return api_key.startswith(PUBLISHABLE)


def takes_from(source: Source, key: Item, origin: str | None) -> bool:
    """Whether a source takes posts with this key from a page of this origin; a page's key is always in one.

    What is only tried does nothing wherever it comes from, as from the console.
    """
    if kind_of(key) == "secret" and (key["test"] or not (origin and source.allowed_origins)):
        return True
    return origins.is_among(origin, source.allowed_origins)


def create(store: Store, source: str, kind: KeyKind, test: bool, now: datetime, once: Once | None) -> Answer:
    """A new key of a source; the only answer that shows it."""
    found = store.configuration.load().company.sources.get(source)
    if found is None:
        raise not_found("source")
    if kind == "publishable" and not found.allowed_origins:
        raise invalid_field(
            "kind",
            "allowed_origins_missing",
            "a publishable key takes posts from the source's allowed_origins only, and it has none: save them first",
        )
    begins = PUBLISHABLE if kind == "publishable" else ""
    key_id, api_key = f"k{secrets.token_hex(6)}", begins + secrets.token_urlsafe(32)
    if once is not None:
        # Derived, so that a repeat can answer the same without the key being kept anywhere.
        recorded = store.table.get(once.key)
        if given := once.answered(recorded, now):
            api_key = begins + _derived(store, once, (recorded or {})["nonce"])
            return Answer(201, {**given.body, "api_key": api_key})
        nonce = secrets.token_hex(16)
        api_key = begins + _derived(store, once, nonce)
    writes = put(hashed(api_key), source, key_id, kind, test, now)
    if once is not None:
        writes.append(once.record(Answer(201, {"key_id": key_id}), now, nonce=nonce))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return create(store, source, kind, test, now, once)
    # Deleted meanwhile, it has its keys taken before and after, and this one came later.
    if source not in store.configuration.load().company.sources:
        revoke(store, source, key_id)
        raise not_found("source")
    return Answer(201, {"key_id": key_id, "api_key": api_key})


def _derived(store: Store, once: Once, nonce: str) -> str:
    return hmac.new(store.hash_key.encode(), f"{once.key.pk}{nonce}".encode(), hashlib.sha256).hexdigest()


def listed(store: Store, source: str, limit: int, after: str | None) -> Found:
    """A source's keys, without what is secret. after: the id of the key that the page before ended with."""
    if source not in store.configuration.load().company.sources:
        raise not_found("source")
    partition = keys.source_key(source, "").pk
    every = store.table.query_all(partition, begins=keys.SOURCE_KEYS)
    items = [each for each in every if after is None or each["key_id"] > after][: limit + 1]
    uses = store.table.get_many([by_hash(each) for each in items])

    def shown(item: Item) -> dict[str, Any]:
        return {
            "key_id": item["key_id"],
            "kind": kind_of(item),
            "test": item["test"],
            "created_at": time(keys.instant(item["created_at"])),
            "last_used_on": last_used_on(uses, item),
        }

    return page(((shown(each), {"after": each["key_id"]}) for each in items), limit)


def revoke_all(store: Store, source: str) -> None:
    """Keys end with their source; one of the same name that is made later starts without any."""
    for item in store.table.query_all(keys.source_key(source, "").pk, begins=keys.SOURCE_KEYS):
        store.table.transact(delete(item))


def revoke(store: Store, source: str, key_id: str) -> None:
    """From now on nothing can be handed in with this key. Raises a 404 problem when the source has no such key."""
    item = store.table.get(keys.source_key(source, key_id))
    if item is None:
        raise not_found("key")
    store.table.transact(delete(item))
