"""The main job over HTTP: a lead comes in, is pushed or pulled, is worked, and says why."""

from collections.abc import Iterator

import pytest

from tests.e2e.client import Client
from tests.e2e.company import (
    account,
    at,
    lead,
    pull_strategy,
    push_strategy,
    settle,
    shown,
    timeline,
)
from tools.local_api.server import LocalApi

START = "2026-03-04T15:00:00Z"


@pytest.fixture
def client() -> Iterator[Client]:
    """A company of its own: corporate, two branches, two users in each."""
    with LocalApi() as api, Client(api.url) as client:
        at(client, START)
        for branch in ("denver", "dallas"):
            account(client, branch, "branch", "corporate")
        for user, branch in (("ana", "denver"), ("ben", "denver"), ("cho", "dallas"), ("dee", "dallas")):
            account(client, user, "user", branch, role="rep")
        yield client


def test_a_lead_goes_from_corporate_through_a_branch_to_a_user_and_says_why(client: Client) -> None:
    push_strategy(client, "to-branches", "corporate", ["denver", "dallas"])
    push_strategy(client, "denver-users", "denver", ["ana", "ben"])
    push_strategy(client, "dallas-users", "dallas", ["cho", "dee"])
    leads = [lead(client, number) for number in range(8)]
    settle(client)
    assert [shown(client, each)["owner"] for each in leads] == [
        "ana", "cho", "ben", "dee", "ana", "cho", "ben", "dee",
    ]  # fmt: skip
    assigned, received = timeline(client, leads[0])
    assert received["event"] == "received"
    assert assigned["event"] == "assigned"
    decision = assigned["decision"]
    assert (decision["outcome"], decision["account"], decision["strategy"]) == (
        "assigned",
        "denver",
        "to-branches",
    )
    assert [(each["account"], each["reason"]) for each in decision["strategies"][0]["recipients"]] == [
        ("denver", "eligible"),
        ("dallas", "eligible"),
    ]
    assert decision["next"]["account"] == "ana"
    state = client.get("/v1/push-strategies/to-branches/state", as_user="admin").json
    assert [(each["account"], each["day"]) for each in state["recipients"]] == [("denver", 4), ("dallas", 4)]


def test_a_lead_nobody_can_take_is_held_with_reasons_until_somebody_is_back(client: Client) -> None:
    push_strategy(client, "users", "corporate", ["ana", "ben"])
    for user in ("ana", "ben"):
        assert client.put("/v1/presence", json={"available": False}, as_user=user).status == 200
    held = []
    for second in range(3):
        at(client, f"2026-03-04T15:00:0{second}Z")
        held.append(lead(client, second))
        settle(client)
    assert {shown(client, each)["status"] for each in held} == {"held"}
    reasons = timeline(client, held[0])[0]["decision"]["strategies"][0]["recipients"]
    assert [(each["account"], each["reason"]) for each in reasons] == [
        ("ana", "unavailable"),
        ("ben", "unavailable"),
    ]
    listed = client.get("/v1/leads?status=held", as_user="admin").json["items"]
    assert [each["id"] for each in listed] == held
    client.put("/v1/presence", json={"available": True}, as_user="ben")
    settle(client)
    assert [shown(client, each)["owner"] for each in held] == ["ben", "ben", "ben"]


def test_a_pull_lends_the_most_important_lead_and_a_double_tap_answers_the_same(client: Client) -> None:
    fresh = [{"field": "source", "operator": "equals", "value": "api"}]
    urgent = [{"field": "state", "operator": "equals", "value": "UT"}]
    pull_strategy(client, "everything", "corporate", ["corporate"], priority=5, criteria=fresh)
    pull_strategy(client, "urgent", "corporate", ["denver"], priority=1, criteria=urgent)
    plain, best = lead(client, 1), lead(client, 2, state="utah")
    settle(client)
    first = client.post("/v1/pull", json={}, as_user="ana").json
    assert (first["lead"]["id"], first["strategy"]) == (best, "urgent")
    assert first["lead"]["status"] == "leased"
    assert first["lead"]["owner"] == "corporate"
    again = client.post("/v1/pull", json={}, as_user="ana").json
    assert (again["lead"]["id"], again["lease"]) == (best, first["lease"])
    other = client.post("/v1/pull", json={}, as_user="cho").json
    assert (other["lead"]["id"], other["strategy"]) == (plain, "everything")
    nothing = client.post("/v1/pull", json={}, as_user="dee").json
    assert nothing["lead"] is None
    assert {each["reason"]: each["count"] for each in nothing["why"]} == {"leased": 2}
    assert nothing["retry_at"] == "2026-03-04T15:15:00Z"


def test_no_contact_cools_the_lead_down_and_it_comes_back_to_another_user_first(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"], cool_down_minutes=60)
    only = lead(client)
    settle(client)
    pulled = client.post("/v1/pull", json={}, as_user="ana").json
    sent = {"disposition": "no-answer", "lease_token": pulled["lease"]["token"]}
    recycled = client.post(f"/v1/leads/{only}/dispositions", json=sent, as_user="ana")
    assert recycled.status == 200
    assert (recycled.json["status"], recycled.json["attempts"]) == ("cooling", 1)
    assert recycled.json["available_at"] == "2026-03-04T16:00:00Z"
    same = client.post(f"/v1/leads/{only}/dispositions", json=sent, as_user="ana")
    assert (same.status, same.json) == (200, recycled.json)
    different = client.post(
        f"/v1/leads/{only}/dispositions", json={**sent, "disposition": "sold"}, as_user="ana"
    )
    assert (different.status, different.json["recorded"]) == (409, "no-answer")
    at(client, "2026-03-04T15:59:59Z")
    assert client.post("/v1/pull", json={}, as_user="ben").json["why"][0]["reason"] == "cooling"
    at(client, "2026-03-04T16:00:00Z")
    lesser = lead(client, 2)
    settle(client)
    assert client.post("/v1/pull", json={}, as_user="ana").json["lead"]["id"] == lesser
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_a_late_sale_counts_while_nobody_else_has_the_lead(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    at(client, "2026-03-04T15:22:00Z")
    client.post("/_local/tick")
    sold = client.post(
        f"/v1/leads/{only}/dispositions", json={"disposition": "sold", "lease_token": token}, as_user="ana"
    )
    assert (sold.status, sold.json["status"]) == (200, "closed")


def test_a_late_disposition_disturbs_nobody_who_has_pulled_since(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    at(client, "2026-03-04T15:22:00Z")
    bens = client.post("/v1/pull", json={}, as_user="ben").json
    assert bens["lead"]["id"] == only
    late = {"disposition": "sold", "lease_token": token, "note": "she said yes"}
    for _ in range(2):
        answer = client.post(f"/v1/leads/{only}/dispositions", json=late, as_user="ana")
        assert (answer.status, answer.json["code"]) == (409, "lease_superseded")
    kept = [each for each in timeline(client, only) if each["event"] == "late_disposition"]
    assert [(each["by"], each["note"]) for each in kept] == [("ana", "she said yes")]
    assert client.post("/v1/pull", json={}, as_user="ben").json["lease"] == bens["lease"]


def test_keep_makes_the_user_the_owner_and_release_gives_the_lead_back(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    pulled = client.post("/v1/pull", json={}, as_user="ana").json
    kept = client.post(
        f"/v1/leads/{only}/dispositions",
        json={"disposition": "contacted", "lease_token": pulled["lease"]["token"]},
        as_user="ana",
    ).json
    assert (kept["owner"], kept["status"]) == ("ana", "assigned")
    client.put(
        "/v1/dispositions/give-back",
        json={
            "id": "give-back",
            "name": "Give back",
            "outcome": "recycle",
            "release": True,
            "cool_down_minutes": 5,
        },
        as_user="admin",
    )
    back = client.post(
        f"/v1/leads/{only}/dispositions", json={"disposition": "give-back"}, as_user="ana"
    ).json
    assert (back["owner"], back["status"]) == ("corporate", "cooling")


def test_a_callback_waits_for_its_user_and_goes_back_to_the_pool_after_its_grace(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    promised = client.post(
        f"/v1/leads/{only}/dispositions",
        json={"disposition": "call-back", "lease_token": token, "callback_at": "2026-03-04T17:00:00Z"},
        as_user="ana",
    ).json
    assert (promised["status"], promised["callback_at"]) == ("callback", "2026-03-04T17:00:00Z")
    at(client, "2026-03-04T17:10:00Z")
    other = lead(client, 2)
    settle(client)
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == other
    nothing = client.post("/v1/pull", json={}, as_user="cho").json
    assert {each["reason"] for each in nothing["why"]} == {"leased", "reserved"}
    mine = client.post("/v1/pull", json={}, as_user="ana").json
    assert (mine["lead"]["id"], mine["reason"]["why"]) == (only, "callback")


def test_an_unkept_callback_comes_back_without_any_job(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    sent = {"disposition": "call-back", "lease_token": token, "callback_at": "2026-03-04T17:00:00Z"}
    client.post(f"/v1/leads/{only}/dispositions", json=sent, as_user="ana")
    at(client, "2026-03-04T18:00:00Z")
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_do_not_call_closes_the_lead_and_every_other_with_the_phone(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    first, second = (lead(client, number, phone="(303) 555-0101") for number in (1, 2))
    settle(client)
    pulled = client.post("/v1/pull", json={}, as_user="ana").json
    client.post(
        f"/v1/leads/{pulled['lead']['id']}/dispositions",
        json={"disposition": "do-not-call", "lease_token": pulled["lease"]["token"]},
        as_user="ana",
    )
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"] is None
    assert {shown(client, each)["status"] for each in (first, second)} == {"closed"}


def test_attempts_used_up_make_a_lead_spent(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"], max_attempts=1, cool_down_minutes=0)
    only = lead(client)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    sent = {"disposition": "no-answer", "lease_token": token}
    answer = client.post(f"/v1/leads/{only}/dispositions", json=sent, as_user="ana").json
    assert answer["status"] == "spent"
    nothing = client.post("/v1/pull", json={}, as_user="ben").json
    assert nothing["why"] == [{"reason": "spent", "count": 1}]
    pull_strategy(client, "all", "corporate", ["corporate"], max_attempts=2, cool_down_minutes=0)
    settle(client)
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_a_branch_without_a_strategy_keeps_the_lead_for_its_users(client: Client) -> None:
    push_strategy(client, "to-denver", "corporate", ["denver"])
    pull_strategy(client, "branches", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    assert (shown(client, only)["owner"], shown(client, only)["status"]) == ("denver", "ready")
    assert client.post("/v1/pull", json={}, as_user="cho").json["lead"] is None
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_leads_that_no_strategy_sees_are_unmatched_until_one_is_made(client: Client) -> None:
    only = lead(client)
    settle(client)
    assert shown(client, only)["status"] == "unmatched"
    pull_strategy(client, "all", "corporate", ["corporate"])
    settle(client)
    assert shown(client, only)["status"] == "ready"
    other = lead(client, 2, state="CO")
    settle(client)
    push_strategy(
        client,
        "colorado",
        "corporate",
        ["ana"],
        criteria=[{"field": "state", "operator": "equals", "value": "CO"}],
    )
    settle(client)
    third = lead(client, 3, state="CO")
    settle(client)
    assert shown(client, third)["owner"] == "ana"
    assert shown(client, other)["status"] == "ready"  # it was filed for pull before the strategy was there


def test_transfer_with_distribute_routes_on_from_the_branch(client: Client) -> None:
    push_strategy(client, "dallas-users", "dallas", ["cho", "dee"])
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    assert client.post("/v1/pull", json={}, as_user="ana").json["lead"]["id"] == only
    sent = {"to": "dallas", "distribute": True}
    assert client.post(f"/v1/leads/{only}/transfer", json=sent, as_user="admin").status == 200
    settle(client)
    assert (shown(client, only)["owner"], shown(client, only)["status"]) == ("cho", "assigned")
    assert client.get("/v1/me", as_user="ana").json["holding"] is None


def test_an_age_criterion_takes_effect_within_a_minute(client: Client) -> None:
    young = [{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    pull_strategy(client, "fresh", "corporate", ["denver"], priority=1, criteria=young)
    pull_strategy(client, "rest", "corporate", ["dallas"], priority=2)
    only = lead(client)
    settle(client)
    explained = client.post("/v1/explain", json={"lead": {"email": "x@example.com"}}, as_user="admin").json
    assert explained["pull"]["filed"] is True
    at(client, "2026-03-04T16:00:01Z")
    client.post("/_local/tick")
    assert client.post("/v1/pull", json={}, as_user="ana").json["lead"] is None
    assert client.post("/v1/pull", json={}, as_user="cho").json["lead"]["id"] == only
