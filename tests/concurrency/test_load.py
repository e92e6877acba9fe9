"""A sales floor at its busiest: 64 workers, 200 users, up to 5,000 leads in six calling classes."""

import multiprocessing
import statistics
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from bench.budgets import BUDGETS, PULL
from tests.concurrency import load, shift
from tests.concurrency.conftest import Engine
from tests.concurrency.sales_floor import TURN, Place, Pull, furnish, judged, users
from tests.concurrency.shift import WARM, Cost
from tests.concurrency.turns import give_turns
from tests.concurrency.world import World, opened
from tools.request_units import Units, shown

WORKERS, PROCESSES = 64, 4
STEPS = 320
"""Pulls and dispositions in all, of those who work as fast as they can."""
SEED = 4
FEW = 5
"""So many leads that may not be called fit on the first page of a queue beside one that may."""
MOST_CLAIMS = 1.3
"""For each lead served, by the clock and with the rush."""


@pytest.fixture
def is_embedded(engine: Engine) -> bool:
    """The embedded engine reads the whole partition for each query of it: it gets fewer leads, and less time."""
    return engine.name == "The embedded engine"


@pytest.fixture
def leads(is_embedded: bool) -> int:
    return 330 if is_embedded else 5000


@pytest.fixture
def floor(engine: Engine, table: str, leads: int) -> Iterator[World]:
    with opened(engine.endpoint, table) as world:
        furnish(world, leads)
        yield world


def test_four_processes_as_fast_as_they_can(engine: Engine, floor: World, leads: int) -> None:
    """Claims collide more than they ever would in life: nobody pauses, and the machine, not the table, is slow."""
    spawn = multiprocessing.get_context("spawn")
    progress = load.Progress(spawn.Array("q", 2), spawn.Barrier(PROCESSES), STEPS)
    with ProcessPoolExecutor(PROCESSES, spawn, load.begin, (progress,)) as pool:
        work = partial(load.work, engine.endpoint, floor.name)
        done = list(pool.map(work, _parts()))
    pulls = [each for got, _ in done for each in got]
    places = judged(floor, leads, pulls, [each for _, ended in done for each in ended])
    print(f"\n{engine.name}, as fast as they can: {_told(pulls, places)}")


def test_a_while_by_the_clock(engine: Engine, floor: World, leads: int, is_embedded: bool) -> None:
    """At DynamoDB's latencies, whatever the machine's: what a pull costs, and everything that must be true.

    `make test-long` has the whole minute, on DynamoDB Local; `make test` a third of it.
    """
    seconds = 20.0 if is_embedded else 60.0
    parts = _parts()
    works = [partial(shift.work, engine.endpoint, floor.name, seconds, each) for each in parts]
    done = give_turns(works, len(parts[0]), TURN - timedelta(seconds=WARM + seconds / 2), SEED)
    costs: dict[Pull, Cost] = {each: cost for worker in done for each, cost in worker.pulls}
    places = judged(floor, leads, list(costs), [each for worker in done for each in worker.ended])
    steady = [each for each in costs if each.began < WARM + seconds]
    rush = costs.keys() - steady
    print(f"\n{engine.name}, by the clock: {_told(steady, places, costs)}")
    print(f"all within two seconds: {_told(rush, places, costs)}")
    for together in (steady, list(costs)):
        assert _claims(together, places) <= MOST_CLAIMS
    usual = [
        costs[each]
        for each in steady
        if each.token in places and each.claims == 1 and places[each.token].closed_before < FEW
    ]
    assert len(usual) > 30
    budget = BUDGETS[PULL]
    assert {each.trips for each in usual} == {budget.round_trips}
    assert max(each.units.write for each in usual) <= budget.write
    assert max(each.units.index for each in usual) <= budget.index


def _parts() -> list[list[list[str]]]:
    """The users of each container of each process."""
    everybody = users()
    containers = [everybody[at::WORKERS] for at in range(WORKERS)]
    return [containers[at::PROCESSES] for at in range(PROCESSES)]


def _claims(pulls: Collection[Pull], places: Mapping[str, Place]) -> float:
    """For each pull that was served."""
    return sum(each.claims for each in pulls) / sum(each.token in places and not each.again for each in pulls)


def _told(
    pulls: Collection[Pull], places: Mapping[str, Place], costs: Mapping[Pull, Cost] | None = None
) -> str:
    served = [each for each in pulls if each.token in places and not each.again]
    over = [places[each.token].passed_over for each in served]
    told = (
        f"{len(served)} of {len(pulls)} pulls served, {_claims(pulls, places):.2f} claims for each, "
        f"before {statistics.fmean(over):.1f} others of its rank, at most {max(over)}"
    )
    if costs is None:
        return told
    took = statistics.quantiles([1000 * (each.ended - each.began) for each in served], n=100)
    trips = statistics.fmean(costs[each].trips for each in served)
    units = sum((costs[each].units for each in served), Units())
    mean = Units(*(round(each / len(served), 1) for each in (units.write, units.index, units.read)))
    return f"{told}; {trips:.2f} round trips, {shown(mean)}, p50 {took[49]:.1f} ms, p99 {took[98]:.1f} ms"
