"""Child processes of tests: what they say, and when they are gone."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
AT_NOON = """
from datetime import UTC, datetime
from routing.runtime import clock
began = datetime.now(UTC)
ahead = began.replace(hour=18, minute=1, second=0) - began
clock.now = lambda: clock._fixed or datetime.now(UTC) + ahead
from lead_routing_cli.main import main
main()
"""


def demo(*arguments: str) -> list[str]:
    """What Python is to run for `lead-routing demo`, in the middle of a day wherever the example company works: counts
    of an hour and of a day do not begin anew meanwhile.
    """
    return ["-c", AT_NOON, "demo", "--port", "0", *arguments]


@contextmanager
def python(*arguments: str, ignoring_sigint: bool = False) -> Iterator[subprocess.Popen[str]]:
    """A Python process of this project, killed at the end if it is still there.

    `ignoring_sigint` starts it as a shell starts a background job.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignoring_sigint else None
    try:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


def connect(url: str) -> socket.socket:
    """A connection that is held open, to see the other side end."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def ends(connection: socket.socket) -> bool:
    """Wait until whoever is at the other side is gone."""
    with connection:
        try:
            return connection.recv(1) == b""
        except ConnectionResetError:
            return True
