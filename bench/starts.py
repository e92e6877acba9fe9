"""How long does a cold start take? For each function a fresh interpreter imports its handler and
builds its store, if any.

What Lambda does before that (a new machine, the runtime itself) is not in it, and this processor is not Lambda's: the
ratio to a bare handler with one DynamoDB client, started in turn with the others, is what compares.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from bench.reports import Report, Section
from tools import template
from tools.engines import ROOT, client_environment

ROUNDS = 5
BARE = "a bare handler with a client"
_TIMED = """
import time
began = time.process_time()
{start}
print(time.process_time() - began)
"""
_BARE = """
import boto3
client = boto3.client("dynamodb")
def handler(event, context):
    return {}
"""
_FUNCTION = """
import functions.{name}.app as app
if hasattr(app, "store"):
    app.store()
"""


@dataclass(frozen=True, slots=True)
class Start:
    """The median of several starts, and its ratio to the bare handler's."""

    function: str
    milliseconds: float
    ratio: float


def report() -> Report:
    measured = starts()
    return Report([of_starts(measured)], {"starts": measured})


def starts() -> list[Start]:
    """The bare handler first, then every function of the template."""
    code = {BARE: _BARE} | {name: _FUNCTION.format(name=name) for name in sorted(template.functions())}
    took: dict[str, list[float]] = {name: [] for name in code}
    for start in code.values():
        _run(start)  # writes the bytecode, which a deployed layer has
    for _ in range(ROUNDS):
        for name, start in code.items():
            took[name].append(_run(start))
    medians = {name: statistics.median(each) for name, each in took.items()}
    return [Start(name, each * 1000, each / medians[BARE]) for name, each in medians.items()]


def of_starts(starts: Iterable[Start]) -> Section:
    rows = [(each.function, f"{each.milliseconds:.0f}", f"{each.ratio:.2f}") for each in starts]
    note = (
        f"Median of {ROUNDS} fresh interpreters each, in turn: importing the handler and building its store, if it has "
        "one, with bytecode. Milliseconds of this machine's processor; Lambda's differ, the ratios less."
    )
    return Section("Start-up", ("function", "ms", "times a bare handler"), rows, note)


def _run(start: str) -> float:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        **client_environment("http://127.0.0.1:9"),
        "TABLE_NAME": "bench",
        "HASH_KEY": "bench",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "LeadRouting",
    }
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(start=start)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
