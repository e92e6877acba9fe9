"""The desk in a real browser: who is there, leads, why, by clicks alone, checked through the API."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.console import DESK, PHONE, Device, is_built, is_sound, tap
from tools.local_api.server import LocalApi

pytestmark = is_built
NOON = "2026-12-08T19:00:00Z"
SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def desk(api: LocalApi) -> Iterator[None]:
    """A desk that has two reps, each with a strategy of their own."""
    with Client(api.url) as client:
        company.at(client, NOON)
        company.account(client, "denver", "branch", "corporate", timezone="America/Denver")
        company.account(client, "mia", "user", "denver", role="manager")
        company.account(client, "ana", "user", "denver", role="rep")
        company.account(client, "ben", "user", "denver", role="rep", enabled=False)
        for who, state in (("ana", "CO"), ("ben", "UT")):
            criterion = {"field": "state", "operator": "equals", "value": state}
            company.push_strategy(client, f"to-{who}", "corporate", [who], criteria=[criterion])
        yield


@pytest.fixture
def leads(client: Client) -> list[str]:
    """Two that are Ana's, and two that are held, for Ben is on leave. Those of other tests may be there too."""
    company.at(client, NOON)
    client.put("/v1/accounts/ana/presence", json={"available": True}, as_user=company.ADMIN)
    company.account(client, "ben", "user", "denver", role="rep", enabled=False)
    people = [
        ("Maya", "Quintana", "CO", "Spring"),
        ("Otto", SCRIPT, "CO", None),
        ("Ines", "Held", "UT", None),
        ("Kurt", "Held", "UT", None),
    ]
    made = [
        company.lead(client, at, first_name=first, last_name=last, state=state, campaign=campaign)
        for at, (first, last, state, campaign) in enumerate(people)
    ]
    company.settle(client)
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_of_a_manager_is_sound_at_both_sizes_in_both_schemes(
    device: Device, leads: list[str], size: object, scheme: str
) -> None:
    page = device("/", "admin", viewport=size, color_scheme=scheme)
    expect(page.get_by_role("heading", name="Floor")).to_be_visible()
    expect(page.get_by_role("cell", name="ana", exact=True)).to_be_visible()
    is_sound(page)
    page.goto("/leads")
    expect(page.get_by_role("link", name="Maya Quintana").first).to_be_visible()
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    is_sound(page)
    page.goto("/held")
    expect(page.get_by_role("button", name="ben is back")).to_be_visible()
    is_sound(page)
    page.goto(f"/leads/{leads[2]}")
    tap(page, "Ask")
    tap(page, "Why")
    expect(page.get_by_text("is on leave or left")).to_have_count(2)
    is_sound(page)


def test_leads_are_found_and_given_to_somebody_else_many_at_once(
    device: Device, client: Client, leads: list[str]
) -> None:
    page = device("/floor", "admin", viewport=DESK)
    page.get_by_role("combobox", name="Below").click()
    page.get_by_role("option", name="denver").click()
    expect(page.get_by_role("cell", name="Administrator")).to_have_count(0)
    tap(page, "Acts on ana")
    expect(page.get_by_role("menuitem", name="their leads to others")).to_have_attribute(
        "href", "/company/ana"
    )
    page.get_by_role("menuitem", name="Switch to away").click()
    expect(page.get_by_role("row", name="ana").get_by_text("away")).to_be_visible()
    assert client.get("/v1/me", as_user="ana").json["available"] is False
    page.get_by_role("link", name="assigned").click()
    expect(page.get_by_role("combobox", name="Of, and below")).to_have_value("denver")
    expect(page.get_by_role("link", name="Maya Quintana").first).to_be_visible()
    page.goto("/floor")
    page.get_by_role("link", name=re.compile("held: nobody can take it")).click()
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("link", name="Ines Held").first).to_be_visible()
    page.get_by_role("checkbox", name="Choose all that are shown").check()
    page.get_by_label("Find").fill("Ines Held")
    expect(page.get_by_role("button", name="Transfer")).to_have_count(0)
    page.get_by_label("Find").fill("Held")
    expect(page.get_by_role("link", name="Kurt Held").first).to_be_visible()
    page.get_by_role("checkbox", name="Choose all that are shown").check()
    tap(page, "Transfer")
    page.get_by_role("combobox", name="To").click()
    page.get_by_role("option", name="ana").click()
    page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    expect(page.get_by_text("leads transferred.")).to_be_visible()
    tap(page, "Done")
    expect(page.get_by_text("No lead is like that")).to_be_visible()
    for each in leads[2:]:
        found = company.shown(client, each)
        assert (found["status"], found["owner"]) == ("assigned", "ana")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_leads_are_narrowed_down_by_where_they_came_from_when_and_what_was_recorded(
    device: Device, client: Client, leads: list[str]
) -> None:
    for each in leads[:2]:
        recorded = {"disposition": "contacted"}
        client.post(f"/v1/leads/{each}/dispositions", json=recorded, as_user=company.ADMIN)
    page = device("/leads", "admin", viewport=DESK)
    maya, otto = (page.get_by_role("link", name=name).first for name in ("Maya Quintana", "Otto"))
    tap(page, "Narrow down")
    choose(page, "Last recorded", "Contacted")
    expect(page.get_by_role("link", name="Ines Held")).to_have_count(0)
    expect(otto).to_be_visible()
    page.get_by_label("Campaign").fill("spring")
    expect(otto).to_be_hidden()
    page.get_by_role("combobox", name="Source").click()
    page.get_by_role("option").first.click()
    page.get_by_label("Came in from").fill("2026-12-08")
    page.get_by_label("To", exact=True).fill("2026-12-08")
    expect(maya).to_be_visible()
    is_sound(page)
    page.get_by_label("Came in from").fill("2026-12-07")
    page.get_by_label("To", exact=True).fill("2026-12-07")
    expect(page.get_by_text("No lead is like that")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Campaign")).to_have_value("spring")
    tap(page, "Clear", exact=True)
    expect(otto).to_be_visible()
    expect(page.get_by_label("Campaign")).to_have_value("")


# Where each list stands, by what it is read, what shows that it is there, and what is said where nothing is. Accounts
# come first, for every later screen has them kept on the device.
LISTS = [
    ("/company", "/v1/accounts", "ana", "Nobody but you yet"),
    ("/company/ana", "/v1/accounts/ana", "When they leave", None),
    ("/company?part=buttons", "/v1/dispositions", "Left voicemail", None),
    ("/floor", "/v1/floor", "ana", "No users yet"),
    ("/leads", "/v1/leads", "Maya Quintana", "No leads yet"),
    ("/held", "/v1/held/summary", "ben: is on leave or left", "Nothing is held"),
    ("/leads/{lead}", "/v1/leads/{lead}", "What happened", None),
    ("/leads/{lead}", "/v1/leads/{lead}/timeline", "Why", None),
    ("/strategies", "/v1/push-strategies", "to-ana", "No push strategies yet"),
    ("/strategies?kind=pull", "/v1/pull-strategies", "newest", "No pull strategies yet"),
    ("/strategies/push/to-ana", "/v1/push-strategies/to-ana", "Who gets them", None),
    ("/sources", "/v1/sources", "form", "No sources yet"),
    ("/sources/form", "/v1/sources/form", "What it takes", None),
    ("/sources/form?part=keys", "/v1/sources/form/keys", "last used", "No keys yet"),
    ("/sources/form?part=posts", "/v1/sources/form/posts", "As it came", "It has sent nothing"),
    ("/rules", "/v1/calling-rules", "Utah", "No rule is like that"),
    ("/do-not-call", "/v1/do-not-call", "(303) 555-0101", "No number is on the list"),
    ("/imports", "/v1/imports", "not started yet", "Nothing was imported yet"),
    ("/imports/{file}", "/v1/imports/{file}", "Waiting for its file", None),
    ("/mine", "/v1/leads", "Mine Alone", "No leads are yours now"),
    ("/mine/{lead}", "/v1/leads/{lead}", "What happened", None),
    ("/bell", "/v1/notifications", "Mark all as read", "Nothing new"),
]
LATER = """() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""


@pytest.fixture
def listed(client: Client, leads: list[str]) -> dict[str, str]:
    """One of everything that has a list, a lead of the administrator's own too. Answers ids, by what they are of."""
    criterion = {"field": "state", "operator": "equals", "value": "NY"}
    company.push_strategy(client, "to-admin", "corporate", [company.ADMIN], criteria=[criterion])
    company.lead(client, 9, first_name="Mine", last_name="Alone", state="NY")
    company.put(client, "sources", {"id": "form", "name": "form"})
    key = client.post("/v1/sources/form/keys", json={}, as_user=company.ADMIN).json["api_key"]
    client.post("/v1/intake/form", json={"phone": "7205550100"}, headers={"x-api-key": key})
    company.pull_strategy(client, "newest", "corporate", ["denver"])
    client.put("/v1/do-not-call/3035550101", json={"reason": "asked"}, as_user=company.ADMIN)
    begun = client.post(
        "/v1/imports", json={"source": "form", "created_at": "import"}, as_user=company.ADMIN
    ).json
    company.settle(client)
    return {"lead": leads[0], "file": begun["import_id"]}


class Answers:
    """What a page gets for one read: nothing yet, something in the place of the server's answer, or that."""

    def __init__(self, page: Page) -> None:
        self._read = ""
        self._waiting: list[Route] = []
        self._answer: Callable[[Route], None] = self._waiting.append
        page.route("**/v1/**", self._asked)

    def hold(self, read: str) -> None:
        """From now on it is this read, and none is answered."""
        self._read, self._answer = read, self._waiting.append

    def become(self, answer: Callable[[Route], None]) -> None:
        """Those that wait are answered so, and those that come."""
        self._answer = answer
        while self._waiting:
            answer(self._waiting.pop())

    def concern(self, request: Request) -> bool:
        return urlsplit(request.url).path == self._read

    def _asked(self, route: Route) -> None:
        (self._answer if self.concern(route.request) else Route.fallback)(route)


def refusal(status: int, code: str) -> Callable[[Route], None]:
    body = {"status": status, "code": code, "detail": f"It is {code}."}
    return lambda route: route.fulfill(status=status, json=body, headers={"apigw-requestid": "R-17"})


def empty(route: Route) -> None:
    route.fulfill(json={"items": [], "next": None, "as_of": NOON, "held": 0})


def test_every_list_says_that_it_loads_is_refused_broken_old_or_empty_and_comes_back_by_itself(
    device: Device, listed: dict[str, str]
) -> None:
    page = device("/next", "admin", viewport=DESK)
    main = page.get_by_role("main")
    answers = Answers(page)
    for path, read, content, nothing in LISTS:
        there = main.get_by_text(content)
        answers.hold(read.format(**listed))
        with page.expect_request(answers.concern):
            page.goto(path.format(**listed))
        expect(main.get_by_label("Loading").first).to_be_visible()
        answers.become(refusal(403, "forbidden"))
        expect(main.get_by_text("This is not for your role").first).to_be_visible()
        expect(there).to_have_count(0)
        answers.become(refusal(409, "broken"))
        page.evaluate(LATER)
        expect(main.get_by_text("It is broken.").first).to_be_visible()
        expect(main.get_by_text("Request R-17").first).to_be_visible()
        answers.become(Route.fallback)
        main.get_by_role("button", name="Try again").first.click()
        expect(there.first).to_be_visible()
        page.context.set_offline(True)
        with page.expect_event("requestfailed", answers.concern):
            page.evaluate(LATER)
        expect(main.get_by_text("the server cannot be reached").first).to_be_visible()
        expect(there.first).to_be_visible()
        if nothing:
            answers.become(empty)
        page.context.set_offline(False)
        expect(main.get_by_text("the server cannot be reached")).to_have_count(0)
        expect(main.get_by_text(nothing or content).first).to_be_visible()


def test_what_is_held_says_what_stops_it_and_moves_when_that_is_over(
    device: Device, client: Client, leads: list[str]
) -> None:
    page = device("/", "admin", viewport=DESK)
    page.get_by_role("link", name="Held", exact=True).click()
    expect(page.get_by_text("ben: is on leave or left")).to_be_visible()
    tap(page, "ben is back")
    expect(page.get_by_role("button", name="ben is back")).to_have_count(0)
    company.settle(client)
    assert {company.shown(client, each)["owner"] for each in leads[2:]} == {"ben"}
    page.reload()
    expect(page.get_by_text("Nothing is held")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_is_wrong_about_a_lead_is_mended_and_it_goes_where_it_belongs(
    device: Device, client: Client, leads: list[str], size: object
) -> None:
    fields = [
        {"name": "amount", "type": "number", "unit": "$"},
        {"name": "kind", "type": "choice", "choices": ["purchase", "refinance"]},
    ]
    company.put(client, "record-types", {"id": "lead", "name": "Lead", "fields": fields})
    page = device(f"/leads/{leads[2]}", "admin", viewport=size)
    tap(page, "Edit")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_label("First name").fill("Agnes")
    choose(page, "State", "Colorado")
    tap(page, "Add a phone")
    page.get_by_label("Phone 1", exact=True).fill("303")
    choose(page, "Kind of phone 1", "home")
    page.get_by_label("Amount").fill("a lot")
    choose(page, "Kind", "Refinance")
    tap(page, "Save", exact=True)
    expect(page.get_by_text("is not a phone number")).to_be_visible()
    expect(page.get_by_text("is not a number")).to_be_visible()
    is_sound(page)
    page.get_by_role("dialog").get_by_role("button").first.click()
    tap(page, "Edit")
    expect(page.get_by_label("First name")).to_have_value("Agnes")
    page.get_by_label("Phone 1", exact=True).fill("303-555-0177")
    page.get_by_label("Amount").fill("$350,000")
    tap(page, "Save", exact=True)
    expect(page.get_by_role("heading", name="Agnes Held")).to_be_visible()
    expect(page.get_by_text("(303) 555-0177 home")).to_be_visible()
    company.settle(client)
    found = company.shown(client, leads[2])
    assert (found["status"], found["owner"], found["state"]) == ("assigned", "ana", "CO")
    assert found["phones"] == [{"value": "+13035550177", "kind": "home"}]
    assert found["fields"] == {"amount": 350000, "kind": "refinance"}
    assert found["email"] == "lead2@example.com", "what was not touched stays"
    page.get_by_label("Note").fill("Prefers mornings")
    page.route("**/notes", lambda route: (route.fetch(), route.abort()))
    tap(page, "Save the note")
    expect(page.get_by_text("The note was not saved")).to_be_visible()
    page.unroute("**/notes")
    tap(page, "Save the note")
    expect(page.get_by_text("Prefers mornings", exact=True)).to_have_count(1)
    expect(page.get_by_label("Note")).to_have_value("")
    notes = [each.get("note") for each in company.timeline(client, leads[2])]
    assert notes.count("Prefers mornings") == 1
    tap(page, "Edit")
    tap(page, "Remove phone 1")
    tap(page, "Remove e-mail 1")
    tap(page, "Save", exact=True)
    expect(page.get_by_text("a lead needs a usable phone or email")).to_be_visible()


def test_what_happened_is_recorded_from_a_leads_page_and_the_way_back_leads_there(
    device: Device, client: Client, leads: list[str]
) -> None:
    for user, first, state in (("mia", "Vera", "CO"), ("admin", "Olga", "UT")):
        lead = company.lead(client, 51, first_name=first, state=state)
        company.settle(client)
        page = device(f"/leads?q={first}", user, viewport=DESK)
        page.get_by_role("link", name=first).click()
        there = re.compile(f"/leads/{lead}$")
        expect(page).to_have_url(there)
        page.get_by_role("link", name="Record what happened").click()
        tap(page, "Back", exact=True)
        expect(page).to_have_url(there)
        page.get_by_role("link", name="Record what happened").click()
        expect(page.get_by_role("button", name="No answer")).to_be_visible()
        is_sound(page)
        tap(page, "Contacted")
        expect(page).to_have_url(there)
        expect(page.get_by_role("row", name="Last recorded Contacted")).to_be_visible()
        expect(page.get_by_text("Recorded", exact=True)).to_be_visible()
        is_sound(page)
        assert company.shown(client, lead)["last_disposition"] == "contacted"
        tap(page, "Back", exact=True)
        expect(page.get_by_role("heading", name="Leads")).to_be_visible()
    client.post(f"/v1/leads/{leads[1]}/dispositions", json={"disposition": "bad-number"}, as_user="mia")
    page.goto(f"/leads/{leads[1]}")
    expect(page.get_by_role("main").get_by_text("closed", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Record what happened")).to_have_count(0)


def test_who_was_taken_for_somebody_who_came_again_is_made_a_lead_of_their_own(
    device: Device, client: Client, leads: list[str]
) -> None:
    dedupe = {"rules": [["phone", "last_name"]]}
    company.put(client, "record-types", {"id": "quote", "name": "Quote", "dedupe": dedupe})
    company.put(client, "sources", {"id": "quotes", "name": "q", "record_type": "quote", "owner": "denver"})
    who = {"source": "quotes", "last_name": "Okafor", "phone": "+13035550142", "state": "CO"}
    first = company.lead(client, 81, **who)
    for at in (82, 83):
        again = {"first_name": SCRIPT, "email": f"lead{at}@example.com", **who}
        assert client.post("/v1/leads", json=again, as_user=company.ADMIN).status == 200
        company.settle(client)
    page = device(f"/mine/{first}", "mia", viewport=DESK)
    expect(page.get_by_text("Asked again")).to_have_count(2)
    expect(page.get_by_role("button", name="Make it a lead of its own")).to_have_count(0)
    page.goto(f"/leads/{first}")
    page.get_by_role("button", name="Make it a lead of its own").first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("lead83@example.com")).to_be_visible()
    expect(sheet.get_by_text(SCRIPT)).to_be_visible()
    is_sound(page)
    page.set_viewport_size(PHONE)
    is_sound(page)
    sheet.get_by_role("button", name="Make it a lead").click()
    expect(page.get_by_text("A receipt became a lead of its own")).to_be_visible()
    expect(sheet).to_have_count(0)
    is_sound(page)
    tap(page, "Make it a lead of its own")
    company.at(client, "2027-01-09T19:00:00Z")
    sheet.get_by_role("button", name="Make it a lead").click()
    expect(page.get_by_text("A receipt can be released within 30 days.")).to_be_visible()
    sheet.get_by_role("button", name="Back").click()
    page.get_by_role("link", name="The lead that came of it").click()
    expect(page.get_by_role("link", name="lead83@example.com")).to_be_visible()
    made = page.url.rsplit("/", 1)[-1]
    assert made != first
    assert company.shown(client, made)["linked_to"] == [first]
    page.goto(f"/leads/{first}")
    expect(page.get_by_role("link", name="The lead that came of it")).to_be_visible()
    expect(page.get_by_role("button", name="Make it a lead of its own")).to_have_count(0)


KEPT = """async () => new Promise(resolve => {
    const opening = indexedDB.open("lead-routing");
    opening.onsuccess = () => {
        const all = opening.result.transaction("kept").objectStore("kept").getAll();
        all.onsuccess = () => resolve(JSON.stringify(all.result));
    };
})"""


def test_a_persons_data_is_handed_out_and_erased_by_an_administrator_alone(
    device: Device, client: Client, leads: list[str]
) -> None:
    who = {"first_name": "Gone", "last_name": SCRIPT, "phone": "+13035550191", "state": "CO"}
    lead = company.lead(client, 91, **who)
    company.settle(client)
    page = device(f"/leads/{lead}", "mia", viewport=DESK)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="Gone")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^(Save what is kept|Erase)"))).to_have_count(0)
    page = device(f"/mine/{lead}", "admin", viewport=DESK)
    page.get_by_label("Note", exact=True).fill("lead91@example.com calls back")
    page.wait_for_load_state("networkidle")
    assert "lead91@example.com" in page.evaluate(KEPT)
    page.goto(f"/leads/{lead}")
    page.route("**/export*", lambda route: route.continue_(url=route.request.url.replace("=200", "=1")))
    saved = {}
    for contact in ("lead91@example.com", "(303) 555-0191"):
        with page.expect_download() as download:
            tap(page, f"Save what is kept of {contact}")
        assert download.value.suggested_filename == f"person-of-{lead}.json"
        saved[contact] = json.loads(download.value.path().read_text(encoding="utf-8"))
    for found, person in zip(saved.values(), ("lead91@example.com", "+13035550191"), strict=True):
        assert (found["person"], found["do_not_call"]) == (person, None)
        assert [each["kind"] for each in found["items"]] == ["lead", "event"]
        assert found["items"][0]["data"]["last_name"] == SCRIPT
    is_sound(page)
    tap(page, "Erase this person…")
    expect(page.get_by_role("dialog").get_by_text("This cannot be undone.")).to_be_visible()
    is_sound(page)
    page.set_viewport_size(PHONE)
    is_sound(page)
    assert company.shown(client, lead)["erased"] is False
    tap(page, "Erase", exact=True)
    expect(page.get_by_text("only facts are left")).to_be_visible()
    expect(page.get_by_text("Erased", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Gone")).to_have_count(0)
    for act in ("Edit", "Transfer", "Ask", "Erase this person…", "Save the note"):
        expect(page.get_by_role("button", name=act)).to_have_count(0)
    is_sound(page)
    erased = company.shown(client, lead)
    assert (erased["erased"], erased["email"], erased["phones"]) == (True, None, [])
    assert "lead91@example.com" not in page.evaluate(KEPT)


def test_a_lead_tells_when_it_may_be_called(device: Device, client: Client, leads: list[str]) -> None:
    page = device(f"/leads/{leads[0]}", "mia", viewport=DESK, timezone_id="America/Denver")
    calls = page.get_by_role("row", name="Calls")
    expect(calls).to_have_text(re.compile("Calling hours until 9:00 PM, by your clock"))
    company.at(client, "2026-12-09T05:30:00Z")
    page.reload()
    expect(calls).to_have_text(re.compile("Outside calling hours: .*, until .*8:00 AM by your clock"))
    client.post(f"/v1/leads/{leads[0]}/dispositions", json={"disposition": "bad-number"}, as_user="mia")
    page.reload()
    expect(page.get_by_role("main").get_by_text("closed", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(calls).to_have_count(0)


def test_a_lead_names_who_else_has_its_phone_or_e_mail(
    device: Device, client: Client, leads: list[str]
) -> None:
    phone = {"phone": "+13035550161"}
    first = company.lead(client, 61, first_name="Nora", state="CO", **phone)
    page = device(f"/leads/{first}", "mia", viewport=DESK)
    title = page.get_by_role("heading", name="With the same phone or e-mail")
    page.wait_for_load_state("networkidle")
    expect(title).to_have_count(0)
    company.lead(client, 62, first_name="Spouse", last_name=SCRIPT, state="CO", **phone)
    company.at(client, "2026-12-08T19:01:00Z")
    again = company.lead(client, 61, first_name="Nora", last_name="Again", state="CO", **phone)
    company.lead(client, 63, first_name="Elsewhere", state="CO")
    company.settle(client)
    page.reload()
    others = page.get_by_role("main").locator("section").filter(has=title)
    expect(others.get_by_role("link")).to_have_text(["Nora Again", f"Spouse {SCRIPT}"])
    expect(others.get_by_text("assigned · ana")).to_have_count(2)
    is_sound(page)
    page.set_viewport_size(PHONE)
    is_sound(page)
    others.get_by_role("link", name="Nora Again").click()
    expect(page).to_have_url(re.compile(f"/leads/{again}$"))
    expect(page.get_by_role("heading", name="Nora Again")).to_be_visible()
    page.route("**/v1/leads?*", refusal(409, "broken"))
    page.reload()
    expect(page.get_by_text("Not all could be looked up just now.")).to_be_visible()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_agreed_and_how_a_lead_came_opens_on_a_click(
    device: Device, client: Client, leads: list[str]
) -> None:
    certificate = "https://cert.trustedform.com/0123456789abcdef"
    consent = {"text": f"I agree.\n{SCRIPT}", "page": "javascript:alert(1)", "certificate": certificate}
    attribution = {"utm_source": "google", "gclid": "x" * 200, "landing_page": "https://example.com/?q=<b>"}
    full = company.lead(client, 71, state="CO", consent=consent, attribution=attribution)
    odd = company.lead(client, 72, state="CO", consent={"certificate": "javascript:alert(1)"})
    page = device(f"/leads/{full}", "mia", viewport=DESK)
    link = page.get_by_role("link", name=certificate)
    expect(page.get_by_role("button", name="How it came")).to_be_visible()
    expect(link).to_be_hidden()
    tap(page, "What was agreed")
    expect(link).to_have_attribute("href", certificate)
    expect(page.get_by_text(f"I agree. {SCRIPT}")).to_be_visible()
    expect(page.get_by_text("javascript:alert(1)")).to_be_visible()
    tap(page, "How it came")
    expect(page.get_by_role("row", name="Utm source google")).to_be_visible()
    expect(page.get_by_text("https://example.com/?q=<b>")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("javascript|q=<b>"))).to_have_count(0)
    is_sound(page)
    page.set_viewport_size(PHONE)
    is_sound(page)
    page.goto(f"/leads/{odd}")
    tap(page, "What was agreed")
    expect(page.get_by_text("javascript:alert(1)")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("javascript"))).to_have_count(0)
    expect(page.get_by_role("button", name="How it came")).to_have_count(0)
    page.goto(f"/leads/{leads[0]}")
    expect(page.get_by_role("heading", name="Maya Quintana")).to_be_visible()
    expect(page.get_by_role("button", name="What was agreed")).to_have_count(0)
