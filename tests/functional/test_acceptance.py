"""Leads that cost money: which are taken, how many, for how much; what is refused is no lead."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from routing.domain.acceptance import PARTS
from routing.services.intake.authenticate import by_user
from routing.storage import keys
from tests.functional.backend import START, Answer, Backend, lead_body
from tests.functional.strict import client_error

PATH = "/v1/intake/bought"
IN_COLORADO = [{"field": "state", "operator": "in", "value": ["CO", "UT"]}]


@pytest.fixture
def vendor(company: Backend) -> Backend:
    """A company whose branch Denver buys leads: of `bought`, without any condition yet."""

    def build() -> None:
        save(company)

    return company.prepared("acceptance", build)


def save(backend: Backend, **other: Any) -> Answer:
    return backend.save("sources", "bought", name="Bought", owner="denver", **other)


def offer(backend: Backend, key: str, number: int = 1, **other: Any) -> Answer:
    headers = {"x-api-key": key, **other.pop("headers", {})}
    return backend.post(PATH, lead_body(number, **other), user=None, headers=headers)


def outcomes(backend: Backend, key: str, *costs: Any, start: int = 1) -> list[str]:
    """What becomes of leads at these posted costs."""
    found = []
    for number, cost in enumerate(costs, start):
        answer = offer(backend, key, number, **({} if cost is None else {"cost": cost}))
        found.append(answer.json.get("reason", answer["status"]))
    return found


def counted(backend: Backend) -> dict[str, tuple[int, float]]:
    """By period: leads, and money."""
    return {
        each["SK"]: (int(each["leads"]), int(each["cost"]) / PARTS)
        for each in backend.of("SOURCE#bought")
        if each["SK"].startswith(("DAY#", "MONTH#"))
    }


def heads(backend: Backend) -> int:
    return len(backend.of("LEAD#", "HEAD"))


def test_without_acceptance_nothing_is_refused_counted_or_written_otherwise(vendor: Backend) -> None:
    key = vendor.key("bought")
    vendor.strict.requests.clear()
    assert offer(vendor, key).status == 201
    plain = [each for each, _ in vendor.strict.requests] if vendor.strict.requests else []
    assert "TransactWriteItems" not in plain
    assert counted(vendor) == {}


def test_what_does_not_meet_the_criteria_is_no_lead_and_is_kept(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO})
    key = vendor.key("bought")
    refused = offer(vendor, key, state="TX")
    assert (refused.status, refused.json) == (200, {"status": "refused", "reason": "outside_criteria"})
    assert heads(vendor) == 0
    (kept,) = vendor.get("/v1/sources/bought/posts")["items"]
    assert (kept["outcome"], kept["reason"], kept["lead_id"]) == ("refused", "outside_criteria", None)
    assert [(each["field"], each["code"]) for each in kept["warnings"]] == [("state", "not_accepted")]
    assert kept["as_received"] == lead_body(state="TX")
    assert offer(vendor, key, 2, state="CO").status == 201


def test_who_did_not_agree_is_not_bought(vendor: Backend) -> None:
    agreed = {"field": "consent.certificate", "operator": "is_not_empty"}
    save(vendor, acceptance={"criteria": [agreed, *IN_COLORADO]})
    key = vendor.key("bought")
    consent = {"text": "I agree", "certificate": "https://cert.trustedform.com/abc"}
    assert offer(vendor, key, 1, state="CO").json == {"status": "refused", "reason": "no_consent"}
    assert offer(vendor, key, 1, state="TX")["reason"] == "outside_criteria"
    assert offer(vendor, key, 1, state="CO", consent={"text": "I agree"})["reason"] == "no_consent"
    assert offer(vendor, key, 1, state="CO", consent=consent).status == 201


@pytest.mark.parametrize(
    ("zone", "now", "reason"),
    [
        ("America/Denver", "2026-03-04T15:59:00Z", "out_of_hours"),
        ("America/Denver", "2026-03-04T16:00:00Z", None),
        ("America/Denver", "2026-03-05T00:59:00Z", None),
        ("America/Denver", "2026-03-05T01:00:00Z", "out_of_hours"),
        ("America/Denver", "2026-03-07T17:00:00Z", "out_of_hours"),  # a Saturday
        ("America/Denver", "2026-03-09T15:00:00Z", None),  # nine o'clock since the clocks went forward
    ],
)
def test_hours_are_those_of_the_sources_owner(
    vendor: Backend, zone: str, now: str, reason: str | None
) -> None:
    save(vendor, acceptance={"hours": {"mon-fri": ["09:00", "18:00"]}})
    key = vendor.key("bought")
    vendor.at(now)
    assert offer(vendor, key).json.get("reason") == reason


def test_a_phone_that_nobody_may_call_is_not_bought(vendor: Backend) -> None:
    vendor.put("/v1/do-not-call/3035550101", {})
    key = vendor.key("bought")
    assert offer(vendor, key, phone="3035550101")["status"] == "closed"
    save(vendor, acceptance={})
    assert offer(vendor, key, 2, phone="3035550101")["reason"] == "do_not_call"


def test_a_cap_takes_as_many_as_it_says_each_local_day(vendor: Backend) -> None:
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 2}]})
    key = vendor.key("bought")
    vendor.at("2026-03-08T06:59:00Z")  # the last minute of Saturday in Denver
    assert outcomes(vendor, key, None, None, None) == ["new", "new", "over_cap"]
    vendor.at("2026-03-08T07:00:00Z")  # Sunday, on which the clocks go forward
    assert outcomes(vendor, key, None, None, start=4) == ["new", "new"]
    vendor.at("2026-03-09T05:59:00Z")  # 23 hours long
    assert outcomes(vendor, key, None, start=6) == ["over_cap"]
    vendor.at("2026-03-09T06:00:00Z")
    assert outcomes(vendor, key, None, start=7) == ["new"]
    assert {day: leads for day, (leads, _) in counted(vendor).items()} == {
        "DAY#2026-03-07": 2,
        "DAY#2026-03-08": 2,
        "DAY#2026-03-09": 1,
    }
    assert heads(vendor) == 5


def test_money_is_never_spent_beyond_a_cap_by_a_cent(vendor: Backend) -> None:
    caps = [{"per": "month", "cost": 100.0}, {"per": "day", "leads": 10, "cost": 1000}]
    save(vendor, acceptance={"caps": caps}, cost=33.33, trust_posted_cost=True)
    key = vendor.key("bought")
    posted = [None, 33.34, "33.34", 33.33, 0.01, 0]
    assert outcomes(vendor, key, *posted) == ["new", "new", "over_budget", "new", "over_budget", "new"]
    assert counted(vendor) == {"DAY#2026-03-04": (4, 100.0), "MONTH#2026-03": (4, 100.0)}
    vendor.at("2026-04-01T06:00:00Z")
    assert outcomes(vendor, key, 100.0001, 100, start=10) == ["over_budget", "new"]


def test_zero_is_none_and_what_is_left_out_no_limit(vendor: Backend) -> None:
    key = vendor.key("bought")
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 0}]})
    assert outcomes(vendor, key, None) == ["over_cap"]
    save(vendor, acceptance={"caps": [{"per": "day", "cost": 0}]}, cost=5)
    assert outcomes(vendor, key, None) == ["over_budget"]
    assert counted(vendor) == {}
    save(vendor, acceptance={"caps": []}, cost=5)
    assert outcomes(vendor, key, None) == ["new"]


@pytest.mark.parametrize(
    ("source", "posted", "cost", "codes"),
    [
        ({}, 7, 7, []),
        ({"cost": 5}, None, 5, []),
        ({"cost": 5}, 5, 5, []),
        ({"cost": 5}, 0, 5, ["not_trusted"]),
        ({"cost": 5}, "much", 5, ["dropped"]),
        ({"cost": 5, "trust_posted_cost": True}, "7,50 €", 7.5, None),
        ({"cost": 5, "trust_posted_cost": True}, -7, 5, ["dropped"]),
        ({"cost": 5, "trust_posted_cost": True}, 10**40, 5, ["dropped"]),
        ({"trust_posted_cost": True}, -7, None, ["dropped"]),
    ],
)
def test_a_posted_cost_counts_where_it_is_trusted(
    vendor: Backend, source: dict[str, Any], posted: Any, cost: Any, codes: list[str] | None
) -> None:
    save(vendor, **source)
    answer = offer(vendor, vendor.key("bought"), **({} if posted is None else {"cost": posted}))
    assert vendor.shown(answer["lead_id"])["cost"] == cost
    assert codes is None or [each["code"] for each in answer["warnings"]] == codes


def test_what_was_taken_once_is_answered_so_and_counted_once(vendor: Backend) -> None:
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 1}]})
    key = vendor.key("bought")
    once = {"idempotency-key": "a"}
    first = offer(vendor, key, external_id="A-1", headers=once)
    assert first.status == 201
    save(vendor, acceptance={"criteria": IN_COLORADO, "caps": [{"per": "day", "leads": 1}]})
    again = offer(vendor, key, external_id="A-1", headers=once)
    assert (again.status, again.json) == (201, first.json)
    repeat = offer(vendor, key, external_id="A-1")
    assert (repeat.status, repeat["lead_id"], repeat["duplicate"]) == (200, first["lead_id"], True)
    assert counted(vendor) == {"DAY#2026-03-04": (1, 0.0)}


def test_what_was_refused_under_a_key_stays_refused_for_it(vendor: Backend) -> None:
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 0}]})
    key = vendor.key("bought")
    once = {"idempotency-key": "a"}
    assert offer(vendor, key, headers=once)["reason"] == "over_cap"
    save(vendor)
    assert offer(vendor, key, headers=once).json == {"status": "refused", "reason": "over_cap"}
    assert len(vendor.get("/v1/sources/bought/posts")["items"]) == 1
    assert offer(vendor, key).status == 201


def test_a_person_may_take_what_was_refused_and_it_counts(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO, "caps": [{"per": "day", "leads": 1}]}, cost=5)
    key = vendor.key("bought")
    offer(vendor, key, 1, state="CO")
    assert [offer(vendor, key, 2, state=each)["reason"] for each in ("UT", "TX")] == [
        "over_cap",
        "outside_criteria",
    ]
    for post in vendor.get("/v1/sources/bought/posts")["items"]:
        path = f"/v1/sources/bought/posts/{post['id']}/release"
        answers = [vendor.post(path) for _ in range(2)]
        assert [each.status for each in answers] == [201, 200]
        assert answers[0]["lead_id"] == answers[1]["lead_id"]
    assert counted(vendor) == {"DAY#2026-03-04": (3, 15.0)}
    assert heads(vendor) == 3


def test_a_person_who_takes_what_was_refused_does_not_vouch_for_what_it_says_of_its_cost(
    vendor: Backend,
) -> None:
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 0}, {"per": "month", "cost": 1000}]}, cost=5)
    offer(vendor, vendor.key("bought"), 1, cost=900)
    (post,) = vendor.get("/v1/sources/bought/posts")["items"]
    answer = vendor.post(f"/v1/sources/bought/posts/{post['id']}/release")
    assert (answer.status, [each["code"] for each in answer["warnings"]]) == (201, ["not_trusted"])
    assert vendor.shown(answer["lead_id"])["cost"] == 5
    assert counted(vendor) == {"DAY#2026-03-04": (1, 5.0), "MONTH#2026-03": (1, 5.0)}


@pytest.mark.parametrize("source", [{}, {"acceptance": {"caps": [{"per": "day", "leads": 5}]}, "cost": 5}])
def test_a_lead_is_made_and_answered_though_the_day_of_its_keys_use_could_not_be_noted(
    vendor: Backend, source: dict[str, Any]
) -> None:
    save(vendor, **source)
    key = vendor.key("bought")

    def fail(operation: str, request: Any) -> None:
        if "last_used_on" in str(request):
            raise client_error("ThrottlingException", operation)

    vendor.strict.faults.append(fail)
    assert offer(vendor, key).status == 201
    vendor.strict.faults.clear()
    assert [each["last_used_on"] for each in vendor.get("/v1/sources/bought/keys")["items"]] == [None]
    assert (heads(vendor), counted(vendor)) == (1, {"DAY#2026-03-04": (1, 5.0)} if source else {})


def brought(backend: Backend, started: str) -> Mapping[str, Any]:
    """The third row of a file."""
    moment = datetime.fromisoformat(started)
    row = {**lead_body(state="TX"), "source": "bought", "external_id": "A-1", "cost": 7}
    entry = keys.imported_row("i1", moment, 3)
    return by_user(backend.store, "admin", row, moment, None, entry=entry).body


def test_a_row_that_is_refused_is_kept_once_and_released_as_what_people_bring(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO}, cost=5)
    assert [brought(vendor, START)["status"] for _ in range(2)] == ["refused"] * 2
    (post,) = vendor.get("/v1/sources/bought/posts")["items"]
    lead = vendor.post(f"/v1/sources/bought/posts/{post['id']}/release")["lead_id"]
    assert vendor.shown(lead)["cost"] == 7
    for started in (START, "2026-03-04T15:01:00Z"):
        assert brought(vendor, started)["lead_id"] == lead
    assert [each["lead_id"] for each in vendor.get("/v1/sources/bought/posts")["items"]] == [lead]


def test_a_refused_row_that_is_read_again_does_not_bring_back_who_was_erased(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO})
    vendor.settle()
    lead = vendor.post("/v1/leads", lead_body())["lead_id"]
    brought(vendor, START)
    vendor.post(f"/v1/leads/{lead}/erase")
    vendor.settle()
    assert brought(vendor, START)["status"] == "refused"
    (post,) = vendor.get("/v1/sources/bought/posts")["items"]
    assert post["as_received"] is None


def test_what_people_bring_is_not_refused(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO})
    answer = vendor.post("/v1/leads", {**lead_body(), "source": "bought"})
    assert answer.status == 201


# -- test keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("00001", 201, {"status": "new", "duplicate": False}),
        ("00002", 200, {"status": "new", "duplicate": True}),
        ("00003", 200, {"status": "refused", "reason": "outside_criteria"}),
        ("00004", 200, {"status": "refused", "reason": "over_cap"}),
        ("00005", 200, {"status": "refused", "reason": "no_consent"}),
        (" 00005 ", 200, {"status": "refused", "reason": "no_consent"}),
    ],
)
def test_a_test_key_tries_every_answer_by_its_postal_code(
    vendor: Backend, code: str, status: int, told: dict[str, Any]
) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO})
    key = vendor.key("bought", test=True)
    before = vendor.typed()
    answer = offer(vendor, key, postal_code=code)
    assert (answer.status, {name: answer[name] for name in told}) == (status, told)
    assert answer["test"] is True
    assert "explanation" in answer.json
    assert vendor.typed() == before
    real = offer(vendor, vendor.key("bought"), postal_code=code, state="CO")
    assert (real.status, real["status"]) == (201, "new")


def test_a_duplicate_is_tried_as_the_source_treats_it(vendor: Backend) -> None:
    save(vendor, acceptance={"refuse_duplicates": True})
    answer = offer(vendor, vendor.key("bought", test=True), postal_code="00002")
    assert (answer.status, answer["reason"]) == (200, "duplicate")


def test_a_test_key_says_what_would_be_refused_and_counts_nothing(vendor: Backend) -> None:
    save(vendor, acceptance={"criteria": IN_COLORADO, "caps": [{"per": "day", "leads": 1}]})
    key, test = vendor.key("bought"), vendor.key("bought", test=True)
    refused = offer(vendor, test, state="TX")
    assert (refused["reason"], refused["explanation"]["criteria"][0]["held"]) == ("outside_criteria", False)
    assert [offer(vendor, test, state="CO").status for _ in range(2)] == [201, 201]
    assert offer(vendor, key, 1, state="CO").status == 201
    before = vendor.typed()
    assert offer(vendor, test, 2, state="CO")["reason"] == "over_cap"
    assert vendor.typed() == before


# -- set-up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"acceptance": {"caps": [{"per": "week", "leads": 1}]}}, "acceptance.caps[0].per", "not_allowed"),
        ({"acceptance": {"caps": [{"per": "day"}]}}, "acceptance.caps[0]", "required"),
        ({"acceptance": {"caps": [{"per": "day", "leads": -1}]}}, "acceptance.caps[0].leads", "out_of_range"),
        ({"acceptance": {"caps": [{"per": "day", "leads": 1.5}]}}, "acceptance.caps[0].leads", "wrong_type"),
        ({"acceptance": {"caps": [{"per": "day", "cost": "9"}]}}, "acceptance.caps[0].cost", "wrong_type"),
        ({"acceptance": {"caps": [{"per": "day", "cost": 9}]}}, "acceptance.caps[0].cost", "cost_required"),
        ({"cost": 0.00001}, "cost", "out_of_range"),
        ({"cost": -1}, "cost", "out_of_range"),
        ({"acceptance": {"hours": {"mon": ["18:00", "09:00"]}}}, "acceptance.hours.mon", "empty_window"),
        (
            {"acceptance": {"hours": {"holiday": ["09:00", "12:00"]}}},
            "acceptance.hours.holiday",
            "unknown_day",
        ),
        (
            {"acceptance": {"criteria": [{"field": "nothing", "operator": "is_empty"}]}},
            "acceptance.criteria[0].field",
            "invalid",
        ),
        ({"acceptance": {"cap": []}}, "acceptance.cap", "unknown_key"),
    ],
)
def test_what_cannot_be_meant_is_refused(vendor: Backend, body: Any, field: str, code: str) -> None:
    vendor.invalid("PUT", "/v1/sources/bought", {"id": "bought", "name": "Bought", **body}, (field, code))


def test_a_field_that_a_sources_criteria_name_is_not_taken_away(vendor: Backend) -> None:
    fields = [{"name": "amount", "type": "number"}]
    vendor.save("record-types", "lead", name="Lead", fields=fields)
    save(vendor, acceptance={"criteria": [{"field": "fields.amount", "operator": "is_not_empty"}]})
    answer = vendor.put("/v1/record-types/lead", {"id": "lead", "name": "Lead"})
    assert answer.status in (409, 422), answer.json
    assert "sources/bought" in str(answer.json)


# -- duplicates --------------------------------------------------------------------------------------------------


def dedupe(backend: Backend) -> None:
    backend.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"]], "within_hours": 720})


def test_a_duplicate_is_refused_where_the_source_wants_none_and_leaves_no_trace(vendor: Backend) -> None:
    dedupe(vendor)
    save(vendor, acceptance={"refuse_duplicates": True, "caps": [{"per": "day", "leads": 2}]})
    key = vendor.key("bought")
    first = offer(vendor, key, 1)
    assert first.status == 201
    once = {"idempotency-key": "a"}
    for _ in range(2):
        again = offer(vendor, key, 1, headers=once)
        assert (again.status, again.json) == (200, {"status": "refused", "reason": "duplicate"})
    assert counted(vendor) == {"DAY#2026-03-04": (1, 0.0)}
    assert vendor.listed("email=lead1@example.com") == [first["lead_id"]]
    assert [each["reason"] for each in vendor.get("/v1/sources/bought/posts")["items"]] == ["duplicate"]
    assert offer(vendor, key, 2).status == 201


def test_what_was_promised_to_become_a_lead_is_not_refused_as_a_duplicate_when_it_comes_again(
    vendor: Backend,
) -> None:
    dedupe(vendor)
    save(vendor)
    key, once = vendor.key("bought"), {"idempotency-key": "a"}
    first = offer(vendor, key, 1)["lead_id"]

    def fail(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems":
            raise client_error("InternalServerError", operation)

    vendor.strict.faults.append(fail)
    assert offer(vendor, key, 1, headers=once).status == 503
    vendor.strict.faults.clear()
    save(vendor, acceptance={"refuse_duplicates": True})
    answer = offer(vendor, key, 1, headers=once)
    assert (answer.status, answer["lead_id"], answer["duplicate"]) == (200, first, True)
    assert offer(vendor, key, 1)["reason"] == "duplicate"


def test_a_duplicate_that_is_merged_is_not_counted_even_at_the_cap(vendor: Backend) -> None:
    dedupe(vendor)
    save(vendor, acceptance={"caps": [{"per": "day", "leads": 1}]})
    key = vendor.key("bought")
    first = offer(vendor, key, 1)
    merged = offer(vendor, key, 1, state="CO")
    assert (merged.status, merged["lead_id"], merged["duplicate"]) == (200, first["lead_id"], True)
    assert offer(vendor, key, 2)["reason"] == "over_cap"
    assert counted(vendor) == {"DAY#2026-03-04": (1, 0.0)}
    vendor.settle()
    vendor.project()
    listed = vendor.get("/v1/sources/bought/posts")["items"]
    assert sorted((each["outcome"], each["lead_id"]) for each in listed) == [
        ("duplicate", first["lead_id"]),
        ("lead", first["lead_id"]),
        ("refused", None),
    ]


def test_the_new_lead_of_somebody_who_was_sold_counts_and_over_the_cap_it_is_none(vendor: Backend) -> None:
    dedupe(vendor)
    save(vendor, acceptance={"criteria": IN_COLORADO, "caps": [{"per": "day", "leads": 2}]}, cost=5)
    key = vendor.key("bought")

    def after(lead: str, state: str) -> dict[str, Any]:
        assert vendor.dispose(lead, "sold", "admin").status == 200
        answer = offer(vendor, key, 1, state=state)
        if "reason" in answer.json:
            post = vendor.get("/v1/sources/bought/posts")["items"][0]
            answer = vendor.post(f"/v1/sources/bought/posts/{post['id']}/release")
        assert (answer.status, answer["lead_id"], answer["duplicate"]) == (200, lead, True)
        vendor.settle()
        event: dict[str, Any] = vendor.timeline(lead)[0]
        assert event["event"] == "asked_again"
        return event

    first = offer(vendor, key, 1, state="CO")["lead_id"]
    vendor.settle()
    came = after(first, "CO")
    assert (came["effect"], counted(vendor)) == ("new_lead", {"DAY#2026-03-04": (2, 10.0)})
    second = came["receipt"]
    came = after(second, "CO")
    assert (came["effect"], counted(vendor)) == ("over_cap", {"DAY#2026-03-04": (2, 10.0)})
    assert vendor.shown(second)["status"] == "closed"
    assert vendor.get(f"/v1/leads/{came['receipt']}").status == 404
    assert vendor.post(f"/v1/leads/{second}/receipts/{came['receipt']}/release").status == 201
    assert counted(vendor) == {"DAY#2026-03-04": (3, 15.0)}
    came = after(second, "TX")
    assert (came["effect"], counted(vendor)) == ("new_lead", {"DAY#2026-03-04": (4, 20.0)})


def test_a_released_post_of_a_known_person_is_merged_once(vendor: Backend) -> None:
    dedupe(vendor)
    save(vendor, acceptance={"refuse_duplicates": True, "caps": [{"per": "day", "leads": 5}]})
    key = vendor.key("bought")
    lead = offer(vendor, key, 1)["lead_id"]
    offer(vendor, key, 1)
    (post,) = vendor.get("/v1/sources/bought/posts")["items"]
    answers = [vendor.post(f"/v1/sources/bought/posts/{post['id']}/release") for _ in range(2)]
    assert [(each.status, each["lead_id"], each["duplicate"]) for each in answers] == [(200, lead, True)] * 2
    vendor.settle()
    assert [each["event"] for each in vendor.timeline(lead)].count("asked_again") == 1
    (post,) = [each for each in vendor.get("/v1/sources/bought/posts")["items"] if each["reason"]]
    assert post["lead_id"] == lead
    assert counted(vendor) == {"DAY#2026-03-04": (1, 0.0)}
