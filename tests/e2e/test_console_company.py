"""The company and its sources, set up in a real browser by clicks alone, and checked through the API."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.company import ADMIN
from tests.e2e.console import DESK, PHONE, Device, is_built, is_sound, switch, tap
from tools.local_api.server import LocalApi

pytestmark = is_built

Desk = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def branch(api: LocalApi) -> Iterator[None]:
    """A branch with two reps, a source that has sent what somebody has to look at."""
    with Client(api.url) as client:
        company.account(client, "denver", "branch", "corporate", timezone="America/Denver")
        for user in ("ana", "ben"):
            company.account(client, user, "user", "denver", role="rep", email=f"{user}@example.com")
        fields = [{"name": "loan_amount", "type": "number", "format": "money", "order": 10}]
        company.put(client, "record-types", {"id": "lead", "name": "Lead", "fields": fields})
        company.put(client, "sources", {"id": "form", "name": "<i>Form</i>", "honeypot": "website"})
        made = client.post("/v1/sources/form/keys", json={}, as_user=ADMIN).json
        for post in ({"phone": "7205550100", "amt": "355000"}, {"phone": "7205550101", "website": "spam"}):
            client.post("/v1/intake/form", json=post, headers={"x-api-key": made["api_key"]})
        company.settle(client)
        yield


@pytest.fixture
def desk(device: Device) -> Desk:
    """Opens the console as the administrator, at a desk."""

    def open_at(path: str, **other: Any) -> Page:
        return device(path, user=ADMIN, **{"viewport": DESK, **other})

    return open_at


def read(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(f"/v1/{path}", as_user=ADMIN)
    assert answer.status == 200, answer.json
    return dict(answer.json)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_of_the_set_up_is_sound_at_both_sizes_in_both_schemes(
    desk: Desk, size: dict[str, int], scheme: str
) -> None:
    page = desk("/company", viewport=size, color_scheme=scheme)
    expect(page.get_by_role("link", name="ben")).to_be_visible()
    is_sound(page)
    page.get_by_role("tab", name="What a lead has").click()
    tap(page, "Loan amount Number")
    expect(page.get_by_role("textbox", name="What programs call it")).to_be_visible()
    is_sound(page)
    page.get_by_role("tab", name="Reps' buttons").click()
    expect(page.get_by_text("rests 0 minutes")).to_be_visible()
    is_sound(page)
    page.get_by_role("tab", name="People").click()
    page.get_by_role("link", name="ben").click()
    expect(page.get_by_text("Version 1 by Administrator")).to_be_visible()
    expect(page.get_by_text("No open lead is theirs")).to_be_visible()
    is_sound(page)
    page.goto("/sources")
    page.get_by_role("link", name="<i>Form</i>", exact=True).click()
    expect(page.get_by_label("Hidden field")).to_have_value("website")
    is_sound(page)
    for tab, shown in (
        ("Keys", "Revoke"),
        ("What is what", "355000"),
        ("What it takes", "it is not what the source takes"),
        ("What it sent", "a hidden field was filled"),
        ("Send a test lead", "A key for trying is made for it"),
        ("Guide to send", "A command that works"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_text(shown).first).to_be_visible()
        is_sound(page)


def test_somebody_comes_is_invited_and_leaves_and_their_leads_go_to_another(
    api: LocalApi, desk: Desk
) -> None:
    with Client(api.url) as client:
        page = desk("/company")
        tap(page, "Add a user")
        page.get_by_role("textbox", name="Name").last.fill("Zoë Núñez")
        page.get_by_role("combobox", name="Works in").click()
        page.get_by_role("option", name="denver").click()
        page.get_by_label("Id").fill("ben")
        page.get_by_role("textbox", name="E-mail").fill("zoe@example.com")
        tap(page, "Add", exact=True)
        expect(page.get_by_text("is taken", exact=True)).to_be_visible()
        page.get_by_label("Id").fill("zoe-nunez")
        tap(page, "Add", exact=True)
        expect(page.get_by_role("heading", name="Zoë Núñez")).to_be_visible()
        tap(page, "Invite")
        expect(page.get_by_text("Nothing was done: nobody signs in here.")).to_be_visible()
        made = read(client, "accounts/zoe-nunez")
        assert (made["role"], made["parent"], made["email"]) == ("rep", "denver", "zoe@example.com")

        # Somebody else saves meanwhile: both are shown, and what was typed is kept.
        company.put(client, "accounts", {**without_version(made), "name": "Zoë N."})
        page.get_by_role("textbox", name="E-mail").fill("zoe@example.org")
        page.get_by_role("link", name="Floor").click()
        expect(page.get_by_role("heading", name="Floor")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("textbox", name="E-mail")).to_have_value("zoe@example.org")
        tap(page, "Save", exact=True)
        expect(page.get_by_role("cell", name="Zoë N.")).to_be_visible()
        is_sound(page)
        tap(page, "Save mine over theirs")
        expect(page.get_by_text("Zoë Núñez is saved")).to_be_visible()
        now = read(client, "accounts/zoe-nunez")
        assert (now["name"], now["email"], now["version"]) == ("Zoë Núñez", "zoe@example.org", 3)

        leads = [company.lead(client, number) for number in (11, 12)]
        for lead in leads:
            client.post(f"/v1/leads/{lead}/transfer", json={"to": "zoe-nunez"}, as_user=ADMIN)
        company.settle(client)
        page.reload()
        expect(page.get_by_text("2 open leads: 2 assigned.")).to_be_visible()
        tap(page, "Switch Zoë Núñez off")
        page.get_by_text("To one", exact=True).click()
        page.get_by_role("combobox", name="To", exact=True).click()
        page.get_by_role("option", name="ana").click()
        tap(page, "Give 2 leads to others")
        expect(page.get_by_text("2 leads to go")).to_be_visible()
        company.settle(client)
        expect(page.get_by_text("Every lead of theirs is with somebody else.")).to_be_visible()
        assert read(client, "accounts/zoe-nunez")["enabled"] is False
        assert [company.shown(client, lead)["owner"] for lead in leads] == ["ana", "ana"]


def without_version(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != "version"}


def test_what_a_lead_has_and_what_reps_can_record_is_set_up_with_the_servers_words_at_their_place(
    api: LocalApi, desk: Desk
) -> None:
    with Client(api.url) as client:
        page = desk("/company?part=fields")
        tap(page, "Add a field")
        page.get_by_role("textbox", name="What people read").fill("Loan purpose")
        expect(page.get_by_role("textbox", name="What programs call it")).to_have_value("loan_purpose")
        page.get_by_role("combobox", name="Type").click()
        page.get_by_role("option", name="One of several").click()
        tap(page, "Save", exact=True)
        expect(page.get_by_text("a choice field needs its choices").first).to_be_visible()
        for choice in ("Purchase", "Refinance, cash out"):
            page.get_by_role("combobox", name="Choices").fill(choice)
            page.keyboard.press("Enter")
        tap(page, "Loan purpose: up")
        tap(page, "Save", exact=True)
        expect(page.get_by_text("Lead is saved")).to_be_visible()
        fields = read(client, "record-types/lead")["fields"]
        assert [(each["name"], each["order"]) for each in fields] == [
            ("loan_purpose", 10),
            ("loan_amount", 20),
        ]
        assert (fields[0]["label"], fields[0]["choices"]) == (
            "Loan purpose",
            ["Purchase", "Refinance, cash out"],
        )

        page.get_by_role("tab", name="Reps' buttons").click()
        tap(page, "Left voicemail: up")
        phone = page.get_by_role("group", name="What came of it").get_by_role("button")
        expect(phone.first).to_have_text("Left voicemail")
        tap(page, "Add a button")
        page.get_by_label("What the button says").fill("Sent a text")
        page.get_by_label("It rests for so many minutes").fill("30")
        tap(page, "Save", exact=True)
        expect(phone.get_by_text("Sent a text")).to_be_visible()
        made = read(client, "dispositions/sent-a-text")
        assert (made["outcome"], made["cool_down_minutes"], made["shown"]) == ("recycle", 30, True)
        first = read(client, "dispositions/left-voicemail")["order"]
        assert first < read(client, "dispositions/no-answer")["order"]


def test_a_source_is_made_gets_a_key_that_is_shown_once_and_learns_what_is_what_from_what_it_sends(
    api: LocalApi, desk: Desk
) -> None:
    with Client(api.url) as client:
        page = desk("/sources")
        tap(page, "Add a source")
        page.get_by_label("Name").fill("Portal of homes")
        tap(page, "Add", exact=True)
        page.get_by_role("tab", name="Keys").click()
        expect(page.get_by_text("No keys yet")).to_be_visible()
        tap(page, "Make a key")
        tap(page, "Make it")
        key = page.get_by_role("status").locator("code").text_content()
        post = {"mobile_no": "7205550103", "first_name": "Maya", "amt": "355000", "phone": "7205550103"}
        headers = {"x-api-key": str(key)}
        assert client.post("/v1/intake/portal-of-homes", json=post, headers=headers).status == 201
        company.settle(client)
        tap(page, "I have it")
        expect(page.get_by_text(str(key))).to_have_count(0)

        page.get_by_role("tab", name="What is what").click()
        page.get_by_role("combobox", name="amt").click()
        page.get_by_role("option", name="Loan amount").click()
        page.get_by_role("combobox", name="mobile_no").click()
        page.get_by_role("option", name="Leave it out").click()
        # What was chosen stays while another part is looked at.
        page.get_by_role("tab", name="Keys").click()
        page.get_by_role("tab", name="What is what").click()
        tap(page, "Save", exact=True)
        expect(page.get_by_text("Its posts are read so from now on")).to_be_visible()
        assert read(client, "sources/portal-of-homes")["mapping"] == {
            "amt": "fields.loan_amount",
            "mobile_no": None,
        }
        page.get_by_role("tab", name="Guide to send").click()
        with page.expect_download() as downloaded:
            tap(page, "Save as a page to send")
        assert downloaded.value.suggested_filename == "portal-of-homes-guide.html"
        assert "/v1/intake/portal-of-homes" in downloaded.value.path().read_text()

        page.goto("/sources")
        page.get_by_role("link", name="Leads of today from Portal of homes").click()
        expect(page.get_by_role("link", name="Maya")).to_have_count(1)
        expect(page.get_by_label("Came in from")).to_have_value(re.compile(r"20\d\d-\d\d-\d\d"))
        page.go_back()
        page.get_by_role("link", name="Portal of homes", exact=True).click()

        page.get_by_role("tab", name="Keys").click()
        tap(page, "Revoke k")
        tap(page, "Revoke it")
        expect(page.get_by_text("No keys yet")).to_be_visible()
        assert client.post("/v1/intake/portal-of-homes", json=post, headers=headers).status == 401

        page.get_by_role("tab", name="About it").click()
        page.get_by_role("combobox", name="Pages that may post").fill("homes.example.com")
        page.keyboard.press("Enter")
        switch(page, "Takes leads")
        tap(page, "Save", exact=True)
        expect(page.get_by_text("homes.example.com: ")).to_be_visible()
        page.get_by_role("combobox", name="Pages that may post").press("Backspace")
        tap(page, "Save", exact=True)
        expect(page.get_by_text("off: nothing is taken")).to_be_visible()
        assert read(client, "sources/portal-of-homes")["enabled"] is False


def test_a_source_takes_what_is_said_by_clicks_and_a_test_lead_tells_why_it_would_not(
    api: LocalApi, desk: Desk
) -> None:
    with Client(api.url) as client:
        company.put(client, "sources", {"id": "vendor", "name": "Vendor"})
        keys = client.get("/v1/sources/vendor/keys", as_user=ADMIN).json["items"]
        page = desk("/sources/vendor?part=takes")
        tap(page, "Add a criterion")
        page.get_by_role("combobox", name="Field").click()
        page.get_by_role("option", name="State", exact=True).click()
        page.get_by_role("combobox", name="Values").click()
        page.get_by_role("option", name="Colorado").click()
        page.keyboard.press("Escape")
        switch(page, "Refuse somebody whom we have already")
        tap(page, "Add a limit")
        page.get_by_label("at most leads").fill("50")
        switch(page, "At certain hours only")
        for day in ("Saturday", "Sunday"):
            page.get_by_label(f"Takes leads, {day}").select_option("Takes leads")
        page.get_by_role("combobox", name="Say what else is").click()
        page.get_by_role("option", name="Campaign").click()
        page.get_by_label("Campaign is").fill("spring")
        page.get_by_label("for at most").fill("1200")
        is_sound(page)
        tap(page, "Save", exact=True)
        expect(page.get_by_text("needs the source's `cost`")).to_be_visible()
        page.get_by_label("A lead costs").fill("24.5")
        tap(page, "Save", exact=True)
        expect(page.get_by_text("It takes leads so from now on")).to_be_visible()
        saved = read(client, "sources/vendor")
        assert saved["cost"] == 24.5
        assert saved["defaults"] == {"campaign": "spring"}
        assert saved["acceptance"] == {
            "criteria": [{"field": "state", "operator": "in", "value": ["CO"]}],
            "caps": [{"per": "day", "leads": 50, "cost": 1200}],
            "hours": {"mon-fri": ["09:00", "17:00"], "sat-sun": ["08:00", "21:00"]},
            "refuse_duplicates": True,
        }
        page.get_by_role("tab", name="Send a test lead").click()
        sent = page.get_by_label("What is sent")
        sent.fill('{"phone": "303-555-0142", "state": "TX"}')
        tap(page, "Send it")
        expect(page.get_by_text("It would be refused: it is not what the source takes")).to_be_visible()
        expect(page.get_by_text("No: State is one of Colorado")).to_be_visible()
        is_sound(page)
        sent.fill('{"phone": "303-555-0142", "state": "CO", "shoe": 44, "postal_code": "00000"}')
        elsewhere = {"acceptance": None, "allowed_origins": ["https://forms.example"]}
        company.put(client, "sources", {**bare(saved), **elsewhere})
        tap(page, "Send it")
        expect(page.get_by_text("It would become a lead")).to_be_visible()
        expect(page.get_by_text("shoe: ")).to_be_visible()
        expect(page.get_by_text("No strategy takes it")).to_be_visible()
        is_sound(page)
        sent.fill('{"first_name": "Maya"}')
        tap(page, "Send it")
        expect(page.get_by_text("It could not be used")).to_be_visible()
        # Each key that was made for it is revoked, and no lead was made.
        assert client.get("/v1/sources/vendor/keys", as_user=ADMIN).json["items"] == keys
        assert client.get("/v1/leads?source=vendor", as_user=ADMIN).json["items"] == []


def test_who_comes_again_is_known_by_what_is_clicked(api: LocalApi, desk: Desk) -> None:
    with Client(api.url) as client:
        company.put(client, "record-types", {"id": "quote", "name": "Quote"})
        page = desk("/company?part=fields")
        page.get_by_role("combobox", name="Kind of lead").click()
        page.get_by_role("option", name="Quote").click()
        switch(page, "Know people who come again")
        told = page.get_by_role("note", name="What happens")
        expect(told).to_contain_text("the same e-mail, or with the same phone and last name, within 30 days")
        page.get_by_label("Within so many days").fill("90")
        tap(page, "or by something else")
        tap(page, "Save", exact=True)
        expect(page.get_by_text("rules[2]").or_(page.get_by_text("at least 1")).first).to_be_visible()
        tap(page, "Remove: nothing chosen yet")
        tap(page, "Remove: the same e-mail")
        page.get_by_role("combobox", name="What they say now").click()
        page.get_by_role("option", name="goes before").click()
        expect(told).to_contain_text("takes over what they say now")
        is_sound(page)
        tap(page, "Save", exact=True)
        expect(page.get_by_text("Quote is saved")).to_be_visible()
        assert read(client, "record-types/quote")["dedupe"] == {
            "rules": [["phone", "last_name"]],
            "within_hours": 2160,
            "on_duplicate": "merge",
            "merge_fields": "overwrite",
        }


def bare(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "version"}


def offers_none(page: Page, *labels: str) -> None:
    for label in labels:
        expect(page.get_by_role("button", name=label)).to_have_count(0)


def test_a_manager_reads_the_set_up_and_is_offered_no_change(api: LocalApi, device: Device) -> None:
    with Client(api.url) as client:
        company.account(client, "wanda", "user", "denver", role="manager")
    page = device("/company", user="wanda")
    link = page.get_by_role("link", name="ana")
    expect(link).to_be_visible()
    offers_none(page, "Add a user", "Add a branch")
    link.click()
    expect(page.get_by_label("Name")).to_be_disabled()
    expect(page.get_by_text("An administrator switches them off.")).to_be_visible()
    offers_none(page, "Save", "Delete", "Invite")
    page.goto("/company?part=fields")
    tap(page, "Loan amount Number")
    expect(page.get_by_role("combobox", name="Type")).to_be_disabled()
    offers_none(page, "Save", "Add a field", "Take this field out")
    is_sound(page)


def test_what_was_taken_for_a_robots_post_is_made_a_lead(api: LocalApi, desk: Desk) -> None:
    with Client(api.url) as client:
        page = desk("/sources/form?part=posts")
        tap(page, "Make it a lead")
        expect(page.get_by_role("link", name="The lead")).to_have_count(2)
        posts = read(client, "sources/form/posts")["items"]
        (released,) = [each for each in posts if each["outcome"] == "quarantined"]
        assert company.shown(client, released["lead_id"])["phone"] == "+17205550101"
