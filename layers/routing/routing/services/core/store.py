"""What every service works with: the table, the company's set-up, and what the container knows of the queues."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from routing.domain.heads import Head
from routing.domain.spread import Spread
from routing.storage import keys, registry
from routing.storage.configuration import Configuration
from routing.storage.heads import registry_entry
from routing.storage.table import Item, Table


class Queues:
    """The registry of queues that leads are filed under, and the container's copy of it.

    A queue is listed before a lead is first filed in it. It is taken off only long after the set-up last changed how
    leads are filed; what is listed for certain is therefore forgotten whenever that changes. A pull reads what was
    known nevertheless: it reads the registry beside it, and is told what has moved.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._filing_version = -1
        self._listed: frozenset[str] = frozenset()
        self.known: frozenset[str] = frozenset()

    def refreshed(self, item: Item | None) -> frozenset[str]:
        """Every entry, given the registry item as just read."""
        with self._lock:
            self.known = self._listed = registry.entries_of(item)
            return self.known

    def register(self, heads: Iterable[Head]) -> None:
        """List the queues of heads that have just been filed, before they are written."""
        filed = [head for head in heads if head.pool]
        if not filed:
            return
        version = max(head.filing_version for head in filed)
        with self._lock:
            if version != self._filing_version:
                self._filing_version, self._listed = version, frozenset()
            entries = {registry_entry(head) for head in filed} - self._listed
        if not entries:
            return
        self._table.write(registry.add(entries))
        with self._lock:
            self._listed |= entries
            self.known |= entries

    def remove(self, entry: str) -> None:
        """Take a queue off the list, which nothing is filed in and no strategy leads to."""
        self._table.write(registry.remove(entry))


@dataclass(slots=True)
class Store:
    """hash_key: the secret under which phone numbers and addresses are hashed into keys.

    noted_active: when this container last wrote that a user was active.
    """

    table: Table
    configuration: Configuration
    hash_key: str
    queues: Queues = field(init=False)
    spread: Spread = field(default_factory=Spread)
    noted_active: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queues = Queues(self.table)

    def contact_key(self, value: str) -> str:
        return keys.contact_key(self.hash_key, value)
