"""Push over HTTP: weights, limits, activity, branches that hold, pull after a while, a leaver's leads."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.e2e.company import (
    account,
    at,
    lead,
    pull_strategy,
    push_strategy,
    put,
    settle,
    shown,
    timeline,
)
from tools.local_api.server import LocalApi

START = "2026-03-04T15:00:00Z"


@pytest.fixture
def client() -> Iterator[Client]:
    with LocalApi() as api, Client(api.url) as client:
        at(client, START)
        account(client, "denver", "branch", "corporate")
        for user in ("ana", "ben", "cho"):
            account(client, user, "user", "denver", role="rep")
        yield client


def strategy(client: Client, recipients: list[dict[str, Any]], **other: Any) -> dict[str, Any]:
    body = {
        "id": "s",
        "name": "s",
        "record_type": "lead",
        "distributed_from": "corporate",
        "method": "round_robin",
        "recipients": recipients,
    }
    return put(client, "push-strategies", {**body, **other})


def owners(client: Client, leads: list[str]) -> Counter[str]:
    return Counter(shown(client, each)["owner"] for each in leads)


def state(client: Client) -> dict[str, Any]:
    return dict(client.get("/v1/push-strategies/s/state", as_user="admin").json)


def test_sixty_twenty_twenty_is_met_and_shown_as_weights_and_shares(client: Client) -> None:
    weights = {"ana": 60, "ben": 20, "cho": 20}
    strategy(client, [{"account": a, "weight": w} for a, w in weights.items()], method="weighted")
    leads = [lead(client, number) for number in range(10)]
    settle(client)
    assert owners(client, leads) == {"ana": 6, "ben": 2, "cho": 2}
    found = state(client)
    assert [(each["weight"], each["share"], each["interval"]) for each in found["recipients"]] == [
        (60, 60.0, 6),
        (20, 20.0, 2),
        (20, 20.0, 2),
    ]
    assert found["warnings"] == []


def test_all_zero_weights_hold_the_lead_and_say_so(client: Client) -> None:
    strategy(client, [{"account": "ana", "weight": 0}, {"account": "ben", "weight": 0}], method="weighted")
    only = lead(client)
    settle(client)
    assert shown(client, only)["status"] == "held"
    reasons = timeline(client, only)[0]["decision"]["strategies"][0]["recipients"]
    assert [each["reason"] for each in reasons] == ["zero_weight", "zero_weight"]
    assert state(client)["warnings"] == ["all weights are zero: nobody is eligible"]


def test_limits_hold_leads_until_the_hour_and_the_day_roll_over(client: Client) -> None:
    strategy(
        client,
        [{"account": "ana", "hourly_limit": 2, "daily_limit": 3}, {"account": "ben", "daily_limit": 0}],
    )
    leads = [lead(client, number) for number in range(5)]
    settle(client)
    assert owners(client, leads) == {"ana": 2, "corporate": 3}
    assert [(each["reason"], each["hour"]) for each in state(client)["recipients"]] == [
        ("hourly_limit", 2),
        ("daily_limit", 0),
    ]
    at(client, "2026-03-04T16:00:00Z")
    client.post("/_local/tick")
    assert owners(client, leads) == {"ana": 3, "corporate": 2}
    at(client, "2026-03-05T00:00:00Z")
    client.post("/_local/tick")
    assert owners(client, leads) == {"ana": 5}


def test_an_idle_tab_is_passed_over_until_she_does_something(client: Client) -> None:
    strategy(client, [{"account": "ana"}, {"account": "ben"}], active_within_minutes=15)
    at(client, "2026-03-04T12:00:00Z")
    client.get("/v1/me", as_user="ana")
    for half_minutes in range(1, 33):
        at(client, f"2026-03-04T12:{half_minutes // 2:02d}:{30 * (half_minutes % 2):02d}Z")
        client.get("/v1/me", as_user="ana", headers={"X-Activity": "background"})
    at(client, "2026-03-04T12:16:00Z")
    first = lead(client, 1)
    settle(client)
    assert shown(client, first)["status"] == "held"
    reasons = timeline(client, first)[0]["decision"]["strategies"][0]["recipients"]
    assert [each["reason"] for each in reasons] == ["inactive", "inactive"]
    at(client, "2026-03-04T12:17:00Z")
    client.patch("/v1/me", json={"notify": {"email": True}}, as_user="ana")
    settle(client)
    assert shown(client, first)["owner"] == "ana"
    at(client, "2026-03-04T12:18:00Z")
    second = lead(client, 2)
    settle(client)
    assert shown(client, second)["owner"] == "ana"


def test_a_branch_that_holds_takes_what_nobody_in_it_can(client: Client) -> None:
    push_strategy(client, "in-denver", "denver", ["ana"])
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    strategy(client, [{"account": "denver", "hold_at_branch": True}])
    only = lead(client)
    settle(client)
    found = shown(client, only)
    assert (found["owner"], found["status"]) == ("denver", "held")
    decision = timeline(client, only)[0]["decision"]
    assert (decision["outcome"], decision["account"], decision["next"]["outcome"]) == (
        "assigned",
        "denver",
        "held",
    )
    client.put("/v1/presence", json={"available": True}, as_user="ana")
    settle(client)
    assert shown(client, only)["owner"] == "ana"


def test_a_branch_whose_users_are_away_is_passed_over_uncharged(client: Client) -> None:
    push_strategy(client, "in-denver", "denver", ["ana"])
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    strategy(client, [{"account": "denver"}])
    only = lead(client)
    settle(client)
    assert shown(client, only)["owner"] == "corporate"
    assert state(client)["recipients"][0]["day"] == 0


def test_a_held_lead_can_be_pulled_after_a_while_and_only_one_gets_it(client: Client) -> None:
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    strategy(client, [{"account": "ana"}], when_nobody={"pull_after_minutes": 10})
    pull_strategy(client, "all", "corporate", ["corporate"])
    only = lead(client)
    settle(client)
    at(client, "2026-03-04T15:09:59Z")
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"] is None
    at(client, "2026-03-04T15:10:00Z")
    client.post("/_local/tick")
    assert shown(client, only)["status"] == "held"
    pulled = client.post("/v1/pull", json={}, as_user="ben").json
    assert (pulled["lead"]["id"], pulled["lead"]["status"]) == (only, "leased")
    client.put("/v1/presence", json={"available": True}, as_user="ana")
    settle(client)
    assert shown(client, only)["holder"] == "ben"


@pytest.mark.parametrize("body", [{"to": "cho"}, {"distribute": True}])
def test_a_leavers_leads_go_to_others_each_once(client: Client, body: dict[str, Any]) -> None:
    strategy(client, [{"account": "ana"}, {"account": "ben"}])
    leads = [lead(client, number) for number in range(60)]
    settle(client)
    assert owners(client, leads) == {"ana": 30, "ben": 30}
    put(
        client, "accounts", {"id": "ana", "kind": "user", "name": "ana", "parent": "denver", "enabled": False}
    )
    answer = client.post("/v1/accounts/ana/reassign", json=body, as_user="admin")
    assert (answer.status, answer.json["leads"]) == (200, 30)
    settle(client)
    assert owners(client, leads) == ({"ben": 30, "cho": 30} if "to" in body else {"ben": 60})


@pytest.mark.parametrize(
    ("recipients", "other", "path"),
    [
        ([{"account": "ana", "weight": -1}], {"method": "weighted"}, "recipients[0].weight"),
        ([{"account": "ana", "weight": "many"}], {"method": "weighted"}, "recipients[0].weight"),
        ([{"account": "ana", "weight": 10**9}], {"method": "weighted"}, "recipients[0].weight"),
        ([{"account": "ana"}], {"method": "weighted"}, "recipients[0].weight"),
        ([{"account": "ana", "hourly_limit": -1}], {}, "recipients[0].hourly_limit"),
        ([{"account": "ana", "daily_limit": 1.5}], {}, "recipients[0].daily_limit"),
        ([{"account": "ana", "hold_at_branch": True}], {}, "recipients[0].hold_at_branch"),
        ([{"account": "ana"}], {"active_within_minutes": 0}, "active_within_minutes"),
        ([{"account": "ana"}], {"when_nobody": {}}, "when_nobody.pull_after_minutes"),
    ],
)
def test_a_strategy_that_makes_no_sense_is_refused_with_the_path(
    client: Client, recipients: list[dict[str, Any]], other: dict[str, Any], path: str
) -> None:
    body = {
        "name": "s",
        "record_type": "lead",
        "distributed_from": "corporate",
        "method": "round_robin",
        "recipients": recipients,
        **other,
    }
    answer = client.put("/v1/push-strategies/s", json=body, as_user="admin")
    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == [path]


def test_a_closed_interval_is_kept_and_too_few_leads_for_the_weights_are_said(client: Client) -> None:
    strategy(client, [{"account": "ana", "weight": 60}, {"account": "ben", "weight": 40}], method="weighted")
    for number in range(3):
        lead(client, number)
    settle(client)
    at(client, "2026-03-05T15:00:00Z")
    client.post("/_local/tick")
    found = state(client)
    assert found["closed"] == [{"interval": "2026-03-04", "version": 1, "counts": {"ana": 2, "ben": 1}}]
    assert found["warnings"] == [
        "the last interval had 3 leads: too few for the weights to show, which takes 5"
    ]
    lead(client, 4)
    settle(client)
    assert client.post("/v1/push-strategies/s/reset", json={}, as_user="admin").status == 200
    latest = state(client)["closed"][0]
    assert (latest["interval"], latest["counts"]) == ("2026-03-05", {"ana": 1, "ben": 0})


def test_leads_that_came_back_to_an_enabled_leaver_are_not_chased(client: Client) -> None:
    strategy(client, [{"account": "ana"}])
    leads = []
    for second in range(30):
        at(client, f"2026-03-04T15:00:{second:02d}Z")
        leads.append(lead(client, second))
        settle(client)
    at(client, "2026-03-04T15:01:00Z")
    assert client.post("/v1/accounts/ana/reassign", json={"distribute": True}, as_user="admin").status == 200
    at(client, "2026-03-04T15:01:01Z")
    settle(client)
    assert owners(client, leads) == {"ana": 30}
    for each in leads:
        assert [one["event"] for one in timeline(client, each)].count("reassigned") == 1
    for account_id, path in (("denver", "id"), ("corporate", "id")):
        refused = client.post(
            f"/v1/accounts/{account_id}/reassign", json={"distribute": True}, as_user="admin"
        )
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, path)


def test_becoming_active_by_the_switch_frees_held_leads_at_once(client: Client) -> None:
    strategy(client, [{"account": "ana"}], active_within_minutes=15)
    only = lead(client)
    settle(client)
    assert shown(client, only)["status"] == "held"
    client.put("/v1/presence", json={"available": True}, as_user="ana")
    settle(client)
    assert shown(client, only)["owner"] == "ana"


def test_a_pull_strategy_made_later_sees_what_is_held_long_enough(client: Client) -> None:
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    strategy(client, [{"account": "ana"}], when_nobody={"pull_after_minutes": 1})
    only = lead(client)
    settle(client)
    at(client, "2026-03-04T15:03:00Z")
    pull_strategy(client, "all", "corporate", ["corporate"])
    settle(client)
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == only


def test_a_branch_where_some_leads_rest_frees_held_ones_when_the_hour_rolls(client: Client) -> None:
    texans = [{"field": "state", "operator": "equals", "value": "TX"}]
    push_strategy(client, "in-denver", "denver", ["ana"], criteria=texans)
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    strategy(client, [{"account": "denver", "hourly_limit": 1}])
    leads = [lead(client, number, state="CA") for number in range(2)]
    settle(client)
    assert owners(client, leads) == {"denver": 1, "corporate": 1}
    at(client, "2026-03-04T16:01:00Z")
    client.post("/_local/tick")
    assert owners(client, leads) == {"denver": 2}


def test_a_user_whose_leads_are_all_closed_can_be_deleted(client: Client) -> None:
    strategy(client, [{"account": "ana"}])
    only = lead(client)
    settle(client)
    assert client.delete("/v1/push-strategies/s", as_user="admin").status == 204
    refused = client.delete("/v1/accounts/ana", as_user="admin")
    assert (refused.status, refused.json["referred_to_by"]) == (409, ["leads"])
    client.post(f"/v1/leads/{only}/dispositions", json={"disposition": "sold"}, as_user="ana")
    assert client.delete("/v1/accounts/ana", as_user="admin").status == 204


def test_weights_over_branches_are_met_whatever_single_leads_allow(client: Client) -> None:
    texans = [{"field": "state", "operator": "equals", "value": "TX"}]
    push_strategy(client, "in-denver", "denver", ["ana"], criteria=texans)
    client.put("/v1/presence", json={"available": False}, as_user="ana")
    account(client, "dan", "user", "corporate", role="rep")
    weights = [{"account": "denver", "weight": 1}, {"account": "dan", "weight": 1}]
    strategy(client, weights, method="weighted", catch_up="never")
    for number, state_of_lead in enumerate(["CA", "TX", "CA", "TX", "CA", "CA"]):
        lead(client, number, state=state_of_lead)
    settle(client)
    found = state(client)
    given = {each["account"]: each["interval"] for each in found["recipients"]}
    assert (given, found["closed"]) == ({"denver": 3, "dan": 3}, [])


def test_a_leavers_promise_goes_with_the_lead(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    promised = lead(client, 1)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    later = {"disposition": "call-back", "lease_token": token, "callback_at": "2026-03-05T16:00:00Z"}
    assert client.post(f"/v1/leads/{promised}/dispositions", json=later, as_user="ana").status == 200
    assert client.post("/v1/accounts/ana/reassign", json={"to": "ben"}, as_user="admin").json["leads"] == 1
    settle(client)
    found = shown(client, promised)
    assert (found["owner"], found["callback_for"], found["callback_at"]) == (
        "ben",
        "ben",
        later["callback_at"],
    )
    at(client, "2026-03-05T16:00:00Z")
    assert client.post("/v1/pull", json={}, as_user="ben").json["lead"]["id"] == promised


def test_what_a_leaver_promised_is_everybodys_at_its_time(client: Client) -> None:
    pull_strategy(client, "all", "corporate", ["corporate"])
    promised = lead(client, 1)
    settle(client)
    token = client.post("/v1/pull", json={}, as_user="ana").json["lease"]["token"]
    later = {"disposition": "call-back", "lease_token": token, "callback_at": "2026-03-05T16:00:00Z"}
    client.post(f"/v1/leads/{promised}/dispositions", json=later, as_user="ana")
    client.post("/v1/accounts/ana/reassign", json={"distribute": True}, as_user="admin")
    settle(client)
    assert shown(client, promised)["available_at"] == "2026-03-05T16:00:00Z"
    at(client, "2026-03-05T16:00:00Z")
    assert client.post("/v1/pull", json={}, as_user="cho").json["lead"]["id"] == promised
