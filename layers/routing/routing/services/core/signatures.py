"""Under which signatures an owner's leads are held, and the container's memory of what it has listed."""

import threading
from collections.abc import Callable, Set

from routing.domain.heads import Head
from routing.storage import signatures
from routing.storage.table import ConditionFailed, Table


class Signatures:
    """A signature is listed before the first lead is held under it.

    It is taken off only once a strategy of its is gone, so what is listed for certain is forgotten with every set-up.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._version = -1
        self._listed: set[tuple[str, str]] = set()

    def register(self, version: int, held: Head, strategies: Callable[[], Set[str]]) -> None:
        """List what a head is about to be held under. version: of the set-up. strategies: those that it matches."""
        because = held.held_because
        if because is None or because == signatures.INTERNAL:
            return
        entry = (held.owner, because if signatures.is_indexed(held) else "")
        with self._lock:
            if version != self._version:
                self._version, self._listed = version, set()
            if entry in self._listed:
                return
        if not (entry[1] and self._add(held.owner, because, strategies())):
            self._table.write(signatures.others(held.owner))
        with self._lock:
            self._listed.add(entry)

    def _add(self, owner: str, name: str, strategies: Set[str]) -> bool:
        """Whether it is listed now."""
        if len(strategies) > signatures.MOST_STRATEGIES:
            return False
        try:
            self._table.write(signatures.add(owner, name, strategies))
        except ConditionFailed as refused:
            return name in (refused.failed[0] or {})
        return True
