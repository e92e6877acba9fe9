"""`python -m bench`: measures, prints tables, and writes them to build/bench with the figures and their curves."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from bench import costs, decisions, flood, growth, imports, pulls, saves, starts
from bench.reports import Report
from tools.engines import ROOT, EngineMissingError

PARTS: dict[str, tuple[str, Callable[[], Report]]] = {
    "costs": ("What does a lead cost?", costs.report),
    "flood": ("How long until a lead is assigned, alone and in a flood?", flood.report),
    "pulls": ("How does a pull do while thousands pull?", pulls.report),
    "growth": ("What grows with the company?", growth.report),
    "saves": ("How long does a new lead wait while strategies are saved?", saves.report),
    "imports": ("How fast does a file come in, what does a row cost, does a web lead wait?", imports.report),
    "decisions": ("How many recipients and strategies may a company have?", decisions.report),
    "starts": ("How long does a cold start take?", starts.report),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every budget is kept, 1 when one is exceeded, 2 when the engine is not there."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="\n".join(f"{part:12}{question}" for part, (question, _) in PARTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these, of the ones below")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    console = Console(width=None if sys.stdout.isatty() else 140)
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    console.print(f"Measured on {machine}\n")
    exceeded: list[str] = []
    for part in chosen.parts or PARTS:
        question, measure = PARTS[part]
        console.rule(f"{part}: {question}", align="left")
        try:
            report = measure()
        except EngineMissingError as missing:
            print(missing, file=sys.stderr)
            return 2
        for section in report.sections:
            section.show(console)
        written = report.save(ROOT / "build" / "bench", part, f"{question} Measured on {machine}")
        console.print(f"Written: {', '.join(str(each.relative_to(ROOT)) for each in written)}\n")
        exceeded += report.exceeded
    for each in exceeded:
        console.print(each, markup=False)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
