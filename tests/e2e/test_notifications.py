"""Notifications over HTTP: who is told of what, once, by which channel, and when not."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.e2e.company import account, at, lead, pull_strategy, push_strategy, put, settle, shown
from tests.e2e.webhook_receiver import Receiver
from tools.local_api.server import LocalApi

START = "2026-03-04T15:00:00Z"


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def api(webhook: Receiver, capsys: pytest.CaptureFixture[str]) -> Iterator[LocalApi]:
    with LocalApi(loopback_webhooks=webhook.certificate) as api:
        yield api


@pytest.fixture
def client(api: LocalApi) -> Iterator[Client]:
    with Client(api.url) as client:
        at(client, START)
        account(client, "denver", "branch", "corporate", timezone="America/Denver")
        account(client, "dana", "user", "denver", role="manager", email="dana@example.com")
        for user in ("ana", "ben"):
            account(client, user, "user", "denver", role="rep", email=f"{user}@example.com")
        yield client


def notifications(client: Client, user: str, query: str = "") -> Any:
    answer = client.get(f"/v1/notifications{query}", as_user=user)
    assert answer.status == 200, answer.json
    return answer.json


def events(client: Client, user: str) -> list[str]:
    return [each["event"] for each in notifications(client, user)["items"]]


def choose(client: Client, user: str, **notify: Any) -> None:
    answer = client.patch("/v1/me", json={"notify": notify}, as_user=user)
    assert answer.status == 200, answer.json


def tick(client: Client, instant: str) -> None:
    at(client, instant)
    assert client.post("/_local/tick").status == 200


def test_an_assignment_is_told_to_whoever_got_the_lead_with_a_signature_that_verifies(
    client: Client, webhook: Receiver
) -> None:
    choose(client, "ana", webhook=webhook.url)
    push_strategy(client, "s", "corporate", ["ana"])
    only = lead(client)
    settle(client)
    (found,) = notifications(client, "ana")["items"]
    assert (found["event"], found["lead_id"], found["read_at"]) == ("assigned", only, None)
    assert events(client, "ben") == events(client, "dana") == []
    (call,) = webhook.calls
    assert call.path == "/hook"
    assert [(each["id"], each["event"]) for each in call.json["notifications"]] == [(found["id"], "assigned")]
    key = client.get("/v1/webhook-key", as_user="admin").json["key"]
    signed = call.headers["x-lead-routing-timestamp"].encode() + b"." + call.body
    expected = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    assert call.headers["x-lead-routing-signature"] == f"sha256={expected}"
    assert client.get("/v1/webhook-key", as_user="dana").status == 403


def test_many_at_once_are_one_digest(
    client: Client, webhook: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(client, "ana", webhook=webhook.url, email=True)
    push_strategy(client, "s", "corporate", ["ana"])
    for number in range(30):
        lead(client, number)
    settle(client)
    assert len(webhook.calls) == 1
    assert len(webhook.notifications()) == 30
    assert webhook.calls[0].json["summary"] == "30 leads were assigned to you"
    lines = [each for each in capsys.readouterr().out.splitlines() if each.startswith("email to ana")]
    assert lines == ["email to ana: 30 leads were assigned to you"]
    assert notifications(client, "ana")["unread"] == 30


def test_a_transfer_is_told_but_not_to_whoever_made_it(client: Client) -> None:
    first, second = lead(client, 1), lead(client, 2)
    settle(client)
    for lead_id, to in ((first, "ana"), (second, "dana")):
        body = {"to": to}
        assert client.post(f"/v1/leads/{lead_id}/transfer", json=body, as_user="admin").status == 200
    client.post(f"/v1/leads/{first}/transfer", json={"to": "dana"}, as_user="dana")
    settle(client)
    assert events(client, "ana") == ["assigned"]
    assert [each["lead_id"] for each in notifications(client, "dana")["items"]] == [second]


def test_a_limit_that_is_reached_is_told_to_the_managers_over_the_recipient(client: Client) -> None:
    put(
        client,
        "push-strategies",
        {
            "id": "s",
            "name": "s",
            "record_type": "lead",
            "distributed_from": "corporate",
            "method": "round_robin",
            "recipients": [{"account": "ana", "hourly_limit": 2}, {"account": "ben"}],
        },
    )
    for number in range(6):
        lead(client, number)
    settle(client)
    (found,) = notifications(client, "dana")["items"]
    assert (found["event"], found["account"], found["period"], found["limit"]) == (
        "limit_reached",
        "ana",
        "hour",
        2,
    )
    assert found["text"] == "ana has reached its limit of 2 an hour in s."


def test_leads_held_too_long_are_told_once_to_the_managers_of_their_branch_or_the_admins(
    client: Client,
) -> None:
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    push_strategy(client, "s", "corporate", ["ana"])
    for number in range(3):
        lead(client, number)
    settle(client)
    tick(client, "2026-03-04T15:14:00Z")
    assert events(client, "admin") == []
    for minute in (16, 17, 30):
        tick(client, f"2026-03-04T15:{minute}:00Z")
    (found,) = notifications(client, "admin")["items"]
    assert (found["event"], found["owner"], found["count"]) == ("held_too_long", "corporate", 3)
    assert "leads" not in found
    assert events(client, "dana") == []
    lead(client, 4)
    settle(client)
    tick(client, "2026-03-04T15:46:00Z")
    assert [each["count"] for each in notifications(client, "admin")["items"]] == [1, 3]


def test_held_minutes_are_the_nearest_accounts(client: Client) -> None:
    account(client, "denver", "branch", "corporate", notify={"held_minutes": 5})
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    push_strategy(client, "in-denver", "denver", ["ana"])
    put(
        client,
        "push-strategies",
        {
            "id": "s",
            "name": "s",
            "record_type": "lead",
            "distributed_from": "corporate",
            "method": "round_robin",
            "recipients": [{"account": "denver", "hold_at_branch": True}],
        },
    )
    lead(client)
    settle(client)
    tick(client, "2026-03-04T15:06:00Z")
    assert events(client, "dana") == ["held_too_long"]
    assert events(client, "admin") == []


def test_a_callback_that_is_due_is_told_once_to_whom_it_was_promised(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    pulled = client.post("/v1/pull", json={}, as_user="ben").json
    body = {
        "disposition": "call-back",
        "lease_token": pulled["lease"]["token"],
        "callback_at": "2026-03-04T16:00:00Z",
    }
    assert client.post(f"/v1/leads/{only}/dispositions", json=body, as_user="ben").status == 200
    tick(client, "2026-03-04T15:59:00Z")
    assert events(client, "ben") == []
    tick(client, "2026-03-04T16:00:00Z")
    tick(client, "2026-03-04T16:01:00Z")
    (found,) = notifications(client, "ben")["items"]
    assert (found["event"], found["lead_id"], found["callback_at"]) == (
        "callback_due",
        only,
        "2026-03-04T16:00:00Z",
    )
    assert events(client, "ana") == events(client, "dana") == []
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_quiet_hours_hold_messages_back_until_they_end_and_the_list_does_not_wait(
    client: Client, webhook: Receiver
) -> None:
    # 15:00 UTC is 08:00 in Denver.
    choose(client, "ana", webhook=webhook.url, quiet_hours={"start": "21:00", "end": "08:30"})
    push_strategy(client, "s", "corporate", ["ana"])
    lead(client, 1)
    lead(client, 2)
    settle(client)
    assert webhook.calls == []
    assert events(client, "ana") == ["assigned", "assigned"]
    tick(client, "2026-03-04T15:29:00Z")
    assert webhook.calls == []
    tick(client, "2026-03-04T15:30:00Z")
    tick(client, "2026-03-04T15:31:00Z")
    assert [len(each.json["notifications"]) for each in webhook.calls] == [2]


def test_a_failing_webhook_is_tried_again_then_given_up_while_routing_goes_on(
    api: LocalApi, client: Client, webhook: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(client, "ana", webhook=webhook.url, email=True)
    push_strategy(client, "s", "corporate", ["ana", "ben"])
    webhook.status = 503
    leads = [lead(client, number) for number in range(4)]
    settle(client)
    assert [shown(client, each)["owner"] for each in leads] == ["ana", "ben", "ana", "ben"]
    assert len(webhook.calls) == 8
    assert {str(each) for each in api.failures} == {
        "NotificationQueue: a message given up after 8 receipt(s)"
    }
    out = capsys.readouterr().out
    assert out.count("email to ana: 2 leads were assigned to you\n") == 1
    webhook.status = 204
    lead(client, 5)
    settle(client)
    assert len(webhook.calls) == 9


def test_a_webhook_that_recovers_gets_each_notification_once(client: Client, webhook: Receiver) -> None:
    choose(client, "ana", webhook=webhook.url)
    push_strategy(client, "s", "corporate", ["ana"])
    webhook.status = 302
    webhook.location = f"{webhook.url}/elsewhere"
    lead(client)
    seen = webhook.calls
    webhook.calls = _Recovering(webhook, seen, after=2)
    settle(client)
    assert [each.path for each in webhook.calls] == ["/hook"] * 3, "a redirect is not followed"
    assert len({each["id"] for each in webhook.notifications()}) == 1


class _Recovering(list[Any]):
    """The receiver's calls; after so many of them it answers 200."""

    def __init__(self, receiver: Receiver, seen: list[Any], after: int) -> None:
        super().__init__(seen)
        self._receiver, self._after = receiver, after

    def append(self, call: Any) -> None:
        super().append(call)
        if len(self) > self._after:
            self._receiver.status, self._receiver.location = 200, None


def test_without_leave_a_webhook_on_this_machine_is_shown_and_not_called(
    webhook: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalApi() as api, Client(api.url) as client:
        account(client, "ana", "user", "corporate", notify={"webhook": webhook.url})
        push_strategy(client, "s", "corporate", ["ana"])
        lead(client)
        settle(client)
    assert webhook.calls == []
    assert "webhook to ana: A lead was assigned to you\n" in capsys.readouterr().out


def test_the_nearest_account_that_says_something_wins(client: Client, webhook: Receiver) -> None:
    put(
        client,
        "accounts",
        {
            "id": "corporate",
            "kind": "corporate",
            "name": "Company",
            "notify": {"webhook": webhook.url, "events": {"limit_reached": {"webhook": False}}},
        },
    )
    choose(client, "ben", events={"assigned": {"webhook": False, "in_app": False}})
    push_strategy(client, "s", "corporate", ["ana", "ben"])
    for number in range(2):
        lead(client, number)
    settle(client)
    assert [call.json["user"] for call in webhook.calls] == ["ana"]
    assert events(client, "ben") == []
    about = client.get("/v1/me", as_user="ben").json
    assert about["notify"]["events"]["assigned"] == {"in_app": False, "email": None, "webhook": False}


def test_the_list_is_paged_newest_first_and_each_is_read_once(client: Client) -> None:
    push_strategy(client, "s", "corporate", ["ana"])
    leads = []
    for minute in range(5):
        at(client, f"2026-03-04T15:0{minute}:00Z")
        leads.append(lead(client, minute))
        settle(client)
    first = notifications(client, "ana", "?limit=2")
    second = notifications(client, "ana", f"?limit=2&cursor={first['next']}")
    last = notifications(client, "ana", f"?limit=2&cursor={second['next']}")
    shown_leads = [each["lead_id"] for page in (first, second, last) for each in page["items"]]
    assert shown_leads == leads[::-1]
    assert (first["unread"], last["next"]) == (5, None)
    identifier = first["items"][0]["id"]
    path = f"/v1/notifications/{identifier}/read"
    assert client.post(path, as_user="ben").status == 404
    read = client.post(path, as_user="ana")
    assert (read.status, read.json["read_at"]) == (200, "2026-03-04T15:04:00Z")
    at(client, "2026-03-04T15:30:00Z")
    assert client.post(path, as_user="ana").json == read.json
    after = notifications(client, "ana")
    assert (after["unread"], after["items"][0]["read_at"]) == (4, "2026-03-04T15:04:00Z")


@pytest.mark.parametrize(
    ("notify", "path"),
    [
        ({"email": "yes"}, "notify.email"),
        ({"webhook": "http://example.com/hook"}, "notify.webhook"),
        ({"webhook": "https://10.0.0.8/hook"}, "notify.webhook"),
        ({"webhook": "https://[::1]/hook"}, "notify.webhook"),
        ({"webhook": "https://user:secret@example.com/"}, "notify.webhook"),
        ({"webhook": "https://example.com:99999/"}, "notify.webhook"),
        ({"webhook": 7}, "notify.webhook"),
        ({"events": {"solved": {"email": True}}}, "notify.events.solved"),
        ({"events": {"assigned": {"sms": True}}}, "notify.events.assigned.sms"),
        ({"events": {"assigned": {"email": "no"}}}, "notify.events.assigned.email"),
        ({"quiet_hours": {"start": "24:00", "end": "08:00"}}, "notify.quiet_hours.start"),
        ({"quiet_hours": {"start": "21:00"}}, "notify.quiet_hours.end"),
        ({"held_minutes": 0}, "notify.held_minutes"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_path(
    client: Client, notify: dict[str, Any], path: str
) -> None:
    body = {"name": "Ana", "kind": "user", "parent": "denver", "notify": notify}
    for answer in (
        client.patch("/v1/me", json={"notify": notify}, as_user="ana"),
        client.put("/v1/accounts/ana", json=body, as_user="admin"),
    ):
        assert answer.status == 422
        assert [each["field"] for each in answer.json["errors"]] == [path]


@pytest.mark.parametrize("notify", [{}, {"email": True, "webhook": None}, {"email": False}])
def test_the_plain_form_stays_valid(client: Client, notify: dict[str, Any]) -> None:
    choose(client, "ana", **notify)
    assert client.get("/v1/me", as_user="ana").json["notify"]["email"] == notify.get("email")
