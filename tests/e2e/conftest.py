"""The product as it is run locally, over HTTP."""

from collections.abc import Iterator

import pytest

from tests.e2e.client import Client
from tools.local_api.server import LocalApi


@pytest.fixture(scope="module")
def api() -> Iterator[LocalApi]:
    """The API of an empty company; the tests of a module share it."""
    with LocalApi() as running:
        yield running


@pytest.fixture
def client(api: LocalApi) -> Iterator[Client]:
    """A client of it; the clock runs free again afterwards."""
    with Client(api.url) as client:
        yield client
        client.post("/_local/clock", json={"now": None})
