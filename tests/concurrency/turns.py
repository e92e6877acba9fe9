"""Many threads of several processes on a real engine by a virtual clock: one runs at a time, the one whose moment
comes first.

A call to the table takes as long as a seeded latency says, half of it before the engine sees the call and half after.
Calls that are made side by side reach the engine at one moment, and take as long as the slowest. So what happens
depends on the seed alone, not on the machine. An index shows every write at once, for engines on one machine do.
"""

import heapq
import multiprocessing
import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from bench.reps import CALL
from bench.simulated_queue import Latency
from routing.services.core.store import Store
from routing.storage.configuration import Configuration
from routing.storage.table import Table
from tests.concurrency.sales_floor import Watched
from tests.concurrency.world import ADMIN, World
from tools.meter import Meter
from tools.request_units import Units

CALLS = frozenset({"get_item", "batch_get_item", "query", "put_item", "update_item", "delete_item"})
SILENT_SECONDS, ENDS_SECONDS = 120.0, 10.0
"""Real ones: for which a thread may run, or start, before it sleeps; and in which a process ends that has nothing left
to do."""


class Turns:
    """The clock as one thread has it. now: seconds of virtual time since `start`. chance: the thread's own, seeded."""

    def __init__(self, link: Connection, start: datetime, chance: random.Random) -> None:
        self.now = 0.0
        self.start = start
        self.chance = chance
        self.link = link
        self._latency = Latency(chance, *CALL)

    def run(self, work: Callable[[], object]) -> None:
        """From the thread's first turn on; `give_turns` is told what it returned or raised."""
        self.now = self.link.recv()
        try:
            done = work()
        except Exception:  # noqa: BLE001 - any: it is raised again where the turns are given
            done = Failed(traceback.format_exc())
        self.link.send(done)

    def sleep(self, span: float) -> None:
        self.link.send(span)
        self.now = self.link.recv()

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


class Failed(Exception):
    """A thread or a process of the test did not come to its end."""


def give_turns(
    works: Sequence[Callable[[Sequence[Turns]], None]], threads: int, start: datetime, seed: int
) -> list[Any]:
    """Run each of `works` in a process of its own, with the turns of its threads; what each thread returned.

    Through its link a thread says how long it sleeps, at last what it returned, and is told the time at which it goes
    on. Only then does it run, so there is one to listen to.
    """
    spawn = multiprocessing.get_context("spawn")
    links: list[Connection] = []
    children: list[Any] = []
    try:
        for work in works:
            pipes = [spawn.Pipe() for _ in range(threads)]
            dice = [random.Random(f"{seed}/{len(links) + at}") for at in range(threads)]  # noqa: S311 - to be repeated
            turns = [Turns(theirs, start, chance) for (_, theirs), chance in zip(pipes, dice, strict=True)]
            links += [ours for ours, _ in pipes]
            children.append(spawn.Process(target=work, args=(turns,), daemon=True))
            children[-1].start()
            for _, theirs in pipes:
                theirs.close()  # so that the end of the process is the end of the link
        return _given(links)
    finally:
        for link in links:
            link.close()  # who still waits for a turn ends by that
        for child in children:
            child.join(ENDS_SECONDS)
            child.kill()


def _given(links: Sequence[Connection]) -> list[Any]:
    done: list[Any] = [None] * len(links)
    waiting = [(0.0, thread) for thread in range(len(links))]
    while waiting:
        now, thread = heapq.heappop(waiting)
        try:
            links[thread].send(now)
            if not links[thread].poll(SILENT_SECONDS):
                raise Failed(f"thread {thread} has had its turn for {SILENT_SECONDS:g} seconds")
            said = links[thread].recv()
        except (EOFError, OSError) as ended:
            raise Failed(f"the process of thread {thread} has ended; it says why on stderr") from ended
        if isinstance(said, Failed):
            raise said
        if isinstance(said, float):
            heapq.heappush(waiting, (now + said, thread))
        else:
            done[thread] = said
    return done


class Paced(Watched):
    """A client whose every call waits for its turn. trips: one after another. units: what all of it cost."""

    def __init__(self, client: Any, turns: Turns, meter: Meter) -> None:
        super().__init__(client, turns)
        self._turns, self._meter = turns, meter
        self._inside = False
        self.trips = 0
        self.units = Units()

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
            before = len(self._meter.calls)
            try:
                yield
            finally:
                self._inside = False
                self.units = sum((call.units for call in self._meter.calls[before:]), self.units)


class PacedTable(Table):
    """A table that runs in line what is sent side by side, at one moment."""

    client: Paced

    def run_parallel(self, *calls: Callable[[], Any]) -> list[Any]:
        if not calls:
            return []
        with self.client.side_by_side(len(calls)):
            return [each() for each in calls]


def container(world: World, turns: Turns, meter: Meter) -> tuple[Store, Paced]:
    """What `World.container` gives, with its calls in turn. meter: of the world's client."""
    client = Paced(world.client, turns, meter)
    table = PacedTable(client, world.name, wait=turns.sleep)
    return Store(table, Configuration(table, "UTC", ADMIN), "secret"), client
