"""What does a lead cost? Round trips and units within their budgets, and dollars at the prices that AWS publishes.

Prices of us-east-1 on demand, without free tiers, as published for 2025: DynamoDB request units (lowered to these on
1 November 2024) at aws.amazon.com/dynamodb/pricing/on-demand, Lambda arm64 at aws.amazon.com/lambda/pricing, HTTP API
(first 300 million a month) at aws.amazon.com/api-gateway/pricing. Reading the table's stream is free for Lambda.
Left out: storage, point-in-time recovery, logs, data transfer, and starts of new containers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.budgets import CALL, INGEST, PULL, PUSH, RECYCLE, Measured, largest, measure, of_budgets, of_sizes
from bench.company import opened
from bench.reports import Report, Section, number
from tools import template

MILLION = 1_000_000
WRITE_UNIT = 0.625 / MILLION
READ_UNIT = 0.125 / MILLION
GB_SECOND = 0.0000133334
INVOCATION = 0.20 / MILLION
HTTP_REQUEST = 1.00 / MILLION
TRIP_SECONDS = 0.008
OWN_SECONDS = 0.010
"""Assumed, not measured here: what a round trip to DynamoDB and a function's own work take in Lambda."""
PROJECT_BATCH = 25
"""Assumed: how many timeline events the project function finds together."""
ASSUMED = (
    f"Assumed: {TRIP_SECONDS * 1000:g} ms a round trip and {OWN_SECONDS * 1000:g} ms of own work in Lambda, timeline "
    f"events {PROJECT_BATCH} at a time. us-east-1 on-demand prices of 2025. Without storage, recovery, logs, transfer."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a bill, for a million: how it comes about, and dollars."""

    what: str
    formula: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Bill:
    """What a million of something cost. lines: the table's writes, its reads, functions, and the API last."""

    title: str
    lines: tuple[Line, ...]

    @property
    def dollars(self) -> float:
        return sum(each.dollars for each in self.lines)


def report() -> Report:
    with opened() as company:
        measured = list(measure(company))
        sizes = largest(company.looker, company.table)
    dollars = bills({each.work: each for each in measured})
    return Report(
        [of_budgets(measured), of_sizes(sizes), *of_bills(dollars), in_short(dollars)],
        {"budgets": measured, "bills": dollars},
        exceeded=[f"Over its budget: {each.work}\n{each.trace}" for each in measured if not each.is_within],
    )


def bills(measured: Mapping[str, Measured]) -> list[Bill]:
    """A million leads ingested and pushed, in batches of 25 and alone; a million pulls with their dispositions;
    a million calls."""
    projected = _projected(1)
    return [
        Bill(
            f"a million leads ingested and pushed, {batch}",
            (
                *_table(measured[INGEST], measured[push]),
                *_lambda(measured[INGEST], measured[push]),
                projected,
                _http(1),
            ),
        )
        for batch, push in (("25 at once", PUSH), ("one at a time", "push, 1 at once"))
    ] + [
        Bill(
            "a million pulls, each with a disposition",
            (
                *_table(measured[PULL], measured[RECYCLE]),
                *_lambda(measured[PULL], measured[RECYCLE]),
                _projected(2),
                _http(2),
            ),
        ),
        Bill(
            "a million calls",
            (*_table(measured[CALL]), *_lambda(measured[CALL]), _projected(1), _http(1)),
        ),
    ]


def of_bills(bills: Sequence[Bill]) -> list[Section]:
    """A table each; the last says what is assumed."""
    return [_of_bill(each, ASSUMED if each is bills[-1] else "") for each in bills]


def in_short(bills: Sequence[Bill]) -> Section:
    """A row each, as docs/costs.md has them; a test holds the two equal."""
    rows = []
    for bill in bills:
        writes, reads, *functions, api = bill.lines
        rows.append(
            (
                bill.title.removeprefix("a million "),
                f"{writes.formula} = ${writes.dollars:.2f}",
                f"{reads.formula} = ${reads.dollars:.2f}",
                f"${sum(each.dollars for each in functions):.2f}",
                f"${api.dollars:.2f}",
                f"${bill.dollars:.2f}",
            )
        )
    columns = ("a million", "write units", "read units", "functions", "API", "together")
    return Section("What a million costs", columns, rows)


def _of_bill(bill: Bill, note: str) -> Section:
    rows = [(line.what, line.formula, f"{line.dollars:.2f}") for line in bill.lines]
    rows.append(("together", "", f"{bill.dollars:.2f}"))
    return Section(f"Dollars for {bill.title}", ("what", "formula, for one", "dollars"), rows, note)


def _table(*work: Measured) -> tuple[Line, Line]:
    writes = [each.each.write + each.each.index for each in work]
    reads = [each.each.read for each in work]
    return (
        Line("write units, indexes included", _sum(writes, "$0.625"), sum(writes) * WRITE_UNIT * MILLION),
        Line("read units", _sum(reads, "$0.125"), sum(reads) * READ_UNIT * MILLION),
    )


def _sum(units: list[float], price: str) -> str:
    added = " + ".join(map(number, units))
    return f"({added}) x {price}" if len(units) > 1 else f"{added} x {price}"


def _gigabytes(function: str) -> float:
    return float(template.functions()[function]["MemorySize"]) / 1024


def _lambda(*work: Measured) -> tuple[Line, Line]:
    memory = _gigabytes("ingest")  # the template's default, which all of these functions have
    invocations = sum(1 / each.leads for each in work)
    seconds = sum((each.round_trips * TRIP_SECONDS + OWN_SECONDS) / each.leads for each in work)
    formula = f"{seconds * 1000:.1f} ms x {memory:g} GB x ${GB_SECOND:.10f}/GB-s"
    return (
        Line("Lambda requests", f"{invocations:g} x $0.20", invocations * INVOCATION * MILLION),
        Line("Lambda time", formula, seconds * memory * GB_SECOND * MILLION),
    )


def _http(requests: int) -> Line:
    return Line("HTTP API", f"{requests} x $1.00", requests * HTTP_REQUEST * MILLION)


def _projected(events: int) -> Line:
    """The second reader of the stream, which takes timeline events in batches."""
    memory = _gigabytes("project")
    each = (INVOCATION + OWN_SECONDS * memory * GB_SECOND) / PROJECT_BATCH
    time = f"{OWN_SECONDS * 1000:g} ms x {memory:g} GB x ${GB_SECOND:.10f}/GB-s"
    formula = f"{events} / {PROJECT_BATCH} x ($0.20 + {time})"
    return Line("project function; the stream itself is free", formula, events * each * MILLION)
