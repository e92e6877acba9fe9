"""The product as it is run locally, over HTTP."""

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.client import Client
from tools.browser import BrowserMissingError, locate
from tools.local_api import server
from tools.local_api.server import LocalApi

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.console import Device


PATIENCE = 15_000
"""Milliseconds that a page may take on a machine that is shared; one that is there sooner is not waited for."""


@pytest.fixture(scope="session", autouse=True)
def _no_minute_ends() -> Iterator[None]:
    """The schedule runs where a test says so: a minute that ends meanwhile has the real time, and not the test's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_seconds_to_next_minute", lambda: threading.TIMEOUT_MAX)
        yield


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


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A real browser; without one the tests of a module are skipped."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    try:
        found = locate()
    except BrowserMissingError as missing:
        pytest.skip(str(missing))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable,
            env={**os.environ, **found.environment},
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture
def device(chromium: "Browser", api: LocalApi) -> "Iterator[Device]":
    """Opens the console on a device; whatever its pages complain of fails the test."""
    from tests.e2e.console import Devices

    devices = Devices(chromium, api.url)
    yield devices.open
    devices.close()
    assert devices.complaints == []
