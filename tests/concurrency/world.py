"""A company on a real engine, worked through the services themselves, with a clock and a stream of one's own."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from routing.domain.accounts import CORPORATE
from routing.domain.intake import understand
from routing.domain.resources import Body, Kind
from routing.runtime.models import BODIES
from routing.services.company import set_up
from routing.services.core.idempotency import Answer, Once
from routing.services.core.store import Store
from routing.services.intake.authenticate import by_user
from routing.services.jobs import nudges
from routing.services.jobs.run import handle
from routing.services.jobs.work import carry_out
from routing.services.people import presence
from routing.services.pull.filing import new_head
from routing.services.pull.pull import pull
from routing.services.sweep import sweep
from routing.services.work.dispositions import DispositionInput, dispose
from routing.storage import configuration, jobs, keys, states
from routing.storage.configuration import Configuration, Resource
from routing.storage.heads import to_item as head_item
from routing.storage.jobs import Job
from routing.storage.leads import Submission, digest
from routing.storage.table import Item, Table, Write, to_item
from tests.concurrency.faults import Faults
from tests.concurrency.memory_objects import MemoryObjects
from tools import dynamodb_rules
from tools.engines import CREDENTIALS, REGION

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BATCH = 25
ADMIN = "admin"


class Crashed(Exception):
    """A delivery ended with the table's trouble; the stream delivers it again."""


def once(name: str, route: str = "POST", body: object = None) -> Once:
    return Once(keys.idempotency("caller", route, name), digest(body))


def account(identifier: str, kind: str, parent: str | None, **more: Any) -> tuple[Kind, Body]:
    return "accounts", {"id": identifier, "name": identifier, "kind": kind, "parent": parent, **more}


def user(identifier: str, parent: str, **more: Any) -> tuple[Kind, Body]:
    return account(identifier, "user", parent, **{"role": "rep", **more})


def push_strategy(identifier: str, of: str, recipients: Iterable[str], state: str | None = None, **more: Any):
    """A push strategy over leads of one state of the country, or over all."""
    return "push-strategies", {
        "id": identifier,
        "name": identifier,
        "record_type": "lead",
        "distributed_from": of,
        "method": "round_robin",
        "recipients": [{"account": each} for each in recipients],
        "criteria": [{"field": "state", "operator": "equals", "value": state}] if state else [],
        **more,
    }


def pull_strategy(identifier: str, of: str, recipients: Iterable[str], **more: Any):
    return "pull-strategies", {
        "id": identifier,
        "name": identifier,
        "record_type": "lead",
        "distributed_from": of,
        "recipients": list(recipients),
        "calling_hours": False,
        **more,
    }


def complete(kind: Kind, body: Body) -> dict[str, Any]:
    """The body with every default filled in, as the API saves it."""
    return BODIES[kind].model_validate(body).model_dump(mode="json")


COMPANY: Sequence[tuple[Kind, Body]] = (
    account("east", "branch", "corporate"),
    account("west", "branch", "corporate"),
    user("boss", "corporate", role="manager"),
    *(user(each, "east") for each in ("e1", "e2", "e3")),
    *(user(each, "west") for each in ("w1", "w2")),
    # CO goes down a chain: to one of the east's users, or to the west, which has no strategy of its own.
    push_strategy("chain", "corporate", ["east", "west"], "CO", order=1),
    push_strategy("east-turns", "east", ["e1", "e2", "e3"]),
    # UT goes to users straight from the company, without a daily restart. NV goes to nobody: people pull it.
    push_strategy("straight", "corporate", ["w1", "w2", "e1"], "UT", reset_interval="never"),
    pull_strategy(
        "fresh",
        "corporate",
        ["corporate"],
        priority=1,
        criteria=[{"field": "attempts", "operator": "equals", "value": 0}],
    ),
    pull_strategy("again", "corporate", ["corporate"], priority=2, max_attempts=3, cool_down_minutes=60),
)
"""A company in which every way of a lead is taken."""


@dataclass
class World:
    """now: the clock of everything that is done. delivered: what of the log the stream has brought."""

    client: Any
    name: str
    faults: Faults
    now: datetime = NOON
    delivered: set[tuple[str, str]] = field(default_factory=set)
    settled_until: str = "0"
    store: Store = field(init=False)
    serial: int = 0
    files: MemoryObjects = field(default_factory=MemoryObjects)

    def __post_init__(self) -> None:
        self.store = self.container()
        self._lock = threading.Lock()

    def container(self) -> Store:
        """What a Lambda container that has just started has: the same table, and nothing in its memory."""
        table = Table(self.client, self.name, wait=lambda _: None)
        return Store(table, Configuration(table, "UTC", ADMIN), "secret", lambda: self.files)

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    # Set-up

    def install(self, *resources: tuple[Kind, Body]) -> None:
        """Save resources as they are, many to a transaction: quicker than one by one, for a company that is right."""
        writes, seen = [], self.store.configuration.load().company.version
        for kind, body in resources:
            whole = complete(kind, body)
            if kind == "push-strategies":
                whole["starts_on"] = whole["starts_on"] or self.now.date().isoformat()
                state = set_up.strategy_state.initial(len(whole["recipients"]), 1)
                writes.append(states.first_state(body["id"], state))
            resource = Resource(whole, 1, "2026-03-02T12:00:00Z", ADMIN)
            writes += configuration.save(kind, [body["id"]], resource, seen, self.now, refiles=True)[1:3]
        for at in range(0, len(writes), 99):
            self.store.table.transact(writes[at : at + 99])
        self.store.table.write(
            configuration.save("accounts", ["x"], resource, seen, self.now, refiles=True)[0]
        )
        self.store = self.container()

    def put(self, resource: tuple[Kind, Body], store: Store | None = None) -> set_up.Saved:
        kind, body = resource
        return set_up.put(store or self.store, kind, complete(kind, body), ADMIN, None, self.now)

    # Leads

    def body(self, state: str = "NV", **more: Any) -> dict[str, Any]:
        """A lead like no other."""
        with self._lock:
            self.serial += 1
            number = self.serial
        return {
            "first_name": "Lea",
            "last_name": f"No. {number}",
            "email": f"lead{number}@example.com",
            "phone": f"+1303555{number:04d}" if number < 10_000 else None,
            "state": state,
            "external_id": f"x{number}",
            **more,
        }

    def submit(self, body: Mapping[str, Any], store: Store | None = None, only: Once | None = None) -> Answer:
        body = {name: value for name, value in body.items() if value is not None}
        return by_user(store or self.store, ADMIN, body, self.now, only)

    def ingest(self, state: str = "NV", **more: Any) -> str:
        return str(self.submit(self.body(state, **more)).body["lead_id"])

    def load(self, count: int, states_of: Sequence[str] = ("NV",)) -> list[str]:
        """So many new leads at once, as ingest leaves them: quicker than one by one."""
        writes, leads, company = [], [], self.store.configuration.load().company
        for number in range(count):
            body = {k: v for k, v in self.body(states_of[number % len(states_of)]).items() if v is not None}
            found = understand(body, company.record_types["lead"])
            lead = f"L{number:05d}"
            submission = Submission(
                lead,
                (CORPORATE, keys.time_id(self.now)),
                "lead",
                "api",
                self.now,
                body,
                found.values,
                found.fields,
            )
            writes += [
                Write("Put", item=head_item(new_head(self.store, submission), self.now)),
                submission.put_new(),
            ]
            for name in ("phone", "email"):
                if value := found.values.get(name):
                    key = keys.contact_lead(self.store.contact_key(str(value)), lead)
                    writes.append(Write("Put", item={"PK": key.pk, "SK": key.sk, "lead": lead}))
            leads.append(lead)
        for at in range(0, len(writes), 100):
            self.store.table.transact(writes[at : at + 100])
        return leads

    def routed(self, state: str = "NV", **more: Any) -> str:
        """A lead that has been ingested and routed."""
        lead = self.ingest(state, **more)
        self.deliver()
        return lead

    # The stream

    def log(self, of: Iterable[str] | None = None) -> list[Item]:
        """The intake logs as they stand, each owner's entries in their order; without what is settled for good.

        of: these partitions only.
        """
        owners = [each.id for each in self.store.configuration.load().company.tree if each.kind != "user"]
        return [
            entry
            for log in sorted(f"INTAKE#{owner}" for owner in owners)
            if of is None or log in of
            for entry in self.store.table.query_all(log, first=self.settled_until)
        ]

    def undelivered(self, of: Iterable[str] | None = None) -> list[Item]:
        return [
            each
            for each in self.log(of)
            if (each["PK"], each["SK"]) not in self.delivered and each["kind"] != "abandoned"
        ]

    def handle(self, entries: Sequence[Item], store: Store | None = None) -> None:
        """One invocation of `push_assign`. Raises Crashed when the stream would deliver again."""
        report = handle(store or self.store, entries, self.now)
        assert report.internal == []
        if report.failed is not None:
            raise Crashed from report.failed
        assert report.done == len(entries)

    def deliver(self) -> None:
        """Bring push everything that is new in the log, and have jobs done, until nothing more follows from it.

        Looks where this world may have written since it looked last; `settle` looks everywhere.
        """
        while touched := self._touched():
            try:
                entries = self.undelivered(touched)
                for owner in dict.fromkeys(each["PK"] for each in entries):
                    of_owner = [each for each in entries if each["PK"] == owner]
                    for at in range(0, len(of_owner), BATCH):
                        self.handle(of_owner[at : at + BATCH])
                self.delivered |= {(each["PK"], each["SK"]) for each in entries}
                while self.work(of=touched):
                    pass
            except BaseException:
                self.faults.touched |= touched
                raise

    def _touched(self) -> set[str]:
        """What was written to since this was last asked."""
        touched, self.faults.touched = self.faults.touched, set()
        return touched

    def jobs(self, of: Iterable[str] | None = None) -> list[Job]:
        """Those that are asked for or under way. of: in these partitions only."""
        shards = (each for each in keys.jobs() if of is None or each in of)
        return [jobs.from_item(mark) for shard in shards for mark in self.store.table.query_all(shard)]

    def work(
        self,
        store: Store | None = None,
        of: Iterable[str] | None = None,
        has_time: Callable[[], bool] = lambda: True,
    ) -> int:
        """One delivery of a message for each job; how many pages were done. Whose worker has stopped is left."""
        return sum(
            carry_out(store or self.store, lambda _: None, each.kind, each.owner, self.now, has_time).pages
            for each in self.jobs(of)
        )

    def look_everywhere(self) -> None:
        """Others, in processes of their own, have written too."""
        tree = self.store.configuration.load().company.tree
        self.faults.touched |= {*keys.jobs(), *(f"INTAKE#{each.id}" for each in tree)}

    def skip(self) -> None:
        """The stream loses what it has not delivered."""
        self.delivered |= {(each["PK"], each["SK"]) for each in self.undelivered()}

    def put_all(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Write these items as they are, quicker than one by one."""
        requests = [{"PutRequest": {"Item": to_item(item)}} for item in items]
        for at in range(0, len(requests), 25):
            answer = self.client.batch_write_item(RequestItems={self.name: requests[at : at + 25]})
            assert not answer["UnprocessedItems"]

    def settle(self) -> None:
        """Two minutes later: everything delivered, the sweep has run, and what it asked for is done."""
        self.look_everywhere()
        self.deliver()
        self.later(minutes=2)
        sweep(self.store, self.now)
        nudges.take_up(self.store, lambda _: None, self.now)
        self.deliver()
        self.settled_until = keys.sortable(self.now)
        self.later(seconds=1)

    # People

    def pull(self, who: str, store: Store | None = None, only: Once | None = None) -> Mapping[str, Any]:
        return pull(store or self.store, who, None, self.now, only).body

    def dispose(
        self,
        who: str,
        lead: str,
        disposition: str,
        token: str | None,
        store: Store | None = None,
        **more: Any,
    ) -> Answer:
        recorded = DispositionInput(disposition, None, token, **more)
        return dispose(store or self.store, who, lead, recorded, self.now)

    def switch(self, who: str, available: bool, store: Store | None = None) -> None:
        presence.switch(store or self.store, who, available, self.now)


@contextmanager
def opened(endpoint: str, name: str) -> Iterator[World]:
    """A world on this table, its client set as the functions set theirs."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 3},
            max_pool_connections=64,
            parameter_validation=False,
            user_agent="lead-routing",
        ),
    )
    dynamodb_rules.enforce(client)
    try:
        yield World(client, name, Faults(client))
    finally:
        client.close()
