"""What the simulation of reps says, for ever more of them and for different ways to choose among equal leads."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.reps import Fixed, Load, Simulation, Spread
from routing.domain.spread import Spread as Adaptive

REPS = (500, 1000, 2000, 5000)
SPREADS: dict[str, Callable[[], Spread]] = {
    "1": lambda: Fixed(1),
    "8": lambda: Fixed(8),
    "25": lambda: Fixed(25),
    "64": lambda: Fixed(64),
    "adaptive": Adaptive,
}
"""Among how many leads of one rank a pull picks at random."""
ADAPTIVE = "adaptive"
STEADY, BURST, SCARCE = "steady", "burst", "scarce"
RUSHES = (60, 20, 10, 8)
"""Seconds within which the most reps begin, to find where the index's partition stops them."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One simulated run. p50, p99: milliseconds of a pull's round trips. claims: transactions sent per pull.

    wrong: of the pulls that got nothing, those during which something was ready. inversions: pulls that got a lead
    although one of a better rank was ready. passed_over: leads of the same rank that go before the one served, on
    average, and at most. busiest: write units on the index's partition in its busiest second.
    """

    load: str
    reps: int
    spread: str
    pulls: int
    p50: float
    p99: float
    claims: float
    nothing: int
    wrong: int
    busy: int
    inversions: int
    passed_over: float
    most_passed_over: int
    busiest: int
    throttled: int
    containers: int


def steady(reps: int) -> Load:
    """Nine minutes; the reps come in over the time that they take between two pulls."""
    return Load(STEADY, reps, 270, 540, _ranks(reps))


def burst(reps: int, within: float = 60) -> Load:
    """All begin at once; and what is left of two minutes, or of eight seconds more."""
    return Load(BURST, reps, within, within + min(60, within + 8), _ranks(reps))


def scarce(reps: int) -> Load:
    """All begin within a minute, and there is a lead for every other one; those that are put back come again."""
    return Load(SCARCE, reps, 60, 300, (reps // 20, 3 * reps // 20, 6 * reps // 20))


def _ranks(reps: int) -> Sequence[int]:
    """Three leads for each rep, so that the better ranks run out on the way."""
    return 3 * reps // 10, 9 * reps // 10, 18 * reps // 10


def simulated() -> Iterator[Simulated]:
    """Every load with every number of reps and every spread."""
    for load in (steady, burst):
        for reps in REPS:
            for spread in SPREADS:
                yield run(load(reps), spread)
    for reps in REPS:
        yield run(scarce(reps), ADAPTIVE)


def rushes() -> Iterator[tuple[int, Simulated]]:
    """The most reps, who begin within ever fewer seconds."""
    for within in RUSHES:
        yield within, run(burst(REPS[-1], within), ADAPTIVE)


def run(load: Load, spread: str) -> Simulated:
    simulation = Simulation(load, SPREADS[spread])
    simulation.run()
    pulls = simulation.pulls
    served = [each for each in pulls if each.lead is not None]
    took = statistics.quantiles([1000 * (each.ended - each.began) for each in pulls], n=100)
    partition = simulation.queue.partition
    return Simulated(
        load=load.name,
        reps=load.reps,
        spread=spread,
        pulls=len(pulls),
        p50=took[49],
        p99=took[98],
        claims=sum(each.claims for each in pulls) / len(served),
        nothing=sum(each.lead is None and not each.is_busy for each in pulls),
        wrong=sum(each.is_wrong for each in pulls),
        busy=sum(each.is_busy for each in pulls),
        inversions=sum(each.passed_over[0] > 0 for each in served),
        passed_over=statistics.fmean(each.passed_over[1] for each in served),
        most_passed_over=max(each.passed_over[1] for each in served),
        busiest=max(partition.by_second.values()),
        throttled=partition.throttled,
        containers=simulation.containers,
    )
