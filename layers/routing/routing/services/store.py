"""What every service works with: the table, the company's set-up, and what the container knows of the queues."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from routing.domain.heads import Head
from routing.storage import keys
from routing.storage.configuration import Configuration
from routing.storage.heads import registry_entry
from routing.storage.table import Item, Table, Write


class Queues:
    """The registry of (owner, pool, zone group) triples that leads are filed under, and the container's copy."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self.known: frozenset[str] = frozenset()

    def refreshed(self, item: Item | None) -> frozenset[str]:
        """Every entry, given the registry item as just read. Entries are only ever added."""
        with self._lock:
            self.known |= frozenset(item["queues"]) if item else frozenset()
            return self.known

    def register(self, heads: Iterable[Head]) -> None:
        """List the triples of these heads, before the heads are filed under them."""
        entries = {registry_entry(head) for head in heads if head.pool} - self.known
        if not entries:
            return
        self._table.write(
            Write("Update", key=keys.REGISTRY, update="ADD queues :entries", values={":entries": entries})
        )
        with self._lock:
            self.known |= entries


@dataclass(slots=True)
class Store:
    """hash_key: the secret under which phone numbers and addresses are hashed into keys.

    noted_active: when this container last wrote that a user was active.
    spread: among how many leads of one rank a pull picks at random: 1 while quiet, more while pulls collide.
    """

    table: Table
    configuration: Configuration
    hash_key: str
    queues: Queues = field(init=False)
    spread: int = 1
    noted_active: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queues = Queues(self.table)

    def contact_key(self, value: str) -> str:
        return keys.contact_key(self.hash_key, value)
