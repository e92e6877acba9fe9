"""Every file of `events/` is handed to its function, and does what it says.

The files are what `sam local invoke <function> -e events/<file>` takes, too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routing.runtime import wiring
from routing.services.intake.source_keys import hashed
from routing.services.notify.delivery import Outgoing
from routing.services.pull.filing import new_head
from routing.storage import keys
from routing.storage.heads import to_item
from routing.storage.leads import submission_from
from routing.storage.table import Write, from_image
from tests.functional.backend import Backend
from tools import template

EVENTS = Path(__file__).resolve().parents[2] / "events"
FILES = sorted(EVENTS.glob("*.json"))
LEAD, OTHER = "L000000000000000000000001", "L000000000000000000000002"


def read(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def function_of(path: Path) -> str:
    """A file is named for its function and what happens: `pull_next-pull.json`."""
    return path.stem.split("-", 1)[0]


@pytest.fixture
def stage(company: Backend) -> Backend:
    """What the events take for granted: two leads that push has not seen, and a strategy for them."""

    def build() -> None:
        company.push("web", ["ana", "ben"])
        company.pull_strategy("all")
        where = keys.api_key(hashed("an-example-key"))
        item = {"PK": where.pk, "SK": where.sk, "source": "api", "key_id": "k1", "test": False}
        company.store.table.write(Write("Put", item=item))
        for each in read("push_assign-new-leads")["Records"]:
            entry = from_image(each["dynamodb"]["NewImage"])
            if entry["kind"] == "lead":
                submission = submission_from(entry)
                head = new_head(company.store, submission)
                company.store.table.write(submission.put_new())
                company.store.table.write(Write("Put", item=to_item(head, submission.created_at)))

    return company.prepared("events", build)


def answered(status: int, /, **expected: Any) -> Callable[[Backend, Any], None]:
    """The answer has this status, and a body that says at least this."""

    def check(stage: Backend, answer: Any) -> None:
        assert answer["statusCode"] == status, answer
        body = json.loads(answer["body"])
        assert {name: body[name] for name in expected} == expected

    return check


def lead_taken(stage: Backend, answer: Any) -> None:
    answered(201, duplicate=False)(stage, answer)
    stage.settle()
    lead = json.loads(answer["body"])["lead_id"]
    assert stage.shown(lead)["status"] in ("assigned", "ready")


def assigned(stage: Backend, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert [stage.shown(each)["owner"] for each in (LEAD, OTHER)] == ["ana", "ben"]


def pulled(stage: Backend, answer: Any) -> None:
    answered(200, strategy="all")(stage, answer)
    assert json.loads(answer["body"])["lead"]["status"] == "leased"


def swept(stage: Backend, answer: Any) -> None:
    assert answer["rerouted"] == 0
    assert set(answer) >= {"rolled", "returned", "refiled"}


def projected(stage: Backend, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    (notice,) = stage.get("/v1/notifications", user="ana")["items"]
    assert (notice["event"], notice["lead_id"]) == ("assigned", LEAD)


def notified(stage: Backend, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    (message,) = SENT
    assert (message.user, message.to) == ("ana", "ana@example.com")
    assert LEAD in message.text


def worked(stage: Backend, answer: Any) -> None:
    assert answer == {"batchItemFailures": []}
    assert stage.of("JOBS#") == []


def saved(stage: Backend, answer: Any) -> None:
    answered(201, id="eve", version=1)(stage, answer)
    assert stage.get("/v1/accounts/eve")["email"] == "eve@example.com"


EXPECTED: dict[str, Callable[[Backend, Any], None]] = {
    "ingest-intake": lead_taken,
    "ingest-lead": lead_taken,
    "jobs-refile": worked,
    "notify-assigned": notified,
    "project-timeline": projected,
    "pull_next-pull": pulled,
    "push_assign-new-leads": assigned,
    "scheduled_reset-every-minute": swept,
    "set_up-explain": answered(200),
    "set_up-health": answered(200, status="ok"),
    "set_up-put-account": saved,
    "set_up-put-push-strategy": answered(200, id="web", version=2),
    "work_lead-disposition": answered(200, id=LEAD, owner="ana", last_disposition="no-answer"),
    "work_lead-get": answered(200, id=LEAD, owner="ana", status="assigned"),
    "work_lead-presence": answered(200, available=False),
}
"""What each event must bring about."""
AFTER_PUSH = {"pull_next-pull", "work_lead-disposition", "work_lead-get"}
"""Events of leads that have been routed."""


class Mail:
    """The e-mail channel, without a mail server."""

    def send(self, message: Outgoing) -> None:
        SENT.append(message)


SENT: list[Outgoing] = []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_event_does_what_it_says(stage: Backend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "senders", lambda: {"email": Mail()})
    SENT.clear()
    if path.stem == "jobs-refile":
        stage.pull_strategy("more")
    if path.stem == "notify-assigned":
        stage.user("ana", "denver", email="ana@example.com", notify={"email": True})
    if path.stem in AFTER_PUSH:
        stage.invoke("push_assign", read("push_assign-new-leads"))
        stage.post("/v1/leads", {"email": "another@example.com"})
        stage.post(f"/v1/leads/{OTHER}/transfer", {"to": "corporate"})
    answer = stage.invoke(function_of(path), read(path.stem))
    EXPECTED[path.stem](stage, answer)


def test_every_event_has_an_expectation_and_every_function_an_event() -> None:
    assert {path.stem for path in FILES} == set(EXPECTED)
    assert {function_of(path) for path in FILES} == set(template.functions())


def test_http_events_are_of_routes_that_are_there() -> None:
    routes = {each.key: each.function for each in template.routes()}
    for path in FILES:
        event = read(path.stem)
        if "routeKey" in event:
            assert routes[event["routeKey"]] == function_of(path)
            assert event["requestContext"]["routeKey"] == event["routeKey"]
            assert event["version"] == "2.0"
