"""Strategies at the desk, in a real browser: set up, tried, ordered and brought back by clicks alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import company
from tests.e2e.client import Client
from tests.e2e.console import DESK, PHONE, Device, is_built, is_sound, tap
from tools.local_api.server import LocalApi

pytestmark = is_built
NOON = "2026-12-08T19:00:00Z"
FIELDS = [
    {"name": "product", "type": "choice", "choices": ["purchase", "refinance"]},
    {"name": "loan_amount", "label": "Loan", "type": "number"},
]


@pytest.fixture(scope="module", autouse=True)
def desk(api: LocalApi) -> Iterator[None]:
    """A branch of three users, all there, who get one lead at first by a strategy of all leads."""
    with Client(api.url) as client:
        company.at(client, NOON)
        company.account(client, "denver", "branch", "corporate", timezone="America/Denver")
        company.account(client, "wanda", "user", "denver", role="manager")
        for who in ("ana", "ben", "cleo"):
            company.account(client, who, "user", "denver", role="rep")
            client.put("/v1/presence", json={"available": True}, as_user=who)
        company.put(client, "record-types", {"id": "lead", "name": "Lead", "fields": FIELDS})
        company.push_strategy(client, "everybody", "corporate", ["ana", "ben"], order=50)
        company.pull_strategy(client, "newest", "corporate", ["denver"])
        company.lead(client, 1, first_name="Maya", last_name="Quintana", state="CO")
        company.settle(client)
        yield


def stored(client: Client, identifier: str, kind: str = "push") -> dict[str, Any]:
    found = client.get(f"/v1/{kind}-strategies/{identifier}", as_user=company.ADMIN)
    return dict(found.json) if found.status == 200 else {}


def choose(page: Page, name: str, option: str, at: int = 0) -> None:
    page.get_by_role("combobox", name=name, exact=True).nth(at).click()
    page.get_by_role("option", name=option, exact=True).click()


def is_saved(page: Page) -> None:
    tap(page, "Review and save")
    expect(page.get_by_role("dialog").get_by_text("Decided as of")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_screen_of_strategies_is_sound_at_both_sizes_in_both_schemes(
    device: Device, size: object, scheme: str
) -> None:
    page = device("/strategies", "admin", viewport=size, color_scheme=scheme)
    expect(page.get_by_text("2 of 2 recipients can take a lead now").first).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name="everybody").click()
    expect(page.get_by_text("can take it")).to_have_count(2)
    tap(page, "Add a criterion")
    tap(page, "Show what would happen")
    # What is refused stands at its field.
    expect(page.get_by_role("group", name="Criterion 1").get_by_text("must be a list")).to_be_visible()
    is_sound(page)
    page.goto("/strategies/pull/newest")
    expect(page.get_by_role("group", name="Order 2")).to_be_visible()
    page.get_by_label("Tries").fill("9")
    is_sound(page)
    tap(page, "Review and save")
    expect(page.get_by_role("dialog").get_by_text("Decided as of")).to_be_visible()
    is_sound(page)


def test_the_articles_example_is_set_up_by_clicks_alone(device: Device, client: Client) -> None:
    company.at(client, NOON)
    page = device("/strategies", "admin", viewport=DESK)
    page.get_by_role("link", name="New push strategy").click()
    page.get_by_role("textbox", name="Name").fill("Mortgages by share")
    page.get_by_text("By weights", exact=True).click()
    choose(page, "Begins anew", "Every day")
    tap(page, "Add a criterion")
    choose(page, "Field", "State")
    page.get_by_role("combobox", name="Values").click()
    for state in ("Colorado", "Utah"):
        page.get_by_role("option", name=state).click()
    page.keyboard.press("Escape")
    tap(page, "Add a criterion")
    choose(page, "Field", "Product", at=1)
    choose(page, "Is", "is", at=1)
    choose(page, "Value", "Purchase")
    expect(page.get_by_text("State is one of Colorado, Utah")).to_be_visible()
    for who, weight, hourly, daily in (("ana", 60, 20, 100), ("ben", 30, None, 50), ("cleo", 10, 5, 10)):
        choose(page, "Add a recipient", who)
        card = page.get_by_role("group", name=who, exact=True)
        card.get_by_label("Weight").fill(str(weight))
        if hourly is not None:
            card.get_by_label("Limit an hour").fill(str(hourly))
        card.get_by_label("Limit a day").fill(str(daily))
    expect(page.get_by_text("60 % of the leads")).to_be_visible()
    # What would happen to a lead that it is about, and to one that is there, before anything is saved.
    page.get_by_label("Place in the order").fill("40")
    panel = page.get_by_role("region", name="What would happen")
    panel.get_by_role("combobox", name="State").click()
    page.get_by_role("option", name="Colorado").click()
    panel.get_by_role("combobox", name="Product").click()
    page.get_by_role("option", name="Purchase").click()
    tap(page, "Show what would happen")
    expect(panel.get_by_text("Goes to ana")).to_be_visible()
    expect(panel.get_by_role("button", name="Mortgages by share (version 1) matches")).to_be_visible()
    panel.get_by_text("A lead", exact=True).click()
    tap(page, "Maya Quintana")
    expect(panel.get_by_role("button", name="Mortgages by share (version 1) does not match")).to_be_visible()
    panel.get_by_text("The last 200", exact=True).click()
    tap(page, "Try the last leads")
    expect(panel.get_by_text("0 of the last 1 lead would go elsewhere")).to_be_visible()
    assert stored(client, "mortgages-by-share") == {}
    is_saved(page)
    expect(page.get_by_text("Version 1.")).to_be_visible()
    found = stored(client, "mortgages-by-share")
    assert (found["method"], found["reset_interval"], found["distributed_from"]) == (
        "weighted",
        "daily",
        "corporate",
    )
    assert found["criteria"] == [
        {"field": "state", "operator": "in", "value": ["CO", "UT"]},
        {"field": "fields.product", "operator": "equals", "value": "purchase"},
    ]
    told = [
        (each["account"], each["weight"], each["hourly_limit"], each["daily_limit"])
        for each in found["recipients"]
    ]
    assert told == [("ana", 60, 20, 100), ("ben", 30, None, 50), ("cleo", 10, 5, 10)]
    # The order in which they are tried, by the buttons.
    page.get_by_role("link", name="All strategies").click()
    tap(page, "everybody up")
    expect(page.get_by_text("1. everybody")).to_be_visible()
    assert stored(client, "mortgages-by-share")["order"] > stored(client, "everybody")["order"]
    tap(page, "Mortgages by share up")
    expect(page.get_by_text("1. Mortgages by share")).to_be_visible()
    assert stored(client, "mortgages-by-share")["order"] < stored(client, "everybody")["order"]
    # And it does what it says: 10 leads are 6, 3 and 1.
    made = [company.lead(client, 10 + at, state="CO", fields={"product": "purchase"}) for at in range(10)]
    company.settle(client)
    owners = [company.shown(client, each)["owner"] for each in made]
    assert [owners.count(who) for who in ("ana", "ben", "cleo")] == [6, 3, 1]
    page.get_by_role("link", name="Mortgages by share").click()
    expect(page.get_by_text("6 leads today")).to_be_visible()
    tap(page, "Begin anew")
    page.get_by_role("dialog").get_by_role("button", name="Begin anew").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    state = client.get("/v1/push-strategies/mortgages-by-share/state", as_user=company.ADMIN).json
    assert [(each["interval"], each["day"]) for each in state["recipients"]] == [(0, 6), (0, 3), (0, 1)]


def test_strategies_are_ordered_by_dragging(device: Device, client: Client) -> None:
    for at, name in enumerate(("one", "two", "three")):
        company.push_strategy(client, name, "denver", ["ana"], order=at)
    page = device("/strategies", "admin", viewport=DESK)
    rows = page.get_by_role("region", name="denver").get_by_role("listitem")
    expect(rows.nth(2)).to_contain_text("3. three")
    rows.nth(2).drag_to(rows.nth(0))
    expect(rows.nth(0)).to_contain_text("1. three")
    orders = {each: stored(client, each)["order"] for each in ("one", "two", "three")}
    assert sorted(orders, key=lambda each: orders[each]) == ["three", "one", "two"]


def test_who_saved_meanwhile_is_told_with_both_sides_and_nothing_typed_is_lost(
    device: Device, client: Client
) -> None:
    company.push_strategy(client, "shared", "denver", ["ana"])
    page = device("/strategies/push/shared", "admin", viewport=DESK)
    page.get_by_role("textbox", name="Name").fill("Mine")
    # To look at something else meanwhile costs nothing.
    page.get_by_role("link", name="All strategies").click()
    page.get_by_role("link", name="shared", exact=True).click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Mine")
    company.push_strategy(client, "shared", "denver", ["ana", "ben"], name="Theirs")
    tap(page, "Review and save")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    told = page.get_by_role("dialog", name="Somebody else saved it meanwhile")
    expect(told.get_by_text("saved version 2")).to_be_visible()
    expect(told.get_by_role("cell", name="Theirs").first).to_be_visible()
    expect(told.get_by_role("cell", name="Mine")).to_be_visible()
    is_sound(page)
    assert stored(client, "shared")["name"] == "Theirs"
    told.get_by_role("button", name="Go on with mine").click()
    page.get_by_role("dialog", name="Review").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 3.")).to_be_visible()
    assert stored(client, "shared")["name"] == "Mine"
    # A version is brought back through the same step.
    tap(page, "Versions")
    tap(page, "Compare version 2")
    tap(page, "Bring version 2 back")
    page.get_by_role("dialog", name="Review").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 4.")).to_be_visible()
    found = stored(client, "shared")
    assert (found["name"], len(found["recipients"])) == ("Theirs", 2)
    # What the server refuses stands at its field, and the form stays.
    page.get_by_label("Only to users active within minutes").fill("900000")
    tap(page, "Review and save")
    expect(page.get_by_role("alert").get_by_text("Active within minutes")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Only to users active within minutes")).to_have_value("900000")
    tap(page, "Undo my changes")
    tap(page, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Strategies")).to_be_visible()
    assert stored(client, "shared") == {}


def test_a_manager_reads_what_a_strategy_says_and_cannot_change_it(device: Device, client: Client) -> None:
    company.push_strategy(client, "theirs", "denver", ["ana"], method="round_robin")
    page = device("/strategies/push/theirs", "wanda", viewport=DESK)
    expect(page.get_by_text("Administrators change strategies")).to_be_visible()
    expect(page.get_by_role("cell", name="every lead")).to_be_visible()
    expect(page.get_by_role("button", name="Review and save")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Name")).to_have_count(0)
    tap(page, "Show what would happen")
    expect(page.get_by_text("No strategy takes it").or_(page.get_by_text("Goes to")).first).to_be_visible()
    is_sound(page)


def test_a_pull_strategy_is_set_up_by_clicks_alone(device: Device, client: Client) -> None:
    page = device("/strategies?kind=pull", "admin", viewport=DESK)
    expect(page.get_by_role("link", name="newest")).to_be_visible()
    page.get_by_role("link", name="New pull strategy").click()
    page.get_by_role("textbox", name="Name").fill("newest")
    page.get_by_label("Priority").fill("1")
    tap(page, "Add a criterion")
    choose(page, "Field", "When it came in")
    page.get_by_label("Length of time").fill("2")
    choose(page, "Unit", "days")
    tap(page, "or…")
    choose(page, "Field", "Loan", at=1)
    choose(page, "Is", "is more than", at=1)
    page.get_by_label("Value", exact=True).fill("250000")
    expect(
        page.get_by_text("When it came in is within the last 2 days or Loan is more than 250,000")
    ).to_be_visible()
    tap(page, "Remove order 2")
    tap(page, "Then by")
    choose(page, "By", "Loan", at=1)
    choose(page, "Which way", "highest first", at=1)
    for label, number in (("Lent for minutes", 20), ("Rests after a try for minutes", 90), ("Tries", 3)):
        page.get_by_label(label).fill(str(number))
    page.get_by_label("Pulls of one user a day").fill("40")
    choose(page, "Add a recipient", "denver")
    is_saved(page)
    expect(page.get_by_text("Version 1.")).to_be_visible()
    # Another strategy has this name, and its id: neither takes the other's place.
    assert stored(client, "newest", "pull")["lease_minutes"] == 15
    found = stored(client, "newest-2", "pull")
    assert found["criteria"] == [
        {
            "any": [
                {"field": "created_at", "operator": "within_last", "value": "P2D"},
                {"field": "fields.loan_amount", "operator": "greater_than", "value": 250000},
            ]
        }
    ]
    assert found["order_by"] == [
        {"field": "pull_count", "direction": "asc"},
        {"field": "fields.loan_amount", "direction": "desc"},
    ]
    names = ("priority", "lease_minutes", "cool_down_minutes", "max_attempts", "daily_limit", "recipients")
    assert [found[each] for each in names] == [1, 20, 90, 3, 40, ["denver"]]
