"""How values are read, through the API: leads, criteria, searches and the do-not-call list agree."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.functional.backend import Backend, lead_body, pull_body

PATH = "/v1/leads"
PHONE = "+12145550142"


def warned(answer: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in answer["warnings"]]


# -- a side field does not cost the lead -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "warnings", "name"),
    [
        (b'\xef\xbb\xbf{"phone": "2145550142", "first_name": "Ann"}', [], "Ann"),
        (b'{"phone": "2145550142", "first_name": "Ann \\ud83d"}', [("first_name", "damaged")], "Ann \ufffd"),
        (b'{"phone": "2145550142", "first_name": "Ann \\uD83D\\uDE00"}', [], "Ann \U0001f600"),
        (b'{"phone": "2145550142", "first_name": "Jos\xe9"}', [("first_name", "damaged")], "Jos\ufffd"),
        (b'{"phone": "2145550142", "first_name": "Ann", "cost": 1e400}', [("cost", "dropped")], "Ann"),
        (b'{"phone": "2145550142", "first_name": "Ann", "cost": NaN}', [("cost", "dropped")], "Ann"),
        (b'{"phone": "2145550142", "first_name": "Ann", "cost": -Infinity}', [("cost", "dropped")], "Ann"),
        (b'{"phone": "2145550142", "first_name": "Ann", "cost": ' + b"9" * 5000 + b"}", [("cost", "dropped")], "Ann"),
        (b'{"phone": "2145550142", "first_name": NaN, "fields": {"x": NaN}}',
         [("first_name", "dropped"), ("fields.x", "unknown_key")], None),
        (b'{"phone": "2145550142", "first_name": "A\\u0000nn", "\\ud800": 1}', [("\ufffd", "unknown_key")], "Ann"),
        (b'{"phone": "2145550142", "first_name": "Ann", "external_id": NaN}', [("external_id", "dropped")], "Ann"),
    ],
)  # fmt: skip
def test_what_json_cannot_hold_does_not_cost_the_lead(
    company: Backend, raw: bytes, warnings: list[tuple[str, str]], name: str | None
) -> None:
    key = company.key("api")
    by_user = company.post(PATH, raw=raw)
    by_source = company.post("/v1/intake/api", raw=raw, user=None, headers={"x-api-key": key})
    for answer in (by_user, by_source):
        assert (answer.status, warned(answer)) == (201, warnings)
    company.settle()
    shown = company.shown(by_user["lead_id"])
    assert (shown["phone"], shown["first_name"], shown["cost"]) == (PHONE, name, None)


def test_what_came_is_kept_as_it_came(company: Backend) -> None:
    body = {
        "PHONE": " 214-555-0142 / 303-555-0100 ",
        "Cost": "1.234,50",
        "Fields": {"Note": "\u200bx"},
        "State": "Tex.",
    }
    answer = company.post(PATH, body)
    assert answer.status == 201
    company.settle()
    assert company.timeline(answer["lead_id"])[-1]["as_received"] == body
    shown = company.shown(answer["lead_id"])
    assert (shown["phone"], shown["cost"], shown["state"]) == (PHONE, 1234.5, "TX")
    assert warned(answer) == [("cost", "repaired"), ("fields.Note", "unknown_key")]


# -- keys and ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Phone", "PHONE", "phone", " phone ", "\ufeffphone"])
def test_a_lead_is_taken_whatever_the_case_of_its_keys(company: Backend, key: str) -> None:
    answer = company.post(PATH, {key: "2145550142"})
    assert (answer.status, warned(answer)) == (201, [])
    assert company.listed(f"phone={quote(PHONE)}") == [answer["lead_id"]]


def test_control_keys_are_read_whatever_their_case(company: Backend) -> None:
    mine = company.post(PATH, {**lead_body(), "Owner": "me"}, user="ana")
    assert mine.status == 201
    company.settle()
    assert company.shown(mine["lead_id"])["owner"] == "ana"
    refused = company.post(PATH, {**lead_body(), "OWNER": "ben"})
    assert (refused.status, refused.errors) == (422, [("owner", "not_allowed")])
    key = company.key("api")
    taken = company.post("/v1/intake/api", {**lead_body(2), "API_Key": key}, user=None)
    assert taken.status == 201
    company.settle()
    assert key not in str(company.timeline(taken["lead_id"]))
    listed = company.put(f"/v1/do-not-call/{quote(PHONE)}", {})
    assert listed.status == 201
    closed = company.post(PATH, {"PHONE": "214.555.0142 (cell)"})
    assert (closed.status, closed["status"]) == (201, "closed")


def test_an_id_is_the_same_however_it_is_sent(company: Backend) -> None:
    ways = [123, 123.0, "123", "123.0", " 123 ", '="123"', "'123"]
    answers = [company.post(PATH, {**lead_body(), "external_id": each}) for each in ways]
    assert [each.status for each in answers] == [201] + [200] * 6
    assert len({each["lead_id"] for each in answers}) == 1
    other = [
        company.post(PATH, {**lead_body(at), "external_id": each})
        for at, each in enumerate(["NULL", "nan", "N/A"])
    ]
    assert [(each.status, warned(each)) for each in other] == [(201, [("external_id", "dropped")])] * 3
    assert len({each["lead_id"] for each in other}) == 3


# -- criteria and searches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "operator", "value", "takes"),
    [
        ("state", "in", ["Texas"], True),
        ("state", "not_in", ["Texas"], False),
        ("phone", "equals", "(214) 555-0142", True),
        ("phone", "starts_with", "214", True),
        ("postal_code", "equals", "03301-1234", True),
        ("postal_code", "in", [3301], True),
    ],
)
def test_a_strategy_keeps_what_was_written_and_takes_what_it_means(
    company: Backend, field: str, operator: str, value: Any, takes: bool
) -> None:
    criteria = [{"field": field, "operator": operator, "value": value}]
    put = company.put("/v1/pull-strategies/all", pull_body(criteria=criteria))
    assert put.status == 201
    assert company.get("/v1/pull-strategies/all")["criteria"] == put["criteria"] == criteria
    body = {"phone": "214.555.0142", "state": "Texas", "postal_code": "03301"}
    answer = company.post(PATH, body)
    company.settle()
    assert company.shown(answer["lead_id"])["status"] == ("ready" if takes else "unmatched")


@pytest.mark.parametrize(
    ("field", "operator", "value", "where"),
    [
        ("state", "equals", "ZZ", "criteria[0].value"),
        ("state", "in", ["TX", "ZZ"], "criteria[0].value[1]"),
        ("phone", "equals", "214", "criteria[0].value"),
        ("postal_code", "equals", "DALLAS", "criteria[0].value"),
        ("email", "equals", "ann", "criteria[0].value"),
    ],
)
def test_a_value_that_no_lead_can_have_is_refused(
    company: Backend, field: str, operator: str, value: Any, where: str
) -> None:
    criteria = [{"field": field, "operator": operator, "value": value}]
    refused = company.put("/v1/pull-strategies/all", pull_body(criteria=criteria))
    assert (refused.status, refused.errors) == (422, [(where, "invalid")])


@pytest.mark.parametrize(
    "query",
    [
        "phone=" + quote("214-555-0142 (cell)"),
        "phone=2145550142.0",
        "phone=" + quote("001-214-555-0142"),
        "email=" + quote("Ann <ANN@b.com>"),
        "email=" + quote("mailto:ann@b.com"),
    ],
)
def test_a_search_reads_as_a_lead_is_read(company: Backend, query: str) -> None:
    lead = company.post(PATH, {"phone": 2145550142.0, "email": "ann@b.com."})["lead_id"]
    company.settle()
    assert company.listed(query) == [lead]


def test_calling_hours_and_the_list_read_alike(company: Backend) -> None:
    asked = quote("TX - Texas"), quote("'75201"), quote("214-555-0142 (cell)")
    found = company.get("/v1/calling-hours?state={}&postal_code={}&phone={}".format(*asked))
    assert (found.status, [each["state"] for each in found["windows"]]) == (200, ["TX"])
    assert company.get("/v1/calling-hours?state=Ontario").errors == [("state", "unknown")]
    assert company.put(f"/v1/do-not-call/{quote('214-555-0142 (cell)')}", {}).status == 201
    assert company.get("/v1/do-not-call/2145550142")["listed"] is True
    two = quote("214-555-0142, 303-555-0100")
    assert company.get(f"/v1/do-not-call/{two}").errors == [("phone", "unusable")]
    sent = {"phones": ["917-555-0100 / 917-555-0101", "nobody"]}
    answer = company.post("/v1/do-not-call/imports", sent)
    assert (answer.status, answer["phones"]) == (202, 2)
    assert answer["rejected"] == [{"line": 2, "reason": "unusable"}]


# -- edits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patch", "error"),
    [
        ({"phones": ["214-555-0142", "303"]}, ("phones.1", "dropped")),
        ({"emails": [f"a{n}@b.com" for n in range(11)]}, ("emails", "too_many")),
        ({"last_name": "N/A"}, ("last_name", "dropped")),
        ({"postal_code": "DALLAS"}, ("postal_code", "dropped")),
    ],
)
def test_an_edit_is_refused_what_it_would_lose(
    company: Backend, patch: dict[str, Any], error: tuple[str, str]
) -> None:
    lead = company.lead(1)
    answer = company.patch(f"{PATH}/{lead}", patch)
    assert (answer.status, answer.errors) == (422, [error])


def test_an_edit_reads_as_a_lead_is_read(company: Backend) -> None:
    lead = company.lead(1)
    patch = {"phone": "214-555-0142 x5", "state": "Dallas, TX", "first_name": "Jose\u0301\u200b"}
    answer = company.patch(f"{PATH}/{lead}", patch)
    assert answer.status == 200
    assert (answer["phone"], answer["state"], answer["first_name"]) == (PHONE, "TX", "Jos\u00e9")


def test_set_up_stays_strict(company: Backend) -> None:
    for raw in (b'{"name": "\\ud83d"}', b'{"order": NaN}', b'{"order": 1e400}'):
        company.refused(400, "unparsable", "PUT", "/v1/push-strategies/x", raw=raw)
    bare = json.dumps({"name": "Web"}).encode()
    assert company.put("/v1/sources/web", raw=b"\xef\xbb\xbf" + bare).status == 201
