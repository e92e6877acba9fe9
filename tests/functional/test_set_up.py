"""Set-up: every kind of resource is created, replaced, read, listed, deleted, and remembered."""

from typing import Any

import pytest

from routing.runtime import wiring
from routing.storage.configuration import NewerLayout
from tests.functional.backend import Backend, lead_body, push_body
from tests.functional.bodies import KINDS, LEAST, WHOLE

every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_a_new_resource_is_answered_whole_with_its_version(company: Backend, kind: str) -> None:
    created = company.put(f"/v1/{kind}/new", {"id": "new", **LEAST[kind]})
    assert created.status == 201
    assert created.json == {"id": "new", **WHOLE[kind], "version": 1}
    assert created.headers["etag"] == '"1"'
    assert created.headers["content-type"] == "application/json"
    read = company.get(f"/v1/{kind}/new")
    assert (read.status, read.json, read.headers["etag"]) == (200, created.json, '"1"')


@every_kind
def test_the_id_may_be_left_to_the_address_and_nulls_are_as_absent(company: Backend, kind: str) -> None:
    nulls = {name: None for name, value in WHOLE[kind].items() if name not in LEAST[kind]}
    created = company.put(f"/v1/{kind}/new", {**nulls, **LEAST[kind]})
    assert created.status == 201
    assert created.json == {"id": "new", **WHOLE[kind], "version": 1}


@every_kind
def test_a_put_replaces_the_whole_and_the_same_again_changes_nothing(company: Backend, kind: str) -> None:
    company.save(kind, "new", **LEAST[kind])
    before = company.of("CONFIG"), company.of("STRATEGY#")
    same = company.put(f"/v1/{kind}/new", {"id": "new", **LEAST[kind]})
    assert (same.status, same["version"]) == (200, 1)
    assert (company.of("CONFIG"), company.of("STRATEGY#")) == before
    other = company.put(f"/v1/{kind}/new", {"id": "new", **LEAST[kind], "name": "Another name"})
    assert (other.status, other["version"], other.headers["etag"]) == (200, 2, '"2"')
    names = {name: "Another name" for name in ("name", "label") if name in WHOLE[kind]}
    assert other.json == {"id": "new", **WHOLE[kind], **names, "version": 2}


@every_kind
def test_what_a_resource_shows_can_be_put_back(company: Backend, kind: str) -> None:
    shown = company.save(kind, "new", **LEAST[kind]).json
    again = company.put(f"/v1/{kind}/new", shown)
    assert (again.status, again["version"]) == (200, 1)


@every_kind
def test_every_version_is_kept_with_who_made_it_and_when(company: Backend, kind: str) -> None:
    company.save(kind, "new", **LEAST[kind])
    company.at("2026-03-04T16:00:00Z")
    company.user("zoe", "corporate", "admin")
    company.put(f"/v1/{kind}/new", {**LEAST[kind], "name": "Second"}, user="zoe")
    assert company.delete(f"/v1/{kind}/new").status == 204
    company.put(f"/v1/{kind}/new", {**LEAST[kind], "name": "Fourth"})
    versions = company.get(f"/v1/{kind}/new/versions")
    assert versions.status == 200
    assert versions["next"] is None
    shown = [
        (each["version"], each.get("name"), each["deleted"], each["changed_by"]) for each in versions["items"]
    ]
    assert shown == [
        (4, "Fourth", False, "admin"),
        (3, None, True, "admin"),
        (2, "Second", False, "zoe"),
        (1, LEAST[kind]["name"], False, "admin"),
    ]
    assert {each["id"] for each in versions["items"]} == {"new"}
    assert versions["items"][-1]["changed_at"] == "2026-03-04T15:00:00Z"
    assert versions["items"][0]["changed_at"] == "2026-03-04T16:00:00Z"


@every_kind
def test_a_deleted_resource_is_gone_until_it_is_made_again(company: Backend, kind: str) -> None:
    company.save(kind, "new", **LEAST[kind])
    deleted = company.delete(f"/v1/{kind}/new")
    assert (deleted.status, deleted.json) == (204, None)
    company.refused(404, "not_found", "GET", f"/v1/{kind}/new")
    company.refused(404, "not_found", "DELETE", f"/v1/{kind}/new")
    assert "new" not in [each["id"] for each in company.get(f"/v1/{kind}?limit=200")["items"]]
    again = company.put(f"/v1/{kind}/new", LEAST[kind])
    assert (again.status, again["version"]) == (201, 3)


@every_kind
def test_if_match_guards_a_change(company: Backend, kind: str) -> None:
    path = f"/v1/{kind}/new"
    for match in ('"1"', "*"):
        company.refused(412, "version_moved_on", "PUT", path, LEAST[kind], headers={"if-match": match})
    company.save(kind, "new", **LEAST[kind])
    second = {**LEAST[kind], "name": "Second"}
    for match in ('"2"', "1", "nonsense"):
        company.refused(412, "version_moved_on", "PUT", path, second, headers={"if-match": match})
        company.refused(412, "version_moved_on", "DELETE", path, headers={"if-match": match})
    assert company.put(path, second, headers={"if-match": '"1"'}).status == 200
    company.refused(412, "version_moved_on", "PUT", path, LEAST[kind], headers={"if-match": '"1"'})
    assert company.put(path, LEAST[kind], headers={"if-match": "*"})["version"] == 3
    company.refused(412, "version_moved_on", "DELETE", path, headers={"if-match": '"2"'})
    assert company.delete(path, headers={"if-match": '"3"'}).status == 204


@every_kind
def test_if_none_match_replaces_nothing(company: Backend, kind: str) -> None:
    path, new = f"/v1/{kind}/new", {"if-none-match": "*"}
    company.invalid(
        "PUT", path, LEAST[kind], ("If-None-Match", "wrong_type"), headers={"if-none-match": '"1"'}
    )
    assert company.put(path, LEAST[kind], headers=new).status == 201
    second = {**LEAST[kind], "name": "Second"}
    refused = company.refused(412, "there_already", "PUT", path, second, headers=new)
    assert refused.errors == [("id", "taken")]
    assert company.delete(path).status == 204
    assert company.put(path, second, headers=new).status == 201


@every_kind
def test_a_collection_is_listed_by_id_page_by_page(company: Backend, kind: str) -> None:
    for name in ("x3", "x1", "x2"):
        company.save(kind, name, **LEAST[kind])
    whole = company.get(f"/v1/{kind}?limit=200")
    ids = [each["id"] for each in whole["items"]]
    assert ids == sorted(ids)
    assert {"x1", "x2", "x3"} <= set(ids)
    assert whole["next"] is None
    seen: list[Any] = []
    cursor = ""
    for _ in range(100):
        page = company.get(f"/v1/{kind}?limit=2{cursor}")
        assert len(page["items"]) <= 2
        seen += page["items"]
        if page["next"] is None:
            break
        assert page["next"] == page["next"].replace("+", "").replace("/", "").replace("=", "")
        cursor = f"&cursor={page['next']}"
    assert seen == whole["items"]


@every_kind
def test_what_does_not_exist_is_404(company: Backend, kind: str) -> None:
    company.refused(404, "not_found", "GET", f"/v1/{kind}/nothing")
    company.refused(404, "not_found", "DELETE", f"/v1/{kind}/nothing")
    company.refused(404, "not_found", "GET", f"/v1/{kind}/nothing/versions")


# -- the empty company -----------------------------------------------------------------------------------------


def test_an_empty_company_has_what_the_contract_names(empty: Backend) -> None:
    assert [each["id"] for each in empty.get("/v1/accounts")["items"]] == ["admin", "corporate"]
    assert empty.get("/v1/accounts/corporate")["timezone"] == "UTC"
    assert empty.get("/v1/accounts/admin")["role"] == "admin"
    assert [each["id"] for each in empty.get("/v1/record-types")["items"]] == ["lead"]
    assert [each["id"] for each in empty.get("/v1/sources")["items"]] == ["api"]
    dispositions = {each["id"]: each for each in empty.get("/v1/dispositions")["items"]}
    assert {name: (each["outcome"], each["contact_made"]) for name, each in dispositions.items()} == {
        "no-answer": ("recycle", False),
        "left-voicemail": ("recycle", False),
        "contacted": ("keep", True),
        "appointment-set": ("keep", True),
        "call-back": ("callback", True),
        "not-interested": ("close", True),
        "bad-number": ("close", False),
        "sold": ("close", True),
        "do-not-call": ("do_not_call", False),
        "return": ("recycle", False),
    }
    counting = {name for name, each in dispositions.items() if each["counts_as_attempt"]}
    assert counting == set(dispositions) - {"return"}
    cool_downs = {name: each["cool_down_minutes"] for name, each in dispositions.items()}
    assert cool_downs == dict.fromkeys(dispositions) | {"return": 0}
    assert dispositions["return"]["give_back_pull"]
    assert empty.of("CONFIG") == []


def test_a_built_in_resource_can_be_replaced_and_shows_both_versions(empty: Backend) -> None:
    changed = empty.put(
        "/v1/accounts/corporate", {"kind": "corporate", "name": "Acme", "timezone": "America/Denver"}
    )
    assert (changed.status, changed["version"]) == (200, 2)
    versions = empty.get("/v1/accounts/corporate/versions")["items"]
    assert [(each["version"], each["name"]) for each in versions] == [(2, "Acme"), (1, "Corporate")]
    assert empty.delete("/v1/dispositions/sold").status == 204
    empty.refused(404, "not_found", "GET", "/v1/dispositions/sold")


# -- single rules ----------------------------------------------------------------------------------------------


def test_a_users_role_is_rep_unless_said(company: Backend) -> None:
    assert company.save("accounts", "new", kind="user", name="New", parent="denver")["role"] == "rep"


def test_a_strategys_seven_days_count_from_the_local_day_it_was_made(company: Backend) -> None:
    company.at("2026-03-05T05:30:00Z")  # 22:30 the day before in Denver
    company.push("users", ["ana"], "denver", reset_interval="last_7_days")
    assert company.get("/v1/push-strategies/users")["starts_on"] == "2026-03-04"
    company.at("2026-03-20T15:00:00Z")
    company.push("users", ["ana", "ben"], "denver", reset_interval="last_7_days")
    assert company.get("/v1/push-strategies/users")["starts_on"] == "2026-03-04"
    company.push("users", ["ana"], "denver", reset_interval="last_7_days", starts_on="2026-03-10")
    assert company.get("/v1/push-strategies/users")["starts_on"] == "2026-03-10"


def test_a_strategys_state_shows_whose_turn_it_is_and_what_stops_the_others(company: Backend) -> None:
    company.push("users", ["ana", "ben"], "denver")
    company.push("to-denver", ["denver"])
    company.put("/v1/presence", {"available": False}, user="ben")
    company.lead(1)
    state = company.get("/v1/push-strategies/users/state")
    assert state.status == 200
    assert state.json == {
        "strategy": "users",
        "version": 1,
        "method": "round_robin",
        "warnings": [],
        "closed": [],
        "cursor": "ben",
        "reset_interval": "daily",
        "interval": "2026-03-04",
        "hour": "2026-03-04T15:00:00Z",
        "day": "2026-03-04",
        "recipients": [
            {
                "account": name,
                "weight": None,
                "share": None,
                "hour": count,
                "day": count,
                "interval": count,
                "owed": 0,
                "hourly_limit": None,
                "daily_limit": None,
                "eligible": count == 1,
                "reason": reason,
            }
            for name, count, reason in (("ana", 1, "eligible"), ("ben", 0, "unavailable"))
        ],
    }
    company.at("2026-03-05T15:00:00Z")
    tomorrow = company.get("/v1/push-strategies/users/state")
    assert (tomorrow["cursor"], tomorrow["recipients"][0]["day"]) == ("ana", 0)
    company.refused(404, "not_found", "GET", "/v1/push-strategies/nothing/state")


def test_reset_now_starts_again_at_the_first_recipient_and_keeps_the_days_counts(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.lead(1)
    reset = company.post("/v1/push-strategies/users/reset")
    assert (reset.status, reset["strategy"], reset["reset_at"]) == (200, "users", "2026-03-04T15:00:00Z")
    state = company.get("/v1/push-strategies/users/state")
    assert state["cursor"] == "ana"
    assert (state["recipients"][0]["interval"], state["recipients"][0]["day"]) == (0, 1)
    company.refused(404, "not_found", "POST", "/v1/push-strategies/nothing/reset")


def test_an_edit_of_the_recipients_keeps_the_position_and_the_days_counts(company: Backend) -> None:
    company.push("users", ["ana", "ben", "cho"])
    company.lead(1)
    company.push("users", ["cho", "dee", "ben"])
    assert company.get("/v1/push-strategies/users/state")["cursor"] == "ben"
    company.push("users", ["ana", "ben", "cho"])
    state = company.get("/v1/push-strategies/users/state")
    assert state["cursor"] == "ben"
    assert [each["day"] for each in state["recipients"]] == [1, 0, 0]
    assert [each["interval"] for each in state["recipients"]] == [0, 0, 0]


def test_another_reset_interval_or_start_restarts_the_method(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.lead(1)
    company.push("users", ["ana", "ben"], reset_interval="never")
    state = company.get("/v1/push-strategies/users/state")
    assert (state["cursor"], state["interval"]) == ("ana", "always")
    assert [each["day"] for each in state["recipients"]] == [1, 0]


def test_a_deleted_strategy_that_comes_back_the_same_day_keeps_the_days_counts(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.lead(1)
    company.delete("/v1/push-strategies/users")
    company.lead(2)
    company.push("users", ["ben", "ana"])
    company.settle()
    state = company.get("/v1/push-strategies/users/state")
    assert {each["account"]: each["day"] for each in state["recipients"]} == {"ana": 1, "ben": 1}


def test_there_are_at_most_five_hundred_recipients(company: Backend) -> None:
    too_many = push_body([f"x{number}" for number in range(501)])
    company.invalid("PUT", "/v1/push-strategies/more", too_many, ("recipients", "out_of_range"))


def test_a_strategy_of_many_recipients_goes_round_them_all(company: Backend) -> None:
    names = [f"u{number}" for number in range(12)]
    for each in names:
        company.user(each, "denver")
    company.push("many", names)
    assert [company.shown(company.lead(number))["owner"] for number in range(3)] == names[:3]


# -- data of another release -----------------------------------------------------------------------------------------


def test_data_of_a_newer_release_are_refused_and_left_alone(company: Backend) -> None:
    [mark] = company.of("CONFIG", "FORMAT")
    assert mark["layout"] == 2
    before = company.items()
    newer = {"PK": {"S": "CONFIG"}, "SK": {"S": "FORMAT"}, "layout": {"N": "3"}}
    company.client.put_item(TableName=company.table, Item=newer)
    wiring.store.cache_clear()
    for method, path, body in (
        ("GET", "/v1/accounts", None),
        ("POST", "/v1/leads", lead_body(1)),
        ("POST", "/v1/pull", {}),
    ):
        company.refused(503, "newer_layout", method, path, body)
    with pytest.raises(NewerLayout, match="layout 3"):
        company.tick()
    after = company.items()
    assert {key: item for key, item in after.items() if key != ("CONFIG", "FORMAT")} == {
        key: item for key, item in before.items() if key != ("CONFIG", "FORMAT")
    }
