"""Leads through one push strategy, which has one writer at a time: what each costs, and how many a second."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.company import Company
from routing.runtime import wiring
from tools.meter import Meter
from tools.request_units import Units

BATCHES = (1, 10, 25, 49, 98)
WHY_98 = (
    "A transaction holds 100 items: a lead's head and event, and the strategy's counts once. So 49 leads of one "
    "strategy fit into one; 98, 197 items, take two, of which each writes the counts, and the second waits for the "
    "first. The stream hands over 25 at most (`BatchSize` in `template.yaml`), so larger batches are for comparison."
)
_TIMED = 196
_TIMED_ALONE = 40


@dataclass(frozen=True, slots=True)
class Batch:
    """Leads handed over together. units are for one of them; per_second: leads, on the engine of this machine."""

    leads: int
    transactions: int
    round_trips: int
    each: Units
    per_second: float


def batches(company: Company) -> Iterator[Batch]:
    """Every size in turn. The company is set up here; its strategy has fifty recipients, with a busy day's counts."""
    company.set_up()
    client = wiring.store().table.client
    _ingest(company, 1)
    company.push(company.new_records())
    company.busy_day("corporate-web-leads")
    for size in BATCHES:
        _ingest(company, size)
        records = company.new_records()
        with Meter(client, company.looker) as meter:
            company.push(records)
        transactions = sum(each.operation == "TransactWriteItems" for each in meter.calls)
        total = meter.units
        each = Units(total.write / size, total.index / size, total.read / size)
        yield Batch(size, transactions, meter.round_trips, each, _per_second(company, size))


def _ingest(company: Company, leads: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(company.ingest, company.lead()) for _ in range(leads)]:
            done.result()


def _per_second(company: Company, size: int) -> float:
    _ingest(company, _TIMED // size * size if size > 1 else _TIMED_ALONE)
    records = company.new_records()
    began = time.perf_counter()
    for at in range(0, len(records), size):
        company.push(records[at : at + size])
    return len(records) / (time.perf_counter() - began)
