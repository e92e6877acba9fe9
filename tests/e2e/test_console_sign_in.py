"""Signing in to the console as in AWS, in a real browser, at a stand-in for Cognito's page."""

import io
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from matplotlib.image import imread
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.console import DESK, PHONE, Devices, is_built, is_sound, tap
from tests.e2e.sign_in_page import SCOPE, ConsoleSite, SignInPage, digits
from tools import console
from tools.local_api.server import LocalApi

pytestmark = is_built

DEVICE = """async () => {
  const opening = indexedDB.open("lead-routing");
  await new Promise(resolve => { opening.onsuccess = resolve; });
  const all = opening.result.transaction("kept").objectStore("kept").getAllKeys();
  await new Promise(resolve => { all.onsuccess = resolve; });
  return [...all.result, ...Object.keys(localStorage).filter(each => each.startsWith("oidc.user"))];
}"""


@pytest.fixture(scope="module", autouse=True)
def branch(api: LocalApi) -> None:
    with Client(api.url) as client:
        company.account(client, "denver", "branch", "corporate", timezone="America/Denver")
        company.account(client, "ana", "user", "denver", role="rep")


@pytest.fixture(scope="module")
def page_of_cognito() -> Iterator[SignInPage]:
    with SignInPage() as running:
        yield running


@pytest.fixture(scope="module")
def site(api: LocalApi, page_of_cognito: SignInPage) -> Iterator[ConsoleSite]:
    with ConsoleSite(api.url, page_of_cognito) as running:
        yield running


@pytest.fixture
def devices(chromium: Browser, site: ConsoleSite) -> Iterator[Devices]:
    devices = Devices(chromium, site.url)
    yield devices
    devices.close()
    assert devices.complaints == []


def sign_in(page: Page, user: str) -> None:
    page.get_by_role("link", name=user).click()


def read_by_camera(png: bytes) -> str:
    """What the QR code in a picture says."""
    pixels = (imread(io.BytesIO(png))[:, :, :3] * 255).round().astype("uint8")
    height, width, _ = pixels.shape
    assert pixels[0].min() == 255, "a camera wants a white edge"
    read = f"""
        import decode from "qr/decode.js";
        const data = Uint8Array.from({pixels.ravel().tolist()});
        console.log(decode({{height: {height}, width: {width}, data}}, {{timeLimit: 10_000}}));
    """
    words = [str(console.NODE / "node"), "--input-type=module"]
    done = subprocess.run(words, input=read, cwd=console.HOME, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def rename(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    # As the button does, also where something else has been asked for meanwhile and a dialog is over it.
    page.locator("form").filter(has=page.get_by_label("Name")).evaluate("form => form.requestSubmit()")


def opened(devices: Devices, path: str, on: BrowserContext | None = None) -> Page:
    """The branch's page of an administrator who has signed in."""
    page = devices.open(path, on=on, **({} if on else {"viewport": DESK}))
    if on is None:
        sign_in(page, "admin")
    expect(page.get_by_label("Name")).to_be_visible()
    return page


def name_of_branch(client: Client) -> str:
    return str(client.get("/v1/accounts/denver", as_user="admin").json["name"])


def test_a_deep_link_is_come_back_to_with_the_id_token_and_nothing_of_it_in_the_address(
    devices: Devices, site: ConsoleSite, page_of_cognito: SignInPage
) -> None:
    sent: list[str] = []
    page = devices.open("/mine?from=mail#top")
    page.on(
        "request",
        lambda each: sent.append(each.headers.get("authorization", "")) if "/v1/" in each.url else None,
    )
    sign_in(page, "ana")
    expect(page.get_by_role("link", name="Mine")).to_be_visible()
    assert page.url == f"{site.url}/mine?from=mail#top"
    # An access token names nobody to the authorizer.
    assert sent
    assert {page_of_cognito.account(each.removeprefix("Bearer ")) for each in sent} == {"ana"}
    page.reload()
    expect(page.get_by_role("link", name="Mine")).to_be_visible()
    # An answer that was taken already, by the way back or a bookmark, does no harm to who is signed in.
    page.goto("/signed-in?code=old&state=old")
    expect(page.get_by_role("link", name="Mine")).to_be_visible()
    assert "state" not in page.url


def test_an_expired_token_is_renewed_once_for_all_tabs_and_what_was_typed_is_saved(
    devices: Devices, client: Client, site: ConsoleSite, page_of_cognito: SignInPage
) -> None:
    page = opened(devices, "/company/denver")
    opened(devices, "/company/denver", on=page.context)
    page_of_cognito.asked.clear()
    page_of_cognito.expire()
    rename(page, "Denver North")
    expect(page.get_by_role("heading", name="Denver North")).to_be_visible()
    assert name_of_branch(client) == "Denver North"
    assert page_of_cognito.asked == ["refresh_token"]


def test_a_refused_renewal_asks_over_the_pages_and_both_tabs_go_on_with_what_was_typed(
    devices: Devices, client: Client, page_of_cognito: SignInPage
) -> None:
    page = opened(devices, "/company/denver")
    other = opened(devices, "/company/ana", on=page.context)
    page_of_cognito.end_all()
    rename(page, "Denver South")
    expect(page.get_by_role("dialog", name="Please sign in again")).to_be_visible()
    rename(other, "Ana Maria")
    expect(other.get_by_role("dialog", name="Please sign in again")).to_be_visible()
    is_sound(page)
    # Who closes it, or is let in by nobody, is asked again.
    with page.expect_popup() as refused:
        tap(page, "Sign in", exact=True)
    sign_in(refused.value, "nobody")
    expect(page.get_by_role("alert")).to_contain_text("access_denied")
    with page.expect_popup() as found:
        tap(page, "Sign in", exact=True)
    with found.value.expect_event("close"):
        sign_in(found.value, "admin")
    expect(page.get_by_role("heading", name="Denver South")).to_be_visible()
    expect(other.get_by_role("heading", name="Ana Maria")).to_be_visible()
    assert name_of_branch(client) == "Denver South"
    assert client.get("/v1/accounts/ana", as_user="admin").json["name"] == "Ana Maria"


def test_a_network_that_breaks_at_the_renewal_asks_nobody_to_sign_in(
    devices: Devices, client: Client, page_of_cognito: SignInPage
) -> None:
    page = opened(devices, "/company/denver")
    page_of_cognito.expire()
    page.context.route("**/oauth2/token", lambda route: route.abort())
    rename(page, "Denver West")
    expect(page.get_by_text("The server cannot be reached.").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.context.unroute("**/oauth2/token")
    tap(page, "Save", exact=True)
    expect(page.get_by_role("heading", name="Denver West")).to_be_visible()
    assert name_of_branch(client) == "Denver West"


def test_somebody_else_who_signs_in_meanwhile_sends_nothing_of_the_one_before(
    devices: Devices, client: Client, page_of_cognito: SignInPage
) -> None:
    before = name_of_branch(client)
    page = opened(devices, "/company/denver")
    page_of_cognito.end_all()
    rename(page, "Typed by admin")
    with page.expect_popup() as found:
        tap(page, "Sign in", exact=True)
    sign_in(found.value, "ana")
    expect(page.get_by_role("button", name="Next lead")).to_be_visible()
    assert name_of_branch(client) == before


def test_sign_out_ends_the_session_there_in_every_tab_and_empties_the_device(
    devices: Devices, page_of_cognito: SignInPage
) -> None:
    page_of_cognito.end_all()
    page = devices.open("/bell")
    sign_in(page, "ana")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    other = devices.open("/mine", on=page.context)
    expect(other.get_by_role("link", name="Mine")).to_be_visible()
    page_of_cognito.asked.clear()
    tap(page, "Sign out")
    for each in (page, other):
        expect(each.get_by_role("link", name="ana")).to_be_visible()
    assert "logout" in page_of_cognito.asked
    assert page_of_cognito.renewable == 0
    page.goto("/config.json")
    assert page.evaluate(DEVICE) == []


def settings(devices: Devices, **device: Any) -> Page:
    """A rep's settings."""
    page = devices.open("/bell", **device)
    sign_in(page, "ana")
    expect(page.get_by_text("Sign in with an authenticator too")).to_be_visible()
    return page


def test_an_authenticator_is_set_up_with_its_key_and_a_code_of_it_and_is_switched_off_again(
    devices: Devices, page_of_cognito: SignInPage
) -> None:
    # RFC 6238's own.
    assert digits("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59, number=8) == "94287082"
    page_of_cognito.end_all()
    page = settings(devices)
    tap(page, "Set it up")
    groups = page.locator("code").inner_text().split(" ")
    assert {len(each) for each in groups} == {4}
    key = "".join(groups)
    link = page.get_by_role("link", name="Open it in an app").get_attribute("href")
    assert link == f"otpauth://totp/Lead%20Routing:ana?secret={key}&issuer=Lead%20Routing"
    is_sound(page)
    code = page.get_by_label("six digits")
    for wrong, said in (("12345", "six digits"), (digits(key, time.time() - 3600), "not right")):
        code.fill(wrong)
        tap(page, "Switch it on")
        expect(page.get_by_role("alert")).to_contain_text(said)
    assert page_of_cognito.guarded == set()

    # What breaks after the code was taken goes on without it, and a token that has expired is renewed.
    def broken(route: Route) -> None:
        is_last = route.request.headers.get("x-amz-target", "").endswith("SetUserMFAPreference")
        route.abort() if is_last else route.fallback()

    page.route(f"{page_of_cognito.issuer}/", broken)
    page_of_cognito.expire()
    right = digits(key, time.time())
    code.fill(f"{right[:3]} {right[3:]}")
    tap(page, "Switch it on")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute(f"{page_of_cognito.issuer}/")
    tap(page, "Switch it on")
    expect(page.get_by_text("It is on")).to_be_visible()
    assert page_of_cognito.guarded == {"ana"}
    page.reload()
    expect(page.get_by_text("It is on")).to_be_visible()
    tap(page, "Switch it off")
    is_sound(page)
    tap(page, "By the password alone")
    expect(page.get_by_text("It is off")).to_be_visible()
    assert page_of_cognito.guarded == set()


def test_at_a_desk_the_phone_reads_the_key_from_the_screen(
    devices: Devices, page_of_cognito: SignInPage
) -> None:
    page_of_cognito.end_all()
    page = settings(devices, viewport=DESK, color_scheme="dark")
    tap(page, "Set it up")
    picture = page.get_by_role("img", name="camera")
    link = page.get_by_role("link", name="Open it in an app").get_attribute("href")
    assert read_by_camera(picture.screenshot()) == link
    is_sound(page)
    page.set_viewport_size(PHONE)
    expect(picture).to_be_hidden()


def test_who_may_not_set_up_an_authenticator_now_is_told_what_to_do(
    devices: Devices, page_of_cognito: SignInPage
) -> None:
    page_of_cognito.end_all()
    # As who signed in before the console asked for more.
    page_of_cognito.granted = "openid"
    page = settings(devices)
    expect(page.get_by_text("Sign out and in again")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page_of_cognito.granted = SCOPE
    tap(page, "Sign out")
    sign_in(page, "ana")
    page.get_by_role("link", name="Bell").click()
    expect(page.get_by_text("It is off")).to_be_visible()
    page.context.route(f"{page_of_cognito.issuer}/", lambda route: route.abort())
    tap(page, "Set it up")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.context.unroute(f"{page_of_cognito.issuer}/")
    # A sign-in that has ended is begun anew over the page, and what was asked goes on.
    page_of_cognito.end_all()
    tap(page, "Set it up")
    with page.expect_popup() as found:
        tap(page, "Sign in", exact=True)
    with found.value.expect_event("close"):
        sign_in(found.value, "ana")
    expect(page.get_by_label("six digits")).to_be_visible()


def test_an_answer_that_cannot_be_right_and_a_refusal_say_what_to_do(devices: Devices) -> None:
    page = devices.open("/signed-in?code=made-up&state=made-up")
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    expect(page.get_by_role("alert")).to_contain_text("sign-in")
    assert "made-up" not in page.url
    is_sound(page)
    tap(page, "Try again")
    sign_in(page, "nobody")
    expect(page.get_by_role("alert")).to_contain_text("administrator")
    assert "state" not in page.url
    tap(page, "Try again")
    sign_in(page, "ana")
    expect(page.get_by_role("button", name="Next lead")).to_be_visible()


def test_whom_the_company_does_not_know_is_told_so_and_can_sign_out(devices: Devices) -> None:
    page = devices.open("/")
    sign_in(page, "stranger")
    expect(page.get_by_role("alert")).to_be_visible()
    is_sound(page)
    tap(page, "Sign out")
    expect(page.get_by_role("link", name="stranger")).to_be_visible()


def test_the_page_may_call_the_sign_in_page_and_nobody_else(
    chromium: Browser, api: LocalApi, site: ConsoleSite, page_of_cognito: SignInPage
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url)
    sign_in(page, "ana")
    expect(page.get_by_role("button", name="Next lead")).to_be_visible()
    reached = """url => fetch(url, {mode: "no-cors"}).then(() => true, () => false)"""
    asked = (page_of_cognito.url, page_of_cognito.issuer, api.url)
    assert [page.evaluate(reached, each) for each in asked] == [True, True, False]
    context.close()
