"""`python -m tools.local_api` as a process: it starts, says where it is, and leaves nothing behind."""

import re
import signal
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.processes import connect, ends, python
from tools.local_api.functions import Handler, deployed
from tools.local_api.server import LocalApi

RUNNER = ("-m", "tools.local_api", "--empty", "--port", "0")


def told(runner: subprocess.Popen[str]) -> tuple[str, str]:
    """Where the API is, and where its store."""
    assert runner.stdout
    line = runner.stdout.readline()
    found = re.search(r"at (http://127\.0\.0\.1:\d+), its table \S+ at (http://127\.0\.0\.1:\d+)", line)
    assert found, line or (runner.stderr and runner.stderr.read())
    return found[1], found[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_its_engine(number: signal.Signals) -> None:
    with python(*RUNNER, ignoring_sigint=True) as runner:
        url, store = told(runner)
        with Client(url) as client:
            assert client.get("/v1/health").status == 200
        engine = connect(store)
        runner.send_signal(number)
        out, err = runner.communicate(timeout=30)
        assert ends(engine)
    assert (runner.returncode, err) == (0, "")
    assert "comes to rest" in out


def test_its_engine_ends_when_it_is_killed() -> None:
    with python(*RUNNER) as runner:
        engine = connect(told(runner)[1])
        runner.send_signal(signal.SIGKILL)
        assert ends(engine)


def test_what_was_set_up_is_there_after_a_kill_and_a_new_start(tmp_path: Path) -> None:
    branch = {"kind": "branch", "name": "Denver", "parent": "corporate"}
    with python(*RUNNER, "--data", str(tmp_path)) as runner:
        url, store = told(runner)
        with Client(url) as client:
            assert client.put("/v1/accounts/denver", json=branch, as_user="admin").status == 201
        engine = connect(store)
        runner.send_signal(signal.SIGKILL)
        assert ends(engine)
    with python(*RUNNER, "--data", str(tmp_path)) as runner, Client(told(runner)[0]) as client:
        found = client.get("/v1/accounts/denver", as_user="admin")
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=30)
    assert (found.status, found.json["name"]) == (200, "Denver")


def test_what_the_stream_forgot_is_repaired_on_kept_data(tmp_path: Path) -> None:
    def failing(name: str) -> Handler:
        if name != "push_assign":
            return deployed(name)

        def crash(_event: object, _context: object) -> object:
            raise MemoryError

        return crash

    lead = {"first_name": "Mei", "last_name": "Lambert", "email": "mei@example.com"}
    with LocalApi(data_dir=tmp_path, load=failing) as api, Client(api.url) as client:
        number = client.post("/v1/leads", json=lead, as_user="admin").json["lead_id"]
        assert len(client.post("/_local/settle").json["given_up"]) == 1
        assert client.get(f"/v1/leads/{number}", as_user="admin").json["status"] == "new"
    with LocalApi(data_dir=tmp_path) as api, Client(api.url) as client:
        later = datetime.now(UTC) + timedelta(minutes=2)
        client.post("/_local/clock", json={"now": later.isoformat()})
        client.post("/_local/tick")
        assert client.get(f"/v1/leads/{number}", as_user="admin").json["status"] == "unmatched"


def test_the_store_in_aws_needs_its_tables_name() -> None:
    with python(*RUNNER, "--store", "aws") as runner:
        _, err = runner.communicate(timeout=30)
    assert (runner.returncode, err) == (1, "The store `aws` needs the table's name in TABLE_NAME.\n")


def test_a_port_that_is_taken_is_one_line() -> None:
    with python(*RUNNER) as first:
        port = told(first)[0].rpartition(":")[2]
        with python("-m", "tools.local_api", "--empty", "--port", port) as second:
            out, err = second.communicate(timeout=30)
    assert second.returncode == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "in use" in err


@pytest.mark.parametrize("mode", [("--empty",), ()])
def test_a_second_runner_on_the_same_data_is_refused_at_once(tmp_path: Path, mode: tuple[str, ...]) -> None:
    command = ("-m", "tools.local_api", "--port", "0", "--data", str(tmp_path), *mode)
    with python(*command) as first:
        told(first)
        with python(*command) as second:
            out, err = second.communicate(timeout=30)
        assert (second.returncode, out) == (1, "")
        assert f"{tmp_path} is in use by another runner (process {first.pid})" in err
        assert len(err.splitlines()) == 1
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=30)
        with python(*command) as third:
            told(third)


def test_nobody_is_answered_before_the_company_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with python("-m", "tools.local_api", "--port", str(port)) as runner:
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            except ConnectionRefusedError:
                assert runner.poll() is None
                continue
            break
        connection.close()
        with Client(f"http://127.0.0.1:{port}") as client:
            found = client.get("/v1/accounts/marcus", as_user="admin")
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=30)
    assert (found.status, found.json["enabled"]) == (200, False)


def test_the_command_serves_too_and_says_why_it_cannot() -> None:
    serve = ("-m", "lead_routing_cli.main", "serve", "--empty", "--port")
    with python(*serve, "0") as runner:
        url, _ = told(runner)
        with Client(url) as client:
            assert client.get("/v1/accounts/admin", as_user="admin").status == 200
        port = url.rpartition(":")[2]
        with python(*serve, port) as second:
            _, err = second.communicate(timeout=30)
        said = f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port\n"
        assert (second.returncode, err) == (2, said)
        with python(*serve, "0", "--store", "aws") as third:
            _, err = third.communicate(timeout=30)
        assert (third.returncode, err) == (2, "The store `aws` needs the table's name in TABLE_NAME.\n")
        runner.send_signal(signal.SIGINT)
        _, err = runner.communicate(timeout=30)
    assert (runner.returncode, err) == (0, "")
