"""The registry of queues: one item with the set of those that leads are filed under."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from routing.domain.company import Company
from routing.storage import keys
from routing.storage.table import Item, Write


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


def add(entries: Set[str]) -> Write:
    return Write("Update", key=keys.REGISTRY, update="ADD queues :entries", values={":entries": entries})


def remove(entry: str) -> Write:
    return Write("Update", key=keys.REGISTRY, update="DELETE queues :entries", values={":entries": {entry}})
