"""The desk in a real browser: who is there, leads, why, by clicks alone, checked through the API."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

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
        ("Maya", "Quintana", "CO"),
        ("Otto", SCRIPT, "CO"),
        ("Ines", "Held", "UT"),
        ("Kurt", "Held", "UT"),
    ]
    made = [
        company.lead(client, at, first_name=first, last_name=last, state=state)
        for at, (first, last, state) in enumerate(people)
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
    tap(page, "Acts on ana")
    page.get_by_role("menuitem", name="Switch to away").click()
    expect(page.get_by_role("row", name="ana").get_by_text("away")).to_be_visible()
    assert client.get("/v1/me", as_user="ana").json["available"] is False
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
