"""Many threads on a real engine by a virtual clock: one runs at a time, the one whose moment comes first.

A call to the table takes as long as a seeded latency says, half of it before the engine sees the call and half after.
Calls that are made side by side reach the engine at one moment, and take as long as the slowest. So what happens
depends on the seed alone, not on the machine. An index shows every write at once, for engines on one machine do.
"""

import heapq
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from routing.services.store import Store
from routing.storage.configuration import Configuration
from routing.storage.table import Table
from tests.concurrency.sales_floor import Watched
from tests.concurrency.world import ADMIN, World
from tools.bench.reps import CALL
from tools.bench.simulated_queue import Latency

T = TypeVar("T")
CALLS = frozenset({"get_item", "batch_get_item", "query", "put_item", "update_item", "delete_item"})


class Turns:
    """now: seconds of virtual time since `start`."""

    def __init__(self, start: datetime, seed: int) -> None:
        self.now = 0.0
        self.start = start
        chance = random.Random(seed)  # noqa: S311 - to be repeated
        self._latency = Latency(chance, *CALL)
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._serial = 0

    def run(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """Each of these in a thread of its own, from now on; what each returned."""
        with ThreadPoolExecutor(len(works)) as pool:
            running = [pool.submit(self._run, work, self._queue(0.0)) for work in works]
            self._next()
            return [each.result() for each in running]

    def _run(self, work: Callable[[], T], turn: threading.Semaphore) -> T:
        turn.acquire()
        try:
            return work()
        finally:
            self._next()

    def _queue(self, span: float) -> threading.Semaphore:
        turn = threading.Semaphore(0)
        self._serial += 1
        heapq.heappush(self._waiting, (self.now + span, self._serial, turn))
        return turn

    def _next(self) -> None:
        if self._waiting:
            self.now, _, turn = heapq.heappop(self._waiting)
            turn.release()

    def sleep(self, span: float) -> None:
        turn = self._queue(span)
        self._next()
        turn.acquire()

    @contextmanager
    def trip(self, calls: int) -> Iterator[None]:
        """A round trip of so many calls side by side; inside, the engine sees them."""
        took = max(self._latency.draw() for _ in range(calls))
        self.sleep(took / 2)
        try:
            yield
        finally:
            self.sleep(took / 2)

    def tick(self) -> float:
        return self.now

    def begin(self) -> tuple[float, datetime]:
        return self.now, self.start + timedelta(seconds=self.now)


class Paced(Watched):
    """A client whose every call waits for its turn. trips: one after another."""

    def __init__(self, client: Any, turns: Turns) -> None:
        super().__init__(client, turns)
        self._turns = turns
        self._inside = False
        self.trips = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._in_turn(found) if name in CALLS else found

    def transact_write_items(self, **request: Any) -> Any:
        return self._in_turn(super().transact_write_items)(**request)

    def _in_turn(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def paced(**request: Any) -> Any:
            if self._inside:
                return call(**request)
            with self.side_by_side(1):
                return call(**request)

        return paced

    @contextmanager
    def side_by_side(self, calls: int) -> Iterator[None]:
        if self._inside:
            yield
            return
        self.trips += 1
        with self._turns.trip(calls):
            self._inside = True
            try:
                yield
            finally:
                self._inside = False


class PacedTable(Table):
    """A table that runs in line what is sent side by side, at one moment."""

    client: Paced

    def together(self, *calls: Callable[[], Any]) -> list[Any]:
        if not calls:
            return []
        with self.client.side_by_side(len(calls)):
            return [each() for each in calls]


def container(world: World, turns: Turns) -> tuple[Store, Paced]:
    """What `World.container` gives, with its calls in turn."""
    client = Paced(world.client, turns)
    table = PacedTable(client, world.name, wait=turns.sleep)
    return Store(table, Configuration(table, "UTC", ADMIN), "secret"), client
