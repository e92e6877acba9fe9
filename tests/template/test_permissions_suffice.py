"""One company's life through every function, each call to the table held against the function's own role.

A role that misses an action fails only in production otherwise: no engine that runs here knows IAM.
"""

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from routing.runtime import clock
from tools import template
from tools.local_api.container import container
from tools.local_api.functions import Functions
from tools.local_api.outlets import Kept, senders

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SIMPLE = {"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem"}
Permission = tuple[str, str]


def _base64(binary: bytes) -> str:
    """As Lambda hands binary values over."""
    return base64.b64encode(binary).decode()


def _needed(operation: str, params: dict[str, Any]) -> set[Permission]:
    """The actions that IAM asks for, each with the index or `table`."""
    if operation == "TransactWriteItems":
        kinds = {kind for each in params["TransactItems"] for kind in each}
        return {(f"dynamodb:{kind}Item", "table") for kind in kinds}
    if operation == "TransactGetItems":
        return {("dynamodb:GetItem", "table")}
    assert operation in SIMPLE, operation
    return {(f"dynamodb:{operation}", params.get("IndexName", "table"))}


def _granted(function: str) -> set[Permission]:
    resources = template.load()["Resources"]
    role = resources[template.functions()[function]["Role"].removesuffix(".Arn")]
    found = set()
    for statement in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
        actions, places = (
            each if isinstance(each, list) else [each]
            for each in (statement["Action"], statement["Resource"])
        )
        for place in places:
            target = place.get("Fn::Sub", "").partition("/index/")[2] or "table"
            found |= {(action, target) for action in actions if action.startswith("dynamodb:")}
    return found


class Company:
    """Handlers on moto, one call at a time, which remembers what each function asked of the table."""

    def __init__(self, client: Any, queue: Kept) -> None:
        self.client = client
        self.queue = queue
        self.functions = Functions()
        self.used: dict[str, set[Permission]] = defaultdict(set)
        self.running = ""
        self.delivered: set[tuple[str, str]] = set()

    def call(self, user: str, route: str, body: Any = None, query: Any = None, **path: str) -> Any:
        """The answer's body. A refusal fails the test."""
        (function,) = (each.function for each in template.routes() if each.key == route)
        claims = {"cognito:username": user}
        event = {
            "routeKey": route,
            "pathParameters": path,
            "queryStringParameters": query or {},
            "headers": {"content-type": "application/json", "x-api-key": path.pop("key", "")},
            "body": json.dumps(body) if body is not None else None,
            "requestContext": {"requestId": "r", "authorizer": {"jwt": {"claims": claims}}},
        }
        answer = self.run(function, event)
        assert answer["statusCode"] < 300, (route, answer)
        return json.loads(answer.get("body") or "null")

    def run(self, function: str, event: dict[str, Any]) -> Any:
        self.running = function
        try:
            return self.functions.invoke(function, event)
        finally:
            self.running = ""

    def deliver(self) -> None:
        """Hand `push_assign` and `project` what their filters let through, once."""
        for item in self.client.scan(TableName="leads")["Items"]:
            keys = (item["PK"]["S"], item["SK"]["S"])
            function = "push_assign" if keys[0].startswith("INTAKE#") else "project"
            if keys in self.delivered or not (keys[0].startswith("INTAKE#") or keys[1].startswith("EVENT#")):
                continue
            self.delivered.add(keys)
            image = {"Keys": {"PK": item["PK"], "SK": item["SK"]}, "NewImage": item, "SequenceNumber": "1"}
            event = json.dumps({"Records": [{"eventName": "INSERT", "dynamodb": image}]}, default=_base64)
            answer = self.run(function, json.loads(event))
            assert answer == {"batchItemFailures": []}
        self.notify()

    def notify(self) -> None:
        """Hand `notify` what is queued."""
        bodies, self.queue.messages = self.queue.messages, []
        records = [
            {
                "messageId": str(at),
                "receiptHandle": str(at),
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for at, body in enumerate(bodies)
        ]
        if records:
            assert self.run("notify", {"Records": records}) == {"batchItemFailures": []}

    def later(self, **after: float) -> None:
        clock.fix(clock.now() + timedelta(**after))
        self.run("scheduled_reset", {})
        self.deliver()
        self.deliver()  # what handling those wrote


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    plain, lock = BaseClient._make_api_call, threading.RLock()  # moto is not atomic under threads
    queue = Kept()
    with mock_aws(), container(None, "leads", queue, senders("key", None)):
        clock.fix(START)
        client = boto3.client("dynamodb")
        client.create_table(TableName="leads", **template.table_definition())
        company = Company(client, queue)

        def remembering(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
            if company.running:
                company.used[company.running] |= _needed(operation, params)
            with lock:
                return plain(self, operation, params)

        monkeypatch.setattr(BaseClient, "_make_api_call", remembering)
        yield company


def _set_up(company: Company) -> str:
    put = {
        "accounts": [
            {"id": "denver", "kind": "branch", "name": "Denver", "parent": "corporate"},
            {"id": "ana", "kind": "user", "name": "Ana", "parent": "denver", "role": "rep",
             "email": "ana@example.com", "notify": {"email": True}},
            {"id": "carl", "kind": "user", "name": "Carl", "parent": "denver", "role": "rep"},
            {"id": "ben", "kind": "user", "name": "Ben", "parent": "denver", "role": "manager"},
        ],
        "record-types": [{"id": "loan", "name": "Loan"}],
        "sources": [{"id": "form", "name": "Form", "owner": "corporate", "record_type": "lead"}],
        "dispositions": [{"id": "try-later", "name": "Try later", "outcome": "recycle"}],
        "push-strategies": [
            {"id": "west", "name": "West", "record_type": "lead", "distributed_from": "corporate",
             "method": "round_robin", "recipients": [{"account": "denver"}],
             "criteria": [{"field": "state", "operator": "equals", "value": "CO"}]},
            {"id": "team", "name": "Team", "record_type": "lead", "distributed_from": "denver",
             "method": "round_robin", "recipients": [{"account": "ana"}]},
        ],
        "pull-strategies": [
            {"id": "fresh", "name": "Fresh", "record_type": "lead", "distributed_from": "corporate",
             "recipients": ["corporate"], "calling_hours": False,
             "criteria": [{"field": "created_at", "operator": "within_last", "value": "P1D"}]},
        ],
    }  # fmt: skip
    for kind, bodies in put.items():
        for body in bodies:
            company.call("admin", f"PUT /v1/{kind}/{{id}}", body, id=body["id"])
        company.call("admin", f"GET /v1/{kind}")
        company.call("admin", f"GET /v1/{kind}/{{id}}", id=bodies[0]["id"])
        company.call("admin", f"GET /v1/{kind}/{{id}}/versions", id=bodies[0]["id"])
    company.call("admin", "GET /v1/health")
    company.call("admin", "GET /v1/openapi.json")
    company.call("admin", "DELETE /v1/record-types/{id}", id="loan")
    company.call("admin", "DELETE /v1/accounts/{id}", id="carl")
    extra = company.call("admin", "POST /v1/sources/{id}/keys", {}, id="form")
    company.call("admin", "DELETE /v1/sources/{id}/keys/{key_id}", id="form", key_id=extra["key_id"])
    api_key: str = company.call("admin", "POST /v1/sources/{id}/keys", {}, id="form")["api_key"]
    return api_key


def _lead(number: int, state: str, **more: Any) -> dict[str, Any]:
    contact = {"phone": f"+1303555{number:04}", "email": f"lead{number}@example.com"}
    return {"first_name": "A", "last_name": "Lead", "state": state, **contact, **more}


def test_each_function_may_do_all_that_it_does(company: Company) -> None:
    api_key = _set_up(company)
    company.call("ana", "PUT /v1/presence", {"available": True})
    pushed = company.call("admin", "POST /v1/leads", _lead(1, "CO", external_id="x1"))["lead_id"]
    company.call("", "POST /v1/intake/{source}", _lead(2, "CO"), source="form", key=api_key)
    for number in range(3, 7):
        company.call("", "POST /v1/intake/{source}", _lead(number, "TX"), source="form", key=api_key)
    company.deliver()
    company.call("admin", "POST /v1/explain", {"lead": _lead(9, "CO")})
    company.call("admin", "GET /v1/push-strategies/{id}/state", id="west")
    company.call("admin", "POST /v1/push-strategies/{id}/reset", id="west")

    company.call("ana", "GET /v1/me")
    quiet = {"start": "00:00", "end": "23:59"}
    company.call("ana", "PATCH /v1/me", {"notify": {"email": True, "quiet_hours": quiet}})
    assert company.call("ana", "GET /v1/leads/{id}", id=pushed)["owner"] == "ana"
    company.call("ana", "GET /v1/leads/{id}/timeline", id=pushed)
    company.call("ana", "GET /v1/leads", query={"mine": "true"})
    company.call("ben", "GET /v1/leads", query={"phone": "+13035550001"})
    company.call("ben", "GET /v1/leads", query={"owner": "ana"})
    company.call("ana", "PATCH /v1/leads/{id}", {"last_name": "Changed", "phone": "+13035557777"}, id=pushed)
    company.call("ana", "POST /v1/leads/{id}/notes", {"note": "Rang twice"}, id=pushed)
    soon = (clock.now() + timedelta(days=1)).isoformat()
    met = company.call("ana", "POST /v1/leads/{id}/appointments", {"starts_at": soon}, id=pushed)["id"]
    assert company.call("ana", "GET /v1/appointments")["items"]
    company.call("ana", "DELETE /v1/leads/{id}/appointments/{appointment}", id=pushed, appointment=met)
    company.call("ana", "POST /v1/leads/{id}/appointments", {"starts_at": soon}, id=pushed)
    phone = "+13035559999"
    company.call("admin", "PUT /v1/do-not-call/{phone}", {}, phone=phone)
    company.call("admin", "POST /v1/leads", _lead(9999, "CO"))
    company.call("admin", "GET /v1/do-not-call")
    company.call("ben", "GET /v1/do-not-call/{phone}", phone=phone)
    company.call("admin", "DELETE /v1/do-not-call/{phone}", phone=phone)
    listed = company.call("admin", "POST /v1/do-not-call/imports", {"phones": [phone]})
    company.deliver()
    company.call("admin", "GET /v1/do-not-call/imports/{id}", id=listed["import_id"])
    company.deliver()
    told = company.call("ana", "GET /v1/notifications")["items"]
    company.call("ana", "POST /v1/notifications/{id}/read", id=told[0]["id"])
    company.call("admin", "GET /v1/webhook-key")
    company.call("admin", "POST /v1/leads/{id}/transfer", {"to": "ben"}, id=pushed)
    company.call("admin", "POST /v1/leads/{id}/transfer", {"to": "denver", "distribute": True}, id=pushed)
    company.deliver()

    for disposition in ("try-later", "call-back", "do-not-call"):
        pulled = company.call("ana", "POST /v1/pull", {})
        assert pulled["lead"], pulled
        token, lead = pulled["lease"]["token"], pulled["lead"]["id"]
        company.call("ana", "POST /v1/leads/{id}/lease", {"lease_token": token}, id=lead)
        body = {"disposition": disposition, "lease_token": token, "pull_next": disposition == "do-not-call"}
        if disposition == "call-back":
            body["callback_at"] = (clock.now() + timedelta(minutes=30)).isoformat()
        company.call("ana", "POST /v1/leads/{id}/dispositions", body, id=lead)
    company.later(minutes=31)
    assert company.call("ana", "POST /v1/pull", {})["lead"], "the callback is due"
    company.later(hours=5)
    company.call("ana", "POST /v1/pull", {})
    company.later(days=2)
    company.call("admin", "DELETE /v1/pull-strategies/{id}", id="fresh")
    company.later(minutes=2)

    missing = {name: needed - _granted(name) for name, needed in company.used.items()}
    assert {name: each for name, each in missing.items() if each} == {}
    assert set(company.used) == set(template.functions())
    # The other way: an index that this whole life never needed is one that nobody should be able to read.
    for name in template.functions():
        unused = (
            {place for _, place in _granted(name)} - {place for _, place in company.used[name]} - {"table"}
        )
        assert not unused, f"{name} may read {unused} and does not"
