"""The console in a real browser: a rep's screens, by taps alone, checked through the API."""

import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.console import DESK, PHONE, REP, Device, is_built, is_sound, switch, tap
from tools.local_api.server import LocalApi
from tools.local_api.site import BUILT

pytestmark = is_built

NOON = "2026-12-08T19:00:00Z"
"""A Tuesday, at noon in Denver: a lead of Colorado may be called."""
FIRST_LOAD = 220_000
ALL_OF_IT = re.compile(r"Yours for (15:00|14:5\d)")


@pytest.fixture(scope="module", autouse=True)
def reps(api: LocalApi) -> Iterator[None]:
    """A branch that pulls: two reps, a record type with labels. The time stands at noon."""
    with Client(api.url) as client:
        company.at(client, NOON)
        company.account(client, "denver", "branch", "corporate", timezone="America/Denver")
        company.account(client, REP, "user", "denver", role="rep", email="ana@example.com")
        company.account(client, "ben", "user", "denver", role="rep")
        fields = [
            {"name": "loan_amount", "type": "number", "format": "money", "order": 10},
            {"name": "product", "type": "string", "order": 20},
        ]
        company.put(client, "record-types", {"id": "lead", "name": "Lead", "fields": fields})
        company.pull_strategy(client, "newest", "corporate", ["denver"], lease_minutes=15)
        yield


@pytest.fixture
def lead(api: LocalApi) -> Iterator[Callable[..., str]]:
    """Makes a lead that can be pulled; the time stands at noon again. What is left over afterwards is closed."""
    made: list[str] = []
    with Client(api.url) as client:
        company.at(client, NOON)

        def make(first: str, **other: Any) -> str:
            number = 100 + len(made)
            body = {
                "first_name": first,
                "last_name": "Quintana",
                "state": "CO",
                "phone": f"+1720555{number:04}",
                "email": None,
                "fields": {"loan_amount": 355000, "product": "purchase"},
                **other,
            }
            made.append(company.lead(client, number, **body))
            company.settle(client)
            return made[-1]

        yield make
        company.at(client, NOON)
        closing = {"disposition": "bad-number"}
        for user in (REP, "ben"):
            if held := client.get("/v1/me", as_user=user).json["holding"]:
                body = {**closing, "lease_token": held["lease"]["token"]}
                client.post(f"/v1/leads/{held['lead_id']}/dispositions", json=body, as_user=user)
        for each in made:
            client.post(f"/v1/leads/{each}/dispositions", json=closing, as_user=company.ADMIN)
        company.settle(client)


def events(client: Client, lead: str) -> list[dict[str, Any]]:
    """What happened to the lead, oldest first."""
    return company.timeline(client, lead)[::-1]


def recorded(client: Client, lead: str) -> list[str]:
    return [each["disposition"] for each in events(client, lead) if each["event"] == "disposition"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_of_a_rep_is_sound_at_both_sizes_in_both_schemes(
    api: LocalApi, device: Device, lead: Callable[..., str], size: dict[str, int], scheme: str
) -> None:
    lead("Maya")
    with Client(api.url) as client:
        kept = client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"]
        client.post(f"/v1/leads/{kept}/dispositions", json={"disposition": "contacted"}, as_user="ben")
    page = device("/mine", user="ben", viewport=size, color_scheme=scheme)
    expect(page.get_by_text("Maya Quintana")).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="Maya Quintana").click()
    expect(page.get_by_text("What happened")).to_be_visible()
    expect(page.get_by_text("Came in", exact=True)).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="Bell").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    is_sound(page)
    lead("Leo <b>& Zoë</b>")
    page.get_by_role("link", name="Next").click()
    tap(page, "Next lead")
    expect(page.get_by_role("heading", name="Leo <b>& Zoë</b> Quintana")).to_be_visible()
    expect(page.get_by_text("Calling hours")).to_be_visible()
    expect(page.get_by_role("button", name="No answer")).to_be_visible()
    is_sound(page)
    tap(page, "Call back")
    expect(page.get_by_text("In an hour")).to_be_visible()
    is_sound(page)


def test_who_is_who_is_picked_and_nothing_of_them_stays_after_signing_out(
    chromium: Browser, api: LocalApi
) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(api.url)
    page.get_by_role("button", name="ben").click()
    expect(page.get_by_role("button", name="Next lead")).to_be_visible()
    page.get_by_role("link", name="Bell").click()
    tap(page, "Sign out")
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    is_sound(page)
    left = page.evaluate(
        """async () => new Promise(resolve => {
          const opening = indexedDB.open("lead-routing");
          opening.onsuccess = () => {
            const all = opening.result.transaction("kept").objectStore("kept").getAllKeys();
            all.onsuccess = () => resolve([...all.result, localStorage.getItem("account")]);
          };
        })"""
    )
    assert left == [None]
    context.close()


def test_a_reps_day_by_taps_alone(api: LocalApi, device: Device, lead: Callable[..., str]) -> None:
    second, first = lead("Leo"), ""
    with Client(api.url) as client:
        page = device()
        company.at(client, "2026-12-08T19:00:30Z")
        first = lead("Maya")
        company.at(client, "2026-12-08T19:01:00Z")
        tap(page, "Next lead")
        expect(page.get_by_role("button", name="Call (720)")).to_be_visible()
        shown = page.get_by_role("heading", level=1).text_content()
        if shown == "Leo Quintana":
            first, second = second, first
        expect(page.get_by_role("timer")).to_have_text(ALL_OF_IT)
        expect(page.get_by_text("$355,000")).to_be_visible()
        # Two taps and it rings; the call is on the timeline before.
        tap(page, "Call (720)")
        expect(page.get_by_role("button", name="Call (720)")).to_be_enabled()
        page.get_by_label("Note").fill("Asks <i>again</i> at six")
        tap(page, "Call back")
        tap(page, "In an hour")
        # "& next": the other lead is there, one is held at a time.
        other = "Maya Quintana" if shown == "Leo Quintana" else "Leo Quintana"
        expect(page.get_by_role("heading", name=other)).to_be_visible()
        told = events(client, first)
        assert [each["event"] for each in told][-3:] == ["pulled", "called", "disposition"]
        assert told[-1]["note"] == "Asks <i>again</i> at six"
        now = company.shown(client, first)
        assert (now["status"], now["attempts"]) == ("callback", 1)
        assert now["callback_at"] == "2026-12-08T20:15:00Z"
        switch(page, "And the next lead at once")
        tap(page, "Appointment set")
        page.get_by_label("Another time").fill("2026-12-09T15:30")
        tap(page, "Take this time")
        expect(page.get_by_role("button", name="Next lead")).to_be_visible()
        assert client.get("/v1/me", as_user=REP).json["holding"] is None
        (met,) = client.get("/v1/appointments", as_user=REP).json["items"]
        assert met["lead_id"] == second
        tap(page, "Next lead")
        expect(page.get_by_role("heading", name="Nothing to pull now")).to_be_visible()
        expect(page.get_by_text("promised a call back")).to_be_visible()
        is_sound(page)
        # Mine: the callback, and what they keep.
        page.get_by_role("link", name="Mine", exact=True).click()
        expect(page.get_by_text("in 1 h")).to_be_visible()
        # Today: what they recorded, and a note for an hour.
        company.settle(client)
        page.get_by_role("tab", name="Today").click()
        page.get_by_label("Note on Maya Quintana").first.fill("She has two numbers")
        page.get_by_role("button", name="Save", disabled=False).click()
        expect(page.get_by_text("Noted on")).to_be_visible()
        switch(page, "Available")
        expect(page.get_by_role("switch", name="Away")).to_be_enabled()
        assert client.get("/v1/me", as_user=REP).json["available"] is False
        switch(page, "Away")
        expect(page.get_by_role("switch", name="Available")).to_be_enabled()


def test_a_lead_that_may_not_be_called_is_refused_before_it_rings_with_the_next_time(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = lead("Maya")
    with Client(api.url) as client:
        client.post(f"/v1/leads/{made}/transfer", json={"to": REP}, as_user=company.ADMIN)
        company.at(client, "2026-12-09T05:30:00Z")
        page = device(f"/mine/{made}", timezone_id="America/Denver")
        expect(page.get_by_text("Outside calling hours")).to_be_visible()
        tap(page, "Call (720)")
        expect(page.get_by_role("alert")).to_contain_text("8:00 AM")
        assert "called" not in [each["event"] for each in events(client, made)]
        # A callback at an hour at which nobody may call: said at its place, with a time that is right.
        page.get_by_label("Note", exact=True).fill("After six")
        tap(page, "Call back")
        sheet = page.get_by_role("dialog")
        for preset in ("In an hour", "Tomorrow morning", "Tomorrow, this time"):
            expect(sheet.get_by_role("button", name=preset)).to_be_visible()
        tap(page, "In an hour")
        expect(sheet.get_by_role("alert")).to_contain_text("calling hours")
        # It stays where it was recorded, whatever becomes of the page, and is mended from there.
        page.goto("/bell")
        expect(page.get_by_role("main").get_by_text("calling hours")).to_be_visible()
        is_sound(page)
        tap(page, "Record anew")
        expect(page.get_by_label("Note", exact=True)).to_have_value("After six")
        tap(page, "Call back")
        tap(page, "In an hour")
        sheet.get_by_role("button", name="Take Wed").click()
        expect(sheet).to_have_count(0)
        expect(page.get_by_text("look at this")).to_have_count(0)
        assert recorded(client, made) == ["call-back"]
        assert events(client, made)[-1]["note"] == "After six"


def test_what_is_recorded_without_a_network_survives_a_killed_page_and_is_sent_once_each(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = [lead("Maya"), lead("Leo"), lead("Ann")]
    with Client(api.url) as client:
        held = client.post("/v1/pull", json={}, as_user=REP).json["lead"]["id"]
        for each in made:
            if each != held:
                client.post(f"/v1/leads/{each}/transfer", json={"to": REP}, as_user=company.ADMIN)
        page = device("/mine")
        context = page.context
        expect(page.get_by_role("tab", name="Leads 2")).to_be_visible()
        for each in made:
            if each != held:
                page.goto(f"/mine/{each}")
                expect(page.get_by_role("button", name="No answer")).to_be_visible()
        page.goto("/next")
        expect(page.get_by_role("button", name="No answer")).to_be_visible()
        context.set_offline(True)
        page.get_by_label("Note").fill("Typed in a lift")
        tap(page, "Left voicemail")
        expect(page.get_by_text("1 unsent")).to_be_visible()
        expect(page.get_by_role("button", name="Next lead")).to_be_disabled()
        for at, each in enumerate([each for each in made if each != held], start=2):
            page.get_by_role("link", name="Mine", exact=True).click()
            page.get_by_role("tab", name="Leads").click()
            page.locator(f"a[href='/mine/{each}']").click()
            tap(page, "Not interested")
            expect(page.get_by_text(f"{at} unsent")).to_be_visible()
        assert [recorded(client, each) for each in made] == [[], [], []]
        page.close()
        context.set_offline(False)
        company.at(client, "2026-12-08T19:40:00Z")
        page = device(on=context)
        expect(page.get_by_role("heading", name="Ready for the next lead?")).to_be_visible()
        expect(page.get_by_text("unsent")).to_have_count(0)
        for each in made:
            assert recorded(client, each) == (["left-voicemail"] if each == held else ["not-interested"])
        (noted,) = [each for each in events(client, held) if each["event"] == "disposition"]
        assert noted["note"] == "Typed in a lift"
        # The device's clock goes on while the server's stands.
        assert NOON <= noted["recorded_at"] < "2026-12-08T19:05:00Z"
        assert noted["at"] == "2026-12-08T19:40:00Z"


def test_two_tabs_show_one_lead_and_send_what_is_recorded_once(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = lead("Maya")
    page = device()
    tap(page, "Next lead")
    expect(page.get_by_role("heading", name="Maya Quintana")).to_be_visible()
    other = device(on=page.context)
    expect(other.get_by_role("heading", name="Maya Quintana")).to_be_visible()
    page.context.set_offline(True)
    switch(page, "And the next lead at once")
    tap(page, "Contacted")
    expect(other.get_by_text("1 unsent")).to_be_visible()
    expect(other.get_by_role("heading", name="Maya Quintana")).to_have_count(0)
    page.context.set_offline(False)
    for each in (page, other):
        expect(each.get_by_text("unsent")).to_have_count(0)
    with Client(api.url) as client:
        assert recorded(client, made) == ["contacted"]


def test_a_phone_whose_clock_is_wrong_shows_the_time_that_is_left(
    api: LocalApi, device: Device, lead: Callable[..., str], chromium: Browser
) -> None:
    lead("Maya")
    context = chromium.new_context(viewport=PHONE, base_url=api.url)
    context.add_init_script(f"localStorage.setItem('account', '{REP}')")
    context.clock.install(time=datetime(2031, 1, 1, tzinfo=UTC))
    page = device(on=context)
    tap(page, "Next lead")
    expect(page.get_by_role("timer")).to_have_text(ALL_OF_IT)
    with Client(api.url) as client:
        company.at(client, "2026-12-08T19:13:00Z")
    context.clock.fast_forward("13:00")
    expect(page.get_by_role("timer")).to_have_text(re.compile("Yours for (2:00|1:5.)"))
    tap(page, "Keep longer")
    expect(page.get_by_role("timer")).to_have_text(ALL_OF_IT)
    context.close()


def test_a_sign_in_that_ends_while_somebody_types_loses_nothing(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = lead("Maya")
    page = device()
    tap(page, "Next lead")
    page.get_by_label("Note").fill("Still here")
    page.route(
        "**/dispositions", lambda route: route.fulfill(status=401, json={"message": "Unauthorized"}), times=1
    )
    tap(page, "No answer")
    tap(page, "Sign in", exact=True)
    expect(page.get_by_role("heading", name="Maya Quintana")).to_have_count(0)
    with Client(api.url) as client:
        assert recorded(client, made) == ["no-answer"]
        assert events(client, made)[-1]["note"] == "Still here"


def test_each_state_of_a_list_says_what_is_the_case_and_what_to_do(device: Device) -> None:
    page = device("/mine")
    expect(page.get_by_text("No callbacks promised")).to_be_visible()
    refused = {"status": 403, "code": "forbidden", "detail": "Only who may."}
    page.route("**/v1/appointments**", lambda route: route.fulfill(status=403, json=refused))
    page.get_by_role("tab", name="Meetings").click()
    expect(page.get_by_text("This is not for your role")).to_be_visible()
    is_sound(page)
    problem = {"status": 500, "code": "internal", "detail": "A fault of ours."}
    headers = {"apigw-requestid": "R-17"}
    page.route(
        "**/v1/notifications**", lambda route: route.fulfill(status=500, json=problem, headers=headers)
    )
    page.get_by_role("link", name="Bell").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def _seconds_on_a_slow_phone(page: Page) -> float:
    """From a start to the lead in hand, at 1.6 Mbit/s, 150 ms and a quarter of this machine's speed."""
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
    session.send("Network.emulateNetworkConditions", slow)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    since = time.monotonic()
    page.reload(wait_until="commit")
    page.get_by_role("button", name="Call (720)").wait_for()
    took = time.monotonic() - since
    session.detach()
    return took


def test_an_installed_app_opens_without_a_network_and_keeps_nothing_of_the_api_in_its_cache(
    api: LocalApi, device: Device, lead: Callable[..., str], chromium: Browser
) -> None:
    lead("Maya")
    context = chromium.new_context(viewport=PHONE, base_url=api.url)
    context.add_init_script(f"localStorage.setItem('account', '{REP}')")
    config = {"sign_in": "local", "service_worker": True}
    context.route("**/config.json", lambda route: route.fulfill(json=config))
    page = device(on=context)
    tap(page, "Next lead")
    expect(page.get_by_role("button", name="No answer")).to_be_visible()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.reload()
    expect(page.get_by_role("button", name="No answer")).to_be_visible()
    print(f"An installed app on a slow phone: {_seconds_on_a_slow_phone(page):.1f} s")
    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="Maya Quintana")).to_be_visible()
    expect(page.get_by_text("No network")).to_be_visible()
    cached = page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const each of await (await caches.open(name)).keys()) found.push(new URL(each.url).pathname);
          return found;
        }"""
    )
    assert "/index.html" in cached
    assert [each for each in cached if each.startswith("/v1")] == []
    context.close()


def test_who_is_switched_off_while_their_page_is_open_is_told_so(api: LocalApi, device: Device) -> None:
    page = device("/next", user="ben")
    expect(page.get_by_role("button", name="Next lead")).to_be_enabled()
    with Client(api.url) as client:
        company.account(client, "ben", "user", "denver", role="rep", enabled=False)
        try:
            page.get_by_role("link", name="Mine").click()
            expect(page.get_by_text("Your account is disabled.")).to_be_visible()
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        finally:
            company.account(client, "ben", "user", "denver", role="rep")


def test_a_note_that_is_saved_by_two_quick_taps_is_one(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = lead("Ivy")
    page = device("/next")
    tap(page, "Next lead")
    page.get_by_label("Note", exact=True).fill("Once")
    page.get_by_role("button", name="Save the note alone").dblclick()
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    expect(page).to_have_title("Next · Lead Routing")
    tap(page, "More")
    expect(page.get_by_text("Once", exact=True)).to_have_count(1)
    with Client(api.url) as client:
        assert [each["note"] for each in events(client, made) if each["event"] == "note"] == ["Once"]


def test_a_meeting_to_come_is_cancelled_and_a_number_is_never_called_again_once_somebody_is_sure(
    api: LocalApi, device: Device, lead: Callable[..., str]
) -> None:
    made = lead("Ivy", phone="+17205550999")
    with Client(api.url) as client:
        client.post(f"/v1/leads/{made}/transfer", json={"to": "ben"}, as_user=company.ADMIN)
        for starts_at, notes in (("2026-12-08T19:10:00Z", "was"), ("2026-12-09T21:00:00Z", "<b>to come</b>")):
            meeting = {"starts_at": starts_at, "notes": notes}
            path = f"/v1/leads/{made}/appointments"
            assert client.post(path, json=meeting, as_user="ben").status == 201
        company.at(client, "2026-12-08T19:30:00Z")
        page = device("/mine", user="ben", timezone_id="America/Denver")
        page.get_by_role("tab", name="Meetings").click()
        expect(page.get_by_text("<b>to come</b>")).to_be_visible()
        expect(page.get_by_text("was", exact=True)).to_be_visible()
        is_sound(page)
        tap(page, "Cancel the meeting with Ivy Quintana")
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_text("Ivy Quintana, Wed")).to_be_visible()
        is_sound(page)
        page.set_viewport_size(DESK)
        is_sound(page)
        page.context.set_offline(True)
        tap(page, "Cancel it")
        expect(page.get_by_text("The meeting was not cancelled")).to_be_visible()
        page.context.set_offline(False)
        tap(page, "Cancel it")
        expect(page.get_by_text("<b>to come</b>")).to_have_count(0)
        expect(page.get_by_text("was", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Cancel the meeting")).to_have_count(0)
        left = client.get("/v1/appointments?from=2026-12-08T00:00:00Z", as_user="ben").json["items"]
        assert [each["notes"] for each in left] == ["was"]
        page.get_by_role("link", name="Ivy Quintana").click()
        tap(page, "Do not call")
        expect(sheet.get_by_text("Ivy Quintana is put on the do-not-call list")).to_be_visible()
        is_sound(page)
        sheet.get_by_role("button", name="Do not call").click()
        expect(page).to_have_url(re.compile("/mine$"))
        listed = client.get("/v1/do-not-call/+17205550999", as_user=company.ADMIN)
        assert listed.status == 200, listed.json


def test_a_lead_of_the_list_opens_without_a_network_though_it_was_not_looked_at_before(
    device: Device, lead: Callable[..., str], api: LocalApi
) -> None:
    made = lead("Noor")
    with Client(api.url) as client:
        client.post(f"/v1/leads/{made}/transfer", json={"to": REP}, as_user=company.ADMIN)
        company.settle(client)
    page = device("/mine", service_workers="block")
    page.get_by_role("tab", name="Leads").click()
    expect(page.get_by_text("Noor Quintana")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.get_by_text("Noor Quintana").click()
    expect(page.get_by_role("heading", name="Noor Quintana")).to_be_visible()
    expect(page.get_by_text("As of")).to_be_visible()
    expect(page.get_by_role("button", name="No answer")).to_be_enabled()


def test_the_first_load_of_a_reps_page_is_small() -> None:
    manifest = json.loads((BUILT / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    files: set[str] = set()

    def add(name: str) -> None:
        chunk = manifest[name]
        if chunk["file"] not in files:
            files.update((chunk["file"], *chunk.get("css", ())))
            for each in chunk.get("imports", ()):
                add(each)

    for each in ("index.html", "src/screens/next.tsx"):
        add(each)
    size = sum(len(gzip.compress((BUILT / each).read_bytes())) for each in files)
    assert size <= FIRST_LOAD, f"{size} bytes: {sorted(files)}"


def test_the_manifest_and_its_icons_are_there(api: LocalApi) -> None:
    with Client(api.url) as client:
        manifest = client.get("/manifest.webmanifest")
        assert manifest.headers["content-type"] == "application/manifest+json"
        for icon in manifest.json["icons"]:
            assert client.get(icon["src"]).body == (Path(BUILT) / icon["src"][1:]).read_bytes()
