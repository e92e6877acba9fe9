"""The registry of queues: for each owner an item with the set of those that the owner's leads are filed under."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from routing.domain.company import Company
from routing.storage import keys
from routing.storage.table import Item, Key, Write


@dataclass(frozen=True, slots=True)
class Queue:
    """A place where leads wait to be pulled: the (owner, pool, zone group) triple."""

    triple: str
    owner: str
    pool: str
    group: str
    record_type: str

    @classmethod
    def of(cls, entry: str) -> "Queue":
        owner, pool, group, record_type = entry.split("#")
        return cls(f"{owner}#{pool}#{group}", owner, pool, group, record_type)

    def may_serve(self, lineage: Sequence[str], company: Company) -> bool:
        """Whether a user of this lineage may be served from it; everybody may while an earlier set-up's leads move."""
        accounts = company.pools_over(self.owner, self.record_type).get(self.pool)
        return accounts is None or bool(accounts.intersection(lineage))


def entries_of(item: Item | None) -> frozenset[str]:
    return frozenset(item["queues"]) if item and "queues" in item else frozenset()


def by_owner(entries: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        found.setdefault(Queue.of(entry).owner, set()).add(entry)
    return {owner: frozenset(group) for owner, group in found.items()}


def add(owner: str, entries: Set[str]) -> Write:
    return _change("ADD", keys.queues(owner), entries)


def remove(owner: str, entries: Set[str]) -> Write:
    return _change("DELETE", keys.queues(owner), entries)


def remove_from_one(entries: Set[str]) -> Write:
    """Take these off the item in which an earlier release listed the queues of all owners."""
    return _change("DELETE", keys.REGISTRY, entries)


def _change(action: str, key: Key, entries: Set[str]) -> Write:
    return Write("Update", key=key, update=f"{action} queues :entries", values={":entries": entries})
