"""`python -m tools.local_api` as a process: it starts, says where it is, and leaves nothing behind."""

import re
import signal
import subprocess

import pytest

from tests.e2e.client import Client
from tests.e2e.processes import connect, ends, python

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


def test_a_port_that_is_taken_is_one_line() -> None:
    with python(*RUNNER) as first:
        port = told(first)[0].rpartition(":")[2]
        with python("-m", "tools.local_api", "--empty", "--port", port) as second:
            out, err = second.communicate(timeout=30)
    assert second.returncode == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "in use" in err
