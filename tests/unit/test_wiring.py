"""What a function builds when it is loaded: nothing, unless a snapshot is taken of it."""

import os
import subprocess
import sys

import pytest

from tools.engines import client_environment

SNIPPET = """
import socket

def refuse(*_):
    raise AssertionError("no connection while a function is loaded")

socket.socket.connect = refuse
from routing.runtime import wiring
print(wiring.store.cache_info().currsize)
"""


@pytest.mark.parametrize(
    ("kind", "built"), [("snap-start", 1), ("on-demand", 0), ("provisioned-concurrency", 0)]
)
def test_the_client_is_in_the_snapshot_and_otherwise_made_on_first_use(kind: str, built: int) -> None:
    environment = {
        **os.environ,
        **client_environment("http://127.0.0.1:1"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "TABLE_NAME": "leads",
        "HASH_KEY": "x",
    }
    done = subprocess.run(
        [sys.executable, "-c", SNIPPET], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(built)]
