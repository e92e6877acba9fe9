"""How long until a lead is assigned, alone and in a flood to one owner?

An owner has one writer at a time, so what it takes is what its batches take one after another: the round trips, which
are counted, at a latency that is assumed; and the function's own work, which is measured here and scaled by the share
of a processor that the function has in Lambda. Owners do not wait for one another.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.company import Company, opened
from bench.costs import TRIP_SECONDS
from bench.reports import Report, Section, number
from routing.runtime import wiring
from tools import template
from tools.meter import Meter
from tools.request_units import Units

BATCHES = (1, 10, 25)
"""The last is the most that the stream hands over."""
FLOODS = (1, 25, 1_000, 10_000)
LOOK_SECONDS = 0.25
"""Lambda looks into a stream four times a second."""
PROCESSOR_MEGABYTES = 1769
"""The memory with which a function has one whole processor."""
_TIMED = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """Leads of one owner handed over together. each: units for one of them. own: processor seconds for them all."""

    leads: int
    round_trips: int
    each: Units
    own: float

    @property
    def seconds(self) -> float:
        """In Lambda, as assumed."""
        share = float(template.functions()["push_assign"]["MemorySize"]) / PROCESSOR_MEGABYTES
        return self.round_trips * TRIP_SECONDS + self.own / min(1.0, share)


def report() -> Report:
    with opened() as company:
        measured = list(batches(company))
    return Report([of_batches(measured), of_floods(measured)], {"batches": measured})


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
        total = meter.units
        each = Units(total.write / size, total.index / size, total.read / size)
        yield Batch(size, meter.round_trips, each, _own(company, size))


def _ingest(company: Company, leads: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(company.ingest, company.lead()) for _ in range(leads)]:
            done.result()


def _own(company: Company, size: int) -> float:
    times = max(1, _TIMED // size // (1 if size > 1 else 5))
    _ingest(company, times * size)
    records = company.new_records()
    began = time.process_time()
    for at in range(0, len(records), size):
        company.push(records[at : at + size])
    return (time.process_time() - began) / times


def seconds(leads: int, batches: Sequence[Batch]) -> float:
    """Until the last of so many leads that came at one moment is assigned, in batches of the largest size."""
    fitting = next((each for each in batches if each.leads >= leads), batches[-1])
    return LOOK_SECONDS + -(-leads // fitting.leads) * fitting.seconds


def of_batches(batches: Iterable[Batch]) -> Section:
    rows = [
        (
            str(each.leads),
            str(each.round_trips),
            f"{number(each.each.write)} + {number(each.each.index)}",
            number(each.each.read),
            f"{1000 * each.own:.1f}",
            f"{1000 * each.seconds:.0f}",
            f"{each.leads / each.seconds:,.0f}",
        )
        for each in batches
    ]
    columns = (
        "leads at once",
        "serial round trips",
        "write units + index",
        "read units",
        "own work, ms",
        "together, ms",
        "leads a second",
    )
    note = (
        "One owner, fifty recipients. Units are for one lead, metered. Own work: processor time of the push function "
        f"on this machine, for them all. Together: {TRIP_SECONDS * 1000:g} ms a round trip assumed, and the own work "
        "on the share of a processor that the function has in Lambda."
    )
    return Section("Through one owner's push, one batch after another", columns, rows, note)


def of_floods(batches: Sequence[Batch]) -> Section:
    rows = [(f"{leads:,}", number(seconds(leads, batches))) for leads in FLOODS]
    note = (
        f"From their being taken in: at most {LOOK_SECONDS} s until Lambda looks into the stream, then batch after "
        "batch. No lead is lost or refused meanwhile: intake appends to a log and does not wait for push. Leads of "
        "other owners are assigned beside them."
    )
    return Section(
        "Seconds until the last is assigned", ("leads to one owner at one moment", "seconds"), rows, note
    )
