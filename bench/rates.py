"""How fast the handlers go on the embedded engine: an emulator on this machine, so only ratios say anything.

One request after another, and from eight threads. A bare request, a put of one small item, is timed beside them, so
that each figure can also be read as "so many bare requests".
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.company import BRANCHES, USERS, Company

THREADS = 8
BATCH = 25
"""What the stream hands over at most. `one_strategy` has other sizes."""
_INGESTED = 160
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Rate:
    """Pieces of work done in a second, by so many threads. bare: the same of bare requests, then and there."""

    work: str
    threads: int
    per_second: float
    bare: float

    @property
    def in_bare_requests(self) -> float:
        """How many bare requests take as long as one piece of this work."""
        return self.bare / self.per_second


def rates(company: Company) -> Iterator[Rate]:
    """Every rate. The company is set up here; the clock is free."""
    company.set_up(calling_hours=False)
    alone = _bare(company, 1)
    crowded = _bare(company, THREADS)
    for threads, bare in ((1, alone), (THREADS, crowded)):
        yield Rate("ingest", threads, _ingested(company, threads), bare)
        yield Rate(f"push, {BATCH} at once", threads, _pushed(company, threads), bare)
        pulled, disposed = _pulled_and_disposed(company, threads)
        yield Rate("pull", threads, pulled, bare)
        yield Rate("disposition", threads, disposed, bare)


def _timed(calls: Sequence[Callable[[], object]], threads: int) -> float:
    """How long the calls take on so many threads, in seconds."""
    if threads == 1:
        began = time.perf_counter()
        for call in calls:
            call()
        return time.perf_counter() - began
    with ThreadPoolExecutor(threads) as pool:
        # Threads start with their first call, and none of these is waited for.
        list(pool.map(lambda _: None, range(threads)))
        began = time.perf_counter()
        for done in [pool.submit(call) for call in calls]:
            done.result()
        return time.perf_counter() - began


def _bare(company: Company, threads: int) -> float:
    item: dict[str, Any] = {"PK": {"S": "BARE"}, "SK": {"S": "x"}, "v": {"N": "1"}}

    def put() -> None:
        company.looker.put_item(TableName=company.table, Item=item)

    put()
    return 300 / _timed([put] * 300, threads)


def _ingested(company: Company, threads: int) -> float:
    leads = [company.lead() for _ in range(_INGESTED)]
    took = _timed([partial(company.ingest, lead) for lead in leads], threads)
    company.new_records()
    return len(leads) / took


def _pushed(company: Company, threads: int) -> float:
    """Leads a second. Several threads have an owner each, as in Lambda: an owner has one writer."""
    owners = ("corporate",) if threads == 1 else BRANCHES[:threads]
    batches = 4 if threads == 1 else 1
    waiting: list[Sequence[Mapping[str, Any]]] = []
    ingesting = [partial(company.ingest, owner=owner) for owner in owners for _ in range(batches * BATCH)]
    _timed(ingesting, THREADS)
    for owner in owners:
        records = company.new_records(owner)
        waiting.append(records)

    def drain(records: Sequence[Mapping[str, Any]]) -> None:
        for at in range(0, len(records), BATCH):
            company.push(records[at : at + BATCH])

    took = _timed([partial(drain, each) for each in waiting], threads)
    return sum(map(len, waiting)) / took


def _pulled_and_disposed(company: Company, threads: int) -> tuple[float, float]:
    """Pulls and dispositions a second: every user takes a lead, then every user gives it back."""
    for _ in range(_ROUNDS * len(USERS) + 60):
        company.ingest(company.lead(channel="call"))
    records = company.new_records()
    for at in range(0, len(records), BATCH):
        company.push(records[at : at + BATCH])
    pulling = disposing = 0.0
    for _ in range(_ROUNDS):
        held: dict[str, Any] = {}

        def pull(user: str, held: dict[str, Any] = held) -> None:
            held[user] = company.pull(user)

        def dispose(user: str, held: dict[str, Any] = held) -> None:
            company.dispose(user, held[user])

        pulling += _timed([partial(pull, user) for user in USERS], threads)
        disposing += _timed([partial(dispose, user) for user in USERS], threads)
    done = _ROUNDS * len(USERS)
    return done / pulling, done / disposing
