"""`python -m bench`: measures, prints tables, and writes them to build, with the figures and two plots."""

import argparse
import os
import platform
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from bench import decisions, matching, plot, pull_report, pulling, report, side_by_side
from bench.budgets import Measured, largest, measure
from bench.company import Company
from bench.costs import ASSUMED, bills
from bench.one_strategy import batches
from bench.rates import rates
from bench.starts import starts
from tools.engines import ROOT, EmbeddedEngine, EngineMissingError, create_table, dynamodb_client
from tools.local_api.container import container


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every budget is kept, 1 when one is exceeded, 2 when the engine is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--budgets-only", action="store_true", help="only what does not depend on this machine"
    )
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        measured = _run(console, everything=not chosen.budgets_only)
    except EngineMissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    exceeded = [each for each in measured if not each.is_within]
    for each in exceeded:
        console.print(f"Over its budget: {each.work}\n{each.trace}", markup=False)
    return 1 if exceeded else 0


def _run(console: Console, *, everything: bool) -> list[Measured]:
    heading = (
        f"Measured on {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    console.print(heading)
    console.print()
    sections: list[report.Section] = []

    def tell(section: report.Section) -> None:
        section.show(console)
        sections.append(section)

    results: dict[str, Sequence[Any]] = {}
    with EmbeddedEngine() as engine:
        with _company(engine) as company:
            measured = list(measure(company))
            sizes = largest(company.looker, company.table)
        tell(report.of_budgets(measured))
        tell(report.of_sizes(sizes))
        results["budgets"] = measured
        if everything:
            with _company(engine) as company:
                results["batches"] = list(batches(company))
            tell(report.of_batches(results["batches"]))
            with _company(engine) as company:
                results["rates"] = list(rates(company))
            tell(report.of_rates(results["rates"]))
            with _company(engine) as company:
                results["sides"], missing = side_by_side.side_by_side(company)
            tell(pull_report.of_sides(results["sides"], missing))
    pictures: dict[str, tuple[str, str]] = {}
    if everything:
        for section in _rules(results):
            tell(section)
        growth = report.growth(results["by_recipients"], results["by_strategies"], results["matching"])
        pictures["bench.svg"] = "Growth with recipients and with strategies", plot.svg(growth)
        for section in _pulls(results):
            tell(section)
        curves = pull_report.curves(results["simulated"])
        pictures["pulls.svg"] = "Pulls of many reps, simulated", plot.svg(curves)
        results["starts"] = starts()
        tell(report.of_starts(results["starts"]))
    results["bills"] = bills({each.work: each for each in measured})
    for bill in results["bills"]:
        tell(report.of_bill(bill))
    console.print(ASSUMED)
    report.save(ROOT / "build", heading, sections, results, ASSUMED, pictures)
    console.print(f"Written to build: {', '.join(('bench.md', 'bench.json', *pictures))}")
    return measured


def _rules(results: dict[str, Sequence[Any]]) -> Iterator[report.Section]:
    """The rules alone, without storage: matching beside other engines, and how decisions grow."""
    results["matching"] = matching.matchings(decisions.STRATEGIES)
    size = matching.STRATEGIES
    yield report.of_matching(results["matching"], size, *matching.shares(size))
    results["by_recipients"] = decisions.by_recipients()
    yield report.of_recipients(results["by_recipients"])
    results["by_strategies"] = decisions.by_strategies()
    yield report.of_strategies(results["by_strategies"], results["matching"])


def _pulls(results: dict[str, Sequence[Any]]) -> Iterator[report.Section]:
    """Pulls by thousands of reps, simulated."""
    results["simulated"] = list(pulling.simulated())
    yield pull_report.of_simulated(results["simulated"])
    rushes = list(pulling.rushes())
    results["rushes"] = [each for _, each in rushes]
    yield pull_report.of_rushes(rushes)


@contextmanager
def _company(engine: EmbeddedEngine) -> Iterator[Company]:
    """A company on a table of its own, in this process's container."""
    table = f"bench-{uuid.uuid4()}"
    create_table(engine.endpoint, table)
    looker = dynamodb_client(engine.endpoint)
    with container(engine.endpoint, table):
        yield Company(looker, table)
    looker.close()


if __name__ == "__main__":
    sys.exit(main())
