"""Pull: `POST /v1/pull` lends the best lead, once, to those who may have it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.storage import keys
from routing.storage.table import Write
from tests.functional.backend import Backend, lead_body
from tests.functional.strict import client_error

COLORADO = [{"field": "state", "operator": "equals", "value": "CO"}]


def why(answer: Any) -> dict[str, int]:
    assert answer["lead"] is None
    return {each["reason"]: each["count"] for each in answer["why"]}


def test_the_answer_is_as_the_contract_says(company: Backend) -> None:
    company.pull_strategy("all", priority=7, lease_minutes=20)
    lead = company.lead(1)
    pulled = company.pull("ana")
    assert set(pulled) == {"lead", "lease", "strategy", "reason"}
    assert pulled["strategy"] == "all"
    assert set(pulled["lease"]) == {"token", "expires_at", "phone"}
    assert pulled["lease"]["expires_at"] == "2026-03-04T15:20:00Z"
    assert pulled["reason"] == {"strategy": "all", "priority": 7, "why": "most_important", "matched": ["all"]}
    assert pulled["lead"] == company.shown(lead)
    shown = pulled["lead"]
    assert (shown["status"], shown["holder"], shown["owner"]) == ("leased", "ana", "corporate")
    assert (shown["pull_count"], shown["lease_expires_at"]) == (1, "2026-03-04T15:20:00Z")


def test_where_nothing_is_set_up_no_strategy_is_the_reason(company: Backend) -> None:
    assert company.pull("ana") == {"lead": None, "why": [{"reason": "no_strategy", "count": 0}]}


def test_an_unknown_record_type_is_refused(company: Backend) -> None:
    company.invalid("POST", "/v1/pull", {"record_type": "loan"}, ("record_type", "unknown"), user="ana")


def test_nothing_at_all_says_nothing(company: Backend) -> None:
    company.pull_strategy("all")
    assert company.pull("ana") == {"lead": None, "why": []}


def test_a_double_tap_answers_the_same_lead_and_lease(company: Backend) -> None:
    company.pull_strategy("all")
    company.lead(1)
    company.lead(2)
    first = company.pull("ana")
    before = company.typed()
    again = company.pull("ana")
    assert (again["lead"], again["lease"]) == (first["lead"], first["lease"])
    assert company.typed() == before
    assert company.pull("ben")["lead"]["id"] != first["lead"]["id"]


def test_best_priority_first_then_the_strategys_order(company: Backend) -> None:
    company.pull_strategy("rest", priority=2, order_by=[{"field": "cost", "direction": "desc"}])
    company.pull_strategy("colorado", priority=1, criteria=COLORADO)
    cheap, dear, unknown = (
        company.lead(at, **extra) for at, extra in enumerate(({"cost": 1}, {"cost": 9}, {}))
    )
    best = company.lead(4, state="CO")
    users = ("ana", "ben", "cho", "dee")
    assert [company.pull(user)["lead"]["id"] for user in users] == [best, dear, cheap, unknown]


def test_by_default_the_least_pulled_then_the_newest_goes_first(company: Backend) -> None:
    company.pull_strategy("all", cool_down_minutes=0)
    old = company.lead(1)
    taken = company.pull("ana")
    company.dispose(old, "no-answer", "ana", lease_token=taken["lease"]["token"])
    company.at("2026-03-04T15:00:01Z")
    new = company.lead(2)
    company.at("2026-03-04T15:00:02Z")
    newest = company.lead(3)
    assert [company.pull(user)["lead"]["id"] for user in ("ben", "cho", "dee")] == [newest, new, old]


def test_users_pull_what_is_owned_above_them_and_named_for_them(company: Backend) -> None:
    company.save("sources", "denver", name="Denver", owner="denver")
    company.pull_strategy("for-ana", ["ana"])
    company.settle()
    denvers = company.lead(1, source="denver")
    assert why(company.pull("ben")) == {"no_strategy": 1}
    assert why(company.pull("cho")) == {"no_strategy": 0}
    assert company.pull("ana")["lead"]["id"] == denvers


def test_the_serving_strategy_is_the_best_that_names_the_user(company: Backend) -> None:
    company.pull_strategy("dallas-first", ["dallas"], priority=1, lease_minutes=5)
    company.pull_strategy("all", priority=2, lease_minutes=30)
    company.lead(1)
    company.lead(2)
    assert company.pull("cho")["strategy"] == "dallas-first"
    anas = company.pull("ana")
    assert (anas["strategy"], anas["lease"]["expires_at"]) == ("all", "2026-03-04T15:30:00Z")


def test_a_managers_and_an_admins_pull_is_a_users(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    assert company.pull("mia")["lead"]["id"] == lead


def test_a_record_type_may_be_named(company: Backend) -> None:
    company.save("record-types", "loan", name="Loan")
    company.save("sources", "loans", name="Loans", record_type="loan")
    company.pull_strategy("leads")
    company.pull_strategy("loans", record_type="loan", priority=200)
    company.settle()
    lead, loan = company.lead(1), company.lead(2, source="loans")
    answer = company.post("/v1/pull", {"record_type": "loan"}, user="ana")
    assert answer["lead"]["id"] == loan
    assert company.post("/v1/pull", {"record_type": "lead"}, user="ben")["lead"]["id"] == lead
    assert company.post("/v1/pull", {"record_type": "loan"}, user="cho")["lead"] is None


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"colour": "red"}, [("colour", "unknown_key")]),
        ({"record_type": 5}, [("record_type", "wrong_type")]),
        ({"record_type": []}, [("record_type", "wrong_type")]),
    ],
)
def test_a_wrong_pull_is_refused(company: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    company.pull_strategy("all")
    company.lead(1)
    company.invalid("POST", "/v1/pull", body, *errors, user="ana")


# -- time ------------------------------------------------------------------------------------------------------


def test_a_lease_that_lapses_gives_the_lead_back_by_itself(company: Backend) -> None:
    company.pull_strategy("all", lease_minutes=15)
    lead = company.lead(1)
    anas = company.pull("ana")
    company.at("2026-03-04T15:14:59Z")
    assert company.pull("ben")["lead"] is None
    company.at("2026-03-04T15:15:00Z")
    assert company.shown(lead)["status"] == "ready"
    assert company.get("/v1/me", user="ana")["holding"] is None
    bens = company.pull("ben")
    assert bens["lead"]["id"] == lead
    assert bens["lease"]["token"] != anas["lease"]["token"]
    assert bens["lead"]["pull_count"] == 2


def test_the_last_holder_gets_a_lead_only_when_nothing_else_of_its_importance_is_there(
    company: Backend,
) -> None:
    company.pull_strategy("colorado", priority=1, criteria=COLORADO, cool_down_minutes=0)
    company.pull_strategy("rest", priority=2)
    first = company.lead(1, state="CO")
    token = company.pull("ana")["lease"]["token"]
    company.dispose(first, "no-answer", "ana", lease_token=token)
    company.lead(2)
    alone = company.pull("ana")
    assert alone["lead"]["id"] == first  # the other is of lesser importance
    company.dispose(first, "no-answer", "ana", lease_token=alone["lease"]["token"])
    company.at("2026-03-04T15:00:01Z")
    fresh = company.lead(3, state="CO")
    assert company.pull("ana")["lead"]["id"] == fresh
    assert company.pull("ben")["lead"]["id"] == first


def test_ana_puts_x_back_and_with_a_lesser_y_there_ben_gets_x_and_ana_y(company: Backend) -> None:
    company.pull_strategy("all")
    y = company.lead(1)
    company.at("2026-03-04T15:00:01Z")
    x = company.lead(2)  # the newer one goes first
    answer = company.pull("ana")
    assert answer["lead"]["id"] == x
    company.dispose(x, "return", "ana", lease_token=answer["lease"]["token"])
    assert company.pull("ana")["lead"]["id"] == y
    assert company.pull("ben")["lead"]["id"] == x


def test_five_reps_put_back_three_leads_and_see_three_different_ones(company: Backend) -> None:
    """Each of them, one after the other: what they put back they see again only when nothing else is there."""
    company.pull_strategy("all")
    leads = {company.lead(number) for number in range(3)}
    for name in ("ana", "ben", "cho", "dee", "mia"):
        seen = []
        for _ in range(3):
            answer = company.pull(name)
            seen.append(answer["lead"]["id"])
            company.dispose(seen[-1], "return", name, lease_token=answer["lease"]["token"])
        assert set(seen) == leads


def test_five_reps_who_take_turns_at_putting_back_three_leads_see_three_different_ones(
    company: Backend,
) -> None:
    company.pull_strategy("all")
    leads = {company.lead(number) for number in range(3)}
    seen: dict[str, list[str]] = {name: [] for name in ("ana", "ben", "cho", "dee", "mia")}

    def everybody_gives_back() -> None:
        for name, had in seen.items():
            answer = company.pull(name)
            had.append(answer["lead"]["id"])
            company.dispose(had[-1], "return", name, lease_token=answer["lease"]["token"])

    for _ in range(3):
        everybody_gives_back()
    assert {name: set(had) for name, had in seen.items()} == dict.fromkeys(seen, leads)
    answer = company.pull("ana")  # she had them all; once she has worked one, it is as if nobody had
    lead = answer["lead"]["id"]
    company.dispose(lead, "no-answer", "ana", lease_token=answer["lease"]["token"])
    assert "given_back_by" not in company.of(f"LEAD#{lead}", "HEAD")[0]


def test_a_leavers_lead_that_somebody_else_holds_is_no_longer_theirs(company: Backend) -> None:
    company.pull_strategy("all")
    own = company.lead(1, user="ana", owner="me")
    company.dispose(own, "call-back", "mia", callback_at="2026-03-04T16:00:00Z")
    company.at("2026-03-04T16:00:00Z")
    assert company.pull("mia")["lead"]["id"] == own
    company.post("/v1/accounts/ana/reassign", {"to": "ben"})
    company.settle()
    assert company.get("/v1/me", user="mia")["holding"] is None
    assert company.shown(own)["owner"] == "ben"
    other = company.lead(2)
    assert company.pull("mia")["lead"]["id"] == other


def test_a_slot_that_names_a_lead_by_mistake_is_emptied(company: Backend) -> None:
    company.pull_strategy("all")
    lead, _ = company.lent("ana")
    ghost = Write(
        "Update",
        key=keys.presence("ben"),
        update="SET held_lead = :lead, lease_token = :token, lease_expires = :expires",
        values={
            ":lead": lead,
            ":token": "of nobody",
            ":expires": keys.millis(datetime(2026, 3, 4, 15, 10, tzinfo=UTC)),
        },
    )
    company.store.table.write(ghost)
    second = company.lead(2)
    answer = company.pull("ben")
    assert (answer["lead"]["id"], answer["lease"]["expires_at"]) == (second, "2026-03-04T15:15:00Z")


def test_the_reasons_for_nothing_are_counts_and_times(company: Backend) -> None:
    company.pull_strategy("all", cool_down_minutes=60)
    company.pull_strategy("once", max_attempts=1, criteria=COLORADO, priority=1)
    company.pull_strategy("all", cool_down_minutes=60, criteria=[{"field": "state", "operator": "is_empty"}])
    company.settle()
    worked = (
        ("ana", "no-answer", {}, {}),
        ("ben", "no-answer", {"state": "CO"}, {}),
        ("cho", "call-back", {}, {"callback_at": "2026-03-04T17:00:00Z"}),
    )
    for number, (user, disposition, lead, extra) in enumerate(worked):
        identifier = company.lead(number, **lead)
        token = company.pull(user)["lease"]["token"]
        assert company.dispose(identifier, disposition, user, lease_token=token, **extra).status == 200
    company.lead(4)
    company.pull("dee")
    company.lead(5, pull_delay_minutes=90)
    company.at("2026-03-04T15:01:00Z")
    found = company.pull("mia")
    assert why(found) == {"leased": 1, "reserved": 1, "cooling": 2, "spent": 1}
    assert {each["reason"]: each.get("until") for each in found["why"]} == {
        "leased": "2026-03-04T15:15:00Z",
        "reserved": "2026-03-04T18:00:00Z",
        "cooling": "2026-03-04T16:00:00Z",
        "spent": None,
    }
    assert found["retry_at"] == "2026-03-04T15:15:00Z"


# -- the lead as it stands -------------------------------------------------------------------------------------


def test_a_strategy_edit_counts_before_anything_is_refiled(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    company.pull_strategy("all", criteria=COLORADO)
    assert company.pull("ana")["lead"] is None
    company.settle()
    assert company.shown(lead)["status"] == "unmatched"
    company.pull_strategy("all")
    company.settle()
    assert company.pull("ana")["lead"]["id"] == lead


def test_a_disabled_strategy_serves_nobody(company: Backend) -> None:
    company.pull_strategy("all")
    company.lead(1)
    company.pull_strategy("all", enabled=False)
    assert company.pull("ana")["lead"] is None


def test_an_age_that_is_passed_counts_at_the_pull(company: Backend) -> None:
    young = [{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    company.pull_strategy("fresh", ["denver"], priority=1, criteria=young)
    company.pull_strategy("rest", ["dallas"], priority=2)
    lead = company.lead(1)
    company.at("2026-03-04T16:00:01Z")
    assert company.pull("ana")["lead"] is None
    assert company.pull("cho")["lead"]["id"] == lead


def test_a_criterion_on_the_pull_count_counts_after_each_pull(company: Backend) -> None:
    never = [{"field": "pull_count", "operator": "equals", "value": 0}]
    company.pull_strategy("once", criteria=never, lease_minutes=5)
    company.lead(1)
    assert company.pull("ana")["lead"]
    company.at("2026-03-04T15:05:00Z")
    assert company.pull("ben")["lead"] is None


def test_a_suppressed_phone_closes_the_lead_and_the_pull_goes_on(company: Backend) -> None:
    company.pull_strategy("all")
    phone = {"phone": "(303) 555-0101"}
    first, second = company.lead(1, **phone), company.lead(2, **phone)
    company.at("2026-03-04T14:00:00Z")
    other = company.lead(3)
    company.at("2026-03-04T15:00:00Z")
    taken = company.pull("ana")
    company.dispose(taken["lead"]["id"], "do-not-call", "ana", lease_token=taken["lease"]["token"])
    assert company.pull("ben")["lead"]["id"] == other
    assert {company.shown(each)["status"] for each in (first, second)} == {"closed"}
    late = company.lead(4, **phone)
    assert company.pull("cho")["lead"] is None
    assert company.shown(late)["status"] == "closed"
    closed = next(each for each in company.timeline(late) if each["event"] == "closed")
    assert closed["reason"] == "do_not_call"


# -- races, played one after the other -------------------------------------------------------------------------


def test_a_lead_that_somebody_else_took_is_passed_over_before_anybody_hears_nothing(company: Backend) -> None:
    company.pull_strategy("all")
    company.at("2026-03-04T14:00:00Z")
    second = company.lead(1)
    company.at("2026-03-04T15:00:00Z")
    first = company.lead(2)
    taken: list[Any] = []

    def race(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and not taken:
            taken.append(None)
            taken.append(company.pull("ben"))

    company.strict.faults.append(race)
    anas = company.pull("ana")
    assert taken[1]["lead"]["id"] == first
    assert anas["lead"]["id"] == second


def test_two_taps_at_once_get_one_lead(company: Backend) -> None:
    company.pull_strategy("all")
    company.lead(1)
    company.lead(2)
    other: list[Any] = []

    def race(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and not other:
            other.append(None)
            other.append(company.pull("ana"))

    company.strict.faults.append(race)
    company.strict.requests.clear()
    mine = company.pull("ana")
    assert mine["lease"] == other[1]["lease"]
    # The slower one does not try lead after lead: it sees that it holds one.
    assert [name for name, _ in company.strict.requests].count("TransactWriteItems") == 2
    assert len([item for item in company.of("LEAD#", "HEAD") if "lease_token" in item]) == 1


def test_a_claim_that_succeeded_though_its_answer_was_lost_is_found_by_the_next_tap(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    company.lead(2)

    def lose(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            company.strict.after.clear()
            raise client_error("InternalServerError", operation)

    company.strict.after.append(lose)
    company.post("/v1/pull", {}, user="ana")
    again = company.pull("ana")
    held = [item["lead"] for item in company.of("LEAD#", "HEAD") if "lease_token" in item]
    assert held == [again["lead"]["id"]]
    assert lead


def test_more_leads_than_a_page_are_served_in_order(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of two, so that the best lead, and one that the user has not held, stand on later pages."""
    monkeypatch.setattr("routing.services.pull.snapshot.PAGE", 2)
    company.pull_strategy("all", cool_down_minutes=0, order_by=[{"field": "cost"}])
    leads = [company.lead(number, cost=number) for number in range(5)]
    for lead in leads[:4]:
        taken = company.pull("ana")
        assert taken["lead"]["id"] == lead
        company.dispose(lead, "no-answer", "ana", lease_token=taken["lease"]["token"])
    assert company.pull("ana")["lead"]["id"] == leads[4]


def test_more_waiting_leads_than_a_page_are_all_counted_and_found(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.pull.snapshot.PAGE", 2)
    monkeypatch.setattr("routing.services.pull.why_empty.MOST_COUNTED", 3)
    company.pull_strategy("all", order_by=[{"field": "cost", "direction": "desc"}])
    for number in range(5):
        company.lead(number, cost=number, pull_delay_minutes=10)
    nothing = company.pull("ana")
    assert nothing["why"] == [
        {"reason": "cooling", "count": 3, "until": "2026-03-04T15:10:00Z", "more": True}
    ]
    company.at("2026-03-04T15:10:00Z")
    costs = [company.pull(user)["lead"]["cost"] for user in ("ana", "ben", "cho", "dee", "mia")]
    assert costs == [4, 3, 2, 1, 0]


def test_another_container_finds_the_queues_it_has_not_seen(company: Backend) -> None:
    """A container that knows nothing of a queue learns of it from the registry, in one trip more."""
    from routing.runtime import wiring

    company.pull_strategy("all")
    company.pull("ana")
    ours = wiring.store()
    wiring.store.cache_clear()
    lead = company.post("/v1/leads", lead_body())["lead_id"]
    company.settle()
    theirs = wiring.store()
    theirs.table._pool.shutdown()
    wiring.store.cache_clear()
    assert ours is not theirs
    assert company.pull("ana")["lead"]["id"] == lead
