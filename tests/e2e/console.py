"""Devices on which tests open the console, and what holds of every screen."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tools.local_api.site import BUILT

PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1440, "height": 900}
REP = "ana"
is_built = pytest.mark.skipif(
    not (BUILT / "index.html").exists(), reason="the console is not built: make console"
)
# A request that fails is what some tests are about, a number is nothing that a computer can dial, and Chromium warns of
# a preload that a service worker answers.
_EXPECTED = ("Failed to load resource", "Failed to launch 'tel:", "net::ERR_", "cross-world service worker")

Device = Callable[..., Page]
"""Opens the console at a path as a user, on a device of its own or on one that is there."""


class Devices:
    """Opens devices; what their pages complain of is kept: errors, warnings, breaches of the page's policy."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, path: str = "/", user: str = REP, on: BrowserContext | None = None, **device: Any) -> Page:
        """A page at the path. on: a device that is there, another tab of which it is; else one of a phone's size."""
        context = on
        if context is None:
            usual = {"viewport": PHONE, "base_url": self._url, "reduced_motion": "reduce"}
            context = self._browser.new_context(**{**usual, **device})
            self._contexts.append(context)
            context.set_default_timeout(15_000)
            context.add_init_script(f"localStorage.setItem('account', '{user}')")
        page = context.new_page()
        page.on("console", self._noted)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path)
        return page

    def close(self) -> None:
        """Close every device."""
        for context in self._contexts:
            context.close()

    def _noted(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in _EXPECTED):
            self.complaints.append(message.text)


def tap(page: Page, name: str, exact: bool = False) -> None:
    page.get_by_role("button", name=name, exact=exact).click()


def switch(page: Page, name: str) -> None:
    page.get_by_role("switch", name=name).click()


def is_sound(page: Page) -> None:
    """axe finds nothing, and nothing makes the page scroll sideways."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide, window = page.evaluate("async () => [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window
