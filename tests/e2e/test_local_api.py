"""The local runner around functions of the test's own: stream, settling, clock, schedule, HTTP."""

import http.client
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from routing.runtime import clock
from tests.e2e.client import Client
from tools.engines import dynamodb_client
from tools.local_api import server
from tools.local_api.server import LocalApi
from tools.local_api.site import Site

Handler = Callable[[dict[str, Any], Any], object]


class Company:
    """Functions that write what the real ones write, and fail when they are told to."""

    def __init__(self) -> None:
        self.pushed: list[str] = []
        self.batches: list[int] = []
        self.projected: list[str] = []
        self.ticks: list[dict[str, Any]] = []
        self.failures: dict[str, int] = {}
        self.ticked = threading.Event()
        self.release = threading.Event()
        self.release.set()

    def load(self, name: str) -> Handler:
        return getattr(self, name)

    def put(self, pk: str, sk: str) -> None:
        client = dynamodb_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
        client.put_item(TableName=os.environ["TABLE_NAME"], Item={"PK": {"S": pk}, "SK": {"S": sk}})
        client.close()

    def ingest(self, event: dict[str, Any], _: Any) -> object:
        self.put("INTAKE#corporate", event["body"])
        return {"statusCode": 201, "body": event["body"]}

    def push_assign(self, event: dict[str, Any], context: Any) -> object:
        self.release.wait()
        assert context.get_remaining_time_in_millis() > 0
        self.batches.append(len(event["Records"]))
        for record in event["Records"]:
            assert record["eventSourceARN"].startswith("arn:aws:dynamodb:")
            number = record["dynamodb"]["NewImage"]["SK"]["S"]
            if self.failures.get(number, 0) > 0:
                self.failures[number] -= 1
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            self.put(f"LEAD#{number}", "EVENT#1")
            self.pushed.append(number)
        return {"batchItemFailures": []}

    def project(self, event: dict[str, Any], _: Any) -> None:
        self.projected += [record["dynamodb"]["Keys"]["PK"]["S"] for record in event["Records"]]

    def scheduled_reset(self, event: dict[str, Any], _: Any) -> object:
        self.ticks.append(event)
        self.ticked.set()
        if self.failures.get("tick"):
            raise RuntimeError("no tick")
        self.put("INTAKE#corporate", f"tick{len(self.ticks)}")
        return {"at": clock.now().isoformat()}

    def work_lead(self, event: dict[str, Any], _: Any) -> object:
        return {"statusCode": 200, "body": event.get("body", "")}


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def api(company: Company) -> Iterator[LocalApi]:
    with LocalApi(load=company.load) as running:
        yield running


@pytest.fixture
def client(api: LocalApi) -> Iterator[Client]:
    with Client(api.url) as client:
        yield client


def post_lead(client: Client, number: str) -> None:
    answer = client.post(
        "/v1/leads", body=number.encode(), headers={"Content-Type": "text/plain"}, as_user="ana"
    )
    assert answer.status == 201


def test_settled_means_that_what_was_written_and_what_that_wrote_is_handled(
    client: Client, company: Company
) -> None:
    company.release.clear()
    for number in range(30):
        post_lead(client, f"{number:02}")
    company.release.set()
    # `project` waits five seconds for more, but not while somebody waits for it.
    assert client.post("/_local/settle").json == {"given_up": []}
    assert company.pushed == [f"{number:02}" for number in range(30)]
    assert max(company.batches) == 25
    assert company.projected == [f"LEAD#{number:02}" for number in range(30)]


def test_retries_under_settling_do_not_wait_and_what_is_given_up_is_told(
    client: Client, company: Company, capfd: pytest.CaptureFixture[str]
) -> None:
    company.failures = {"a": 3, "b": 1000}
    post_lead(client, "a")
    post_lead(client, "b")
    settled = client.post("/_local/settle")
    assert settled.status == 200
    (failed,) = settled.json["given_up"]
    assert "push_assign: 1 record(s)" in failed
    assert "RetryAttemptsExhausted" in failed
    assert failed in capfd.readouterr().err
    assert company.pushed == ["a"]
    post_lead(client, "c")
    client.post("/_local/settle")
    assert company.pushed == ["a", "c"]


def test_the_clock_is_fixed_for_the_functions_and_freed(client: Client) -> None:
    fixed = client.post("/_local/clock", json={"now": "2026-03-07T08:00:00-07:00"})
    assert (fixed.status, fixed.json) == (200, {"now": "2026-03-07T15:00:00Z"})
    tick = client.post("/_local/tick")
    assert tick.json["answers"] == {"scheduled_reset": {"at": "2026-03-07T15:00:00+00:00"}}
    assert client.post("/_local/clock", json={"now": None}).json == {"now": None}
    assert clock.now() > datetime(2026, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"now": 1}', b'{"now": "noon"}', b'{"now": "2026-03-07"}']
)
def test_a_time_that_cannot_be_read_is_refused(client: Client, body: bytes) -> None:
    answer = client.post("/_local/clock", body=body)
    assert answer.status == 400
    assert "2026-03-07T15:00:00Z" in answer.json["message"]


def test_a_tick_is_the_schedulers_event_and_settles(client: Client, company: Company) -> None:
    client.post("/_local/clock", json={"now": "2026-03-07T15:00:00Z"})
    assert client.post("/_local/tick").status == 200
    (event,) = company.ticks
    assert {key: event[key] for key in ("source", "detail-type", "time", "detail")} == {
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "time": "2026-03-07T15:00:00Z",
        "detail": "{}",
    }
    assert company.pushed == ["tick1"]


def test_a_tick_that_fails_says_so(client: Client, company: Company) -> None:
    company.failures["tick"] = 1
    answer = client.post("/_local/tick")
    assert (answer.status, answer.json) == (500, {"message": "RuntimeError: no tick"})


def test_the_schedule_runs_by_itself_unless_the_clock_is_fixed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = threading.Semaphore(0)

    def soon() -> float:
        minutes.release()
        return 0.005

    monkeypatch.setattr(server, "_seconds_to_next_minute", soon)
    with LocalApi(load=company.load) as running, Client(running.url) as client:
        assert company.ticked.wait(10)
        client.post("/_local/clock", json={"now": "2026-03-07T15:00:00Z"})
        # One may have been under way.
        assert minutes.acquire(timeout=10)
        client.post("/_local/settle")
        before = len(company.ticks)
        for _ in range(20):
            assert minutes.acquire(timeout=10)
        assert len(company.ticks) <= before + 1


def test_a_schedule_that_fails_is_told_and_goes_on(
    company: Company, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    company.failures["tick"] = 1
    minutes = threading.Semaphore(0)
    monkeypatch.setattr(server, "_seconds_to_next_minute", lambda: minutes.release() or 0.005)
    with LocalApi(load=company.load):
        for _ in range(5):
            assert minutes.acquire(timeout=10)
    assert len(company.ticks) > 1
    assert "no tick" in capfd.readouterr().err


def test_what_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/_local/settle").status == 404
    assert client.post("/_local/other").status == 404
    assert client.get("/v1/nothing").json == {"message": "Not Found"}
    for method in ("QUERY", "TRACE", "BREW"):
        assert client.call(method, "/v1/me").json == {"message": "Not Found"}


def test_a_function_that_raises_is_a_500_and_the_next_call_is_served(client: Client) -> None:
    # A content type that makes the body base64, so that the stand-in's own write fails.
    assert client.post("/v1/pull", json={}, as_user="ana").status == 500
    post_lead(client, "1")


def test_a_body_over_ten_megabytes_is_answered_and_not_cut_off(client: Client) -> None:
    answer = client.post("/v1/leads", body=b"x" * (10 * 1024 * 1024 + 1), as_user="ana")
    assert (answer.status, answer.json) == (413, {"message": "Request Too Long"})
    post_lead(client, "1")


def test_a_body_may_come_in_chunks(api: LocalApi, client: Client) -> None:
    connection = http.client.HTTPConnection(client.address, timeout=30)
    headers = {"Authorization": "Bearer dev:ana", "Content-Type": "text/plain"}
    connection.request("PATCH", "/v1/me", body=iter([b"ab", b"cd"]), headers=headers, encode_chunked=True)
    assert connection.getresponse().read() == b"abcd"
    connection.close()


def test_one_connection_serves_many_requests_and_many_connections_are_served_at_once(
    client: Client, company: Company
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: post_lead(client, f"{number:03}"), range(100)))
    assert len(client._all) == 8
    client.post("/_local/settle")
    assert sorted(company.pushed) == [f"{number:03}" for number in range(100)]


def test_the_environment_and_the_clock_are_as_before(company: Company) -> None:
    before = dict(os.environ)
    with LocalApi(load=company.load) as running, Client(running.url) as client:
        client.post("/_local/clock", json={"now": "2001-01-01T00:00:00Z"})
        assert os.environ["TABLE_NAME"] == "lead-routing"
    assert dict(os.environ) == before
    assert clock.now().year > 2001


def test_a_start_on_kept_data_runs_the_schedule_once(company: Company, tmp_path: Any) -> None:
    with LocalApi(load=company.load, data_dir=tmp_path):
        pass
    with LocalApi(load=company.load, data_dir=tmp_path):
        pass
    assert company.pushed == ["tick1", "tick2"]


# -- browsers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:5173"}, 200),
        ({"Origin": "http://127.0.0.1"}, 200),
    ],
)
def test_only_this_machine_and_its_pages_are_answered(
    client: Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/v1/me", as_user="ana", headers=headers).status == status
    if status == 403:
        for path in ("/", "/_local/settle", "/nothing"):
            assert client.post(path, headers=headers).status == 403


def test_a_form_of_another_site_reaches_intake_whose_source_decides(client: Client) -> None:
    headers = {"Origin": "https://example.com", "Content-Type": "text/plain"}
    assert client.post("/v1/intake/web", body=b"1", headers=headers).status == 201
    assert client.post("/v1/intake/web", body=b"1", headers={**headers, "Host": "evil.example"}).status == 403


def test_a_page_of_this_machine_may_read_what_no_function_answers(client: Client) -> None:
    here = {"Origin": "http://localhost:5173"}
    for path in ("/v1/me", "/nothing"):
        assert client.get(path, headers=here).headers["access-control-allow-origin"] == here["Origin"]
        assert "access-control-allow-origin" not in client.get(path).headers
    assert client.call("OPTIONS", "/nothing", headers=here).status == 404


def test_without_screens_the_address_says_what_runs_there_and_every_answer_has_the_products_date(
    api: LocalApi, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(api, "_site", Site(tmp_path))
    answer = client.get("/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f"{api.url}/v1/me" in answer.body.decode()
    client.post("/_local/clock", json={"now": "2026-03-07T15:00:00Z"})
    for path in ("/", "/nothing", "/v1/me"):
        assert client.get(path).headers["date"] == "Sat, 07 Mar 2026 15:00:00 GMT"


def test_a_connection_that_stays_idle_is_closed_without_a_word(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.local_api.http_server._Connection.timeout", 0.05)
    with socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1])), 5) as idle:
        assert idle.recv(1) == b""
    assert "timed out" not in capfd.readouterr().err
