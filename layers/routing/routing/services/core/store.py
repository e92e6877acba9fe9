"""What every service works with: the table, the company's set-up, and what the container knows of the queues."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from routing.domain.heads import Head
from routing.domain.spread import Spread
from routing.services.core.recent import Recent
from routing.services.core.signatures import Signatures
from routing.storage import keys, registry
from routing.storage.configuration import Configuration, marked
from routing.storage.heads import registry_entry
from routing.storage.objects import Objects
from routing.storage.table import Item, Key, Table


class Queues:
    """The registry of queues that leads are filed under, by owner, and the container's copy of it.

    A queue is listed before a lead is first filed in it. It is taken off only long after the set-up last changed how
    leads are filed; what is listed for certain is therefore forgotten whenever that changes. A pull reads what was
    known nevertheless: it reads what is listed of its user's owners beside it, and is told what has moved.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._filing_version = -1
        self._listed: dict[str, frozenset[str]] = {}
        self._known: dict[str, frozenset[str]] = {}
        self._has_moved = False
        """Nothing is left in the one item in which an earlier release listed all of them."""

    def known_of(self, owners: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self._known.get(owner, ()) for owner in owners))

    def keys_of(self, owners: Iterable[str]) -> list[Key]:
        """What to read for `refreshed`."""
        return [*map(keys.queues, owners), *([] if self._has_moved else [keys.REGISTRY])]

    def refreshed(self, owners: Iterable[str], found: Mapping[Key, Item]) -> frozenset[str]:
        """Every entry of these owners, given the items of `keys_of` as just read."""
        unmoved = registry.entries_of(found.get(keys.REGISTRY))
        of = registry.by_owner(unmoved)
        now = {
            owner: registry.entries_of(found.get(keys.queues(owner))) | of.get(owner, frozenset())
            for owner in owners
        }
        with self._lock:
            self._has_moved = not unmoved
            self._known |= now
            self._listed |= now
        return self.known_of(now)

    def read_all(self) -> frozenset[str]:
        """Every entry. Those that an earlier release listed in one item are moved to their owners' items."""
        items = list(self._table.query_all(keys.REGISTRY.pk))
        unmoved = frozenset().union(
            *(registry.entries_of(item) for item in items if keys.of_item(item) == keys.REGISTRY)
        )
        if unmoved:
            self._add(unmoved)
            self._table.write(marked())
            self._table.write(registry.remove_from_one(unmoved))
        return frozenset().union(*map(registry.entries_of, items))

    def register(self, heads: Iterable[Head]) -> None:
        """List the queues of heads that have just been filed, before they are written."""
        filed = [head for head in heads if head.pool]
        if not filed:
            return
        version = max(head.filing_version for head in filed)
        with self._lock:
            if version != self._filing_version:
                self._filing_version, self._listed = version, {}
            entries = {
                entry
                for owner, group in registry.by_owner(map(registry_entry, filed)).items()
                for entry in group - self._listed.get(owner, frozenset())
            }
        if not entries:
            return
        self._add(entries)
        with self._lock:
            for owner, added in registry.by_owner(entries).items():
                self._listed[owner] = self._listed.get(owner, frozenset()) | added
                self._known[owner] = self._known.get(owner, frozenset()) | added

    def _add(self, entries: Iterable[str]) -> None:
        self._table.run_parallel(
            *(
                partial(self._table.write, registry.add(owner, added))
                for owner, added in registry.by_owner(entries).items()
            )
        )

    def remove(self, entry: str) -> None:
        """Take a queue off the list, which nothing is filed in and no strategy leads to."""
        self._table.write(registry.remove(registry.Queue.of(entry).owner, {entry}))


def no_objects() -> Objects:
    """For who has no files."""
    raise LookupError("there is no object storage")


@dataclass(slots=True)
class Store:
    """hash_key: the secret under which phone numbers and addresses are hashed into keys. objects: where files are.

    noted_active: when this container last wrote that a user was active. known_keys: of sources, as last read.
    """

    table: Table
    configuration: Configuration
    hash_key: str
    objects: Callable[[], Objects] = no_objects
    queues: Queues = field(init=False)
    signatures: Signatures = field(init=False)
    spread: Spread = field(default_factory=Spread)
    recent: Recent = field(default_factory=Recent)
    noted_active: dict[str, datetime] = field(default_factory=dict)
    known_keys: dict[Key, Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queues = Queues(self.table)
        self.signatures = Signatures(self.table)

    def contact_key(self, value: str) -> str:
        return keys.contact_key(self.hash_key, value)
