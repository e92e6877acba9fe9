"""How does a pull do when thousands of reps pull from one queue at once? Simulated; see `reps` for what is assumed.

Beside the product's own choice among equal leads stands strict order, which everybody expects, and what it would cost.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.drawing import Line, Panel
from bench.reports import Report, Section
from bench.reps import CALL, LAG, THINK, Load, Simulation, Spread, Strict
from bench.simulated_queue import PARTITION_UNITS
from routing.domain.spread import MOST
from routing.domain.spread import Spread as Adaptive

REPS = (500, 1000, 2000, 5000)
STRICT, ADAPTIVE = "strict order", "adaptive"
SPREADS: dict[str, Callable[[], Spread]] = {STRICT: Strict, ADAPTIVE: Adaptive}
"""Among how many leads of one rank a pull picks at random: always the first, or as the product does."""
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


def report() -> Report:
    runs = list(simulated())
    rushed = list(rushes())
    results = {"simulated": runs, "rushes": [each for _, each in rushed]}
    return Report([of_simulated(runs), of_rushes(rushed)], results, panels(runs))


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


def of_simulated(runs: Iterable[Simulated]) -> Section:
    rows = [
        (
            f"{each.load}, {each.reps:,} reps",
            each.spread,
            f"{each.pulls:,}",
            f"{each.p50:.1f}",
            f"{each.p99:.1f}",
            f"{each.claims:.2f}",
            f"{each.nothing:,}; {each.wrong}",
            str(each.inversions),
            f"{each.passed_over:.1f}; {each.most_passed_over}",
            str(each.busiest),
        )
        for each in runs
    ]
    columns = (
        "load",
        "choice",
        "pulls",
        "p50 ms",
        "p99 ms",
        "claims a pull",
        "nothing; wrongly",
        "out of rank",
        "passed over; most",
        "units",
    )
    note = (
        f"Simulated, with DynamoDB's latencies as assumed: a call {_spread(CALL)}, the index behind by {_spread(LAG)}. "
        f"{THINK[0] / 60:g} to {THINK[1] / 60:g} minutes between a rep's pulls. Burst: all begin within a minute; "
        "scarce: the same with half as many leads as reps. Times are of round trips alone: without the function's own "
        "work, without starts of containers. Adaptive: among 1 to "
        f"{MOST} leads of one rank, picked at random, the more the more claims collide. "
        "Claims: transactions sent for each lead served. Wrongly: told there was nothing while something was ready. "
        "Out of rank: got a lead while one of a better rank was ready. Passed over: leads of the same rank that were "
        "ready and go before it. Units: written to the index in the busiest second, of "
        f"{PARTITION_UNITS:,.0f} that its partition takes."
    )
    return Section("Reps who pull from one queue, simulated", columns, rows, note)


def _spread(latency: tuple[float, float]) -> str:
    p50, p99 = (f"{1000 * each:g}" for each in latency)
    return f"{p50} ms at the median and {p99} ms at the 99th percentile"


def of_rushes(runs: Iterable[tuple[int, Simulated]]) -> Section:
    rows = [
        (
            f"{each.reps:,} within {within} s",
            f"{each.p50:.1f}",
            f"{each.p99:,.0f}",
            f"{each.claims:.2f}",
            str(each.busiest),
            f"{each.throttled:,}",
            str(each.busy),
            str(each.containers),
        )
        for within, each in runs
    ]
    columns = (
        "begin",
        "p50 ms",
        "p99 ms",
        "claims a pull",
        "units",
        "throttled",
        "answered 503",
        "containers",
    )
    note = (
        "The same with the adaptive choice, until the index's partition is the limit: a claim deletes one entry and "
        "puts one, so one queue lends at most 500 leads a second for long. Beyond, claims are throttled and hold up "
        "the others. Both sides of the queue are taken to share one partition."
    )
    return Section("Where one queue's index stops", columns, rows, note)


def panels(runs: Sequence[Simulated]) -> list[Panel]:
    """The slowest of a hundred pulls, and claims per pull, by reps who all begin within a minute."""
    burst = [each for each in runs if each.load == BURST]

    def lines(value: str) -> tuple[Line, ...]:
        return tuple(
            Line(
                spread,
                tuple((each.reps, getattr(each, value)) for each in burst if each.spread == spread),
            )
            for spread in SPREADS
        )

    return [
        Panel(
            "Slowest of a hundred pulls; all begin within a minute",
            "reps",
            "milliseconds, 99th percentile",
            lines("p99"),
        ),
        Panel(
            "Claims; all begin within a minute",
            "reps",
            "transactions sent for each lead served",
            lines("claims"),
        ),
    ]
