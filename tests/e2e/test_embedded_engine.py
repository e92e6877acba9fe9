"""The embedded engine as a child process: it lives no longer than who started it, and keeps what it can."""

import re
import signal
from pathlib import Path

import pytest

from tests.e2e.processes import connect, ends, python
from tools import engines
from tools.engines import EmbeddedEngine, EngineError, EngineMissingError, create_table, dynamodb_client

ITEM = {"PK": {"S": "LEAD#1"}, "SK": {"S": "HEAD"}, "OPK": {"S": "ana"}, "OSK": {"S": "new"}}
PARENT = """
import sys
from pathlib import Path
from tools.engines import EmbeddedEngine, create_table, dynamodb_client
with EmbeddedEngine(Path(sys.argv[1])) as engine:
    create_table(engine.endpoint, "kept")
    dynamodb_client(engine.endpoint).put_item(TableName="kept", Item=eval(sys.argv[2]))
    print(engine.endpoint, flush=True)
    sys.stdin.read()
"""


def test_it_ends_with_a_parent_that_is_killed_and_has_saved_its_items(tmp_path: Path) -> None:
    with python("-c", PARENT, str(tmp_path), repr(ITEM)) as parent:
        assert parent.stdout
        endpoint = parent.stdout.readline().strip()
        connection = connect(endpoint)
        parent.send_signal(signal.SIGKILL)
        assert ends(connection)
    # At once, while the one before may still be saving.
    with EmbeddedEngine(tmp_path) as engine:
        client = dynamodb_client(engine.endpoint)
        create_table(engine.endpoint, "kept")
        found = client.query(
            TableName="kept",
            IndexName="owner",
            KeyConditionExpression="OPK = :ana",
            ExpressionAttributeValues={":ana": {"S": "ana"}},
        )
        client.close()
    assert [each["PK"] for each in found["Items"]] == [{"S": "LEAD#1"}]


def test_stopping_it_leaves_nothing_that_answers() -> None:
    with EmbeddedEngine() as engine:
        connection = connect(engine.endpoint)
    assert ends(connection)
    with pytest.raises(ConnectionRefusedError):
        connect(engine.endpoint)


def test_it_answers_on_loopback_only() -> None:
    with EmbeddedEngine() as engine:
        listening = Path("/proc/net/tcp")
        if not listening.exists():
            pytest.skip("needs /proc/net/tcp to see who listens where")
        port = f"{engine.port:04X}"
        addresses = re.findall(rf"^\s*\d+: (\w+):{port} \w+:0000 0A", listening.read_text(), re.MULTILINE)
        assert addresses == ["0100007F"]


def test_it_says_what_to_install_when_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "ROOT", tmp_path)
    with pytest.raises(EngineMissingError, match="make test"), EmbeddedEngine():
        pass


def test_it_says_why_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv-engine" / "bin").mkdir(parents=True)
    broken = tmp_path / ".venv-engine" / "bin" / "python"
    broken.write_text("#!/bin/sh\necho the disk is full >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(engines, "ROOT", tmp_path)
    with pytest.raises(EngineError, match="the disk is full"), EmbeddedEngine():
        pass
