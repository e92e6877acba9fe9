"""What each function may do is what its code can do: no less, for no engine that runs here knows IAM; and no more.

What the code can do is read from it (`reachable.py`); one company's life through every function shows that nothing is
overlooked there.
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
from tests.template.reachable import calls_of
from tools import template
from tools.local_api.container import BUCKET, container
from tools.local_api.functions import Functions
from tools.local_api.outlets import Kept, senders

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SIMPLE = {"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem"}
FILES = {"GetObject", "PutObject", "DeleteObject"}
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
    if operation in FILES:
        return {(f"s3:{operation}", "*")}
    assert operation in SIMPLE, operation
    return {(f"dynamodb:{operation}", params.get("IndexName", "table"))}


STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
QUEUE = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")


def _granted(function: str) -> set[Permission]:
    """Each action that the function's role allows, with what it is on."""
    resources = template.load()["Resources"]
    name = template.functions()[function]["Role"].removesuffix(".Arn")
    policies = [
        *resources[name]["Properties"]["Policies"],
        *(
            each["Properties"]
            for each in resources.values()
            if each["Type"] == "AWS::IAM::RolePolicy" and each["Properties"]["RoleName"] == {"Ref": name}
        ),
    ]
    found = set()
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in _each(statement["Action"]):
                found |= {(action, _place(action, resource)) for resource in _each(statement["Resource"])}
    return found - {("ses:SendEmail", "configuration-set/*")}  # of the same call


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(action: str, resource: dict[str, Any] | str) -> str:
    if isinstance(resource, dict) and "Fn::Sub" in resource:
        return str(resource["Fn::Sub"]).rpartition(":" if action.startswith("ses") else "/")[2]
    path = resource if isinstance(resource, str) else ".".join(_each(resource["Fn::GetAtt"]))
    name, _, attribute = path.partition(".")
    return {"LeadsTable.Arn": "table", "LeadsTable.StreamArn": "*"}.get(f"{name}.{attribute}", name)


def _of_its_events(function: str) -> set[Permission]:
    """What Lambda does in the function's name: its logs, and reading what calls it."""
    properties = template.functions()[function]
    logs = properties["LoggingConfig"]["LogGroup"]
    found = {(f"logs:{each}", logs) for each in ("CreateLogStream", "PutLogEvents")}
    events = [each["Properties"] for each in properties.get("Events", {}).values()]
    for each in (*events, properties.get("EventInvokeConfig", {})):
        if "DestinationConfig" in each:
            failures = each["DestinationConfig"]["OnFailure"]["Destination"]
            found.add(("sqs:SendMessage", _place("sqs", failures)))
    for event in properties.get("Events", {}).values():
        if event["Type"] == "DynamoDB":
            found |= {(f"dynamodb:{each}", "*") for each in STREAM}
        elif event["Type"] == "SQS":
            queue = _place("sqs", event["Properties"]["Queue"])
            found |= {(f"sqs:{each}", queue) for each in QUEUE}
    return found


@pytest.mark.parametrize("function", sorted(template.functions()))
def test_a_function_may_do_just_what_its_code_can(function: str) -> None:
    assert _granted(function) == calls_of(function) | _of_its_events(function)


class Company:
    """Handlers on moto, one call at a time, which remembers what each function asked of the table."""

    def __init__(self, client: Any, queue: Kept, jobs: Kept) -> None:
        self.client = client
        self.queue = queue
        self.jobs = jobs
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
        """Hand the stream's functions what their filters let through, once, and the others what is queued."""
        for item in self.client.scan(TableName="leads")["Items"]:
            keys = (item["PK"]["S"], item["SK"]["S"])
            function = "push_assign" if keys[0].startswith("INTAKE#") else "project"
            is_known = keys[0].startswith(("INTAKE#", "JOBS#")) or keys[1].startswith("EVENT#")
            if keys in self.delivered or not is_known:
                continue
            if not keys[0].startswith("JOBS#"):  # a mark goes, and comes again
                self.delivered.add(keys)
            image = {"Keys": {"PK": item["PK"], "SK": item["SK"]}, "NewImage": item, "SequenceNumber": "1"}
            event = json.dumps({"Records": [{"eventName": "INSERT", "dynamodb": image}]}, default=_base64)
            for each in (function, *(["project"] if item.get("kind") == {"S": "lead"} else [])):
                assert self.run(each, json.loads(event)) == {"batchItemFailures": []}
        self.receive("jobs", self.jobs)
        self.receive("notify", self.queue)

    def receive(self, function: str, queue: Kept) -> None:
        """Hand a function what is queued for it."""
        bodies, queue.messages = queue.messages, []
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
            assert self.run(function, {"Records": records}) == {"batchItemFailures": []}

    def later(self, **after: float) -> None:
        clock.fix(clock.now() + timedelta(**after))
        self.run("scheduled_reset", {})
        self.deliver()
        self.deliver()  # what handling those wrote


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    plain, lock = BaseClient._make_api_call, threading.RLock()  # moto is not atomic under threads
    queue, jobs = Kept(), Kept()
    monkeypatch.setenv("IMPORT_BUCKET", BUCKET)
    with mock_aws(), container(None, "leads", queue, senders("key", None), jobs):
        clock.fix(START)
        client = boto3.client("dynamodb")
        client.create_table(TableName="leads", **template.table_definition())
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        company = Company(client, queue, jobs)

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


def test_a_life_does_nothing_that_the_code_was_not_read_to_do(company: Company) -> None:
    api_key = _set_up(company)
    company.call("ana", "PUT /v1/presence", {"available": True})
    pushed = company.call("admin", "POST /v1/leads", _lead(1, "CO", external_id="x1"))["lead_id"]
    company.call("", "POST /v1/intake/{source}", _lead(2, "CO"), source="form", key=api_key)
    for number in range(3, 7):
        company.call("", "POST /v1/intake/{source}", _lead(number, "TX"), source="form", key=api_key)
    company.deliver()
    assert company.call("admin", "GET /v1/sources/{id}/posts", id="form")["items"]
    company.call("admin", "GET /v1/sources/{id}/guide", id="form")
    company.call("admin", "POST /v1/explain", {"lead": _lead(9, "CO")})
    company.call("admin", "POST /v1/explain", {"lead_id": pushed})
    draft = {"push_strategies": [company.call("admin", "GET /v1/push-strategies/{id}", id="west")]}
    assert company.call("admin", "POST /v1/preview", {"draft": draft})["leads"]
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
    company.call("ana", "POST /v1/leads/{id}/calls", {}, id=pushed)
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
    begun = company.call("admin", "POST /v1/imports", {"source": "form"})
    rows = b"Email,Phone\nnew@example.com,3035550180\nnobody,1\n"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"imports/{begun['import_id']}/upload", Body=rows)
    company.call("admin", "GET /v1/imports/{id}", id=begun["import_id"])
    company.call("admin", "POST /v1/imports/{id}/try", {}, id=begun["import_id"])
    company.call("admin", "POST /v1/imports/{id}/start", {}, id=begun["import_id"])
    company.deliver()
    assert company.call("admin", "GET /v1/imports/{id}", id=begun["import_id"])["status"] == "done"
    company.call("admin", "GET /v1/imports")
    company.call("admin", "GET /v1/webhook-key")
    company.call("admin", "GET /v1/people/{person}/export", person="+13035557777")
    assert company.call("admin", "POST /v1/transfers", {"leads": [pushed], "to": "ben"})["moved"] == 1
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
    company.call("admin", "POST /v1/leads/{id}/erase", id=pushed)
    company.deliver()
    company.call("admin", "DELETE /v1/pull-strategies/{id}", id="fresh")
    company.later(minutes=2)

    assert set(company.used) == set(template.functions())
    # What a whole life needs, the code is known to need: so nothing that it does escapes `calls_of`.
    escaped = {name: needed - calls_of(name) for name, needed in company.used.items()}
    assert {name: each for name, each in escaped.items() if each} == {}
