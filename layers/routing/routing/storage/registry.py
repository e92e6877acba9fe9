"""The registry of queues: one item with the set of those that leads are filed under."""

from collections.abc import Set

from routing.storage import keys
from routing.storage.table import Item, Write


def entries_of(item: Item | None) -> frozenset[str]:
    return frozenset(item["queues"]) if item and "queues" in item else frozenset()


def add(entries: Set[str]) -> Write:
    return Write("Update", key=keys.REGISTRY, update="ADD queues :entries", values={":entries": entries})


def remove(entry: str) -> Write:
    return Write("Update", key=keys.REGISTRY, update="DELETE queues :entries", values={":entries": {entry}})
