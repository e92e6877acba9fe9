"""The example form in a real browser, from a page of another origin, with scripts and without."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.client import Client
from tools.local_api.server import LocalApi

EXAMPLE = Path(__file__).parents[2] / "examples" / "web-form.html"
SOURCE = {"id": "web-form", "name": "Web form", "honeypot": "website"}
AGREE = """(form, checked) => form.insertAdjacentHTML(
    "beforeend", `<input type="checkbox" name="consent.text" value="I agree." ${checked}>`
)"""
FROM = "?utm_source=News&utm_campaign=Spring+2026&gclid=CaSe-SeNsItIvE_1"


@dataclass
class Site:
    """The site that the form is on. page: its address."""

    page: str
    client: Client

    def leads(self) -> list[Any]:
        """What was received, as it came."""
        self.client.post("/_local/settle")
        found = self.client.get("/v1/leads?owner=corporate", as_user="admin").json["items"]
        timelines = [self.client.get(f"/v1/leads/{each['id']}/timeline", as_user="admin") for each in found]
        return [each.json["items"][-1]["as_received"] for each in timelines]

    def lead(self, email: str) -> Any:
        """The one lead that came with this address."""
        (found,) = [each for each in self.leads() if each.get("email") == email]
        return found


@pytest.fixture(scope="module")
def served(api: LocalApi) -> Iterator[tuple[str, Any]]:
    """The example page on an origin of its own, with a key that was just made."""
    with Client(api.url) as client:
        text = ""

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        origin = f"http://localhost:{server.server_address[1]}"
        client.put("/v1/sources/web-form", json={**SOURCE, "allowed_origins": [origin]}, as_user="admin")
        made = client.post("/v1/sources/web-form/keys", json={"kind": "publishable"}, as_user="admin")
        text = EXAMPLE.read_text(encoding="utf-8")
        for shown, here in (
            ("http://127.0.0.1:8080", api.url),
            ("http://localhost:8000", origin),
            ("YOUR-PUBLISHABLE-KEY", made.json["api_key"]),
        ):
            assert shown in text
            text = text.replace(shown, here)
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"{origin}/web-form.html", client
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.fixture
def site(served: tuple[str, Any]) -> Site:
    return Site(*served)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=request.param)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def scripted(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def _leaves(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value, wherever the API puts what a form calls so."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield name, value


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)


def test_a_form_that_is_filled_in_is_a_lead_and_its_visitor_is_thanked(site: Site, page: Page) -> None:
    email = f"zoe+{len(site.leads())}@example.com"
    page.goto(site.page)
    fill(page, first_name="Zoë & Ana", email=email, phone="303-555-0142")
    page.click("button")
    expect(page.locator("#thanks")).to_be_visible()
    assert page.url == f"{site.page}#thanks"
    received = site.lead(email)
    assert (received["first_name"], received["phone"]) == ("Zoë & Ana", "303-555-0142")
    assert not {"api_key", "redirect", "redirect_error", "idempotency_key"} & received.keys()


def test_a_form_that_nobody_could_use_is_no_lead_and_its_visitor_is_told(site: Site, page: Page) -> None:
    before = len(site.leads())
    page.goto(site.page)
    fill(page, first_name="Secret", phone="12")
    page.click("button")
    expect(page.locator("#sorry, .lead-form-error").locator("visible=true")).to_have_count(1)
    assert "Secret" not in page.url
    assert len(site.leads()) == before


def test_without_scripts_the_page_is_told_which_fields_by_its_address(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.page)
    fill(page, first_name="Secret", phone="12")
    page.click("button")
    page.wait_for_url(f"{site.page}?error=invalid&field=phone#sorry")
    context.close()


def test_errors_stand_beside_their_fields_until_they_are_mended(site: Site, scripted: Page) -> None:
    scripted.goto(site.page)
    fill(scripted, first_name="Ana", email="mended", phone="12")
    scripted.click("button")
    error = scripted.locator("#phone + .lead-form-error")
    expect(error).to_have_text("a lead needs a usable phone or email")
    expect(scripted.locator("#phone")).to_be_focused()
    assert scripted.get_attribute("#phone", "aria-describedby") == error.get_attribute("id")
    fill(scripted, email="mended@example.com")
    scripted.locator("form").evaluate(AGREE, "")
    scripted.click("button")
    expect(scripted.locator("#thanks")).to_be_visible()
    expect(scripted.locator(".lead-form-error")).to_have_count(0)
    received = site.lead("mended@example.com")
    assert (received["phone"], [name for name in received if "consent" in name]) == ("12", [])


def test_a_double_click_is_one_lead_and_so_is_the_same_again_after_a_lost_answer(
    site: Site, scripted: Page
) -> None:
    before = len(site.leads())
    scripted.goto(site.page)
    fill(scripted, email="once@example.com")
    scripted.dblclick("button")
    expect(scripted.locator("#thanks")).to_be_visible()
    assert len(site.leads()) == before + 1

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    scripted.goto(site.page)
    scripted.reload()
    scripted.route("**/v1/intake/**", lose, times=1)
    fill(scripted, email="twice@example.com")
    scripted.click("button")
    expect(scripted.locator(".lead-form-error")).to_have_text(
        "This could not be sent just now. Please try again."
    )
    scripted.click("button")
    expect(scripted.locator("#thanks")).to_be_visible()
    assert len(site.leads()) == before + 2


def test_where_the_visitor_came_from_first_and_last_is_told_to_the_letter_and_without_a_preflight(
    site: Site, scripted: Page
) -> None:
    asked: list[str] = []
    scripted.on(
        "request", lambda request: asked.append(request.method) if "/v1/intake/" in request.url else None
    )
    scripted.context.add_cookies([{"name": "_fbp", "value": "fb.1.Xy", "url": site.page}])
    scripted.goto(site.page + FROM, referer="https://search.example/")
    scripted.goto(site.page.replace("web-form", "other"))
    scripted.goto(f"{site.page}?utm_source=Mail&msclkid=Xy")
    fill(scripted, email="from@example.com")
    scripted.locator("form").evaluate(AGREE, "checked")
    scripted.click("button")
    expect(scripted.locator("#thanks")).to_be_visible()
    assert asked == ["POST"]
    received = site.lead("from@example.com")
    told = {name: value for name, value in _leaves(received) if name != "email"}
    assert told == {
        "utm_source": "Mail",
        "msclkid": "Xy",
        "fbp": "fb.1.Xy",
        "landing_page": site.page,
        "first_utm_source": "News",
        "first_utm_campaign": "Spring 2026",
        "first_gclid": "CaSe-SeNsItIvE_1",
        "first_landing_page": site.page,
        "first_referrer": "https://search.example/",
        "consent_text": "I agree.",
        "consent_page": site.page,
        "consent.ip": "127.0.0.1",
    }


def test_a_robot_that_fills_in_everything_is_thanked_and_makes_no_lead(site: Site, page: Page) -> None:
    before = len(site.leads())
    page.goto(site.page)
    fill(page, email="robot@example.com")
    page.locator("#website").evaluate("input => { input.value = 'http://spam.example' }")
    page.click("button")
    expect(page.locator("#thanks")).to_be_visible()
    assert len(site.leads()) == before
    posts = site.client.get("/v1/sources/web-form/posts", as_user="admin").json["items"]
    assert posts[0]["outcome"] == "quarantined"
