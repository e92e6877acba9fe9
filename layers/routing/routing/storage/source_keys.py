"""A source's API keys: each under its hash, where intake looks, and under its source, to be revoked."""

from datetime import datetime

from routing.storage import keys
from routing.storage.table import Item, Key, Write


def put(hashed: str, source: str, key_id: str, test: bool, now: datetime) -> list[Write]:
    by_hash, by_source = keys.api_key(hashed), keys.source_key(source, key_id)
    common = {"source": source, "key_id": key_id, "test": test, "created_at": keys.millis(now)}
    return [
        Write("Put", item={"PK": by_hash.pk, "SK": by_hash.sk, **common}),
        Write("Put", item={"PK": by_source.pk, "SK": by_source.sk, "hashed": by_hash.pk, **common}),
    ]


def delete(item: Item) -> list[Write]:
    """Both of a key, given the one under its source."""
    return [Write("Delete", key=Key(item["hashed"], "KEY")), Write("Delete", key=keys.of_item(item))]
