"""Thousands of reps who pull from one queue, simulated at DynamoDB's latencies: how long a pull takes, how often
claims collide, and what that costs in order.

A discrete-event simulation: deterministic for a seed, and as true as its assumptions. How many leads a pull chooses
among is the product's own rule (`routing.domain.spread`), and so are the sizes of pages and the numbers of attempts;
reads, transactions, retries and the sweep are modelled after `routing.services`.
"""

import random
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Protocol

from bench.simulated_queue import Clock, Entry, Latency, Lead, Process, SimulatedQueue
from routing.services.pull.pull import ATTEMPTS
from routing.services.pull.snapshot import FIRST_PAGE, PAGE
from routing.storage.table import ATTEMPTS as TRANSACTION_ATTEMPTS

CALL = (0.0045, 0.012)
"""Seconds of one call to the table: median and 99th percentile."""
LAG = (0.015, 0.096)
"""Seconds until the index shows a write."""
THINK = (60.0, 480.0)
"""Seconds between a rep's pulls, evenly spread: the call, and what is noted of it."""
READS = 4
"""Calls sent side by side to read the front: the slot, the callbacks, both sides of the queue."""
LEASE = 900.0
COOL_DOWN = 180.0
"""Short, so that leads come back within what is simulated."""
CLOSED = 0.3
LAPSED = 0.02
"""Shares of the pulled leads that are closed, and that are never heard of again until their lease ends."""
BUSY_PAUSE = (1.0, 3.0)
"""Seconds after which a rep who was told that the table is too busy pulls again."""
SWEEP = 60.0
INDEX_UNITS = 2
"""A changed index entry is a delete and a put."""
SEED = 4


class Spread(Protocol):
    """Among how many leads of one rank to pick, and what is learnt from a claim."""

    @property
    def size(self) -> int: ...

    def won(self) -> None: ...

    def lost(self) -> None: ...


class Strict:
    """Always the first, for comparison."""

    size = 1

    def won(self) -> None:
        """Nothing is learnt."""

    def lost(self) -> None:
        """Nothing is learnt."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many reps, who begin evenly spread over `start_within` seconds and work on until `lasts` is over.

    ranks: how many leads of each, the best first. closed, lapsed: shares of the leads that they get.
    """

    name: str
    reps: int
    start_within: float
    lasts: float
    ranks: Sequence[int]
    closed: float = CLOSED
    lapsed: float = LAPSED


@dataclass(slots=True)
class Asked:
    """One pull: when it was asked for and answered, and what was sent for it. lead None: there was nothing.

    claims: transactions, also those sent again. is_wrong: there was nothing, they said, though something was ready
    all the while. passed_over: how many such leads go before the one served, of better ranks and of its own.
    """

    user: int
    began: float
    ended: float = 0.0
    claims: int = 0
    trips: int = 0
    lead: int | None = None
    is_busy: bool = False
    is_wrong: bool = False
    passed_over: tuple[int, int] = (0, 0)
    passed: set[tuple[int, int]] = field(default_factory=set)


class _Front:
    """What a pull has read, but for what somebody else was quicker to take.

    An end is the last entry of a side so far; None: the side has been read whole.
    """

    def __init__(self, asked: Asked) -> None:
        self.ready_end: Entry | None = None
        self.waiting_end: Entry | None = None
        self._asked = asked
        self._found: dict[int, Entry] = {}
        self._ordered: list[Entry] = []

    def take(self, ready: Sequence[Entry], waiting: Sequence[Entry], limit: int) -> None:
        for each in (*ready, *waiting):
            known = self._found.get(each.key[2])
            if known is None or known.version < each.version:
                self._found[each.key[2]] = each
        passed = self._asked.passed
        self._ordered = sorted(
            each for lead, each in self._found.items() if (lead, each.version) not in passed
        )
        self.ready_end = ready[-1] if len(ready) == limit else None
        self.waiting_end = waiting[-1] if len(waiting) == limit else None

    def candidates(self, most: int) -> list[Entry] | None:
        """The first of the best rank, in order; who had one last gets it only when all are such. None: read on, for
        the unread may go before the first. None of them goes after what is unread."""
        same = list(takewhile(lambda each: each.key[0] == self._ordered[0].key[0], self._ordered))
        others = (each for each in same if each.last_holder != self._asked.user)
        among = list(islice(others, most)) or same[:most]
        end = self.ready_end
        if self.waiting_end is not None or (end is not None and not among):
            return None
        if end is None:
            return among
        if among[0].last_holder == self._asked.user and end.key[0] <= among[0].key[0]:
            return None
        return [each for each in among if each.key <= end.key] or None


class Busy(Exception):
    """A transaction did not go through in all its attempts."""


class Simulation:
    """The queue, the reps, the warm containers that serve them and, each minute, the sweep.

    pulls: those that were answered. leases: lead, user and when, in the order in which they were committed.
    """

    def __init__(self, load: Load, spread: Callable[[], Spread], seed: int = SEED) -> None:
        self.load = load
        self.pulls: list[Asked] = []
        self.leases: list[tuple[int, int, float]] = []
        self.containers = 0
        self.clock = Clock()
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated
        self._call = Latency(self._chance, *CALL)
        ranks = [rank for rank, leads in enumerate(load.ranks, 1) for _ in range(leads)]
        self.queue = SimulatedQueue(self.clock, Latency(self._chance, *LAG), ranks)
        self._new_spread = spread
        self._idle: list[Spread] = []

    def run(self) -> None:
        for user in range(self.load.reps):
            self.clock.start(self._rep(user), self._chance.uniform(0, self.load.start_within))
        self.clock.start(self._sweeps(), SWEEP)
        self.clock.run(self.load.lasts)

    def _rep(self, user: int) -> Process:
        while True:
            asked = Asked(user, self.clock.now)
            # The container that was used last is used first, as Lambda tends to; what it has learnt is its own.
            if not self._idle:
                self.containers += 1
                self._idle.append(self._new_spread())
            spread = self._idle.pop()
            try:
                yield from self._pull(asked, spread)
            except Busy:
                asked.is_busy = True
            self._idle.append(spread)
            asked.ended = self.clock.now
            self.pulls.append(asked)
            if asked.is_busy:
                yield self._chance.uniform(*BUSY_PAUSE)
            elif asked.lead is None:
                yield self._chance.uniform(*THINK)
            elif self._chance.random() < self.load.lapsed:
                yield LEASE + self._chance.uniform(*THINK)
            else:
                yield self._chance.uniform(*THINK)
                yield from self._dispose(user, self.queue.leads[asked.lead])

    def _pull(self, asked: Asked, spread: Spread) -> Process:
        for _ in range(ATTEMPTS):
            front = _Front(asked)
            yield from self._read(asked, front, min(PAGE, max(FIRST_PAGE, 2 * spread.size)))
            among = yield from self._candidates(asked, front, spread.size)
            if not among:
                asked.is_wrong = self.queue.is_any_ready(asked.began)
                asked.trips += 1
                yield self._call.draw()
                return
            chosen = self._chance.choice(among)
            if (yield from self._claim(asked, chosen)):
                spread.won()
                asked.lead = chosen.key[2]
                return
            spread.lost()
            asked.passed.add((chosen.key[2], chosen.version))
        raise Busy

    def _candidates(self, asked: Asked, front: _Front, most: int) -> Generator[float, None, list[Entry]]:
        while (among := front.candidates(most)) is None:
            yield from self._read(asked, front, PAGE, more=True)
        return among

    def _read(self, asked: Asked, front: _Front, limit: int, *, more: bool = False) -> Process:
        """One round trip: both sides of the queue, as they are half-way; the slowest call is waited for."""
        calls = [self._call.draw() for _ in range(READS)]
        asked.trips += 1
        yield calls[0] / 2
        index = self.queue.index
        # A side that has been read whole is not read again.
        ready = [] if more and front.ready_end is None else index.ready(front.ready_end, limit)
        waiting = (
            [] if more and front.waiting_end is None else index.waiting(front.waiting_end, limit, asked.began)
        )
        front.take(ready, waiting, limit)
        yield max(calls) - calls[0] / 2

    def _claim(self, asked: Asked, chosen: Entry) -> Generator[float, None, bool]:
        """Lend the lead as it was shown to the user; False when it has changed since."""
        lead = self.queue.leads[chosen.key[2]]
        asked.trips += 1

        def lend() -> None:
            asked.passed_over = self.queue.before(lead, asked.user, asked.began)
            self.queue.commit(lead, self.clock.now + LEASE, holder=asked.user)
            self.leases.append((lead.id, asked.user, self.clock.now))

        return (yield from self._transact(lead, chosen.version, lend, asked))

    def _dispose(self, user: int, lead: Lead) -> Process:
        """Read, then write: the lead is closed, or rests."""
        yield self._call.draw()

        def record() -> None:
            is_closed = self._chance.random() < self.load.closed
            self.queue.commit(lead, None if is_closed else self.clock.now + COOL_DOWN)

        # Too busy, six times over: the rep's client sends it again.
        while lead.holder == user:
            with suppress(Busy):
                yield from self._transact(lead, lead.version, record)

    def _transact(
        self, lead: Lead, version: int, commit: Callable[[], None], asked: Asked | None = None
    ) -> Generator[float, None, bool]:
        """One transaction on a lead `IF version = the one seen`, sent again after a conflict or a throttle."""
        for attempt in range(TRANSACTION_ATTEMPTS):
            if asked is not None:
                asked.claims += 1
            took = self._call.draw()
            yield took / 4
            if lead.version != version:
                yield took * 3 / 4
                return False
            is_locked = lead.locked_until > self.clock.now
            if not is_locked and self.queue.partition.take(INDEX_UNITS, self.clock.now):
                lead.locked_until = self.clock.now + took / 2
                yield took / 2
                commit()
                yield took / 4
                return True
            yield took * 3 / 4
            yield self._chance.uniform(0, min(1.0, 0.02 * 2**attempt))
        raise Busy

    def _sweeps(self) -> Process:
        """Each minute what is due moves to the ready side, one after another."""
        while True:
            began = self.clock.now
            while True:
                due = self.queue.index.waiting(None, PAGE, began)
                yield self._call.draw()
                moved = 0
                for entry in due:
                    lead = self.queue.leads[entry.key[2]]

                    def back(lead: Lead = lead) -> None:
                        self.queue.commit(lead, self.clock.now)

                    with suppress(Busy):
                        moved += yield from self._transact(lead, entry.version, back)
                if len(due) < PAGE or not moved:
                    break
            yield max(0.0, began + SWEEP - self.clock.now)
