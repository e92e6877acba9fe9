"""Whatever ends with nobody is routed again: by an edit, a deletion, time, a disposition, a taking back."""

import pytest

from routing.runtime import wiring
from tests.functional.backend import Backend

TEXAS = [{"field": "state", "operator": "equals", "value": "TX"}]
FRESH = [{"field": "attempts", "operator": "equals", "value": 0}]


def brief(lead: dict[str, object]) -> tuple[object, object]:
    return lead["status"], lead["owner"]


@pytest.fixture
def mixed(company: Backend) -> Backend:
    """Texan leads are pulled; all others are pushed to ana and ben in turn."""

    def build() -> None:
        company.pull_strategy("texans", criteria=TEXAS)
        company.push(
            "others",
            ["ana", "ben"],
            criteria=[
                {
                    "any": [
                        {"field": "state", "operator": "not_equals", "value": "TX"},
                        {"field": "last_disposition", "operator": "equals", "value": "no-answer"},
                    ]
                }
            ],
        )

    return company.prepared("texans are pulled, others pushed", build)


def test_an_edit_after_which_pull_sees_the_lead_no_more(mixed: Backend) -> None:
    lead = mixed.lead(1, state="TX")
    assert brief(mixed.shown(lead)) == ("ready", "corporate")
    assert mixed.patch(f"/v1/leads/{lead}", {"state": "CO"}).status == 200
    mixed.settle()
    assert brief(mixed.shown(lead)) == ("assigned", "ana")


def test_an_edit_while_it_is_lent_has_it_routed_when_the_lease_is_over(mixed: Backend) -> None:
    lead, _ = mixed.lent("cho", state="TX")
    assert mixed.patch(f"/v1/leads/{lead}", {"state": "CO"}, user="cho").status == 200
    mixed.settle()
    assert brief(mixed.shown(lead)) == ("leased", "corporate")
    mixed.at("2026-03-04T15:15:00Z")
    mixed.tick()
    assert brief(mixed.shown(lead)) == ("assigned", "ana")


def test_a_deleted_pull_strategy(mixed: Backend) -> None:
    mixed.push("all", ["ben"], order=200)
    mixed.settle()
    lead = mixed.lead(1, state="TX")
    assert brief(mixed.shown(lead)) == ("assigned", "ben")
    mixed.delete("/v1/push-strategies/all")
    lead = mixed.lead(2, state="TX")
    mixed.push("all", ["ben"], order=200)
    mixed.settle()
    assert brief(mixed.shown(lead)) == ("ready", "corporate")
    assert mixed.delete("/v1/pull-strategies/texans").status == 204
    mixed.settle()
    assert brief(mixed.shown(lead)) == ("assigned", "ben")


def test_a_pull_strategy_that_sees_only_young_leads(company: Backend) -> None:
    company.pull_strategy(
        "young", criteria=[{"field": "created_at", "operator": "within_last", "value": "PT10M"}]
    )
    company.push(
        "old", ["ana"], criteria=[{"field": "created_at", "operator": "older_than", "value": "PT10M"}]
    )
    company.settle()
    lead = company.lead(1)
    assert brief(company.shown(lead)) == ("ready", "corporate")
    company.at("2026-03-04T15:11:00Z")
    company.tick()
    assert brief(company.shown(lead)) == ("assigned", "ana")


def test_a_push_strategy_that_wants_only_old_leads(company: Backend) -> None:
    company.push(
        "old", ["ana"], criteria=[{"field": "created_at", "operator": "older_than", "value": "PT10M"}]
    )
    company.settle()
    lead = company.lead(1)
    company.at("2026-03-04T15:10:00Z")
    company.tick()
    assert brief(company.shown(lead)) == ("unmatched", "corporate")
    company.at("2026-03-04T15:11:00Z")
    company.tick()
    assert brief(company.shown(lead)) == ("assigned", "ana")


def test_a_recycled_lead_that_pull_sees_no_more_cools_down_and_then_is_pushed(company: Backend) -> None:
    company.pull_strategy("fresh", criteria=FRESH, cool_down_minutes=60)
    company.push("second", ["ana", "ben"], criteria=[{"field": "attempts", "operator": "equals", "value": 1}])
    company.settle()
    lead, token = company.lent("ana")
    assert company.dispose(lead, "no-answer", "ana", lease_token=token)["status"] == "cooling"
    company.settle()
    assert company.listed("status=cooling") == [lead]
    assert company.listed("status=unmatched") == []
    company.push("second", ["ana", "ben"], criteria=[{"field": "attempts", "operator": "equals", "value": 1}])
    company.settle()
    assert brief(company.shown(lead)) == ("cooling", "corporate")
    company.at("2026-03-04T15:59:00Z")
    company.tick()
    assert brief(company.shown(lead)) == ("cooling", "corporate")
    company.at("2026-03-04T16:00:00Z")
    company.tick()
    assert brief(company.shown(lead)) == ("assigned", "ben"), "who had it last is passed over"
    reasons = {
        each["account"]: each["reason"]
        for each in company.timeline(lead)[0]["decision"]["strategies"][0]["recipients"]
    }
    assert reasons == {"ana": "had_it_last", "ben": "eligible"}


@pytest.mark.parametrize("others", [True, False])
def test_what_a_user_leaves_in_a_company_that_only_pushes(company: Backend, others: bool) -> None:
    company.push("team", ["ana", *(["ben"] if others else [])], take_back_after_minutes=10)
    company.settle()
    lead = company.lead(1)
    assert brief(company.shown(lead)) == ("assigned", "ana")
    company.at("2026-03-04T15:10:00Z")
    company.tick()
    company.tick()
    assert brief(company.shown(lead)) == ("assigned", "ben" if others else "ana")
    kinds = [each["event"] for each in company.timeline(lead)]
    assert kinds == ["assigned", "taken_back", "assigned", "received"]


def test_what_a_user_gives_back_in_a_company_that_only_pushes(company: Backend) -> None:
    company.save(
        "dispositions", "give-back", name="Back", outcome="recycle", release=True, cool_down_minutes=60
    )
    company.push("team", ["ana", "ben"])
    company.settle()
    lead = company.lead(1)
    assert brief(company.dispose(lead, "give-back", "ana").json) == ("new", "corporate")
    company.settle()
    assert brief(company.shown(lead)) == ("assigned", "ben")
    company.put("/v1/presence", {"available": False}, user="ana")
    company.dispose(lead, "give-back", "ben")
    company.settle()
    assert brief(company.shown(lead)) == ("assigned", "ben"), "nobody else is there"


def test_others_may_pull_it_before_push_gives_it_to_the_same_user_again(company: Backend) -> None:
    company.save(
        "dispositions", "give-back", name="Back", outcome="recycle", release=True, cool_down_minutes=0
    )
    company.push("team", ["ana", "ben"])
    company.pull_strategy("all")
    company.settle()
    lead = company.lead(1)
    company.put("/v1/presence", {"available": False}, user="ben")
    company.dispose(lead, "give-back", "ana")
    company.settle()
    assert brief(company.shown(lead)) == ("ready", "corporate")
    assert company.pull("cho")["lead"]["id"] == lead


def test_a_transfer_to_a_branch_whose_strategies_want_it(company: Backend) -> None:
    company.push("denver-team", ["ben"], "denver")
    company.settle()
    lead = company.lead(1)
    assert brief(company.shown(lead)) == ("unmatched", "corporate")
    company.post(f"/v1/leads/{lead}/transfer", {"to": "denver"})
    company.settle()
    assert brief(company.shown(lead)) == ("assigned", "ben")


def test_a_leaver_who_holds_a_lead_that_pull_sees_no_more(mixed: Backend) -> None:
    lead, _ = mixed.lent("cho", state="TX")
    mixed.patch(f"/v1/leads/{lead}", {"state": "CO"}, user="cho")
    assert mixed.post("/v1/accounts/cho/reassign", {"distribute": True}).status == 200
    mixed.settle()
    assert brief(mixed.shown(lead)) == ("assigned", "ana")


def test_a_held_lead_that_becomes_old_enough_to_be_pulled_comes_within_the_minute(company: Backend) -> None:
    company.push("team", ["ana"], when_nobody={"pull_after_minutes": 1})
    company.pull_strategy(
        "old", criteria=[{"field": "created_at", "operator": "older_than", "value": "PT3M"}]
    )
    company.put("/v1/presence", {"available": False}, user="ana")
    company.settle()
    lead = company.lead(1)
    for minute in (1, 2, 3):
        company.at(f"2026-03-04T15:0{minute}:00Z")
        company.tick()
        assert company.pull("cho")["lead"] is None
    company.at("2026-03-04T15:04:00Z")
    company.tick()
    assert company.shown(lead)["status"] == "held"
    assert company.pull("cho")["lead"]["id"] == lead


def test_nothing_to_pull_says_so_when_the_only_lead_is_seen_by_no_strategy(mixed: Backend) -> None:
    for strategy in ("others",):
        mixed.delete(f"/v1/push-strategies/{strategy}")
    mixed.lead(1, state="CO")
    assert mixed.pull("cho")["why"] == [{"reason": "unmatched", "count": 1}]


def test_the_counts_of_an_explanation_are_those_that_decided(company: Backend) -> None:
    company.save(
        "push-strategies",
        "w",
        name="Weighted",
        record_type="lead",
        distributed_from="corporate",
        method="weighted",
        recipients=[{"account": "ana", "weight": 50}, {"account": "ben", "weight": 50}],
        catch_up="never",
    )
    company.put("/v1/presence", {"available": False}, user="ben")
    for number in range(4):
        company.lead(number)
    company.put("/v1/presence", {"available": True}, user="ben")
    lead = company.lead(9)
    recipients = company.timeline(lead)[0]["decision"]["strategies"][0]["recipients"]
    told = [(each["account"], each["interval"], each["day"], each.get("turns")) for each in recipients]
    assert told == [("ana", 4, 4, None), ("ben", 0, 0, 4)]


# -- accounts that are switched off, or gone ---------------------------------------------------------------------


def test_users_of_a_branch_that_is_switched_off_get_no_leads(company: Backend) -> None:
    company.push("team", ["ana", "cho"])
    company.branch("denver", timezone="America/Denver", enabled=False)
    company.settle()
    assert company.shown(company.lead(1))["owner"] == "cho"
    held = company.lead(2)
    company.post(f"/v1/leads/{held}/transfer", {"to": "dee"})
    company.put("/v1/presence", {"available": False}, user="cho")
    lead = company.lead(3)
    assert company.shown(lead)["status"] == "held"
    company.branch("denver", timezone="America/Denver", enabled=True)
    company.settle()
    assert brief(company.shown(lead)) == ("assigned", "ana")


@pytest.mark.parametrize("to", ["ben", "denver"])
def test_nothing_is_transferred_to_who_is_switched_off(company: Backend, to: str) -> None:
    lead = company.lead(1)
    if to == "ben":
        company.user("ben", "denver", enabled=False)
    else:
        company.branch("denver", timezone="America/Denver", enabled=False)
    company.settle()
    company.refused(409, "disabled", "POST", f"/v1/leads/{lead}/transfer", {"to": to})
    answer = company.post(f"/v1/leads/{lead}/transfer", {"to": to, "override": "Back tomorrow."})
    assert (answer.status, answer["owner"]) == (200, to)
    assert company.timeline(lead)[0]["override"] == "Back tomorrow."


def test_a_lead_transferred_to_an_account_that_is_just_being_deleted(company: Backend) -> None:
    lead = company.lead(1)

    def transfer(operation: str, request: object) -> None:
        if operation == "Query" and "closed$" in str(request):
            company.strict.after.clear()
            assert company.post(f"/v1/leads/{lead}/transfer", {"to": "ben"}).status == 200

    company.strict.after.append(transfer)
    assert company.delete("/v1/accounts/ben").status == 204
    assert company.strict.after == []
    company.settle()
    assert brief(company.shown(lead)) == ("unmatched", "corporate")


def test_what_comes_to_an_account_after_it_was_deleted_is_found_by_the_sweep(company: Backend) -> None:
    """A transfer reads in one container, the account is deleted in another, then the transfer writes."""
    company.pull_strategy("all")
    company.settle()
    lead = company.lead(1)

    def delete(operation: str, request: object) -> None:
        if operation == "BatchGetItem" and f"LEAD#{lead}" in str(request):
            company.strict.after.clear()
            wiring.store.cache_clear()
            assert company.delete("/v1/accounts/ben").status == 204

    company.strict.after.append(delete)
    answer = company.post(f"/v1/leads/{lead}/transfer", {"to": "ben"})
    assert answer.status == 200, answer.json
    assert (answer.status, answer["owner"], company.strict.after) == (200, "ben", [])
    company.settle()
    company.at("2026-03-04T15:01:00Z")
    company.tick()
    shown = company.shown(lead)
    assert (shown["status"], shown["owner"]) == ("ready", "corporate")
