"""A sales floor at its busiest: 64 workers, 200 users, up to 5,000 leads in six calling classes."""

import heapq
import multiprocessing
import random
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from routing.services import pull as pulling
from routing.services.front import read
from tests.concurrency import load
from tests.concurrency.conftest import Engine
from tests.concurrency.sales_floor import (
    LEASE,
    TURN,
    Disposed,
    Place,
    Pull,
    dispose_once,
    furnish,
    judged,
    pull_once,
    users,
)
from tests.concurrency.turns import Turns, container
from tests.concurrency.world import World, opened

WORKERS, PROCESSES = 64, 4
STEPS = 320
"""Pulls and dispositions in all, of those who work as fast as they can."""
SEED = 4
WORK, PAUSE, NOTHING = (5.0, 10.0), (5.0, 10.0), (20.0, 30.0)
"""Seconds for which a user works on a lead, until they pull the next, and until they try again when there was none."""
LET_LAPSE, SELL = 0.05, 0.3
WARM, MINUTE, REST, BURST = 1.0, 60.0, 40.0, 2.0
"""Seconds: until all containers are warm; of work; of rest, in which some cool-downs end; in which then everybody
pulls."""
FEW = 5
"""So many leads that may not be called fit on the first page of a queue beside one that may."""
MOST_CLAIMS = 1.3
"""For each lead served, in the minute and with the rush."""


@pytest.fixture
def leads(engine: Engine) -> int:
    """The embedded engine reads the whole partition for each query of it."""
    return 330 if engine.name == "The embedded engine" else 5000


@pytest.fixture
def floor(engine: Engine, table: str, leads: int) -> Iterator[World]:
    with opened(engine.endpoint, table) as world:
        furnish(world, leads)
        yield world


def test_four_processes_as_fast_as_they_can(engine: Engine, floor: World, leads: int) -> None:
    """Claims collide more than they ever would in life: nobody pauses, and the machine, not the table, is slow."""
    spawn = multiprocessing.get_context("spawn")
    progress = load.Progress(spawn.Array("q", 2), spawn.Barrier(PROCESSES), STEPS)
    everybody = users()
    parts = [everybody[at::WORKERS] for at in range(WORKERS)]
    with ProcessPoolExecutor(PROCESSES, spawn, load.begin, (progress,)) as pool:
        work = partial(load.work, engine.endpoint, floor.name)
        done = list(pool.map(work, [parts[at::PROCESSES] for at in range(PROCESSES)]))
    pulls = [each for got, _ in done for each in got]
    places = judged(floor, leads, pulls, [each for _, ended in done for each in ended])
    print(f"\n{engine.name}, as fast as they can: {_told(pulls, places)}")


class Worker:
    """One container and the users whose pulls come to it. pulls: each with its round trips, one after another."""

    def __init__(self, world: World, turns: Turns, users: Sequence[str]) -> None:
        self.turns, self.users = turns, users
        self.dice = random.Random(users[0])  # noqa: S311 - to be repeated
        self.store, self.client = container(world, turns)
        self.pulls: list[tuple[Pull, int]] = []
        self.ended: list[Disposed] = []

    def work(self) -> None:
        """A minute of it, then a rest, and then all at once."""
        self.store.configuration.load()
        read(self.store, self.users[0], None, self.turns.start, None)
        plan: list[tuple[float, str, Pull | None]] = [
            (WARM + self.dice.uniform(0, PAUSE[1] + WORK[1]), who, None) for who in self.users
        ]
        heapq.heapify(plan)
        while plan[0][0] < WARM + MINUTE:
            at, who, held = heapq.heappop(plan)
            self.turns.sleep(max(0.0, at - self.turns.now))
            next_at, held = self._step(who, held)
            heapq.heappush(plan, (next_at, who, held))
        rush = WARM + MINUTE + REST
        for at, who in sorted((rush + self.dice.uniform(0, BURST), who) for who in self.users):
            self.turns.sleep(max(0.0, at - self.turns.now))
            self._pull(who)

    def _step(self, who: str, held: Pull | None) -> tuple[float, Pull | None]:
        """A pull or a disposition; when the user's next step is, and what they hold until then."""
        turns, dice = self.turns, self.dice
        if held is not None:
            disposition = "sold" if dice.random() < SELL else "no-answer"
            self.ended.append(dispose_once(self.store, held, disposition, turns))
            return turns.now + dice.uniform(*PAUSE), None
        got = self._pull(who)
        if got.lead is None:
            return turns.now + dice.uniform(*NOTHING), None
        if dice.random() < LET_LAPSE:
            return turns.now + LEASE.total_seconds() + dice.uniform(*PAUSE), None
        return turns.now + dice.uniform(*WORK), got

    def _pull(self, who: str) -> Pull:
        before = self.client.trips
        got = pull_once(self.store, who, self.client, self.turns)
        self.pulls.append((got, self.client.trips - before))
        return got


def test_a_minute_by_the_clock(
    engine: Engine, floor: World, leads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At DynamoDB's latencies, whatever the machine's: what a pull costs, and everything that must be true."""
    chance = random.Random(SEED)  # noqa: S311 - to be repeated
    monkeypatch.setattr(pulling, "CHANCE", chance)
    turns = Turns(TURN - timedelta(seconds=WARM + MINUTE / 2), SEED)
    everybody = users()
    workers = [Worker(floor, turns, everybody[at::WORKERS]) for at in range(WORKERS)]
    turns.run([each.work for each in workers])
    trips = {each: count for worker in workers for each, count in worker.pulls}
    places = judged(floor, leads, list(trips), [each for worker in workers for each in worker.ended])
    steady = [each for each in trips if each.began < WARM + MINUTE]
    rush = trips.keys() - steady
    print(f"\n{engine.name}, by the clock: {_told(steady, places, trips)}")
    print(f"all within two seconds: {_told(rush, places, trips)}")
    for together in (steady, list(trips)):
        assert _claims(together, places) <= MOST_CLAIMS
    usual = [
        trips[each]
        for each in steady
        if each.token in places and each.claims == 1 and places[each.token].closed_before < FEW
    ]
    assert len(usual) > 30
    assert set(usual) == {2}


def _claims(pulls: Collection[Pull], places: Mapping[str, Place]) -> float:
    """For each pull that was served."""
    return sum(each.claims for each in pulls) / sum(each.token in places and not each.again for each in pulls)


def _told(
    pulls: Collection[Pull], places: Mapping[str, Place], trips: Mapping[Pull, int] | None = None
) -> str:
    served = [each for each in pulls if each.token in places and not each.again]
    over = [places[each.token].passed_over for each in served]
    told = (
        f"{len(served)} of {len(pulls)} pulls served, {_claims(pulls, places):.2f} claims for each, "
        f"before {statistics.fmean(over):.1f} others of its rank, at most {max(over)}"
    )
    if trips is None:
        return told
    took = statistics.quantiles([1000 * (each.ended - each.began) for each in served], n=100)
    mean = statistics.fmean(trips[each] for each in served)
    return f"{told}; {mean:.2f} round trips, p50 {took[49]:.1f} ms, p99 {took[98]:.1f} ms"
