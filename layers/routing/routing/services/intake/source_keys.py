"""The API keys of sources. Only a hash of each is kept; a key is shown once, in the answer that creates it."""

import hashlib
import hmac
import secrets
from datetime import datetime

from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.source_keys import delete, put
from routing.storage.table import ConditionFailed


def hashed(api_key: str) -> str:
    """What is kept of a source's key. It is long and random, so a plain hash cannot be reversed."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def create(store: Store, source: str, test: bool, now: datetime, once: Once | None) -> Answer:
    """A new key of a source; the only answer that shows it."""
    if source not in store.configuration.load().company.sources:
        raise not_found("source")
    key_id, api_key = f"k{secrets.token_hex(6)}", secrets.token_urlsafe(32)
    if once is not None:
        # Derived, so that a repeat can answer the same without the key being kept anywhere.
        recorded = store.table.get(once.key)
        if given := once.answered(recorded, now):
            api_key = _derived(store, once, (recorded or {})["nonce"])
            return Answer(201, {**given.body, "api_key": api_key})
        nonce = secrets.token_hex(16)
        api_key = _derived(store, once, nonce)
    writes = put(hashed(api_key), source, key_id, test, now)
    if once is not None:
        writes.append(once.record(Answer(201, {"key_id": key_id}), now, nonce=nonce))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return create(store, source, test, now, once)
    return Answer(201, {"key_id": key_id, "api_key": api_key})


def _derived(store: Store, once: Once, nonce: str) -> str:
    return hmac.new(store.hash_key.encode(), f"{once.key.pk}{nonce}".encode(), hashlib.sha256).hexdigest()


def revoke_all(store: Store, source: str) -> None:
    """Keys end with their source; one of the same name that is made later starts without any."""
    for item in store.table.query_all(keys.source_key(source, "").pk, begins=keys.SOURCE_KEYS):
        revoke(store, source, item["key_id"])


def revoke(store: Store, source: str, key_id: str) -> None:
    """From now on nothing can be handed in with this key. Raises a 404 problem when the source has no such key."""
    item = store.table.get(keys.source_key(source, key_id))
    if item is None:
        raise not_found("key")
    store.table.transact(delete(item))
