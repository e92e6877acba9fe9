"""Set-up bodies that are refused: each wrong field by its path, and nothing written."""

import json
from typing import Any

import pytest

from tests.functional.backend import Backend, encoded, pull_body, push_body
from tests.functional.bodies import KINDS, LEAST


def push_with(**other: Any) -> dict[str, Any]:
    return {**push_body(["ana"]), **other}


def recipient_with(**other: Any) -> dict[str, Any]:
    return push_body(["ana"]) | {"recipients": [{"account": "ana", **other}]}


def criteria(*entries: Any) -> dict[str, Any]:
    return push_with(criteria=list(entries))


GOOD = {"field": "email", "operator": "is_not_empty"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_is_letters_digits_and_three_marks(company: Backend, kind: str) -> None:
    for identifier in ("a b", "a/b", "ä", "x" * 65, "a#b", "a\n", "%00"):
        path = f"/v1/{kind}/{encoded(identifier)}"
        company.invalid("PUT", path, LEAST[kind], ("id", "invalid"))
        for method in ("GET", "DELETE"):
            company.refused(404, "not_found", method, path)
        company.refused(404, "not_found", "GET", f"{path}/versions")


@pytest.mark.parametrize("kind", KINDS)
def test_the_id_in_the_body_is_the_one_in_the_address(company: Backend, kind: str) -> None:
    company.invalid("PUT", f"/v1/{kind}/new", {"id": "other", **LEAST[kind]}, ("id", "mismatch"))
    longest = f"{'A-z_0.9' * 9}x"
    path = f"/v1/{kind}/{longest.lower() if kind == 'accounts' else longest}"
    assert company.put(path, LEAST[kind]).status == 201


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_keys_are_refused_by_name(company: Backend, kind: str) -> None:
    body = {**LEAST[kind], "colour": "red", "Name": "x"}
    company.invalid("PUT", f"/v1/{kind}/new", body, ("colour", "unknown_key"), ("Name", "unknown_key"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_that_has_no_default_is_asked_for(company: Backend, kind: str) -> None:
    optional = {"parent", "calling_hours", *(["name"] if kind == "calling-rules" else [])}
    required = LEAST[kind].keys() - optional
    answer = company.refused(422, "invalid", "PUT", f"/v1/{kind}/new", {})
    found = dict(answer.errors)
    assert set(found) == required
    assert set(found.values()) == {"required"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_text_of_a_length(company: Backend, kind: str) -> None:
    for name in ("", "x" * 201, 5, ["a"], True):
        code = "out_of_range" if isinstance(name, str) else "wrong_type"
        company.invalid("PUT", f"/v1/{kind}/new", {**LEAST[kind], "name": name}, ("name", code))


USER = {"kind": "user", "name": "New", "parent": "denver"}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({**USER, "kind": "team"}, "kind", "not_allowed"),
        ({**USER, "role": "boss"}, "role", "not_allowed"),
        ({**USER, "enabled": "yes"}, "enabled", "wrong_type"),
        ({**USER, "enabled": 1}, "enabled", "wrong_type"),
        ({**USER, "email": "nobody"}, "email", "invalid"),
        ({**USER, "parent": "no one"}, "parent", "invalid"),
        ({**USER, "parent": 7}, "parent", "wrong_type"),
        ({**USER, "timezone": "Mars/Olympus"}, "timezone", "unknown_timezone"),
        ({**USER, "timezone": "America"}, "timezone", "unknown_timezone"),
        ({**USER, "timezone": "../etc/passwd"}, "timezone", "unknown_timezone"),
        ({**USER, "timezone": ""}, "timezone", "unknown_timezone"),
        ({**USER, "timezone": "EST5EDT,M3"}, "timezone", "unknown_timezone"),
        ({**USER, "timezone": -7}, "timezone", "wrong_type"),
        ({**USER, "notify": {"sms": True}}, "notify.sms", "unknown_key"),
        ({**USER, "notify": {"webhook": "http://example.com"}}, "notify.webhook", "invalid"),
        ({**USER, "notify": {"email": "yes"}}, "notify.email", "wrong_type"),
        ({**USER, "notify": []}, "notify", "wrong_type"),
        ({"kind": "user", "name": "New"}, "parent", "required"),
        ({**USER, "parent": "nobody"}, "parent", "unknown"),
        ({**USER, "parent": "ana"}, "parent", "wrong_kind"),
        ({**USER, "parent": "new"}, "parent", "unknown"),
        ({**USER, "kind": "branch", "role": "rep"}, "role", "not_allowed"),
        ({"kind": "corporate", "name": "Second"}, "kind", "one_root"),
    ],
)
def test_an_account_that_makes_no_sense(company: Backend, body: Any, field: str, code: str) -> None:
    company.invalid("PUT", "/v1/accounts/new", body, (field, code))


@pytest.mark.parametrize(
    ("identifier", "body", "field", "code"),
    [
        ("corporate", {"kind": "corporate", "name": "C", "parent": "denver"}, "parent", "not_allowed"),
        ("corporate", {"kind": "corporate", "name": "C", "enabled": False}, "enabled", "not_allowed"),
        ("corporate", {"kind": "corporate", "name": "C", "role": "admin"}, "role", "not_allowed"),
        ("ana", {"kind": "branch", "name": "Ana", "parent": "corporate"}, "kind", "not_changeable"),
        ("denver", {"kind": "user", "name": "Denver", "parent": "corporate"}, "kind", "not_changeable"),
        ("denver", {"kind": "branch", "name": "Denver", "parent": "denver"}, "parent", "cycle"),
    ],
)
def test_an_account_that_is_there_keeps_its_place(
    company: Backend, identifier: str, body: Any, field: str, code: str
) -> None:
    company.invalid("PUT", f"/v1/accounts/{identifier}", body, (field, code))


def test_branches_in_a_circle_are_refused_however_long_it_is(company: Backend) -> None:
    company.branch("north", "denver")
    company.branch("far-north", "north")
    body = {"kind": "branch", "name": "Denver", "parent": "far-north"}
    company.invalid("PUT", "/v1/accounts/denver", body, ("parent", "cycle"))
    assert company.put("/v1/accounts/far-north", {**body, "parent": "dallas"}).status == 200


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ([{"name": "a b", "type": "string"}], "fields[0].name", "invalid"),
        ([{"name": "1a", "type": "string"}], "fields[0].name", "invalid"),
        ([{"type": "string"}], "fields[0].name", "required"),
        ([{"name": "a"}], "fields[0].type", "required"),
        ([{"name": "a", "type": "money"}], "fields[0].type", "not_allowed"),
        ([{"name": "a", "type": "string", "length": 5}], "fields[0].length", "unknown_key"),
        ([{"name": "a", "type": "string", "required": "no"}], "fields[0].required", "wrong_type"),
        ([{"name": "a", "type": "choice"}], "fields[0]", "choices_required"),
        ([{"name": "a", "type": "choice", "choices": []}], "fields[0]", "choices_required"),
        ([{"name": "a", "type": "choice", "choices": ["x", ""]}], "fields[0].choices[1]", "out_of_range"),
        ([{"name": "a", "type": "choice", "choices": "x"}], "fields[0].choices", "wrong_type"),
        ([{"name": "a", "type": "number", "choices": ["x"]}], "fields[0]", "choices_not_allowed"),
        (
            [{"name": "a", "type": "string"}, {"name": "a", "type": "number"}],
            "fields[1].name",
            "repeated",
        ),
        ({"a": "string"}, "fields", "wrong_type"),
        (["a"], "fields[0]", "wrong_type"),
    ],
)
def test_a_record_type_that_makes_no_sense(company: Backend, fields: Any, path: str, code: str) -> None:
    body = {"name": "New", "fields": fields}
    company.invalid("PUT", "/v1/record-types/new", body, (path, code))


@pytest.mark.parametrize(
    ("dedupe", "path", "code"),
    [
        ({}, "rules", "required"),
        ({"rules": []}, "rules", "out_of_range"),
        ({"rules": [[]]}, "rules[0]", "out_of_range"),
        ({"rules": [["email"]] * 9}, "rules", "out_of_range"),
        ({"rules": [["email"], ["fields.loan"]]}, "rules[1][0]", "unknown"),
        ({"rules": [["email", "status"]]}, "rules[0][1]", "unknown"),
        ({"rules": [["email"], ["email"]]}, "rules[1]", "repeated"),
        ({"rules": [["state"]]}, "rules[0]", "too_wide"),
        ({"rules": "email"}, "rules", "wrong_type"),
        ({"rules": [["email"]], "within_hours": 0}, "within_hours", "out_of_range"),
        ({"rules": [["email"]], "within_hours": "24"}, "within_hours", "wrong_type"),
        ({"rules": [["email"]], "on_duplicate": "drop"}, "on_duplicate", "not_allowed"),
        ({"rules": [["email"]], "merge_fields": "none"}, "merge_fields", "not_allowed"),
        ({"rules": [["email"]], "since": 5}, "since", "unknown_key"),
    ],
)
def test_a_dedupe_rule_that_makes_no_sense(company: Backend, dedupe: Any, path: str, code: str) -> None:
    body = {"name": "New", "fields": [], "dedupe": dedupe}
    company.invalid("PUT", "/v1/record-types/new", body, (f"dedupe.{path}", code))


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"owner": "nobody"}, "owner", "unknown"),
        ({"owner": "ana"}, "owner", "wrong_kind"),
        ({"record_type": "nothing"}, "record_type", "unknown"),
        ({"enabled": 0}, "enabled", "wrong_type"),
        ({"allowed_origins": "https://example.com"}, "allowed_origins", "wrong_type"),
        ({"allowed_origins": ["https://example.com", "example.com"]}, "allowed_origins[1]", "invalid"),
        ({"allowed_origins": ["https://example.com/form"]}, "allowed_origins[0]", "invalid"),
        ({"allowed_origins": ["*"]}, "allowed_origins[0]", "invalid"),
        ({"on_duplicate": "drop"}, "on_duplicate", "not_allowed"),
        ({"format": "csv"}, "format", "not_allowed"),
        ({"response_format": "soap"}, "response_format", "not_allowed"),
        ({"mapping": {"amt": "amount"}}, "mapping.amt", "invalid"),
        ({"mapping": {"amt": "fields."}}, "mapping.amt", "invalid"),
        ({"mapping": {"who": "owner"}}, "mapping.who", "invalid"),
        ({"defaults": {"phone": "2145550142"}}, "defaults.phone", "invalid"),
        ({"defaults": {"channel": ["web"]}}, "defaults.channel", "wrong_type"),
    ],
)
def test_a_source_that_makes_no_sense(company: Backend, change: Any, path: str, code: str) -> None:
    company.invalid("PUT", "/v1/sources/new", {"name": "New", **change}, (path, code))


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"outcome": "forget"}, "outcome", "not_allowed"),
        ({"cool_down_minutes": -1}, "cool_down_minutes", "out_of_range"),
        ({"cool_down_minutes": 10**9}, "cool_down_minutes", "out_of_range"),
        ({"cool_down_minutes": 1.5}, "cool_down_minutes", "wrong_type"),
        ({"cool_down_minutes": "5"}, "cool_down_minutes", "wrong_type"),
        ({"cool_down_minutes": True}, "cool_down_minutes", "wrong_type"),
        ({"grace_minutes": -1}, "grace_minutes", "out_of_range"),
        ({"counts_as_attempt": "yes"}, "counts_as_attempt", "wrong_type"),
        ({"cool_down_in": "hours"}, "cool_down_in", "not_allowed"),
        ({"sale": True}, "", "sale_not_allowed"),
    ],
)
def test_a_disposition_that_makes_no_sense(company: Backend, change: Any, path: str, code: str) -> None:
    body = {**LEAST["dispositions"], **change}
    company.invalid("PUT", "/v1/dispositions/new", body, (path, code))


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (push_with(method="random"), "method", "not_allowed"),
        (push_with(method="weighted"), "recipients[0].weight", "required"),
        (push_with(active_within_minutes=0), "active_within_minutes", "out_of_range"),
        (push_with(active_within_minutes="30"), "active_within_minutes", "wrong_type"),
        (push_with(when_nobody={"pull_after_minutes": -1}), "when_nobody.pull_after_minutes", "out_of_range"),
        (push_with(when_nobody={}), "when_nobody.pull_after_minutes", "required"),
        (push_with(catch_up="no"), "catch_up", "not_allowed"),
        (push_with(catch_up="paced"), "catch_up", "not_allowed"),
        (recipient_with(weight=-1), "recipients[0].weight", "out_of_range"),
        (recipient_with(weight="60"), "recipients[0].weight", "wrong_type"),
        (recipient_with(weight=10**9), "recipients[0].weight", "out_of_range"),
        (recipient_with(hourly_limit=-1), "recipients[0].hourly_limit", "out_of_range"),
        (recipient_with(daily_limit=1.5), "recipients[0].daily_limit", "wrong_type"),
        (recipient_with(hold_at_branch=True), "recipients[0].hold_at_branch", "not_allowed"),
        (recipient_with(colour="red"), "recipients[0].colour", "unknown_key"),
        (push_with(reset_interval="weekly"), "reset_interval", "not_allowed"),
        (push_with(order=-1), "order", "out_of_range"),
        (push_with(order=10**6), "order", "out_of_range"),
        (push_with(order="1"), "order", "wrong_type"),
        (push_with(starts_on="2026-02-30"), "starts_on", "wrong_type"),
        (push_with(starts_on="yesterday"), "starts_on", "wrong_type"),
        (push_with(starts_on=86400), "starts_on", "wrong_type"),
        (push_with(distributed_from="nobody"), "distributed_from", "unknown"),
        (push_with(distributed_from="cho"), "distributed_from", "wrong_kind"),
        (push_with(record_type="nothing"), "record_type", "unknown"),
        (push_body([]), "recipients", "out_of_range"),
        (push_with(recipients=["ana"]), "recipients[0]", "wrong_type"),
        (push_body(["ana", "nobody"]), "recipients[1].account", "unknown"),
        (push_body(["ana", "ben", "ana"]), "recipients[2].account", "repeated"),
        (push_body(["corporate"]), "recipients[0].account", "not_below"),
        (push_body(["ana", "cho"], "denver"), "recipients[1].account", "not_below"),
        (push_body(["denver"], "denver"), "recipients[0].account", "not_below"),
    ],
)
def test_a_push_strategy_that_makes_no_sense(company: Backend, body: Any, path: str, code: str) -> None:
    if path.startswith("distributed_from"):
        # Nobody can be below an account that is none.
        assert (path, code) in company.refused(422, "invalid", "PUT", "/v1/push-strategies/new", body).errors
    else:
        company.invalid("PUT", "/v1/push-strategies/new", body, (path, code))


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (pull_body(priority=-1), "priority", "out_of_range"),
        (pull_body(lease_minutes=0), "lease_minutes", "out_of_range"),
        (pull_body(lease_minutes=10**5), "lease_minutes", "out_of_range"),
        (pull_body(lease_minutes="15"), "lease_minutes", "wrong_type"),
        (pull_body(cool_down_minutes=-1), "cool_down_minutes", "out_of_range"),
        (pull_body(max_attempts=0), "max_attempts", "out_of_range"),
        (pull_body(distributed_from="ana"), "distributed_from", "wrong_kind"),
        (pull_body([]), "recipients", "out_of_range"),
        (pull_body(["corporate", "nobody"]), "recipients[1]", "unknown"),
        (pull_body(["ana", "ana"]), "recipients[1]", "repeated"),
        (pull_body(["cho"], "denver"), "recipients[0]", "not_below"),
        (pull_body(["corporate"], "denver"), "recipients[0]", "not_below"),
        (pull_body(order_by=[{"field": "colour"}]), "order_by[0].field", "unknown"),
        (pull_body(order_by=[{"field": "cost", "direction": "up"}]), "order_by[0].direction", "not_allowed"),
        (pull_body(order_by=[{"field": "cost"}] * 6), "order_by", "out_of_range"),
        (pull_body(order_by=["cost"]), "order_by[0]", "wrong_type"),
    ],
)
def test_a_pull_strategy_that_makes_no_sense(company: Backend, body: Any, path: str, code: str) -> None:
    answer = company.refused(422, "invalid", "PUT", "/v1/pull-strategies/new", body)
    assert (path, code) in answer.errors


@pytest.mark.parametrize(
    ("entries", "path", "code"),
    [
        ([GOOD, {"field": "state", "operator": "in", "value": "CO"}], "criteria[1].value", "invalid"),
        (
            [GOOD, {"field": "state", "operator": "in", "value": ["CO", "UT", {}]}],
            "criteria[1].value[2]",
            "invalid",
        ),
        (
            [{"any": [GOOD, {"field": "state", "operator": "like"}]}],
            "criteria[0].any[1].operator",
            "unknown_operator",
        ),
        (
            [{"any": [GOOD, {"field": "colour", "operator": "equals", "value": 1}]}],
            "criteria[0].any[1].field",
            "invalid",
        ),
        (
            [{"any": [GOOD, {"field": "state", "operator": "greater_than", "value": 1}]}],
            "criteria[0].any[1].operator",
            "invalid",
        ),
        ([{"field": "state", "operator": "like"}], "criteria[0].operator", "unknown_operator"),
        ([{"field": "state"}], "criteria[0].operator", "required"),
        ([{"operator": "equals"}], "criteria[0].field", "required"),
        ([{**GOOD, "negate": True}], "criteria[0].negate", "unknown_key"),
        ([{"any": []}], "criteria[0].any", "out_of_range"),
        ([{"any": GOOD}], "criteria[0].any", "wrong_type"),
        ([{"any": [GOOD], "all": [GOOD]}], "criteria[0].all", "unknown_key"),
        (["state = CO"], "criteria[0]", "wrong_type"),
        ([GOOD] * 51, "criteria", "out_of_range"),
        (
            [{"field": "created_at", "operator": "within_last", "value": "1 day"}],
            "criteria[0].value",
            "invalid",
        ),
        (
            [{"field": "created_at", "operator": "older_than", "value": "P9999999D"}],
            "criteria[0].value",
            "invalid",
        ),
    ],
)
def test_criteria_are_refused_at_their_path(company: Backend, entries: Any, path: str, code: str) -> None:
    for kind, body in (
        ("push-strategies", push_with(criteria=entries)),
        ("pull-strategies", pull_body(criteria=entries)),
    ):
        company.invalid("PUT", f"/v1/{kind}/new", body, (path, code))


def test_a_group_within_a_group_is_refused(company: Backend) -> None:
    answer = company.refused(
        422, "invalid", "PUT", "/v1/push-strategies/new", criteria({"any": [{"any": [GOOD]}]})
    )
    assert ("criteria[0].any[0].any", "unknown_key") in answer.errors


def test_a_custom_field_is_known_to_the_strategies_of_its_record_type_alone(company: Backend) -> None:
    company.save("record-types", "loan", name="Loan", fields=[{"name": "amount", "type": "number"}])
    big = [{"field": "fields.amount", "operator": "greater_than", "value": 5}]
    company.push("loans", ["ana"], record_type="loan", criteria=big)
    company.invalid(
        "PUT", "/v1/push-strategies/leads", push_with(criteria=big), ("criteria[0].field", "invalid")
    )


def test_everything_that_is_wrong_is_named_at_once(company: Backend) -> None:
    body = push_body(["ana", "nobody"]) | {"order": -1, "colour": "red", "reset_interval": "weekly"}
    company.invalid(
        "PUT",
        "/v1/push-strategies/new",
        body,
        ("order", "out_of_range"),
        ("colour", "unknown_key"),
        ("reset_interval", "not_allowed"),
    )


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [({"test": "yes"}, "test", "wrong_type"), ({"colour": "red"}, "colour", "unknown_key")],
)
def test_a_wrong_request_for_a_key(company: Backend, body: Any, path: str, code: str) -> None:
    company.invalid("POST", "/v1/sources/api/keys", body, (path, code))


def test_what_cannot_be_stored_is_refused_by_the_name_of_what_is_too_large(company: Backend) -> None:
    """A body within 256 KB that has more than an item holds."""
    names = ["é" * 20 + str(at) for at in range(3500)]
    criteria = [{"field": "first_name", "operator": "in", "value": names}]
    raw = json.dumps(push_with(criteria=criteria), ensure_ascii=False).encode()
    assert len(raw) < 256 * 1024
    answer = company.refused(422, "invalid", "PUT", "/v1/push-strategies/leads", raw=raw)
    assert answer.errors == [("criteria[0].value", "too_large")]
    fits = [{"field": "first_name", "operator": "in", "value": names[:1500]}]
    answer = company.put("/v1/push-strategies/leads", push_with(criteria=fits))
    assert answer.status == 201, answer.json


@pytest.mark.parametrize("identifier", ["Ana", "NORTH", "ana.B"])
def test_a_new_accounts_id_is_in_lower_case(company: Backend, identifier: str) -> None:
    """The user pool knows no capitals: nobody could sign in as it."""
    body = {"id": identifier, "kind": "user", "name": "Ana", "parent": "denver"}
    company.invalid("PUT", f"/v1/accounts/{identifier}", body, ("id", "not_lower_case"))
