"""Notifications under trouble: repeated records and messages, crashes, channels and queues that fail."""

import base64
import io
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from routing.runtime import clock
from routing.runtime.observability import logger
from routing.services.notify.delivery import NotDelivered, Outgoing
from tools import template
from tools.local_api.container import container
from tools.local_api.functions import FunctionError, Functions
from tools.local_api.outlets import Kept

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Channel:
    """Takes messages; `trouble` is called with each before it is taken, and may raise."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.trouble: Callable[[Outgoing], None] = lambda _: None

    def send(self, message: Outgoing) -> None:
        self.trouble(message)
        self.messages.append(message)

    def told(self) -> Counter[tuple[str, str]]:
        """How often each user was told of each notification."""
        return Counter(
            (message.user, each["id"])
            for message in self.messages
            for each in message.payload["notifications"]
        )


class Queue(Kept):
    """Keeps messages; `down` while it takes none."""

    down = False

    def put(self, messages: Sequence[str]) -> None:
        if messages and self.down:
            raise RuntimeError("the queue is down")
        super().put(messages)


class World:
    """The deployed handlers on moto."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.functions = Functions()
        self.queue = Queue()
        self.email, self.webhook = Channel(), Channel()
        self.calls = 0

    def call(self, user: str, route: str, body: Any = None, query: Any = None, **path: str) -> Any:
        (function,) = (each.function for each in template.routes() if each.key == route)
        event = {
            "routeKey": route,
            "pathParameters": path,
            "queryStringParameters": query or {},
            "headers": {"content-type": "application/json"},
            "body": json.dumps(body) if body is not None else None,
            "requestContext": {
                "requestId": "r",
                "authorizer": {"jwt": {"claims": {"cognito:username": user}}},
            },
        }
        answer = self.functions.invoke(function, event)
        assert answer["statusCode"] < 300, answer
        return json.loads(answer.get("body") or "null")

    def records(self, function: str) -> list[dict[str, Any]]:
        """Every record that the function's mapping lets through, oldest table entry first."""
        part, prefix = {"push_assign": ("PK", "INTAKE#"), "project": ("SK", "EVENT#")}[function]
        found = []
        for item in self.client.scan(TableName="leads")["Items"]:
            if item[part]["S"].startswith(prefix):
                change = {
                    "Keys": {"PK": item["PK"], "SK": item["SK"]},
                    "NewImage": item,
                    "SequenceNumber": "1",
                }
                found.append({"eventName": "INSERT", "dynamodb": change})
        plain = json.dumps(found, default=lambda raw: base64.b64encode(raw).decode())
        return list(json.loads(plain))

    def deliver(self, function: str, records: list[dict[str, Any]] | None = None) -> None:
        wanted = self.records(function) if records is None else records
        assert self.functions.invoke(function, {"Records": wanted}) == {"batchItemFailures": []}

    def notify(self, bodies: Sequence[str], receives: int = 1) -> list[str]:
        """Hand messages over; the bodies of those to receive again."""
        named = {str(at): body for at, body in enumerate(bodies)}
        records = [
            {
                "messageId": name,
                "receiptHandle": name,
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives)},
            }
            for name, body in named.items()
        ]
        answer = self.functions.invoke("notify", {"Records": records})
        return [named[each["itemIdentifier"]] for each in answer["batchItemFailures"]]

    def leads(self, count: int) -> None:
        for number in range(count):
            body = {"first_name": "Zebulon", "last_name": "Quark", "email": f"zeb{number}@private.example"}
            self.call("admin", "POST /v1/leads", body)
        self.deliver("push_assign")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    plain, lock = BaseClient._make_api_call, threading.RLock()  # moto is not atomic under threads

    def one_at_a_time(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        with lock:
            return plain(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", one_at_a_time)
    with mock_aws():
        client = boto3.client("dynamodb")
        world = World(client)
        with container(None, "leads", world.queue, {"email": world.email, "webhook": world.webhook}):
            clock.fix(START)
            client.create_table(TableName="leads", **template.table_definition())
            for user in ("ana", "ben"):
                body = {
                    "kind": "user",
                    "name": "Somebody Private",
                    "parent": "corporate",
                    "email": f"{user}@private.example",
                    "notify": {"email": True, "webhook": "https://hooks.private.example/x"},
                }
                world.call("admin", "PUT /v1/accounts/{id}", body, id=user)
            strategy = {
                "name": "s",
                "record_type": "lead",
                "distributed_from": "corporate",
                "method": "round_robin",
                "recipients": [{"account": "ana"}, {"account": "ben"}],
            }
            world.call("admin", "PUT /v1/push-strategies/{id}", strategy, id="s")
            yield world
            client.delete_table(TableName="leads")  # another module's mock may outlive this one


def listed(world: World, user: str) -> list[dict[str, Any]]:
    return list(world.call(user, "GET /v1/notifications")["items"])


def test_records_and_messages_that_come_again_tell_nobody_twice(world: World) -> None:
    world.leads(6)
    records = world.records("project")
    for batch in (records, records[:2], records[3:], records):
        world.deliver("project", batch)
    for _ in range(2):
        assert world.notify(world.queue.messages) == []
    assert [len(listed(world, user)) for user in ("ana", "ben")] == [3, 3]
    assert set(world.email.told().values()) == set(world.webhook.told().values()) == {1}
    assert len(world.email.told()) == len(world.webhook.told()) == 6
    assert Counter(each.user for each in world.email.messages) == {"ana": 1, "ben": 1}, "one digest each"


def test_what_is_listed_is_what_is_sent(world: World) -> None:
    world.leads(2)
    world.deliver("project")
    world.notify(world.queue.messages)
    assert {("ana", each["id"]) for each in listed(world, "ana")} | {
        ("ben", each["id"]) for each in listed(world, "ben")
    } == set(world.email.told())


def test_a_queue_that_is_down_fails_the_batch_and_the_repeat_tells_everybody(world: World) -> None:
    world.leads(2)
    world.queue.down = True
    with pytest.raises(FunctionError):
        world.deliver("project")
    world.queue.down = False
    world.deliver("project")
    world.notify(world.queue.messages)
    assert len(world.email.told()) == 2
    assert len(listed(world, "ana")) == 1


def test_a_failing_channel_leaves_the_others_alone_and_comes_back_with_growing_pauses(world: World) -> None:
    def refuse(_: Outgoing) -> None:
        raise NotDelivered("status_500")

    world.webhook.trouble = refuse
    world.leads(2)
    world.deliver("project")
    again = list(world.queue.messages)
    for receives in range(1, 9):
        again = world.notify(again, receives)
        assert len(again) == 2
        assert all(json.loads(each)["channel"] == "webhook" for each in again)
    assert set(world.email.told().values()) == {1}
    assert [seconds for _, seconds in world.queue.retries[::2]] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    world.webhook.trouble = lambda _: None
    assert world.notify(again) == []
    assert set(world.webhook.told().values()) == {1}


def test_a_fault_of_ours_in_one_message_stops_no_other(world: World) -> None:
    def fail_for_ana(message: Outgoing) -> None:
        if message.user == "ana":
            raise ZeroDivisionError

    world.email.trouble = fail_for_ana
    world.leads(2)
    world.deliver("project")
    (again,) = world.notify(world.queue.messages)
    assert [each.user for each in world.email.messages] == ["ben"]
    world.email.trouble = lambda _: None
    assert world.notify([again]) == []
    assert set(world.email.told().values()) == {1}


def test_a_sender_that_died_of_it_is_succeeded_after_two_minutes(world: World) -> None:
    def die(_: Outgoing) -> None:
        raise SystemExit

    world.leads(1)
    world.deliver("project")
    (body,) = (each for each in world.queue.messages if json.loads(each)["channel"] == "email")
    world.email.trouble = die
    with pytest.raises(SystemExit):
        world.notify([body])
    world.email.trouble = lambda _: None
    assert world.notify([body]) == [body], "somebody else is still at it"
    assert world.email.messages == []
    clock.fix(START + timedelta(minutes=2))
    assert world.notify([body]) == []
    assert set(world.email.told().values()) == {1}


def test_a_disabled_user_and_a_channel_that_is_gone_are_told_nothing(world: World) -> None:
    world.leads(2)
    world.deliver("project")
    body = {
        "kind": "user",
        "name": "A",
        "parent": "corporate",
        "enabled": False,
        "email": "ana@private.example",
    }
    world.call("admin", "PUT /v1/accounts/{id}", body, id="ana")
    world.call("ben", "PATCH /v1/me", {"notify": {"email": False}})
    assert world.notify(world.queue.messages) == []
    assert world.email.messages == world.webhook.messages == []


def test_quiet_hours_hold_back_each_notification_once_however_often_it_comes(world: World) -> None:
    world.call(
        "ana", "PATCH /v1/me", {"notify": {"email": True, "quiet_hours": {"start": "14:00", "end": "16:00"}}}
    )
    world.leads(4)
    world.deliver("project")
    for _ in range(3):
        assert world.notify(world.queue.messages) == []
    assert {each.user for each in world.email.messages} == {"ben"}
    world.queue.messages.clear()
    clock.fix(START.replace(hour=16))
    for _ in range(2):
        world.functions.invoke("scheduled_reset", {})
    world.notify(world.queue.messages)
    assert [(each.user, each.subject) for each in world.email.messages if each.user == "ana"] == [
        ("ana", "2 leads were assigned to you")
    ]


@pytest.mark.parametrize("meanwhile", ["nothing", "made", "listed"])
def test_a_reminder_that_quiet_hours_held_back_is_sent_only_while_the_callback_is_to_be_made(
    world: World, meanwhile: str
) -> None:
    quiet = {"email": True, "quiet_hours": {"start": "15:30", "end": "17:00"}}
    world.call("ana", "PATCH /v1/me", {"notify": quiet})
    lead = world.call("ana", "POST /v1/leads", {"phone": "+12145550142", "state": "TX", "owner": "me"})
    world.deliver("push_assign")
    callback = {"disposition": "call-back", "callback_at": "2026-03-02T16:00:00Z"}
    disposed = world.call("ana", "POST /v1/leads/{id}/dispositions", callback, id=lead["lead_id"])
    assert disposed["status"] == "callback"
    clock.fix(START.replace(hour=16))
    world.functions.invoke("scheduled_reset", {})
    world.deliver("project")
    assert world.notify(world.queue.messages) == []
    if meanwhile == "made":
        sold = {"disposition": "sold"}
        world.call("ana", "POST /v1/leads/{id}/dispositions", sold, id=lead["lead_id"])
    elif meanwhile == "listed":
        world.call("admin", "PUT /v1/do-not-call/{phone}", {}, phone="2145550142")
    world.queue.messages.clear()
    clock.fix(START.replace(hour=17))
    world.functions.invoke("scheduled_reset", {})
    world.notify(world.queue.messages)
    told = [each.subject for each in world.email.messages]
    assert told == (["A callback is due"] if meanwhile == "nothing" else [])


def test_nothing_personal_is_queued_logged_or_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    logger.setLevel(logging.DEBUG)

    def refuse(_: Outgoing) -> None:
        raise NotDelivered("status_500")

    world.webhook.trouble = refuse
    world.leads(2)
    world.deliver("project")
    world.notify(world.queue.messages)
    assert "a notification was not delivered" in log.getvalue()
    sent = [each.subject + each.text + json.dumps(each.payload) for each in world.email.messages]
    for text in (log.getvalue(), *world.queue.messages, *sent):
        for private in ("private.example", "Zebulon", "Quark", "Somebody"):
            assert private not in text
