"""One of several processes whose users work for a while by a virtual clock. Run by test_load."""

import heapq
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from botocore.retries.standard import ExponentialBackoff

from routing.services.pull import pull as pulling
from routing.services.pull.snapshot import read
from tests.concurrency.sales_floor import LEASE, Disposed, Pull, dispose_once, pull_once
from tests.concurrency.turns import Turns, container
from tests.concurrency.world import World, opened
from tools.engines import dynamodb_client
from tools.meter import Meter
from tools.request_units import Units

WORK, PAUSE, NOTHING = (5.0, 10.0), (5.0, 10.0), (20.0, 30.0)
"""Seconds for which a user works on a lead, until they pull the next, and until they try again when there was none."""
LET_LAPSE, SELL = 0.05, 0.3
WARM, RUSH, BURST = 1.0, 101.0, 2.0
"""Seconds: when all containers are warm; when all users have rested so long that cool-downs have ended, and pull at
once; within which they do so."""


class Cost(NamedTuple):
    """Of one pull. trips: one after another."""

    trips: int
    units: Units


class Done(NamedTuple):
    pulls: list[tuple[Pull, Cost]]
    ended: list[Disposed]


class Worker:
    """One container and the users whose pulls come to it. seconds: for which they work."""

    def __init__(
        self, world: World, turns: Turns, meter: Meter, users: Sequence[str], seconds: float
    ) -> None:
        self.turns, self.users = turns, users
        self.dice, self.over = turns.chance, WARM + seconds
        self.store, self.client = container(world, turns, meter)
        self.done = Done([], [])

    def work(self) -> Done:
        """Their work, then a rest, and then all at once."""
        self.store.configuration.load()
        read(self.store, self.users[0], None, self.turns.start, None)
        plan: list[tuple[float, str, Pull | None]] = [
            (WARM + self.dice.uniform(0, PAUSE[1] + WORK[1]), who, None) for who in self.users
        ]
        heapq.heapify(plan)
        while plan[0][0] < self.over:
            at, who, held = heapq.heappop(plan)
            self.turns.sleep(max(0.0, at - self.turns.now))
            next_at, held = self._step(who, held)
            heapq.heappush(plan, (next_at, who, held))
        for at, who in sorted((RUSH + self.dice.uniform(0, BURST), who) for who in self.users):
            self.turns.sleep(max(0.0, at - self.turns.now))
            self._pull(who)
        return self.done

    def _step(self, who: str, held: Pull | None) -> tuple[float, Pull | None]:
        """A pull or a disposition; when the user's next step is, and what they hold until then."""
        turns, dice = self.turns, self.dice
        if held is not None:
            disposition = "sold" if dice.random() < SELL else "no-answer"
            self.done.ended.append(dispose_once(self.store, held, disposition, turns))
            return turns.now + dice.uniform(*PAUSE), None
        got = self._pull(who)
        if got.lead is None:
            return turns.now + dice.uniform(*NOTHING), None
        if dice.random() < LET_LAPSE:
            return turns.now + LEASE.total_seconds() + dice.uniform(*PAUSE), None
        return turns.now + dice.uniform(*WORK), got

    def _pull(self, who: str) -> Pull:
        self.client.trips, self.client.units = 0, Units()
        got = pull_once(self.store, who, self.client, self.turns)
        self.done.pulls.append((got, Cost(self.client.trips, self.client.units)))
        return got


def work(
    endpoint: str, table: str, seconds: float, parts: Sequence[Sequence[str]], turns: Sequence[Turns]
) -> None:
    """Each part of the users has a container, and a thread, of its own."""
    ExponentialBackoff.delay_amount = lambda self, context: 0
    pulling.RANDOM = turns[0].chance  # type: ignore[assignment]
    looker = dynamodb_client(endpoint)
    with opened(endpoint, table) as world, Meter(world.client, looker) as meter:
        workers = [Worker(world, own, meter, users, seconds) for own, users in zip(turns, parts, strict=True)]
        with ThreadPoolExecutor(len(workers)) as pool:
            for own, worker in zip(turns, workers, strict=True):
                pool.submit(own.run, worker.work)
    looker.close()
