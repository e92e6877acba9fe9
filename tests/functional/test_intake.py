"""Ingest by sources with their keys: `POST /v1/intake/{source}`."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.functional.backend import Answer, Backend, lead_body

PATH = "/v1/intake/web"


@pytest.fixture
def web(company: Backend) -> Backend:
    """A company with a source `web` that belongs to Denver."""

    def build() -> None:
        company.save("sources", "web", name="Web", owner="denver", allowed_origins=["https://example.com"])

    return company.prepared("intake", build)


def offer(backend: Backend, key: str | None, body: Any = None, **headers: str) -> Answer:
    sent = {**({"x-api-key": key} if key else {}), **headers}
    return backend.post(PATH, body or lead_body(), user=None, headers=sent)


def test_a_source_hands_in_a_lead_for_its_owner(web: Backend) -> None:
    answer = offer(web, web.key("web"))
    assert (answer.status, answer["status"], answer["duplicate"]) == (201, "new", False)
    shown = web.shown(answer["lead_id"])
    assert (shown["source"], shown["owner"]) == ("web", "denver")
    web.settle()
    received = web.timeline(answer["lead_id"])[-1]
    assert (received["event"], received["by"], received["source"]) == ("received", None, "web")


def test_the_key_may_come_in_the_address_or_in_the_body_and_is_not_kept(web: Backend) -> None:
    key = web.key("web")
    in_address = web.post(f"{PATH}?api_key={key}", lead_body(1), user=None)
    in_body = web.post(PATH, {**lead_body(2), "api_key": key}, user=None)
    assert (in_address.status, in_body.status) == (201, 201)
    assert in_body["warnings"] == []
    web.settle()
    assert key not in str(web.timeline(in_body["lead_id"]))
    assert key not in str(web.items())


@pytest.mark.parametrize("body", [{"owner": "ana"}, {"owner": "me"}, {"source": "api"}])
def test_a_source_does_not_choose_whose_the_lead_is(web: Backend, body: dict[str, str]) -> None:
    answer = offer(web, web.key("web"), {**lead_body(), **body})
    assert answer.status == 201
    shown = web.shown(answer["lead_id"])
    assert (shown["source"], shown["owner"]) == ("web", "denver")


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "no_api_key"), ("", "no_api_key"), ("wrong", "bad_api_key"), ("x" * 5000, "bad_api_key")],
)
def test_without_a_key_of_the_source_it_is_401(web: Backend, key: str | None, code: str) -> None:
    headers = {} if key is None else {"x-api-key": key}
    web.refused(401, code, "POST", PATH, lead_body(), user=None, headers=headers)


def test_a_key_opens_its_own_source_only(web: Backend) -> None:
    key = web.key("api")
    web.refused(401, "bad_api_key", "POST", PATH, lead_body(), user=None, headers={"x-api-key": key})
    web.refused(
        401, "bad_api_key", "POST", "/v1/intake/nothing", lead_body(), user=None, headers={"x-api-key": key}
    )


@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True])
def test_a_key_in_the_body_that_is_no_text_is_none(web: Backend, value: Any) -> None:
    web.refused(401, "no_api_key", "POST", PATH, {**lead_body(), "api_key": value}, user=None)


def test_a_disabled_source_is_403(web: Backend) -> None:
    key = web.key("web")
    web.save("sources", "web", name="Web", owner="denver", enabled=False)
    web.refused(403, "source_disabled", "POST", PATH, lead_body(), user=None, headers={"x-api-key": key})


def test_only_the_allowed_origins_may_post_from_a_browser(web: Backend) -> None:
    key = web.key("web")
    assert offer(web, key, origin="https://example.com").status == 201
    web.refused(
        403,
        "origin_not_allowed",
        "POST",
        PATH,
        lead_body(),
        user=None,
        headers={"x-api-key": key, "origin": "https://evil.example"},
    )
    before = web.items()
    tried = offer(web, web.key("web", test=True), lead_body(3), origin="https://console.example")
    assert (tried.status, tried["test"]) == (201, True), "what only tries does nothing from anywhere"
    assert "access-control-allow-origin" not in tried.headers
    assert {each for each in web.items() if each not in before and each[0].startswith("LEAD#")} == set()
    web.save("sources", "web", name="Web", owner="denver")
    assert offer(web, key, lead_body(2), origin="https://anywhere.example").status == 201


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"first_name": "Ana"}, "phone", "unusable"),
        ({**lead_body(), "record_type": "nothing"}, "record_type", "unknown"),
        ({**lead_body(), "external_id": ["x"]}, "external_id", "wrong_type"),
    ],
)
def test_a_lead_that_nobody_could_use_is_refused(web: Backend, body: Any, field: str, code: str) -> None:
    for test in (False, True):
        key = web.key("web", test=test)
        web.invalid("POST", PATH, body, (field, code), user=None, headers={"x-api-key": key})


def test_a_test_key_checks_and_explains_and_writes_nothing(web: Backend) -> None:
    web.push("users", ["ana", "ben"], "denver")
    web.settle()
    key = web.key("web", test=True)
    before = web.typed()
    answer = offer(web, key, {**lead_body(), "external_id": "A-1", "utm": "x"})
    assert answer.status == 201
    assert answer["test"] is True
    assert [each["code"] for each in answer["warnings"]] == ["unknown_key"]
    assert (answer["explanation"]["push"]["outcome"], answer["explanation"]["push"]["account"]) == (
        "assigned",
        "ana",
    )
    assert set(answer["explanation"]) == {"push", "pull"}
    assert web.typed() == before
    real = offer(web, web.key("web"), {**lead_body(), "external_id": "A-1"})
    assert (real.status, real["duplicate"]) == (201, False)
    web.settle()
    assert web.shown(real["lead_id"])["owner"] == "ana"


def test_no_token_is_needed_and_a_users_token_is_no_key(web: Backend) -> None:
    web.refused(401, "no_api_key", "POST", PATH, lead_body(), user="admin")


# -- formats ---------------------------------------------------------------------------------------------------

FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_a_form_is_a_lead_and_its_key_may_be_a_field(web: Backend) -> None:
    key = web.key("web")
    raw = f"api_key={key}&Full+Name=Ana+Ortiz&Mobile=214-555-0142&loan[]=a&loan[]=b".encode()
    answer = web.post(PATH, raw=raw, user=None, headers=FORM)
    assert (answer.status, [each["code"] for each in answer["warnings"]]) == (201, ["unknown_key"])
    shown = web.shown(answer["lead_id"])
    assert (shown["first_name"], shown["phone"], shown["fields"]) == ("Ana", "+12145550142", {"loan": "a, b"})
    web.settle()
    assert key not in str(web.items())
    web.refused(401, "no_api_key", "POST", PATH, raw=b"phone=2145550142", user=None, headers=FORM)
    web.refused(401, "bad_api_key", "POST", PATH, raw=b"api_key=x&phone=2145550142", user=None, headers=FORM)


def test_several_leads_are_answered_each(web: Backend) -> None:
    key = web.key("web")
    bodies = [{**lead_body(1), "external_id": "1"}, {"first_name": "Nobody"}, lead_body(2)]
    once = {"idempotency-key": "several"}
    answer = offer(web, key, bodies, **once)
    assert (answer.status, [each["status"] for each in answer["leads"]]) == (201, ["new", "invalid", "new"])
    assert answer["leads"][1]["errors"][0]["field"] == "phone"
    assert offer(web, key, bodies, **once).json == answer.json
    other = offer(web, key, bodies[::-1], **once)
    assert (other.status, other["code"]) == (422, "idempotency_key_reused")
    again = offer(web, key, bodies[:2])
    assert (again.status, again["leads"][0]["duplicate"]) == (200, True)
    none = offer(web, key, [{"first_name": "Nobody"}, {"phone": "x", "record_type": "y"}])
    assert (none.status, none.errors) == (422, [("[0].phone", "unusable"), ("[1].record_type", "unknown")])
    assert set(offer(web, key, [lead_body(3)]).json) == {"lead_id", "status", "duplicate", "warnings"}


WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("once", [True, False])
def test_several_leads_that_meet_an_outage_on_their_way_are_sent_again_and_none_becomes_two(
    web: Backend, at: int, once: bool
) -> None:
    """Without an `Idempotency-Key` those are known again that have an id of the vendor's."""
    web.save("sources", "web", name="Web", owner="denver", acceptance={"caps": [{"per": "day", "leads": 3}]})
    bodies = [{**lead_body(number), **({} if once else {"external_id": str(number)})} for number in (1, 2, 3)]
    headers = {"idempotency-key": "several"} if once else {}
    key, writes = web.key("web"), 0

    def lose_the_answer(operation: str, _: Any) -> None:
        nonlocal writes
        writes += operation in WRITES
        if writes >= at:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")

    web.strict.after.append(lose_the_answer)
    answer = offer(web, key, bodies, **headers)
    web.strict.after.clear()
    assert (answer.status, answer["code"]) == (503, "try_again")
    again = offer(web, key, bodies, **headers)
    assert [each["status"] for each in again["leads"]] == ["new"] * 3
    assert again.status in ((201,) if once else (200, 201))
    leads = [each["lead"] for each in web.of("INTAKE#") if each["kind"] == "lead"]
    assert sorted(leads) == sorted(each["lead_id"] for each in again["leads"])
    assert offer(web, key, lead_body(4))["reason"] == "over_cap"


def test_a_source_is_read_as_it_says_from_its_next_post_on(web: Backend) -> None:
    key = web.key("web")
    body = {"person": {"cell": "214-555-0142"}}
    assert offer(web, key, body).status == 422
    mapping = {"person.cell": "phone"}
    web.save("sources", "web", name="Web", owner="denver", mapping=mapping, defaults={"channel": "form"})
    answer = offer(web, key, body)
    assert answer.status == 201
    shown = web.shown(answer["lead_id"])
    assert (shown["phone"], shown["channel"]) == ("+12145550142", "form")


def test_what_a_mapping_leaves_out_is_not_kept(web: Backend) -> None:
    mapping = {"token": None, "amt": "fields.amount"}
    web.save("sources", "web", name="Web", owner="denver", mapping=mapping)
    assert web.get("/v1/sources/web")["mapping"] == mapping
    raw = b"email=ana@example.com&token=t0ken&amt=5"
    answer = web.post(PATH, raw=raw, user=None, headers={**FORM, "x-api-key": web.key("web")})
    assert web.shown(answer["lead_id"])["fields"] == {"amount": "5"}
    web.settle()
    assert "t0ken" not in str(web.items())


def test_what_cannot_be_read_is_said_to_who_has_a_key_and_kept(web: Backend) -> None:
    web.refused(401, "bad_api_key", "POST", PATH, raw=b"{", user=None, headers={"x-api-key": "wrong"})
    for key in (web.key("web", test=True), web.key("web")):
        raw = b'{"a":\n1,"b":"' + key.encode()
        answer = web.post(PATH, raw=raw, user=None, headers={"x-api-key": key})
        assert (answer.status, answer["code"], answer["line"]) == (400, "unparsable", 2)
    (kept,) = web.get("/v1/sources/web/posts")["items"]
    assert (kept["outcome"], kept["reason"]) == ("invalid", "unparsable")
    assert kept["warnings"] == [{"field": "", "code": "unparsable", "message": answer["detail"]}]
    assert answer["detail"].startswith("Line 2: ")
    assert kept["as_received"] == {"content_type": "application/json", "body": '{"a":\n1,"b":"...'}
