"""The pictures of the console in the documents: `python -m tools.pictures` makes all, or those that it is given.

The example company runs on this machine at a fixed hour, with leads made up for it, in the tests' Chromium.
"""

import base64
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from playwright.sync_api import Browser, Page, expect, sync_playwright

from lead_routing_cli.http_client import Api
from tools.browser import locate
from tools.engines import ROOT
from tools.local_api.server import LocalApi

PICTURES = ROOT / "docs" / "pictures"
PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1440, "height": 900}
LEADS = (
    ("Maya", "Quintana", "UT", "+14355550133", "purchase", 355000, 742),
    ("Leo", "Brandt", "AZ", "+16025550144", "refinance", 210000, 690),
    ("Zoë", "O'Neill", "CO", "+17205550177", "purchase", 480000, 771),
    ("Ann", "Lee", "NV", "+17025550188", "purchase", 299000, 705),
    ("Tariq", "Mansour", "AZ", "+16025550121", "refinance", 265000, 718),
    ("Nadia", "Petrov", "AZ", "+16025550133", "purchase", 388000, 760),
    ("Owen", "Castillo", "NV", "+17025550109", "refinance", 174000, 655),
    ("Priya", "Nair", "UT", "+18015550158", "purchase", 525000, 781),
    ("Hugo", "Lindgren", "AZ", "+16025550190", "purchase", 342000, 701),
    ("Ida", "Sørensen", "NM", "+15055550165", "purchase", 410000, 733),
)
_SHEET = """<!doctype html><style>
  body {{ margin: 0; display: inline-flex; gap: 24px; padding: 24px; background: #e9ecef }}
  img {{ width: {width}px; border-radius: 12px; box-shadow: 0 2px 10px #0003 }}
</style>{images}"""

Scheme = Literal["light", "dark"]


class Stage:
    """The example company at an hour at which people work, and a browser to look at it."""

    def __init__(self) -> None:
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            api = stack.enter_context(LocalApi(empty=False))
            self.url = api.url
            self.api = stack.enter_context(Api(api.url, "dev:admin"))
            found = locate()
            playwright = stack.enter_context(sync_playwright())
            self._browser: Browser = playwright.chromium.launch(
                executable_path=found.executable,
                env={**os.environ, **found.environment},
                args=["--no-sandbox", "--disable-gpu"],
            )
            stack.callback(self._browser.close)
            # A Tuesday to come: what is set up was set up before it.
            today = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
            self.at(today + timedelta(days=(1 - today.weekday()) % 7 or 7))
            self.leads()
            self._ends = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def at(self, instant: datetime) -> None:
        """Let it be this time."""
        self.now = instant
        self.api.post("/_local/clock", {"now": instant.isoformat()})

    def leads(self) -> None:
        """Leads come in from the web, a minute apart."""
        for first, last, state, phone, product, amount, score in LEADS:
            self.at(self.now + timedelta(minutes=1))
            self.api.post(
                "/v1/leads",
                {
                    "source": "web-form",
                    "first_name": first,
                    "last_name": last,
                    "state": state,
                    "phone": phone,
                    "fields": {"product": product, "loan_amount": amount, "credit_score": score},
                },
            )
            self.api.post("/_local/settle")

    def open(self, user: str, path: str = "/", *, size: Any = PHONE, scheme: Scheme = "light") -> Page:
        """The console as this user."""
        context = self._browser.new_context(
            viewport=size,
            color_scheme=scheme,
            reduced_motion="reduce",
            timezone_id="America/Phoenix",
            device_scale_factor=1.5 if size == PHONE else 1,
            base_url=self.url,
        )
        context.add_init_script(f"localStorage.setItem('account', '{user}')")
        page = context.new_page()
        page.goto(path)
        return page

    def sheet(self, shots: Iterable[bytes], width: int) -> bytes:
        """Shots side by side, each as wide."""
        images = "".join(
            f'<img src="data:image/png;base64,{base64.b64encode(each).decode()}">' for each in shots
        )
        page = self._browser.new_page(viewport=DESK)
        page.set_content(_SHEET.format(width=width, images=images))
        return page.locator("body").screenshot()


def _button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def _quiet(page: Page) -> None:
    """Wait until nothing that was just said covers the page."""
    expect(page.locator(".mantine-Notification-root")).to_have_count(0, timeout=10_000)


def rep(stage: Stage) -> bytes:
    """A lead, a callback that is promised, and what is theirs."""
    page = stage.open("grace")
    _button(page, "Next lead")
    expect(page.get_by_text("Calling hours")).to_be_visible()
    expect(page.get_by_role("button", name="No answer")).to_be_visible()
    shots = [page.screenshot()]
    page.get_by_label("Note").fill("At work until five")
    _button(page, "Call back")
    expect(page.get_by_text("In an hour")).to_be_visible()
    shots.append(page.screenshot())
    _button(page, "In an hour")
    expect(page.get_by_text("Calling hours")).to_be_visible()
    _button(page, "Appointment set")
    page.get_by_label("Another time").fill(f"{stage.now + timedelta(days=1):%Y-%m-%dT10:30}")
    _button(page, "Take this time")
    page.get_by_role("link", name="Mine", exact=True).click()
    expect(page.get_by_text("in 1 h")).to_be_visible()
    _quiet(page)
    shots.append(page.screenshot())
    return stage.sheet(shots, 300)


def rep_dark(stage: Stage) -> bytes:
    """The same in the dark: nothing to pull, and what one is told."""
    page = stage.open("omar", scheme="dark")
    _button(page, "Next lead")
    expect(page.get_by_role("button", name="No answer")).to_be_visible()
    expect(page.get_by_text("Calling hours")).to_be_visible()
    shots = [page.screenshot()]
    page.context.set_offline(True)
    _button(page, "Left voicemail")
    expect(page.get_by_text("1 unsent")).to_be_visible()
    _quiet(page)
    shots.append(page.screenshot())
    page.context.set_offline(False)
    page.get_by_role("link", name="Bell").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_text("1 unsent")).to_have_count(0)
    shots.append(page.screenshot())
    return stage.sheet(shots, 300)


def strategy(stage: Stage) -> bytes:
    """A strategy whose method is changed, what that would do to a lead, and the step before it is saved."""
    page = stage.open("admin", "/strategies/push/denver-team", size=DESK)
    page.get_by_text("By weights", exact=True).click()
    page.get_by_role("textbox", name="Weight").first.fill("3")
    _button(page, "Show what would happen")
    expect(page.get_by_text("Cannot be pulled").or_(page.get_by_text("Can be pulled"))).to_be_visible()
    page.get_by_role("region", name="Who gets them").scroll_into_view_if_needed()
    page.get_by_role("combobox", name="Add a recipient").scroll_into_view_if_needed()
    shots = [page.screenshot()]
    _button(page, "Review and save")
    expect(page.get_by_text("Decided as of")).to_be_visible()
    shots.append(page.screenshot())
    return stage.sheet(shots, 660)


ALL: Mapping[str, Callable[[Stage], bytes]] = {"rep": rep, "rep-dark": rep_dark, "strategy": strategy}
"""By the name of its file: how each picture is made. Each finds the company as it was left by the one before."""


def main(names: list[str]) -> int:
    """Make the pictures of these names, or all."""
    PICTURES.mkdir(exist_ok=True)
    with Stage() as stage:
        for name, make in ALL.items():
            if not names or name in names:
                (PICTURES / f"{name}.png").write_bytes(make(stage))
                print(f"docs/pictures/{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
