"""What requests to DynamoDB cost, in request units, by the rules that DynamoDB documents.

- An item's size is that of its attribute names and values. One write unit per started KB, one read unit per started
  4 KB; an eventually consistent read costs half, a read of nothing as much as a read of little. Items of a BatchGet
  round up one by one, those of a Query together.
- A write costs the larger of the item before and after it; one whose condition fails costs the same.
- In a transaction each item costs twice, one that is only checked too, and also when the transaction is cancelled.
- An index costs one write when an item appears in it, disappears from it, or changes in what it projects, two when
  the item's index key changes (the old entry goes, a new one comes), by the projected size. Indexes follow the
  table later, so their writes cost once also in a transaction.

Sources: in the DynamoDB developer guide "Read and write operations", "Item sizes and formats", "Managing complex
workflows with transactions" and "Global secondary indexes".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from routing.storage.sizes import Item, item_size

WRITE_BYTES = 1024
READ_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Units:
    """Request units: write units of the table, those of its indexes, read units."""

    write: float = 0.0
    index: float = 0.0
    read: float = 0.0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.write + other.write, self.index + other.index, self.read + other.read)


def write_units(size: int) -> int:
    return max(1, math.ceil(size / WRITE_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    return max(1, math.ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its key attributes, and what it projects (None: everything)."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> dict[str, Mapping[str, Any]] | None:
        """The item as it stands in the index, or None when it does not."""
        if not item or not all(key in item for key in self.keys):
            return None
        return {
            name: value for name, value in item.items() if self.projected is None or name in self.projected
        }

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """What the index costs when an item goes from `before` to `after`."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old is not None and new is not None and all(old[key] == new[key] for key in self.keys):
            return write_units(max(item_size(old), item_size(new)))
        return sum(write_units(item_size(each)) for each in (old, new) if each is not None)


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a table decides its costs."""

    keys: tuple[str, ...]
    indexes: tuple[Index, ...]

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> Self:
        """From a table's description, or from what it was created with."""
        keys = tuple(each["AttributeName"] for each in definition["KeySchema"])
        indexes = []
        for each in definition.get("GlobalSecondaryIndexes", ()):
            own = tuple(key["AttributeName"] for key in each["KeySchema"])
            projection = each["Projection"]
            projected = frozenset((*keys, *own, *projection.get("NonKeyAttributes", ())))
            everything = projection["ProjectionType"] == "ALL"
            indexes.append(Index(each["IndexName"], own, None if everything else projected))
        return cls(keys, tuple(indexes))

    def key_of(self, item: Item) -> dict[str, Any]:
        return {name: item[name] for name in self.keys}

    def write(self, before: Item | None, after: Item | None, *, factor: int, done: bool) -> Units:
        """One item's write. done: False when a condition failed, and the indexes were left alone."""
        index = sum(each.write_units(before, after) for each in self.indexes) if done else 0
        return Units(factor * write_units(max(item_size(before), item_size(after))), index)


def shown(units: Units) -> str:
    """Units in words: `8 write + 2 index, 3.5 read`."""
    writes = f"{units.write:g} write" + (f" + {units.index:g} index" if units.index else "")
    parts = [writes] if units.write else []
    return ", ".join([*parts, f"{units.read:g} read"] if units.read else parts) or "nothing"
