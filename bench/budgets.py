"""The budgets of the storage design, and what the handlers really take, metered on a warm container."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bench.company import USERS, Company
from bench.reports import Section, number
from routing.runtime import clock, wiring
from routing.storage.sizes import item_size
from tools.meter import Meter
from tools.request_units import Units

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

START = datetime(2026, 3, 4, 20, tzinfo=UTC)
"""Afternoon in New York, and noon in Los Angeles: everybody may be called."""
WORKED_FOR = timedelta(minutes=5)
"""How long a rep has a lead before they record something: a call."""
LATENCY = 0.02
"""Seconds. Far above what any engine here takes, so that what is sent at once overlaps."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many round trips in series, and write units of table and indexes per lead. floor: what any design
    needs."""

    round_trips: int
    write: float
    index: float
    floor: str


INGEST = "ingest a 2 KB lead, one contact"
CONTACTS = "ingest with phone and e-mail"
DEDUPED = "ingest with phone and e-mail, two dedupe rules"
DUPLICATE = "ingest of a duplicate"
CAPPED = "ingest a 2 KB lead under a daily cap"
PUSH = "push, 25 leads at once, 50 recipients"
PULL = "pull, phone known"
CALL = "call of a pulled lead"
RECYCLE = "disposition that recycles"
BUDGETS = {
    INGEST: Budget(3, 6, 1, "3"),
    CAPPED: Budget(2, 10, 1, "3 + 2"),
    PUSH: Budget(2, 4.2, 2, "2 + 2"),
    PULL: Budget(2, 8, 2, "2 + 2"),
    CALL: Budget(3, 6, 1, "2 + 1"),
    RECYCLE: Budget(2, 6, 2, "3"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one piece of work took. leads: how many share it; `each` is for one of them."""

    work: str
    leads: int
    round_trips: int
    total: Units
    trace: str

    @property
    def each(self) -> Units:
        return Units(
            self.total.write / self.leads, self.total.index / self.leads, self.total.read / self.leads
        )

    @property
    def budget(self) -> Budget | None:
        return BUDGETS.get(self.work)

    @property
    def is_within(self) -> bool:
        """Whether it keeps its budget; also when it has none."""
        budget = self.budget
        return budget is None or (
            self.round_trips <= budget.round_trips
            and self.each.write <= budget.write
            and self.each.index <= budget.index
        )


def measure(company: Company) -> Iterator[Measured]:
    """Each piece of work once, on a fixed clock and a warm container. The company is set up first."""
    clock.fix(START - timedelta(hours=1))
    company.set_up()
    clock.fix(START)
    client = wiring.store().table.client

    def metered(work: str, do: Callable[[], object], leads: int = 1) -> Measured:
        company.elsewhere()
        with Meter(client, company.looker, LATENCY) as meter:
            do()
        return Measured(work, leads, meter.round_trips, meter.units, meter.trace())

    _warm_up(company)
    yield metered(INGEST, company.ingest)
    yield metered(CONTACTS, lambda: company.ingest(company.lead(with_email=True)))
    company.cap("seattle")
    company.ingest(owner="seattle")
    yield metered(CAPPED, lambda: company.ingest(owner="seattle"))
    company.push(company.new_records("seattle"))
    company.push(company.new_records())
    company.busy_day("corporate-web-leads")
    for size in (1, 10, 25, 48):
        for _ in range(size):
            company.ingest()
        records = company.new_records()
        work = PUSH if size == 25 else f"push, {size} at once"
        yield metered(work, partial(company.push, records), size)
    _to_pull(company, 60)
    for _ in range(25):
        company.ingest(company.lead(channel="call"))
    records = company.new_records()
    yield metered("file for pull, 25 at once", partial(company.push, records), 25)
    rep = USERS[1]
    pulled = {}
    yield metered(PULL, lambda: pulled.update(company.pull(rep)))
    yield metered("pull again while holding", lambda: company.pull(rep))
    yield metered(CALL, lambda: company.calls(rep, pulled))
    clock.fix(START + WORKED_FOR)
    yield metered(RECYCLE, lambda: company.dispose(rep, pulled))
    closing = company.pull(rep)
    clock.fix(START + 2 * WORKED_FOR)
    yield metered("disposition that closes", lambda: company.dispose(rep, closing, "sold"))
    # A lead that is held shows how large a head becomes.
    company.pull(USERS[2])
    sweep = partial(company.functions.invoke, "scheduled_reset", {})
    sweep()
    yield metered("the minute's sweep, nothing to do", sweep)
    company.dedupe(["email"], ["phone", "last_name"])
    company.ingest()
    known = company.lead(with_email=True)
    yield metered(DEDUPED, lambda: company.ingest(known))
    again = {**known, "external_id": "again"}
    yield metered(DUPLICATE, lambda: company.ingest(again))
    company.push(company.new_records())


def _warm_up(company: Company) -> None:
    """Everything once, so that the container has the set-up and knows the queues."""
    company.ingest()
    _to_pull(company, 1)
    pulled = company.pull(USERS[0])
    company.dispose(USERS[0], pulled)


def _to_pull(company: Company, leads: int) -> None:
    for _ in range(leads):
        company.ingest(company.lead(channel="call"))
    records = company.new_records()
    for at in range(0, len(records), 25):
        company.push(records[at : at + 25])


def largest(looker: "DynamoDBClient", table: str) -> dict[str, int]:
    """The size in bytes of the largest item of each kind in the table."""
    found: dict[str, int] = {}
    for page in looker.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            kind = _kind(item["PK"]["S"], item["SK"]["S"], item.get("kind", {}).get("S", ""))
            found[kind] = max(found.get(kind, 0), item_size(item))
    return found


def _kind(pk: str, sk: str, kind: str) -> str:
    if sk == "HEAD":
        return "lead head"
    if sk.startswith("EVENT#"):
        return f"event {kind}"
    return {
        "INTAKE": "log entry",
        "STRATEGY": "strategy state",
        "PRESENCE": "presence",
        "CONTACT": "contact",
    }.get(pk.split("#", 1)[0], "set-up")


def of_budgets(measured: Iterable[Measured]) -> Section:
    rows = []
    for each in measured:
        budget, units = each.budget, each.each
        verdict = "" if budget is None else "kept" if each.is_within else "EXCEEDED"
        rows.append(
            (
                each.work,
                str(each.round_trips),
                f"{number(units.write)} + {number(units.index)}",
                number(units.read),
                f"{budget.round_trips}; {number(budget.write)} + {number(budget.index)}" if budget else "",
                budget.floor if budget else "",
                verdict,
            )
        )
    columns = ("work", "serial round trips", "write units + index", "read units", "budget", "floor", "")
    note = (
        "Units are for one lead. Metered from the requests by DynamoDB's documented rules, on a warm container. "
        "Budget: round trips; write units + index. Floor: what any design needs."
    )
    return Section("Round trips and request units", columns, rows, note)


def of_sizes(sizes: Mapping[str, int]) -> Section:
    rows = [(kind, f"{size:,}") for kind, size in sorted(sizes.items()) if kind != "set-up"]
    note = "Of 2 KB leads and of fifty recipients with counts of a busy day. A write unit holds 1,024 bytes."
    return Section("Largest item of each kind", ("item", "bytes"), rows, note)
