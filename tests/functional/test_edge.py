"""What reaches the handlers from outside: parameters, ids, sizes, and whatever else a client may send."""

import json
import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.storage.leads import Submission, dumps, submission_from
from tests.functional.backend import Backend, filled, lead_body
from tests.functional.bodies import KINDS, LEAST
from tools import template

ROUTES = sorted(template.routes(), key=lambda each: each.key)


def noise_of(size: int) -> str:
    """Text that hardly can be compressed."""
    chance = random.Random(1)  # noqa: S311 - the same each time
    return "".join(chance.choices(string.ascii_letters + string.digits, k=size))


# -- parameters ------------------------------------------------------------------------------------------------


def test_an_unknown_parameter_is_refused_on_every_route(company: Backend) -> None:
    for route in ROUTES:
        if route.method == "OPTIONS":
            continue  # a browser asks there, and for the path alone
        for query, unknown in (("colour=red", ["colour"]), ("Limit=5&b=&%C3%A9=1&b=2", ["Limit", "b", "é"])):
            path = f"{filled(route.path)}?{query}"
            answer = company.refused(422, "unknown_parameter", route.method, path, {})
            assert answer.errors == [(each, "unknown_parameter") for each in unknown]


def test_a_repeated_parameter_is_not_the_first_or_the_last_of_its_values(company: Backend) -> None:
    """API Gateway joins them by commas."""
    company.invalid("GET", "/v1/leads?limit=5&limit=6", None, ("limit", "out_of_range"))
    company.invalid("GET", "/v1/leads?mine=true&mine=true", None, ("mine", "wrong_type"))
    company.invalid("GET", "/v1/leads?cursor=a&cursor=b", None, ("cursor", "invalid"))


@pytest.mark.parametrize("text", ["yes", "TRUE", "1", "", "true,true"])
def test_a_flag_is_true_or_false(company: Backend, text: str) -> None:
    company.invalid("GET", f"/v1/leads?mine={text}", None, ("mine", "wrong_type"))


def test_every_answer_is_for_who_asked_alone(company: Backend) -> None:
    """What a browser or a proxy kept would be shown to the next one."""
    for method, path, user in (
        ("GET", "/v1/me", "ana"),
        ("GET", "/v1/leads", "stranger"),
        ("GET", "/v1/health", None),
        ("GET", "/v1/leads/nothing", "ana"),
        ("GET", "/v1/accounts/ana", "admin"),
        ("DELETE", "/v1/accounts/ben", "admin"),
    ):
        assert company.call(method, path, user=user).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("dots", [".", ".."])
def test_ids_that_would_be_another_address_are_refused(company: Backend, dots: str) -> None:
    for kind in KINDS:
        answer = company.refused(422, "invalid", "PUT", f"/v1/{kind}/{dots}", LEAST[kind])
        assert answer.errors == [("id", "invalid")]
        for method in ("GET", "DELETE"):
            company.refused(404, "not_found", method, f"/v1/{kind}/{dots}")
    company.refused(404, "not_found", "GET", f"/v1/leads/{dots}")
    company.refused(404, "not_found", "POST", f"/v1/leads/{dots}/notes", {"note": "x"})
    company.refused(403, "no_account", "GET", "/v1/me", user=dots)
    assert company.put("/v1/accounts/...", LEAST["accounts"]).status == 201


# -- sizes and shapes ------------------------------------------------------------------------------------------


@pytest.fixture
def pulled(company: Backend) -> Backend:
    return company.prepared("edge", lambda: company.pull_strategy("all"))


@pytest.mark.parametrize(
    "token",
    [
        "\U0001f600" * 380,
        "1~\U0001f600~x~y~z",
        "٣~a~b~c~d",
        "1~a~b~c~" + "é" * 390,
        "1~" + "a" * 390 + "~b~c~d",
    ],
)
def test_a_token_that_was_never_granted_is_no_failure(pulled: Backend, token: str) -> None:
    lead, _ = pulled.lent("ana")
    body = {"disposition": "sold", "lease_token": token}
    pulled.refused(409, "unknown_lease", "POST", f"/v1/leads/{lead}/dispositions", body, user="ana")
    extended = pulled.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert extended.status == 409


@pytest.mark.parametrize("depth", [120, 200, 400, 900])
def test_a_deep_value_is_refused_wherever_it_stands(pulled: Backend, depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    criterion = b'{"criteria": [{"field": "state", "operator": "in", "value": ' + deep + b"}]}"
    for method, path, raw in (
        ("PUT", "/v1/push-strategies/s", criterion),
        ("PUT", "/v1/pull-strategies/s", criterion),
        ("POST", "/v1/explain", b'{"lead": {"email": "a@example.com", "fields": ' + deep + b"}}"),
        ("POST", "/v1/leads/x/notes", b'{"note": ' + deep + b"}"),
        ("PATCH", "/v1/leads/x", b'{"fields": ' + deep + b"}"),
        ("POST", "/v1/pull", b'{"record_type": ' + deep + b"}"),
    ):
        answer = pulled.call(method, path, raw=raw)
        assert answer.status in ((400,) if depth > 128 else (200, 404, 422)), (path, answer.json)


@pytest.mark.parametrize("digits", [400, 4_000, 5_000, 250_000])
def test_a_number_of_very_many_digits_is_no_failure(pulled: Backend, digits: int) -> None:
    """As a JSON number it is beyond what readers of JSON take for one; of a lead, and as text, it is only no cost."""
    number = "9" * digits
    raw = f'{{"email": "a@example.com", "cost": {number}}}'.encode()
    taken = pulled.post("/v1/leads", raw=raw)
    assert (taken.status, [each["field"] for each in taken["warnings"]]) == (201, ["cost"])
    for method, path in (("POST", "/v1/explain"), ("PUT", "/v1/dispositions/d")):
        for raw in (f'{{"email": "a@example.com", "cost": {number}}}', f'{{"fields": {{"x": [-{number}]}}}}'):
            pulled.refused(400, "unparsable", method, path, raw=raw.encode())
    for at, text in enumerate((number, f"1e{number}", f"0.{number}", f"-{number}")):
        answer = pulled.post("/v1/leads", {**lead_body(at), "cost": text})
        assert answer.status == 201, answer.json
        pulled.settle()
        assert pulled.shown(answer["lead_id"])["status"] == "ready"
        assert pulled.post("/v1/explain", {"lead": {**lead_body(at), "cost": text}}).status == 200


def test_an_answer_larger_than_its_request_is_kept_under_its_key(pulled: Backend) -> None:
    """`1E5` is written out as `100000.0`."""
    raw = b'{"email": "a@example.com", "fields": {"x": [' + b",".join([b"1E5"] * 60_000) + b"]}}"
    assert pulled.post("/v1/leads", raw=raw).status == 201
    pulled.settle()
    headers = {"idempotency-key": "k"}
    first = pulled.pull("ana", headers=headers)
    assert len(json.dumps(first)) > 400 * 1024
    assert pulled.pull("ana", headers=headers) == first


def test_an_explanation_that_no_record_can_hold_is_answered_all_the_same(
    pulled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = {"noise": noise_of(900_000)}
    monkeypatch.setattr(
        "routing.services.company.administration.explain_lead",
        lambda *_: {"push": noise, "pull": {}},
    )
    asked = {"lead": lead_body()}
    for _ in range(2):
        answer = pulled.post("/v1/explain", asked, headers={"idempotency-key": "k"})
        assert (answer.status, answer["push"]) == (200, noise)


def test_a_lead_of_any_size_can_be_edited(pulled: Backend) -> None:
    """Even one whose fields cannot be compressed: only what an edit changes is stored again."""
    noise = noise_of(120_000)
    names = {"essay": "string", "size": "number", "new": "string", "other": "string", "gone": "string"}
    fields = [{"name": name, "type": kind} for name, kind in names.items()]
    pulled.save("record-types", "lead", name="Lead", fields=fields)
    lead = pulled.lead(1, fields={"essay": noise, "size": 5, "gone": "away"})
    path = f"/v1/leads/{lead}"
    assert pulled.patch(path, {"first_name": "Ana"})["first_name"] == "Ana"
    assert pulled.patch(path, {"fields": {"size": 6, "new": "x"}}).status == 200
    assert pulled.patch(path, {"fields": {"size": 7}}).status == 200
    expected = {"essay": noise, "size": 7, "gone": "away", "new": "x"}
    assert pulled.shown(lead)["fields"] == expected
    as_received = pulled.timeline(lead)[-1]["as_received"]["fields"]
    assert as_received == {"essay": noise, "size": 5, "gone": "away"}
    back = {"fields": {"size": 5, "new": "x" * 50_000}}
    assert pulled.patch(path, back).status == 200
    pulled.invalid("PATCH", path, {"fields": {"other": "x" * 96 * 1024}}, ("fields", "too_large"))
    assert pulled.shown(lead)["fields"] == {**expected, **back["fields"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([1.0, "1", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
FIELDS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(received=FIELDS | JSON, fields=FIELDS, whole=st.booleans())
def test_fields_are_read_as_they_were_left_whatever_had_been_received(
    received: Any, fields: dict[str, Any], whole: bool
) -> None:
    """To the type: true is not 1. Also where an earlier release kept them whole."""
    now = datetime(2026, 3, 4, tzinfo=UTC)
    left = Submission("l", ("o", "k"), "lead", "api", now, {"fields": received}, {}, fields)
    item = left.to_item()
    if whole:
        item = {**item, "fields": dumps(fields), "field_edits": None}
    found = submission_from({name: value for name, value in item.items() if value is not None})
    as_text = json.dumps(found.fields, sort_keys=True)
    assert as_text == json.dumps(fields, sort_keys=True)
