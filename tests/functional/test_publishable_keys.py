"""Keys that everybody can read: what may be done with one, and what it tells of anybody."""

from itertools import product
from typing import Any

import pytest

from tests.functional.backend import Answer, Backend, lead_body

PATH = "/v1/intake/web"
ORIGIN = "https://example.com"
RECEIVED = {"status": "received", "warnings": []}


@pytest.fixture
def web(company: Backend) -> Backend:
    def build() -> None:
        company.save("sources", "web", name="Web", owner="denver", allowed_origins=[ORIGIN])

    return company.prepared("publishable", build)


def publishable(backend: Backend, **other: Any) -> str:
    made = backend.post("/v1/sources/web/keys", {"kind": "publishable", **other})
    assert made.status == 201, made.json
    return str(made["api_key"])


def offer(backend: Backend, key: str, body: Any = None, **headers: str) -> Answer:
    sent = {"x-api-key": key, "origin": ORIGIN, **headers}
    return backend.post(PATH, body or lead_body(), user=None, headers=sent)


def only_lead(backend: Backend) -> Any:
    (lead,) = {item["lead"] for item in backend.of("INTAKE#") if item["kind"] == "lead"}
    return backend.shown(lead)


def test_a_page_hands_in_a_lead_and_learns_nothing_but_that_it_was_received(web: Backend) -> None:
    answer = offer(web, publishable(web))
    assert (answer.status, answer.json) == (201, RECEIVED)
    shown = only_lead(web)
    assert (shown["source"], shown["owner"], shown["email"]) == ("web", "denver", "lead1@example.com")


def test_it_needs_the_origin_of_a_page_of_the_source(web: Backend) -> None:
    key = publishable(web)
    for origin in ("https://evil.example", "http://example.com", "https://example.com:8443", "null", ""):
        sent = {"x-api-key": key, "origin": origin}
        web.refused(403, "origin_not_allowed", "POST", PATH, lead_body(), user=None, headers=sent)
    web.refused(403, "origin_not_allowed", "POST", PATH, lead_body(), user=None, headers={"x-api-key": key})
    assert offer(web, key, origin="https://EXAMPLE.com:443").status == 201
    web.save("sources", "web", name="Web", owner="denver")
    assert offer(web, key, lead_body(2))["code"] == "origin_not_allowed"


def test_a_source_without_origins_gets_no_publishable_key(web: Backend) -> None:
    web.invalid("POST", "/v1/sources/api/keys", {"kind": "publishable"}, ("kind", "allowed_origins_missing"))
    web.invalid("POST", "/v1/sources/web/keys", {"kind": "open"}, ("kind", "not_allowed"))


@pytest.mark.parametrize(
    "said",
    [
        {"cost": 99},
        {"owner": "ana"},
        {"record_type": "nothing"},
        {"external_id": "A-1"},
        {"External ID": "A-1"},
        {"pull_delay_minutes": 600},
        {"created_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_what_a_stranger_may_not_say_does_not_count_and_is_kept(web: Backend, said: dict[str, Any]) -> None:
    answer = offer(web, publishable(web), {**lead_body(), **said})
    assert (answer.status, answer.json) == (201, RECEIVED)
    web.settle()
    shown = only_lead(web)
    assert (shown["owner"], shown["record_type"], shown["cost"]) == ("denver", "lead", None)
    assert shown["created_at"] == "2026-03-04T15:00:00Z"
    received = web.timeline(shown["id"])[-1]
    ((name, value),) = said.items()
    assert received["as_received"][name] == value
    assert (name, "ignored") in [(each["field"], each["code"]) for each in received["warnings"]]


def test_it_takes_nobodys_place_under_an_external_id_or_an_idempotency_key(web: Backend) -> None:
    given = {"idempotency-key": "order-1"}
    offer(web, publishable(web), {**lead_body(1), "external_id": "A-1"}, **given)
    vendor = web.key("web")
    body = {**lead_body(2), "external_id": "A-1"}
    answer = web.post(PATH, body, user=None, headers={"x-api-key": vendor, **given})
    assert (answer.status, answer["duplicate"], answer["warnings"]) == (201, False, [])


def test_whoever_the_person_is_the_answer_is_the_same(web: Backend) -> None:
    key, known = publishable(web), {"phone": "3035550100", "email": "known@example.com"}
    web.put("/v1/do-not-call/3035550101", {})
    web.post("/v1/leads", {**known, "external_id": "A-1"})
    posts: list[Any] = [
        {"email": "nobody@example.com"},
        known,
        known,
        {**known, "external_id": "A-1"},
        {"phone": "3035550101"},
        {"phone": "12", "email": "nobody2@example.com", "color": "red"},
    ]
    answers = [offer(web, key, each) for each in posts]
    repeated = [offer(web, key, known, **{"idempotency-key": "twice"}) for _ in range(2)]
    assert {(each.status, str(each.json), str(each.headers)) for each in answers + repeated} == {
        (201, str(RECEIVED), str(answers[0].headers))
    }


def test_a_test_key_of_a_page_writes_and_explains_nothing(web: Backend) -> None:
    key = publishable(web, test=True)
    before = web.typed()
    answer = offer(web, key)
    assert (answer.status, answer.json) == (201, RECEIVED)
    assert web.typed() == before


def test_a_repeated_request_for_a_key_gives_the_same_key_of_its_kind(web: Backend) -> None:
    once = {"idempotency-key": "one"}
    body = {"kind": "publishable"}
    first, second = (web.post("/v1/sources/web/keys", body, headers=once) for _ in range(2))
    assert first.json == second.json
    assert offer(web, second["api_key"]).json == RECEIVED


def test_the_keys_of_a_source_are_listed_with_the_day_of_their_last_lead(web: Backend) -> None:
    made = [
        web.post("/v1/sources/web/keys", body).json
        for body in ({}, {"kind": "publishable"}, {"test": True}, {})
    ]
    kinds = {"kind": "secret", "test": False, "created_at": "2026-03-04T15:00:00Z", "last_used_on": None}
    expected = {each["key_id"]: {"key_id": each["key_id"], **kinds} for each in made}
    expected[made[1]["key_id"]]["kind"] = "publishable"
    expected[made[2]["key_id"]]["test"] = True

    def listed(limit: int = 50) -> dict[str, Any]:
        found, cursor = {}, ""
        while True:
            page = web.get(f"/v1/sources/web/keys?limit={limit}{cursor}")
            found |= {each["key_id"]: each for each in page["items"]}
            assert not [each for each in made if each["api_key"] in str(page.json)]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    assert listed() == expected
    offer(web, made[0]["api_key"])
    web.at("2026-03-05T15:00:00Z")
    offer(web, made[1]["api_key"], lead_body(2))
    offer(web, made[2]["api_key"], lead_body(3))
    expected[made[0]["key_id"]]["last_used_on"] = "2026-03-04"
    expected[made[1]["key_id"]]["last_used_on"] = "2026-03-05"
    assert listed(1) == expected
    web.refused(404, "not_found", "GET", "/v1/sources/nothing/keys")


def test_the_day_of_a_keys_use_is_written_once_and_a_revoked_key_does_not_come_back(web: Backend) -> None:
    key = web.key("web")
    web.strict.requests.clear()
    for number in range(3):
        offer(web, key, lead_body(number))
    noted = [each for each in web.strict.requests if "last_used_on" in str(each)]
    assert len(noted) == 1
    web.at("2026-03-05T15:00:00Z")
    key_id = web.get("/v1/sources/web/keys")["items"][0]["key_id"]

    def revoke(operation: str, _: Any) -> None:
        if operation == "PutItem":
            web.strict.faults.clear()
            web.delete(f"/v1/sources/web/keys/{key_id}")

    web.strict.faults.append(revoke)
    assert offer(web, key, lead_body(4)).status == 201
    assert web.of("KEY#") == []


def test_a_page_that_says_very_much_that_does_not_count_gets_few_warnings(web: Backend) -> None:
    between = ["", "_", "-", " ", "__", "--"]
    costs = [f"c{a}o{b}s{c}t" for a, b, c in product(between, repeat=3)]
    assert offer(web, publishable(web), {**lead_body(), **dict.fromkeys(costs, 1)}).json == RECEIVED
    web.settle()
    *kept, last = web.timeline(only_lead(web)["id"])[-1]["warnings"]
    assert ({each["code"] for each in kept}, last["code"]) == ({"ignored"}, "more")
    assert len(kept) == 50
    assert last["message"].startswith(f"{len(costs) - 50} more ")


def test_what_is_released_of_a_page_fills_blanks_only_and_is_unverified_until_an_edit_says_it(
    web: Backend,
) -> None:
    rules = {"rules": [["email"]], "merge_fields": "overwrite"}
    web.save("record-types", "lead", name="Lead", dedupe=rules)
    web.save("sources", "web", name="Web", owner="denver", allowed_origins=[ORIGIN], honeypot="hp")
    lead = web.lead(1)
    offer(web, publishable(web), lead_body(1, first_name="Eve", phone="3035550199", state="CO", hp="x"))
    (post,) = web.get("/v1/sources/web/posts")["items"]
    assert web.post(f"/v1/sources/web/posts/{post['id']}/release").status == 200
    web.settle()
    shown = web.shown(lead)
    assert (shown["first_name"], shown["state"]) == ("Lead 1", "CO")
    assert shown["phones"] == [{"value": "+13035550199", "kind": None, "unverified": True}]
    for edit in ({"first_name": "Anna"}, {"phones": shown["phones"]}):
        assert web.patch(f"/v1/leads/{lead}", edit)["phones"] == shown["phones"]
    assert "unverified" not in web.patch(f"/v1/leads/{lead}", {"phone": "3035550199"})["phones"][0]


@pytest.mark.parametrize("is_merged", [True, False])
def test_nobody_is_taken_for_somebody_else_by_what_a_stranger_said(web: Backend, is_merged: bool) -> None:
    web.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"], ["phone", "last_name"]]})
    lead = web.lead(1)
    bea = {"phone": "3035550177", "last_name": "Lee"}
    assert offer(web, publishable(web), lead_body(1, **bea)).status == 201
    if is_merged:
        web.post("/v1/leads", lead_body(1))  # who is known asks again
        web.settle()
    came = web.post("/v1/leads", bea)
    assert (came.status, came["duplicate"]) == (201, False)
    web.settle()
    assert [each["value"] for each in web.shown(lead)["phones"]] == ["+13035550177"]
    assert web.post("/v1/leads", bea)["lead_id"] == came["lead_id"]
    cleo = {"phone": "3035550178", "last_name": "Lee"}
    offer(web, publishable(web), lead_body(1, **cleo))
    web.post("/v1/leads", lead_body(1, **cleo))
    web.settle()
    assert web.post("/v1/leads", cleo)["lead_id"] == lead


def test_what_a_post_says_of_its_own_contact_is_not_doubted(web: Backend) -> None:
    web.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"]]})
    lead = web.lead(1)
    doubted = {"emails": [{"value": "lead1@example.com", "unverified": True}]}
    assert web.post("/v1/leads", doubted)["lead_id"] == lead


def test_what_strangers_say_of_somebody_takes_no_room_of_what_is_known(web: Backend) -> None:
    web.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"]]})
    lead = web.lead(1)
    offer(web, publishable(web), lead_body(1, phones=[f"30355501{each}" for each in range(10, 20)]))
    web.settle()
    assert len(web.shown(lead)["phones"]) == 10
    assert web.post("/v1/leads", lead_body(1, phone="3035550177")).status == 200
    web.settle()
    phones = web.shown(lead)["phones"]
    assert (phones[0], len(phones)) == ({"value": "+13035550177", "kind": None}, 10)


@pytest.mark.parametrize("how", ["fill_blank", "overwrite"])
def test_a_person_who_is_known_gets_what_is_blank_and_what_is_added_is_unverified_until_who_is_known_says_it(
    web: Backend, how: str
) -> None:
    rules = {"rules": [["email"]], "merge_fields": how}
    web.save("record-types", "lead", name="Lead", dedupe=rules)
    known = {"first_name": "Ana", "email": "ana@example.com", "phone": "3035550100"}
    lead = web.post("/v1/leads", known)["lead_id"]
    web.settle()
    said = {"first_name": "Eve", "state": "CO", "email": "ana@example.com", "phone": "3035550199"}
    answer = offer(web, publishable(web), {**said, "phones": ["3035550100"]})
    assert (answer.status, answer.json) == (201, RECEIVED)
    web.settle()
    shown = web.shown(lead)
    assert (shown["first_name"], shown["state"], shown["phone"]) == ("Ana", "CO", "+13035550100")
    assert shown["phones"] == [
        {"value": "+13035550100", "kind": None},
        {"value": "+13035550199", "kind": None, "unverified": True},
    ]
    assert shown["emails"] == [{"value": "ana@example.com", "kind": None}]
    web.post("/v1/leads", {**known, "phone": "3035550199"})
    web.settle()
    phones = web.shown(lead)["phones"]
    assert {each["value"] for each in phones} == {"+13035550100", "+13035550199"}
    assert "unverified" not in str(phones)
