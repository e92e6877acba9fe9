"""Pulls as tables and as a picture: beside PostgreSQL, and simulated."""

from collections.abc import Iterable, Sequence

from bench.plot import Line, Panel
from bench.pulling import BURST, SPREADS, Simulated
from bench.report import Section
from bench.reps import CALL, LAG, THINK
from bench.side_by_side import LEADS, OVERDUE_RANK, REPS, THREADS, Side
from bench.simulated_queue import PARTITION_UNITS


def of_sides(found: Sequence[Side], missing: str) -> Section:
    """missing: why PostgreSQL is not among them."""

    rows = [
        ("serial round trips of a pull", *(str(each.pull_round_trips) for each in found)),
        ("of a disposition", *(str(each.dispose_round_trips) for each in found)),
        (f"first {OVERDUE_RANK} of the queue, ms", *(f"{each.front:.1f}" for each in found)),
    ]
    for threads in THREADS:
        of = f"{threads} thread{'s' if threads > 1 else ''}"
        rows += [
            (f"pulls a second, {of}", *(f"{each.pulls[threads]:,.0f}" for each in found)),
            (f"dispositions a second, {of}", *(f"{each.dispositions[threads]:,.0f}" for each in found)),
            (f"bare requests a second, {of}", *(f"{each.bare[threads]:,.0f}" for each in found)),
            (f"claims a pull, {of}", *(f"{each.claims[threads]:.2f}" for each in found)),
        ]
    note = (
        f"{LEADS:,} leads of three priorities in one queue, {REPS} users who pull and put back, on this machine. It "
        "compares the two protocols' trips and claims. It does not compare DynamoDB with PostgreSQL: the engine is an "
        "emulator in Python that reads a whole partition for each query of it, so its pulls take what the front of "
        "the queue takes, where DynamoDB's do not depend on the queue's length; it keeps all in memory. PostgreSQL is "
        "a server of its own, durable as it comes. Its pull is one statement, because a lock is held between reading "
        "and writing, and it skips what others hold instead of losing to them. Ours also checks the set-up's version, "
        "the registry of queues and the do-not-call list. Each thread is a container or a connection that has just "
        "started, and pulls without a pause. A bare request is a put of a small item, or `SELECT 1`."
    )
    if missing:
        note = f"PostgreSQL is left out: {missing}. {note}"
    title = "A pull queue on the embedded engine, and with SKIP LOCKED on PostgreSQL"
    return Section(title, ("", *(each.name for each in found)), rows, note)


def of_simulated(found: Iterable[Simulated]) -> Section:
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
        for each in found
    ]
    columns = (
        "load",
        "among",
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
        "work, without starts of containers. Among: how many leads of one rank a pull picks from. "
        "Claims: transactions sent for each lead served. Wrongly: told there was nothing while something was ready. "
        "Out of rank: got a lead while one of a better rank was ready. Passed over: leads of the same rank that were "
        "ready and go before it. Units: written to the index in the busiest second, of "
        f"{PARTITION_UNITS:,.0f} that its partition takes."
    )
    return Section("Reps who pull from one queue, simulated", columns, rows, note)


def _spread(latency: tuple[float, float]) -> str:
    p50, p99 = (f"{1000 * each:g}" for each in latency)
    return f"{p50} ms at the median and {p99} ms at the 99th percentile"


def of_rushes(found: Iterable[tuple[int, Simulated]]) -> Section:
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
        for within, each in found
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


def curves(found: Sequence[Simulated]) -> list[Panel]:
    """The slowest of a hundred pulls, and claims per pull, by reps who all begin within a minute."""
    burst = [each for each in found if each.load == BURST]

    def lines(value: str) -> tuple[Line, ...]:
        return tuple(
            Line(
                f"among {spread}" if spread.isdigit() else spread,
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
