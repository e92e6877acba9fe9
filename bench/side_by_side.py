"""The same pull queue on the embedded engine and on PostgreSQL: the same leads, users, rules and threads."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bench.budgets import LATENCY
from bench.company import ADMIN, Company
from bench.postgres import PostgresMissingError, cluster
from bench.skip_locked import Row, SkipLocked, fill
from routing.domain.accounts import CORPORATE
from routing.domain.heads import Head
from routing.domain.intake import understand
from routing.runtime import wiring
from routing.services.core.store import Store
from routing.services.pull import filing
from routing.services.pull.pull import pull
from routing.services.work.dispositions import DispositionInput, dispose
from routing.storage import keys
from routing.storage.configuration import Configuration
from routing.storage.heads import to_item
from routing.storage.leads import Submission
from routing.storage.registry import Queue
from routing.storage.table import Table, Write
from tools.meter import Meter

LEADS = 5000
REPS = 48
THREADS = (1, 16)
_SECONDS = 3.0
"""How long each is measured at least, in whole rounds, in which every user pulls and then puts the lead back; or until
a quarter of the leads is used up, which rest for hours."""
_BARE = 320
_QUERIES = 5
OVERDUE_RANK = 10
_PER_TRANSACTION = 50
Held = tuple[str, str]
"""A lead, and the token of its lease."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. By number of threads: pulls, dispositions and bare requests a second; claims for each pull.

    Round trips: of one pull and of one disposition, one after another. front: milliseconds of asking for the first
    ten leads of the queue, alone.
    """

    name: str
    pull_round_trips: int
    dispose_round_trips: int
    front: float
    pulls: dict[int, float]
    dispositions: dict[int, float]
    bare: dict[int, float]
    claims: dict[int, float]


@dataclass(frozen=True, slots=True)
class Worker:
    """What one thread works with, as one container or one connection does."""

    pull: Callable[[str], Held | None]
    dispose: Callable[[str, Held], bool]
    bare: Callable[[], object]
    front: Callable[[], object]


class ServedTwiceError(Exception):
    """Two users were lent one lead, or somebody got nothing while there was plenty."""


def side_by_side(company: Company) -> tuple[list[Side], str]:
    """Ours, then PostgreSQL's; and why the second is not there, if it is not. The company is set up here."""
    heads, bodies, users = _load(company)
    found = [_ours(company, users)]
    try:
        with cluster() as where:
            rows = [
                Row(h.id, bodies[h.id], _priority(h), h.pull_count, h.created_at, h.attempts) for h in heads
            ]
            version = fill(where, rows, users)
            found.append(_theirs(where, version, users))
    except PostgresMissingError as missing:
        return found, str(missing)
    return found, ""


def _load(company: Company) -> tuple[list[Head], dict[str, Any], list[str]]:
    """Leads of three priorities filed for pull, as the intake leaves them; each lead's body; the users who pull."""
    company.set_up(calling_hours=False)
    company.call("PUT", "/v1/pull-strategies/texas", _TEXAS, user=ADMIN)
    users = [f"rep-{number:03d}" for number in range(REPS)]
    for each in users:
        account = {"id": each, "name": each, "kind": "user", "parent": CORPORATE, "role": "rep"}
        company.call("PUT", f"/v1/accounts/{each}", account, user=ADMIN)
    store, chance = wiring.store(), random.Random(LEADS)  # noqa: S311 - made-up leads
    setup = store.configuration.load().company
    began = datetime.now(UTC) - timedelta(days=1)
    heads: list[Head] = []
    bodies: dict[str, Any] = {}
    writes: list[list[Write]] = []
    for number in range(LEADS):
        created = began + timedelta(milliseconds=chance.randrange(80_000_000))
        body = company.lead(channel="call")
        found = understand(body, setup.record_types["lead"])
        where = CORPORATE, keys.time_id(created)
        submission = Submission(
            f"L{number:05d}", where, "lead", "web-corporate", created, body, found.values, found.fields
        )
        tries = chance.choice((0, 0, 1, 2))
        head = replace(filing.new_head(store, submission), attempts=tries, pull_count=tries)
        filed, _ = filing.filed(head, submission, setup, created)
        heads.append(filed)
        bodies[filed.id] = body
        writes.append([Write("Put", item=to_item(filed, created)), submission.put_new()])
    store.queues.register(heads)
    for at in range(0, LEADS, _PER_TRANSACTION):
        store.table.transact([write for pair in writes[at : at + _PER_TRANSACTION] for write in pair])
    return heads, bodies, users


_TEXAS = {
    "id": "texas",
    "name": "texas",
    "record_type": "lead",
    "distributed_from": CORPORATE,
    "priority": 3,
    "criteria": [{"field": "state", "operator": "equals", "value": "TX"}],
    "recipients": [CORPORATE],
    "calling_hours": False,
}


def _priority(head: Head) -> int:
    """Its rank as filed: the priority of the best strategy that sees it."""
    return int((head.ready_key or "0").split("~", 1)[0])


def _ours(company: Company, users: Sequence[str]) -> Side:
    client = wiring.store().table.client
    claims = 0
    lock = threading.Lock()

    def count(**_: Any) -> None:
        nonlocal claims
        with lock:
            claims += 1

    def worker() -> Worker:
        # A container in Lambda has all this to itself; the connections are shared.
        table = Table(client, company.table)
        settled = wiring.store()
        store = Store(table, Configuration(table, "UTC", ADMIN), settled.hash_key)

        def lend(user: str) -> Held | None:
            found = pull(store, user, None, datetime.now(UTC)).body
            return (found["lead"]["id"], found["lease"]["token"]) if found["lead"] else None

        def record(user: str, held: Held) -> bool:
            recorded = DispositionInput("no-answer", None, held[1])
            return dispose(store, user, held[0], recorded, datetime.now(UTC)).status == 200

        (queue,) = (Queue.of(each) for each in settled.queues.known)
        ready = keys.ready(queue.triple)
        item = {"PK": {"S": "BARE"}, "SK": {"S": "x"}, "v": {"N": "1"}}
        return Worker(
            lend,
            record,
            lambda: client.put_item(TableName=company.table, Item=item),
            lambda: table.query(ready, index="queue", limit=OVERDUE_RANK),
        )

    first = worker()
    _once(first, users[0])
    trips = []
    held: list[Held] = []
    for do in (
        lambda: held.append(_lent(first, users[0])),
        lambda: first.dispose(users[0], held[0]),
    ):
        with Meter(client, company.looker, LATENCY) as meter:
            do()
        trips.append(meter.round_trips)
    event = "before-call.dynamodb.TransactWriteItems"
    client.meta.events.register(event, count)
    try:
        return _side("Lead Routing, embedded engine", trips, worker, users, lambda: claims)
    finally:
        client.meta.events.unregister(event, count)


def _theirs(where: str, version: str, users: Sequence[str]) -> Side:
    with ExitStack() as open_connections:
        made: list[SkipLocked] = []

        def worker() -> Worker:
            queue = SkipLocked(where)
            open_connections.callback(queue.close)
            made.append(queue)
            return Worker(
                lambda user: queue.pull(user, datetime.now(UTC)),
                lambda user, held: queue.dispose(user, *held, datetime.now(UTC)),
                queue.bare,
                lambda: queue.front(OVERDUE_RANK, datetime.now(UTC)),
            )

        first = worker()
        _once(first, users[0])
        before = made[0].round_trips
        held = _lent(first, users[0])
        between = made[0].round_trips
        first.dispose(users[0], held)
        trips = [between - before, made[0].round_trips - between]
        name = f"PostgreSQL {version.split(' ', 1)[0]}, SKIP LOCKED"
        return _side(name, trips, worker, users, lambda: sum(each.round_trips for each in made))


def _lent(worker: Worker, user: str) -> Held:
    held = worker.pull(user)
    if held is None:
        raise ServedTwiceError(f"nothing for {user}")
    return held


def _once(worker: Worker, user: str) -> None:
    """Everything once, so that what is loaded or prepared at first is."""
    worker.bare()
    worker.dispose(user, _lent(worker, user))


def _side(
    name: str,
    trips: Sequence[int],
    worker: Callable[[], Worker],
    users: Sequence[str],
    sent: Callable[[], int],
) -> Side:
    """sent: claims so far; counted around pulls only."""
    pulls, dispositions, bare, claims = {}, {}, {}, {}
    alone = worker()
    alone.front()
    front = 1000 * _timed([[alone.front] * _QUERIES]) / _QUERIES
    for threads in THREADS:
        workers = [worker() for _ in range(threads)]
        for each, user in zip(workers, users, strict=False):
            _once(each, user)
        bare[threads] = _BARE / _timed([[each.bare] * (_BARE // threads) for each in workers])
        pulling = disposing = 0.0
        claimed = done = 0
        while pulling + disposing < _SECONDS and done < LEADS // 4:
            held: dict[str, Held] = {}

            def take(each: Worker, user: str, held: dict[str, Held] = held) -> None:
                held[user] = _lent(each, user)

            def give(each: Worker, user: str, held: dict[str, Held] = held) -> None:
                if not each.dispose(user, held[user]):
                    raise ServedTwiceError(f"{user} did not hold {held[user][0]}")

            shares = [users[at::threads] for at in range(threads)]
            before = sent()
            pulling += _timed(
                [[partial(take, w, u) for u in share] for w, share in zip(workers, shares, strict=True)]
            )
            claimed += sent() - before
            if len({lead for lead, _ in held.values()}) < len(users):
                raise ServedTwiceError(f"{name}: {len(held)} users hold fewer leads")
            disposing += _timed(
                [[partial(give, w, u) for u in share] for w, share in zip(workers, shares, strict=True)]
            )
            done += len(users)
        pulls[threads], dispositions[threads] = done / pulling, done / disposing
        claims[threads] = claimed / done
    return Side(name, trips[0], trips[1], front, pulls, dispositions, bare, claims)


def _timed(shares: Sequence[Sequence[Callable[[], object]]]) -> float:
    """Seconds until every thread has done its share, all having begun at once."""
    barrier = threading.Barrier(len(shares) + 1)

    def work(share: Sequence[Callable[[], object]]) -> None:
        barrier.wait()
        for do in share:
            do()

    with ThreadPoolExecutor(len(shares)) as pool:
        working = [pool.submit(work, share) for share in shares]
        barrier.wait()
        began = time.perf_counter()
        for each in working:
            each.result()
        return time.perf_counter() - began
