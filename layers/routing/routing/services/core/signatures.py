"""Under which signatures an owner's leads are held, and the container's memory of what it has listed."""

import threading
from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from routing.domain.heads import Head
from routing.storage import signatures
from routing.storage.table import ConditionFailed, Table

NOTED_EVERY = timedelta(minutes=1)


class Signatures:
    """A signature is listed before the first lead is held under it.

    It is taken off only once a strategy of its is gone, so what is listed for certain is forgotten with every set-up.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._version = -1
        self._listed: dict[tuple[str, str], bool] = {}
        self._noted: dict[str, datetime] = {}

    def is_listed(self, version: int, owner: str, name: str, strategies: Set[str]) -> bool:
        """List a signature that a lead is about to be held under; False where there is no room. version: of the
        set-up.
        """
        with self._lock:
            if version != self._version:
                self._version, self._listed = version, {}
            known = self._listed.get((owner, name))
        if known is None:
            known = self._add(owner, name, strategies)
            with self._lock:
                self._listed[owner, name] = known
        return known

    def note(self, held: Iterable[Head], now: datetime) -> None:
        """Before these heads are written: note of which owners some are held that no signature finds."""
        for owner in {
            each.owner for each in held if each.standing == "held" and not signatures.is_indexed(each)
        }:
            noted = self._noted.get(owner)
            if noted is None or not noted <= now < noted + NOTED_EVERY:
                self._table.write(signatures.others(owner, now))
                self._noted[owner] = now

    def _add(self, owner: str, name: str, strategies: Set[str]) -> bool:
        """Whether it is listed now."""
        if len(strategies) > signatures.MOST_STRATEGIES:
            return False
        try:
            self._table.write(signatures.add(owner, name, strategies))
        except ConditionFailed as refused:
            return name in (refused.failed[0] or {})
        return True
