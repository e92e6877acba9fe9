"""What grows with what? Units and round trips of one piece of work at two sizes, the second ten times the first.

On DynamoDB Local at full sizes; where it is not installed, on the embedded engine, which reads whole partitions, at
smaller ones.

A ratio near 1 is bounded, one near 10 goes with the size. Everything is measured through what is public: requests, the
scheduled run with what it puts into the logs, and a container's look at the set-up. So a measure goes on working when
what is beneath it changes. Leads are copies of one that went the usual way, written side by side.
"""

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.budgets import START
from bench.company import ADMIN, Company, on_table
from bench.reports import Report, Section, number
from routing.runtime import clock, wiring
from routing.services.core.store import Store
from routing.storage import keys
from tools.engines import DynamoDBLocal, EmbeddedEngine, EngineMissingError
from tools.meter import Meter

LATENCY = 0.02
"""Seconds of a call at least, so that what is sent at once overlaps."""
_LATENCY_OF_A_QUESTION = 0.1
"""The same, of hundreds of calls."""
TIMES = 10
_MINUTE = timedelta(minutes=1)
_FIRST_MINUTE = START + 3 * _MINUTE
"""Not one of those in which the sweep tries everything again."""
_RESTED = timedelta(hours=30)
"""After which a lead that nobody answered may be pulled again, at an hour at which it may be called."""
_BATCH = 25
_RECIPIENTS = 500
"""The most that a strategy may have."""
_DIGITS = 8
_THREADS = 4
_ZONES = (("CO", "303"), ("GA", "404"), ("IL", "312"), ("CA", "415"))
"""States of four zone groups, with an area code of each."""
_OWNED = 5
"""Leads that each user of a floor has, beside the one that they hold."""
_STANDINGS = (
    ("corporate", "closed", 65),
    ("corporate", "open", 10),
    ("corporate", "unmatched", 10),
    ("corporate", "held", 4),
    ("ana", "closed", 10),
    ("ana", "assigned", 1),
)
"""Of a hundred leads: how many have which standing at which owner."""
Engine = EmbeddedEngine | DynamoDBLocal


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked again and again takes at most so many read units, trips and bytes of its answer, at either size."""

    read: float
    round_trips: int
    answer: int


STATUS = Bound(10, 1, 2_000)
COUNTS = Bound(2_000, 14, 6_000_000)
"""Pages of one standing follow one another, some 8,000 leads each."""
SUMMARY = Bound(2_000, 16, 6_000_000)
"""DynamoDB Local ends pages of an index by the size of whole items: more of them than on AWS."""
SEARCH = Bound(2_100, 30, 6_000_000)
"""A page ends at 1,000 leads read."""
FLOOR = Bound(1_000, 22, 6_000_000)
"""Each user's leads are a query of their own, 32 at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is metered. do: answers with how many minutes it takes, where that is what is asked.

    by: the container that does it; None is the one that answers requests. bound: of what is a question.
    """

    name: str
    do: Callable[[], int | None]
    by: Store | None = None
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Works on a company that `prepare` makes of a size: how many `of` it has. quick, full: the smaller size."""

    of: str
    quick: int
    full: int
    prepare: Callable[[Company, int], Iterable[Work]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work at one size. write: units of the table and its indexes. minutes: how many runs it took.

    answer: bytes, of a question.
    """

    size: int
    read: float
    write: float
    round_trips: int
    minutes: int | None = None
    answer: int | None = None
    bound: Bound | None = None

    @property
    def is_within(self) -> bool:
        """Whether it keeps its bound; also when it has none."""
        most = self.bound
        return most is None or (
            self.read <= most.read
            and self.round_trips <= most.round_trips
            and (self.answer or 0) <= most.answer
        )


@dataclass(frozen=True, slots=True)
class Growth:
    """The same work at the smaller size and at the larger."""

    work: str
    of: str
    small: Cost
    large: Cost


def report() -> Report:
    """At full sizes where DynamoDB Local is installed."""
    try:
        engine: Engine = DynamoDBLocal(DynamoDBLocal.locate())
    except EngineMissingError as missing:
        print(f"At smaller sizes. {missing}", file=sys.stderr)
        engine = EmbeddedEngine()
    with engine:
        measured = [each for measure in MEASURES for each in growths(engine, measure)]
    exceeded = [
        f"{each.work}, {cost.size:,} {each.of}: over {cost.bound}"
        for each in measured
        for cost in (each.small, each.large)
        if not cost.is_within
    ]
    return Report([of_growths(measured, engine.name)], {"growth": measured}, exceeded=exceeded)


def growths(engine: Engine, measure: Measure) -> Iterator[Growth]:
    """Every work of a measure, each size on a table of its own."""
    size = measure.full if isinstance(engine, DynamoDBLocal) else measure.quick
    small = costs(engine, measure, size)
    large = costs(engine, measure, size * TIMES)
    for name, cost in small.items():
        yield Growth(name, measure.of, cost, large[name])


def costs(engine: Engine, measure: Measure, size: int) -> dict[str, Cost]:
    """What each work of the measure takes at this size, by name; on a table of its own."""
    print(f"{size:,} {measure.of} ...", file=sys.stderr, flush=True)
    found = {}
    clock.fix(START)
    with on_table(engine) as company:
        for work in measure.prepare(company, size):
            client = (work.by or wiring.store()).table.client
            latency = _LATENCY_OF_A_QUESTION if work.bound else LATENCY
            with Meter(client, company.looker, latency) as meter:
                minutes = work.do()
            units = meter.units
            found[work.name] = Cost(
                size,
                units.read,
                units.write + units.index,
                meter.round_trips,
                minutes,
                company.answered if work.bound else None,
                work.bound,
            )
    return found


def of_growths(growths: Sequence[Growth], engine: str) -> Section:
    rows = [
        (
            each.work,
            f"{each.small.size:,} and {each.large.size:,} {each.of}",
            _pair(each.small.read, each.large.read),
            _pair(each.small.write, each.large.write),
            _pair(each.small.round_trips, each.large.round_trips),
            "" if each.small.minutes is None else f"{each.small.minutes}, {each.large.minutes}",
            "" if each.small.answer is None else f"{each.small.answer:,}, {each.large.answer:,}",
        )
        for each in growths
    ]
    note = (
        f"On {engine}. Units by the requests, those of indexes with the writes; trips one after another. In brackets "
        f"the larger by the smaller: 1 is bounded, {TIMES} goes with the size. A minute is the scheduled run and all "
        "that push then does of what the run asked for; minutes, how many of them it takes."
    )
    columns = ("work", "with", "read units", "write units", "round trips", "minutes", "answer bytes")
    return Section("Growth", columns, rows, note)


def _pair(small: float, large: float) -> str:
    ratio = f" ({large / small:.1f})" if small else ""
    return f"{number(small)}, {number(large)}{ratio}"


def _furnish(company: Company, *users: str) -> None:
    """Users of the company who may pull any lead at any hour, and a source."""
    _found(company, *users)
    _pull_strategy(company, "all", "corporate")


def _found(company: Company, *users: str) -> None:
    company.put("record-types", id="lead", name="Lead", fields=[])
    for user in users:
        _user(company, user, "corporate")
    company.source("corporate")


def _user(company: Company, user: str, parent: str) -> None:
    company.put("accounts", id=user, name=user, kind="user", parent=parent, role="rep")


def _pull_strategy(company: Company, name: str, owner: str, **more: Any) -> None:
    body = {"recipients": [owner], "calling_hours": False, **more}
    company.put("pull-strategies", id=name, name=name, record_type="lead", distributed_from=owner, **body)


def _push_strategy(company: Company, name: str, channel: str, users: Iterable[str], **more: Any) -> None:
    company.put(
        "push-strategies",
        id=name,
        name=name,
        record_type="lead",
        distributed_from="corporate",
        method="round_robin",
        criteria=[{"field": "channel", "operator": "equals", "value": channel}],
        recipients=[{"account": each} for each in users],
        **more,
    )


def _ingest(company: Company, channel: str, owner: str = "corporate", **values: Any) -> str:
    """A lead that has been through push."""
    fields = {"channel": channel, "first_name": "Ana", "phone": "+13035550100", "state": "CO", **values}
    lead = company.ingest(fields, owner=owner)
    _settle(company, owner)
    return lead


def _settle(company: Company, *owners: str) -> None:
    """Push has done all that stands in these logs, and what came of it."""
    while records := [each for owner in owners for each in company.new_records(owner)]:
        for at in range(0, len(records), _BATCH):
            company.push(records[at : at + _BATCH])


def _minute(company: Company, *owners: str) -> None:
    company.functions.invoke("scheduled_reset", {})
    _settle(company, *owners)


def _copied(company: Company, lead: str, copies: int) -> None:
    """The lead so many times more, each with a phone and a log entry of its own."""
    pages = company.looker.get_paginator("scan").paginate(TableName=company.table)
    items = [item for page in pages for item in page["Items"]]
    about = [item for item in items if lead in repr(item)]
    contacts = {item["PK"]["S"] for item in about if item["PK"]["S"].startswith("CONTACT#")}
    entries = {item["SK"]["S"] for item in about if item.get("kind", {}).get("S") == "lead"}
    names = (lead, *entries, *(each.removeprefix("CONTACT#") for each in contacts))
    its = [item for item in items if any(name in item["PK"]["S"] + item["SK"]["S"] for name in names)]

    def put(serials: Sequence[int]) -> None:
        for serial in serials:
            renames = {name: f"{name[:-_DIGITS]}{serial:0{_DIGITS}}" for name in names}
            requests = [{"PutRequest": {"Item": _renamed(item, renames)}} for item in its]
            written = company.looker.batch_write_item(RequestItems={company.table: requests})  # type: ignore[dict-item]
            if written["UnprocessedItems"]:
                raise RuntimeError("the engine took only some of a copy")

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(put, [range(at, copies, _THREADS) for at in range(_THREADS)]))
    company.new_records()  # push is not asked to route them


def _renamed(value: Any, renames: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _renamed(each, renames) for key, each in value.items()}
        case list():
            return [_renamed(each, renames) for each in value]
        case str():
            for name, new in renames.items():
                value = value.replace(name, new)
    return value


def _held(company: Company, leads: int) -> Iterator[Work]:
    """Nobody of their strategy is there; somebody of another strategy of the same owner is."""
    _furnish(company, "away", "here")
    _push_strategy(company, "waiting", "web", ["away"], active_within_minutes=30)
    _push_strategy(company, "other", "chat", ["here"])
    _settle(company, "corporate")
    _copied(company, _ingest(company, "web"), leads - 1)
    clock.fix(_FIRST_MINUTE)
    _minute(company, "corporate")
    clock.fix(_FIRST_MINUTE + _MINUTE)
    yield Work("a minute, nobody can take them", lambda: _minute(company, "corporate"))
    yield _question(company, "/v1/held/summary", bound=SUMMARY)


def _due(company: Company, leads: int) -> Iterator[Work]:
    _furnish(company, "ana", "ben")
    lead = _ingest(company, "call")
    company.dispose("ana", company.pull("ana"))
    _copied(company, lead, leads - 1)
    yield _question(company, "/v1/counts", "all cool down", bound=COUNTS)
    yield _question(company, "/v1/leads?name=zoe", "nobody is called so", bound=SEARCH)
    clock.fix(START + _RESTED)
    yield Work("a pull, all due at one moment", lambda: _pulled(company, "ben"))
    yield Work("until the sweep has moved them all", lambda: _until_moved(company))


def _until_moved(company: Company) -> int:
    """After how many minutes none is due any more."""
    for minutes in itertools.count():
        if not company.functions.invoke("scheduled_reset", {})["returned"]:
            return minutes
        clock.fix(clock.now() + _MINUTE)
    raise AssertionError


def _pulled(company: Company, user: str) -> None:
    company.pull(user)


def _given_back(company: Company, leads: int) -> Iterator[Work]:
    _furnish(company, "ana")
    lead = _ingest(company, "call")
    company.dispose("ana", company.pull("ana"), "return")
    _copied(company, lead, leads - 1)
    yield Work("a pull, the asker gave all back", lambda: _pulled(company, "ana"))


def _accounts(company: Company, accounts: int) -> Iterator[Work]:
    _furnish(company)
    users = [f"user-{at:04d}" for at in range(accounts)]
    for user in users:
        _user(company, user, "corporate")
    _push_strategy(company, "few", "web", users[:5])
    most = users[:_RECIPIENTS]
    _push_strategy(company, "most", "web", most)
    _looked(wiring.store())
    other: Store = wiring.store.__wrapped__()
    yield Work("a container's first look at the set-up", lambda: _looked(other), by=other)
    yield Work("PUT of a strategy, 5 recipients", lambda: _push_strategy(company, "few", "chat", users[:5]))
    yield Work("another container's look after it", lambda: _looked(other), by=other)
    yield Work(
        f"PUT of a strategy, all of them recipients, {_RECIPIENTS} at most",
        lambda: _push_strategy(company, "most", "chat", most),
    )
    other.table.client.close()


def _looked(container: Store) -> None:
    container.configuration.load()


def _queues(company: Company, branches: int) -> Iterator[Work]:
    """Each branch has two pools, and in each leads of two zones."""
    _furnish(company)
    numbers = itertools.count(100)
    names = [f"branch-{at:03d}" for at in range(branches)]
    for name in names:
        company.put("accounts", id=name, name=name, kind="branch", parent="corporate")
        _user(company, f"{name}-rep", name)
        company.source(name)
        of_web = [{"field": "channel", "operator": "equals", "value": "web"}]
        _pull_strategy(company, f"{name}-all", name, calling_hours=True)
        _pull_strategy(
            company, f"{name}-web", name, calling_hours=True, recipients=[f"{name}-rep"], criteria=of_web
        )
        for state, area in (("CO", "303"), ("GA", "404")):
            for channel in ("web", "call"):
                phone = f"+1{area}555{next(numbers):04d}"
                _ingest(company, channel, name, state=state, phone=phone)
    company.pull(f"{names[0]}-rep")
    company.dispose(f"{names[0]}-rep", company.pull(f"{names[0]}-rep"))
    yield Work("a pull, each with 2 pools in 2 zones", lambda: _pulled(company, f"{names[0]}-rep"))
    _minute(company, "corporate", *names)
    yield Work("a minute, nothing to do", lambda: _minute(company, "corporate", *names))


def _pools(company: Company, strategies: int) -> Iterator[Work]:
    """Each strategy serves others as well, so that its leads are a pool of their own, in each of four zones."""
    _found(company, "ana", "ben")
    numbers = itertools.count(100)
    for at in range(strategies):
        _user(company, f"user-{at:02d}", "corporate")
        criteria = [{"field": "channel", "operator": "equals", "value": f"channel-{at}"}]
        recipients = ["ana", "ben", f"user-{at:02d}"]
        _pull_strategy(
            company,
            f"pool-{at:02d}",
            "corporate",
            recipients=recipients,
            criteria=criteria,
            calling_hours=True,
        )
    for at in range(strategies):
        for state, area in _ZONES:
            _ingest(company, f"channel-{at}", state=state, phone=f"+1{area}555{next(numbers):04d}")
    company.pull("ben")
    yield Work("a pull, its user is in all of them", lambda: _pulled(company, "ana"))


def _question(company: Company, path: str, of: str = "", *, user: str = ADMIN, bound: Bound) -> Work:
    """Asked of a container that knows the set-up, by somebody who was there a moment ago."""
    company.call("GET", "/v1/me/status", user=user)

    def ask() -> None:
        company.call("GET", path, user=user)

    return Work(f"GET {path}{', ' if of else ''}{of}", ask, bound=bound)


def _standing(company: Company, leads: int) -> Iterator[Work]:
    """Leads of which only the place under their owner is written, which is all that is counted."""
    _furnish(company, "ana")
    standings = [(owner, standing) for owner, standing, of_100 in _STANDINGS for _ in range(of_100)]
    _placed(company, [standings[at % len(standings)] for at in range(leads)])
    yield _question(company, "/v1/counts", bound=COUNTS)


def _placed(company: Company, leads: Sequence[tuple[str, str]]) -> None:
    """A place for each lead, of this owner and with this standing."""

    def put(batch: Sequence[tuple[str, str]]) -> None:
        requests = []
        for owner, standing in batch:
            lead = keys.time_id(START)
            place = f"{keys.place_under_owner(standing, START, START, lead)}#lead"
            key = keys.head(lead)
            item = {"PK": {"S": key.pk}, "SK": {"S": key.sk}, "OPK": {"S": owner}, "OSK": {"S": place}}
            requests.append({"PutRequest": {"Item": item}})
        written = company.looker.batch_write_item(RequestItems={company.table: requests})  # type: ignore[dict-item]
        if written["UnprocessedItems"]:
            raise RuntimeError("the engine took only some of the places")

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(put, [leads[at : at + _BATCH] for at in range(0, len(leads), _BATCH)]))


def _floor(company: Company, users: int) -> Iterator[Work]:
    """All of one branch and recipients of one strategy; each has pulled a lead, holds it and owns a few."""
    company.put("record-types", id="lead", name="Lead", fields=[])
    company.put("accounts", id="denver", name="Denver", kind="branch", parent="corporate")
    company.put("accounts", id="manager", name="manager", kind="user", parent="denver", role="manager")
    names = [f"user-{at:04d}" for at in range(users - 1)]
    for name in names:
        _user(company, name, "denver")
    company.source("corporate")
    _pull_strategy(company, "all", "corporate")
    _push_strategy(company, "web", "web", names)
    _copied(company, _ingest(company, "call"), users - 2)
    for name in names:
        company.pull(name)
    _placed(company, [(name, "assigned") for name in names for _ in range(_OWNED)])
    yield _question(company, "/v1/me/status", user="manager", bound=STATUS)
    yield _question(company, "/v1/floor", user="manager", bound=FLOOR)
    yield _question(company, "/v1/floor", "again at once", user="manager", bound=FLOOR)


MEASURES: Sequence[Measure] = (
    Measure("held leads", 40, 1_000, _held),
    Measure("ready leads", 100, 1_000, _due),
    Measure("ready leads", 100, 1_000, _given_back),
    Measure("accounts", 20, 100, _accounts),
    Measure("branches", 2, 10, _queues),
    Measure("pools in 4 zones", 2, 2, _pools),
    Measure("leads", 100, 10_000, _standing),
    Measure("users", 5, 50, _floor),
)
