"""Real engines for tests of races: the embedded one always, DynamoDB Local where it can be run.

ENGINE=embedded or ENGINE=dynamodb-local chooses one, which must then be there.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from botocore.retries.standard import ExponentialBackoff

from tests.concurrency.engine_here import EngineHere
from tests.concurrency.world import COMPANY, World, opened
from tools.engines import DynamoDBLocal, EmbeddedEngine, EngineMissingError, create_table, dynamodb_client
from tools.local_api.container import container

Engine = EmbeddedEngine | DynamoDBLocal | EngineHere
MAKERS: dict[str, Callable[[], Engine]] = {
    "embedded": EmbeddedEngine,
    "here": EngineHere,
    "dynamodb-local": lambda: DynamoDBLocal(DynamoDBLocal.locate()),
}


@pytest.fixture(scope="session")
def running() -> Iterator[dict[str, Engine]]:
    """The engines that were started so far; each is started once, whatever the order of the tests."""
    with ExitStack() as stack:
        started: dict[str, Engine] = {}
        stack.callback(lambda: [each.stop() for each in started.values()])
        yield started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_after_another") is not None
        embedded = pytest.param("here" if alone else "embedded", id="embedded")
        metafunc.parametrize("engine", [embedded, "dynamodb-local"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, running: dict[str, Engine]) -> Engine:
    """An engine that serves; `.endpoint` says where."""
    name: str = request.param
    chosen = os.environ.get("ENGINE")
    if chosen not in (None, "embedded" if name == "here" else name):
        pytest.skip(f"ENGINE={chosen}")
    if name not in running:
        try:
            running[name] = MAKERS[name]().__enter__()
        except EngineMissingError as missing:
            if chosen is not None:
                raise
            pytest.skip(str(missing))
    return running[name]


@pytest.fixture
def table(engine: Engine) -> Iterator[str]:
    """The name of a fresh table, which the functions' environment in this process names too.

    The worlds of these tests read the log that a stream would bring.
    """
    name = f"test-{uuid.uuid4()}"
    create_table(engine.endpoint, name, streams=False)
    with container(engine.endpoint, name):
        yield name
    client = dynamodb_client(engine.endpoint)
    client.delete_table(TableName=name)
    client.close()


@pytest.fixture(autouse=True)
def _no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore tries again at once: what is under test is that it does, not how long it waits."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)


@pytest.fixture
def world(engine: Engine, table: str) -> Iterator[World]:
    """The example company of these tests on a fresh table, and no leads."""
    with opened(engine.endpoint, table) as found:
        found.install(*COMPANY)
        yield found
