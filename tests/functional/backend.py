"""The deployed handlers on moto's DynamoDB: HTTP as API Gateway brings it, the stream and the schedule on demand."""

import base64
import importlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import boto3
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from routing.runtime import clock, wiring
from routing.runtime.settings import settings
from routing.services.core.store import Store
from routing.services.intake import posts
from routing.services.intake.offers import Offer
from routing.storage.table import from_image
from tests.functional import documented
from tests.functional.quick_moto import kept_items
from tests.functional.strict import Strict
from tools import template
from tools.local_api.functions import LambdaContext
from tools.local_api.gateway import Gateway, Request
from tools.local_api.outlets import Kept

START = "2026-03-04T15:00:00Z"
BUCKET = "files"
CLAIM = "cognito:username"
PROBLEM = "application/problem+json"
TIMEOUT = 60.0
"""Seconds that a function has, more than any of them needs here."""

Json = Any
Snapshot = dict[tuple[str, str], dict[str, Any]]


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def strict_json(text: str | bytes) -> Json:
    """JSON as other languages read it: no NaN, no Infinity."""
    return json.loads(text, parse_constant=_no_constant)


@dataclass(frozen=True)
class Answer:
    """`json` is None when there is no body, and the text of an answer in another type."""

    status: int
    headers: Mapping[str, str]
    json: Any

    def __getitem__(self, name: str) -> Any:
        return self.json[name]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(field, code) of each wrong field."""
        return [(each["field"], each["code"]) for each in self.json.get("errors", [])]


@dataclass
class Backend:
    """One company on one table."""

    table: str
    strict: Strict
    client: Any = field(default_factory=lambda: boto3.client("dynamodb"))
    files: Any = field(default_factory=lambda: boto3.client("s3"))
    delivered: set[tuple[str, str]] = field(default_factory=set)
    queued: set[tuple[str, str]] = field(default_factory=set)
    jobs: Kept = field(default_factory=Kept)
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = Gateway(template.routes(), self.invoke, claim=CLAIM, now=clock.now)

    # -- the clock, the handlers ------------------------------------------------------------------------------

    def at(self, instant: str) -> None:
        clock.fix(datetime.fromisoformat(instant).astimezone(UTC))

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a handler as Lambda would: JSON in, JSON out. What it raises is raised."""
        handler = importlib.import_module(f"functions.{function}.app").handler
        answer = json.loads(
            json.dumps(handler(json.loads(json.dumps(event)), LambdaContext(function, 512, TIMEOUT)))
        )
        if "routeKey" in event and "json" in answer.get("headers", {}).get("content-type", "json"):
            content = json.loads(answer["body"]) if answer.get("body") else None
            documented.check(event, answer, content)
        return answer

    @property
    def store(self) -> Store:
        return wiring.store()

    # -- HTTP ---------------------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        user: str | None = "admin",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request. `body` is sent as JSON, `raw` as it is; `user` None sends no token."""
        sent = {"host": "api.example.com", **(headers or {})}
        if user is not None:
            sent["authorization"] = f"Bearer dev:{user}"
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None and "content-type" not in sent:
            sent["content-type"] = "application/json"
        answer = self.gateway.handle(Request(method, path, list(sent.items()), raw or b""))
        received = {name.lower(): value for name, value in answer.headers}
        is_text = "json" not in received.get("content-type", "json")
        content: Any = None
        if answer.body:
            content = answer.body.decode() if is_text else strict_json(answer.body)
        return Answer(answer.status, received, content)

    def get(self, path: str, **call: Any) -> Answer:
        return self.call("GET", path, **call)

    def post(self, path: str, body: Json = None, **call: Any) -> Answer:
        return self.call("POST", path, body, **call)

    def put(self, path: str, body: Json = None, **call: Any) -> Answer:
        return self.call("PUT", path, body, **call)

    def patch(self, path: str, body: Json = None, **call: Any) -> Answer:
        return self.call("PATCH", path, body, **call)

    def delete(self, path: str, **call: Any) -> Answer:
        return self.call("DELETE", path, **call)

    def refused(
        self, status: int, code: str, method: str, path: str, body: Json = None, **call: Any
    ) -> Answer:
        """A request that must get this problem document, and change nothing at all.

        What is kept of a source's posts is not counted: those that are refused for what they say are kept for a week.
        """
        before = self._but_posts()
        answer = self.call(method, path, body, **call)
        assert (answer.status, (answer.json or {}).get("code")) == (status, code), (method, path, answer.json)
        assert answer.headers["content-type"] == PROBLEM
        assert answer["status"] == status
        assert answer["type"].endswith(f":{code}")
        assert answer["title"]
        assert answer["detail"]
        for error in answer.json.get("errors", []):
            assert set(error) == {"field", "code", "message"}
            assert error["message"]
        assert self._but_posts() == before, "a refused request changed the table"
        return answer

    def invalid(
        self, method: str, path: str, body: Json, *errors: tuple[str, str], code: str = "invalid", **call: Any
    ) -> Answer:
        """A request that must be refused with 422, naming exactly these fields."""
        answer = self.refused(422, code, method, path, body, **call)
        assert sorted(answer.errors) == sorted(errors), answer.json
        return answer

    # -- the table, the stream, the schedule --------------------------------------------------------------------

    @property
    def _table(self) -> Any:
        """moto's own table: a scan through the client takes ten times as long."""
        return get_backend("dynamodb")[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[self.table]

    def forget(self) -> None:
        """Be as new."""
        self._table.items = defaultdict(dict)
        self.delivered.clear()
        self.queued.clear()
        self.jobs.messages.clear()
        self.strict.faults.clear()
        self.strict.after.clear()
        self.strict.requests.clear()

    def prepared(self, name: str, build: Callable[[], None]) -> "Backend":
        """As `build` leaves it, settled; built by the first test that asks for it and copied for the others."""
        if name not in _PREPARED:
            build()
            self.settle()
            _PREPARED[name] = kept_items(self._table.items), frozenset(self.delivered)
        items, delivered = _PREPARED[name]
        self._table.items = kept_items(items)
        self.delivered = set(delivered)
        self.queued.clear()
        forget_containers()
        return self

    def typed(self) -> Snapshot:
        """Every item by key, in order, with DynamoDB's types; bytes as base64 text, as a stream has them."""
        found = [_typed(item) for item in self._table.all_items()]
        keyed = {(item["PK"]["S"], item["SK"]["S"]): item for item in found}
        return dict(sorted(keyed.items()))

    def _but_posts(self) -> Snapshot:
        return {
            (pk, sk): item
            for (pk, sk), item in self.typed().items()
            if not pk.startswith("POSTS#") and not sk.startswith("POST#")
        }

    def items(self) -> Snapshot:
        """Every item in plain values, by key, in order."""
        return {key: from_image(item) for key, item in self.typed().items()}

    def of(self, prefix: str, sort: str = "") -> list[dict[str, Any]]:
        """The items whose keys begin so."""
        return [
            item for (pk, sk), item in self.items().items() if pk.startswith(prefix) and sk.startswith(sort)
        ]

    def undelivered(self) -> list[dict[str, Any]]:
        """Stream records of the log entries that push has not seen, each owner's in the order of their writing."""
        new = [
            item
            for partition, items in self._table.items.items()
            if partition.value.startswith("INTAKE#")
            for sort, item in items.items()
            if (partition.value, sort.value) not in self.delivered
        ]
        return [record(_typed(item), number) for number, item in enumerate(new)]

    def deliver(self, records: Sequence[Mapping[str, Any]]) -> Any:
        """Hand records to `push_assign` as one batch."""
        return self.invoke("push_assign", {"Records": list(records)})

    def settle(self) -> None:
        """Deliver until nothing is left, as the stream and the queue of jobs do."""
        for _ in range(200):
            records = self.undelivered()
            if not records:
                if not self.work():
                    return
                continue
            batch = records[:25]
            assert self.deliver(batch) == {"batchItemFailures": []}
            for each in batch:
                keys = each["dynamodb"]["Keys"]
                self.delivered.add((keys["PK"]["S"], keys["SK"]["S"]))
        raise AssertionError("push never comes to rest")

    def work(self) -> bool:
        """Have jobs done: one delivery of each message that is queued; whether there was one."""
        items = self.typed()
        marks = {key for key in items if key[0].startswith("JOBS#")}
        if fresh := sorted(marks - self.queued):
            self.project([items[key] for key in fresh])
        self.queued = marks
        messages, self.jobs.messages = self.jobs.messages, []
        for each in messages:
            assert self.run_job(each) == {"batchItemFailures": []}
        return bool(messages)

    def run_job(self, message: str) -> Any:
        """Hand one message to `jobs`."""
        return self.invoke("jobs", {"Records": [{"messageId": "1", "receiptHandle": "1", "body": message}]})

    def tick(self) -> dict[str, int]:
        """The scheduled run, and what follows from it."""
        done: dict[str, int] = self.invoke("scheduled_reset", {})
        self.settle()
        return done

    def project(self, items: Sequence[Mapping[str, Any]] | None = None) -> Any:
        """Hand timeline events and new leads to `project` as one batch: all of them unless said."""
        events = [
            item
            for (_, sk), item in self.typed().items()
            if sk.startswith("EVENT#") or item.get("kind") in ({"S": "lead"}, {"S": "receipt"})
        ]
        typed = events if items is None else items
        return self.invoke("project", {"Records": [record(item, at) for at, item in enumerate(typed)]})

    # -- a company, and its leads -------------------------------------------------------------------------------

    def save(self, collection: str, identifier: str, **body: Any) -> Answer:
        """Save a resource that is right."""
        answer = self.put(f"/v1/{collection}/{identifier}", {"id": identifier, **body})
        assert answer.status in (200, 201), answer.json
        return answer

    def branch(self, identifier: str, parent: str = "corporate", **other: Any) -> None:
        self.save("accounts", identifier, kind="branch", name=identifier, parent=parent, **other)

    def user(self, identifier: str, parent: str, role: str = "rep", **other: Any) -> None:
        self.save("accounts", identifier, kind="user", name=identifier, parent=parent, role=role, **other)

    def push(
        self, identifier: str, recipients: Sequence[str], source: str = "corporate", **other: Any
    ) -> None:
        body = push_body(recipients, source, **other)
        self.save("push-strategies", identifier, **body)

    def pull_strategy(
        self,
        identifier: str,
        recipients: Sequence[str] = ("corporate",),
        source: str = "corporate",
        **other: Any,
    ) -> None:
        self.save("pull-strategies", identifier, **pull_body(recipients, source, **other))

    def key(self, source: str, *, test: bool = False) -> str:
        answer = self.post(f"/v1/sources/{source}/keys", {"test": test})
        assert answer.status == 201, answer.json
        return str(answer["api_key"])

    def quarantined(self, source: str, body: Json) -> str:
        """A post that somebody has to look at before it is a lead; its id."""
        company = self.store.configuration.load().company
        found = company.sources[source]
        offer = Offer(found, found.owner, body, None)
        return posts.keep(self.store, offer, "quarantined", "honeypot", (), company, clock.now()).id

    def lead(self, number: int = 1, *, user: str = "admin", **other: Any) -> str:
        """Ingest a lead that is right, and route it; its id."""
        answer = self.post("/v1/leads", lead_body(number, **other), user=user)
        assert answer.status == 201, answer.json
        self.settle()
        return str(answer["lead_id"])

    def shown(self, lead: str, user: str = "admin") -> Any:
        answer = self.get(f"/v1/leads/{lead}", user=user)
        assert answer.status == 200, answer.json
        return answer.json

    def listed(self, query: str, user: str = "admin") -> list[str]:
        """Every lead that the query gives, page by page."""
        found: list[str] = []
        cursor = ""
        for _ in range(100):
            page = self.get(f"/v1/leads?{query}{cursor}", user=user)
            assert page.status == 200, page.json
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"
        raise AssertionError("the pages never end")

    def timeline(self, lead: str) -> list[dict[str, Any]]:
        answer = self.get(f"/v1/leads/{lead}/timeline")
        assert answer.status == 200, answer.json
        return list(answer["items"])

    def pull(self, user: str, **call: Any) -> Any:
        answer = self.post("/v1/pull", {}, user=user, **call)
        assert answer.status == 200, answer.json
        return answer.json

    def lent(self, user: str = "ana", number: int = 1, **other: Any) -> tuple[str, str]:
        """A lead that the user has just pulled, and its lease's token."""
        lead = self.lead(number, **other)
        answer = self.pull(user)
        assert answer["lead"]["id"] == lead
        return lead, answer["lease"]["token"]

    def dispose(self, lead: str, disposition: str, user: str, **other: Any) -> Answer:
        return self.post(f"/v1/leads/{lead}/dispositions", {"disposition": disposition, **other}, user=user)


def _typed(item: Any) -> dict[str, Any]:
    return {name: _json(value) for name, value in item.attrs.items()}


def _json(value: Any) -> dict[str, Any]:
    """A value of moto's as DynamoDB's JSON."""
    if value.is_list():
        return {"L": [_json(each) for each in value.value]}
    if value.is_map():
        return {"M": {name: _json(each) for name, each in value.value.items()}}
    if value.type == "B":
        return {"B": base64.b64encode(value.value).decode()}
    return {value.type: value.value}


_PREPARED: dict[str, tuple[Any, frozenset[tuple[str, str]]]] = {}


def filled(path: str, **values: str) -> str:
    """A route's path with something in the place of each `{name}`."""
    given = {"source": "api", "phone": "3035550101", **values}
    return re.sub(r"\{(\w+)\+?\}", lambda name: given.get(name[1], "x1"), path)


def forget_containers() -> None:
    """Start with cold containers."""
    if wiring.store.cache_info().currsize:
        wiring.store().table._pool.shutdown()
        wiring.store().table.client.close()
    settings.cache_clear()
    wiring.store.cache_clear()
    if wiring.objects.cache_info().currsize:
        wiring.objects()._client.close()
    wiring.objects.cache_clear()


def push_body(recipients: Sequence[str], source: str = "corporate", **other: Any) -> dict[str, Any]:
    return {
        "name": "A push strategy",
        "record_type": "lead",
        "distributed_from": source,
        "method": "round_robin",
        "recipients": [{"account": each} for each in recipients],
        **other,
    }


def pull_body(
    recipients: Sequence[str] = ("corporate",), source: str = "corporate", **other: Any
) -> dict[str, Any]:
    return {
        "name": "A pull strategy",
        "record_type": "lead",
        "distributed_from": source,
        "recipients": list(recipients),
        "calling_hours": False,
        **other,
    }


def lead_body(number: int = 1, **other: Any) -> dict[str, Any]:
    return {"first_name": f"Lead {number}", "email": f"lead{number}@example.com", **other}


def record(item: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A stream record of an item that was just inserted."""
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1772636400,
            "Keys": {"PK": item["PK"], "SK": item["SK"]},
            "NewImage": dict(item),
            "SequenceNumber": f"{number + 1:021d}",
            "SizeBytes": 1024,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/leads/stream/2026-03-04T00:00:00.000",
    }


def encoded(text: str) -> str:
    """Text as it stands in an address."""
    return quote(text, safe="")
