"""A source's API keys: each under its hash, where intake looks, and under its source, to be revoked."""

from collections.abc import Mapping
from datetime import datetime

from routing.domain.company import KeyKind
from routing.storage import keys
from routing.storage.table import Item, Key, Write


def put(hashed: str, source: str, key_id: str, kind: KeyKind, test: bool, now: datetime) -> list[Write]:
    by_hash, by_source = keys.api_key(hashed), keys.source_key(source, key_id)
    common = {
        "source": source,
        "key_id": key_id,
        "kind": kind,
        "test": test,
        "created_at": keys.millis(now),
    }
    return [
        Write("Put", item={"PK": by_hash.pk, "SK": by_hash.sk, **common}),
        Write("Put", item={"PK": by_source.pk, "SK": by_source.sk, "hashed": by_hash.pk, **common}),
    ]


def kind_of(item: Item) -> KeyKind:
    """A key of before there were two kinds is a secret one."""
    kind: KeyKind = item.get("kind", "secret")
    return kind


def by_hash(item: Item) -> Key:
    """Where intake finds a key, given the item under its source."""
    return Key(item["hashed"], "KEY")


def last_used_on(found: Mapping[Key, Item], item: Item) -> str | None:
    """The last day on which a lead came with a key, given the items under their hashes."""
    day: str | None = found.get(by_hash(item), {}).get("last_used_on")
    return day


def used(item: Item, now: datetime) -> Write | None:
    """Note the day on which a lead came with a key, by its item under its hash; None where it is noted already."""
    day = now.date().isoformat()
    if item.get("last_used_on", "") >= day:
        return None
    return Write(
        "Update",
        key=keys.of_item(item),
        update="SET last_used_on = :day",
        condition="attribute_exists(PK) AND (attribute_not_exists(last_used_on) OR last_used_on < :day)",
        values={":day": day},
    )


def delete(item: Item) -> list[Write]:
    """Both of a key, given the one under its source."""
    return [Write("Delete", key=by_hash(item)), Write("Delete", key=keys.of_item(item))]
