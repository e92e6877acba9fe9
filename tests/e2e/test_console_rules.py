"""Rules of calling and files of leads in a real browser: by clicks alone, checked through the API."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.console import DESK, PHONE, Device, is_built, is_sound, tap
from tools.local_api.server import LocalApi

pytestmark = is_built
NOON = "2026-12-08T19:00:00Z"
LEADS = b"""Name,Mail,Mobile,ST,How they heard
Maya Quintana,maya@example.com,303-555-0144,CO,a friend
Otto Brandt,otto@example.com,303-555-0145,CO,radio
Nobody Known,,,CO,radio
"""
FILE: FilePayload = {"name": "leads.csv", "mimeType": "text/csv", "buffer": LEADS}


@pytest.fixture(scope="module", autouse=True)
def set_up(api: LocalApi) -> Iterator[None]:
    with Client(api.url) as client:
        company.at(client, NOON)
        company.account(client, "wanda", "user", "corporate", role="manager")
        for source in ("fair", "market"):
            company.put(client, "sources", {"id": source, "name": f"The {source}", "owner": "corporate"})
        for number in ("303-555-0101", "303-555-0102"):
            body = {"reason": "asked by e-mail"}
            assert client.put(f"/v1/do-not-call/{number}", json=body, as_user=company.ADMIN).status == 201
        yield


def half_way(route: Route) -> None:
    answered = route.fetch()
    route.fulfill(response=answered, json={**answered.json(), "status": "running", "progress": 0.5})


def upload(page: Page, content: bytes = LEADS, source: str = "The fair") -> None:
    page.locator("input[type=file]").set_input_files({**FILE, "buffer": content})
    page.get_by_role("combobox", name="Source").click()
    page.get_by_role("option", name=source).click()
    tap(page, "Upload")
    expect(page.get_by_role("button", name="Start the import")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_of_rules_and_imports_is_sound_at_both_sizes_in_both_schemes(
    device: Device, client: Client, size: object, scheme: str
) -> None:
    company.at(client, NOON)
    page = device("/rules", "admin", viewport=size, color_scheme=scheme)
    expect(page.get_by_role("button", name="Utah")).to_be_visible()
    page.get_by_label("Postal code").fill("84248")
    tap(page, "Ask", exact=True)
    expect(page.get_by_text("Yes, they may be called")).to_be_visible()
    is_sound(page)
    tap(page, "Utah")
    expect(page.get_by_role("dialog").get_by_text("Changes")).to_be_visible()
    is_sound(page)
    page.goto("/do-not-call")
    expect(page.get_by_role("cell", name="(303) 555-0101")).to_be_visible()
    page.get_by_label("Number", exact=True).fill("303 555 0101")
    tap(page, "Look up")
    expect(page.get_by_text("put on the list by")).to_be_visible()
    is_sound(page)
    page.goto("/imports")
    upload(page)
    tap(page, "Try the first rows")
    expect(page.get_by_text("is left out", exact=True)).to_be_visible()
    is_sound(page)
    page.goto("/imports")
    expect(page.get_by_role("cell", name="The fair").first).to_be_visible()
    is_sound(page)


def test_a_file_comes_in_as_its_columns_were_chosen_and_says_what_was_left_out(
    device: Device, client: Client
) -> None:
    company.at(client, NOON)
    page = device("/imports", "wanda", viewport=DESK)
    upload(page)
    expect(page.get_by_role("combobox", name="What Name is for")).to_have_value("Whole name")
    page.get_by_role("combobox", name="What How they heard is for").click()
    page.get_by_role("option", name="Campaign").click()
    tap(page, "Try the first rows")
    expect(page.get_by_role("row", name="2 comes in Maya Quintana")).to_contain_text("Campaign: a friend")
    expect(page.get_by_role("row", name="4 is left out phone: a lead needs")).to_be_visible()
    assert [
        each
        for each in client.get("/v1/leads", as_user=company.ADMIN).json["items"]
        if each["source"] == "fair"
    ] == []
    choose(page, "What ST is for", "Nothing: it is left out")
    expect(page.get_by_role("row", name="2 comes in")).to_have_count(0)
    # Three rows may be in before anybody has looked.
    page.route(re.compile(r"/v1/imports/I\w+$"), half_way)
    tap(page, "Start the import")
    expect(page.get_by_text("You may close this page")).to_be_visible()
    expect(page.get_by_text("50 %")).to_be_visible()
    page.unroute_all(behavior="wait")
    page.goto("/imports")
    company.settle(client)
    page.get_by_role("row", name="The fair").filter(has_text="done").get_by_role("link").click()
    expect(page.get_by_role("row", name="4 phone: a lead needs")).to_be_visible()
    is_sound(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="All 1 row as CSV").click()
    assert "4" in saved.value.path().read_text()
    leads = client.get("/v1/leads", as_user=company.ADMIN).json["items"]
    assert {(each["first_name"], each["campaign"]) for each in leads if each["source"] == "fair"} == {
        ("Maya", "a friend"),
        ("Otto", "radio"),
    }


def test_a_file_whose_contacts_are_under_no_known_heading_is_told_what_they_are(
    device: Device, client: Client
) -> None:
    page = device("/imports", "wanda", viewport=DESK)
    upload(page, b"Who,Handle\nIda Roth,ida at home\nUma Roth,303-555-0146\n", source="The market")
    expect(page.get_by_text("no column for an e-mail or a phone among: Who, Handle")).to_be_visible()
    tap(page, "Start the import")
    expect(page.get_by_text("The file cannot be read")).to_be_visible()
    choose(page, "What Handle is for", "Phone")
    tap(page, "Start the import")
    expect(page.get_by_role("button", name="Start the import")).to_have_count(0)
    company.settle(client)
    expect(page.get_by_role("row", name="2 phone: a lead needs")).to_be_visible()


def test_a_number_is_put_on_the_list_and_taken_off_and_a_list_comes_in_and_goes_out(
    device: Device, client: Client
) -> None:
    company.at(client, NOON)
    page = device("/do-not-call", "admin", viewport=DESK)
    page.get_by_label("Number", exact=True).fill("(303) 555-0177")
    tap(page, "Look up")
    expect(page.get_by_text("(303) 555-0177 is not on the list")).to_be_visible()
    page.get_by_label("Why").fill("moved away")
    tap(page, "Put it on the list")
    expect(page.get_by_text("(303) 555-0177 is on the list")).to_be_visible()
    listed = client.get("/v1/do-not-call/3035550177", as_user=company.ADMIN).json
    assert (listed["listed"], listed["reason"], listed["by"]) == (True, "moved away", "admin")
    tap(page, "Take it off the list")
    page.get_by_role("dialog").get_by_label("Why").fill("it was a mistake")
    tap(page, "Take it off", exact=True)
    expect(page.get_by_text("(303) 555-0177 is not on the list")).to_be_visible()
    expect(page.get_by_text("it was a mistake")).to_be_visible()
    assert client.get("/v1/do-not-call/3035550177", as_user=company.ADMIN).json["listed"] is False

    tap(page, "Bring a list")
    page.get_by_label("Numbers, one a line").fill("303 555 0180\n\n303 555 0181\nnone")
    tap(page, "Put 3 numbers on the list")
    company.settle(client)
    expect(page.get_by_text("The list is in", exact=True)).to_be_visible()
    expect(page.get_by_text("line 4 (no phone number)")).to_be_visible()
    expect(page.get_by_role("cell", name="(303) 555-0181")).to_be_visible()
    with page.expect_download() as saved:
        tap(page, "Save as CSV")
    lines = saved.value.path().read_text().splitlines()
    assert lines[0].startswith("phone,")
    assert {line.split(",")[0] for line in lines[1:]} == {
        f"+1303555{last}" for last in ("0101", "0102", "0180", "0181")
    }


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_rule_is_tried_and_changed_for_a_later_day_and_a_change_of_somebody_elses_is_not_lost(
    device: Device, client: Client
) -> None:
    company.at(client, NOON)
    page = device("/rules", "admin", viewport=DESK)
    choose(page, "State", "Utah")
    page.get_by_label("Postal code").fill("84248")
    choose(page, "Day", "Sunday")
    page.get_by_label("Their time").fill("09:00")
    tap(page, "Ask", exact=True)
    expect(page.get_by_text("No: no calls on this weekday")).to_be_visible()
    expect(page.get_by_text("Sun, Dec 13, 9:00 AM")).to_be_visible()

    tap(page, "Utah")
    page.get_by_label("Calls, Sunday").select_option(label="Calls")
    page.get_by_label("From, Sunday").fill("13:00")
    page.get_by_label("Counts from").fill("2027-01-01")
    tap(page, "Save it for that day")
    expect(page.get_by_text("From Jan 1, 2027")).to_be_visible()
    rule = client.get("/v1/calling-rules/us-ut", as_user=company.ADMIN).json
    assert rule["windows"]["sun"] is None
    assert [(each["effective_from"], each["windows"]["sun"]) for each in rule["scheduled"]] == [
        ("2027-01-01", ["13:00", "21:00"])
    ]

    page.get_by_label("From, Monday").fill("22:00")
    tap(page, "Save", exact=True)
    expect(page.get_by_text("Mon: must begin before it ends")).to_be_visible()
    page.get_by_label("From, Monday").fill("08:00")
    page.get_by_label("Calls in 24 hours").fill("2")
    body = {**rule, "source": "our counsel"}
    assert client.put("/v1/calling-rules/us-ut", json=body, as_user=company.ADMIN).status == 200
    tap(page, "Save", exact=True)
    expect(page.get_by_role("cell", name="our counsel")).to_be_visible()
    expect(page.get_by_label("Calls in 24 hours")).to_have_value("2")
    assert client.get("/v1/calling-rules/us-ut", as_user=company.ADMIN).json["calls_per_24h"] is None
    tap(page, "Save mine over theirs")
    expect(page.get_by_text("Somebody else saved this meanwhile")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()
    assert client.get("/v1/calling-rules/us-ut", as_user=company.ADMIN).json["calls_per_24h"] == 2
    tap(page, "Remove", exact=True)
    tap(page, "Remove, really")
    expect(page.get_by_text("From Jan 1, 2027")).to_have_count(0)
    assert "scheduled" not in client.get("/v1/calling-rules/us-ut", as_user=company.ADMIN).json
