"""Ingest by users: `POST /v1/leads`."""

from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body

PATH = "/v1/leads"


def test_a_new_lead_is_answered_and_is_whole(company: Backend) -> None:
    answer = company.post(PATH, {**lead_body(), "phone": "(303) 555-0101", "postal_code": "2134", "utm": "x"})
    assert answer.status == 201
    assert answer.json == {
        "lead_id": answer["lead_id"],
        "status": "new",
        "duplicate": False,
        "warnings": [
            {
                "field": "postal_code",
                "code": "repaired",
                "message": "had lost its leading zero; it was put back",
            },
            {
                "field": "utm",
                "code": "unknown_key",
                "message": "is not a key of a lead; it is kept as received",
            },
        ],
    }
    shown = company.shown(answer["lead_id"])
    assert shown == {
        "id": answer["lead_id"],
        "record_type": "lead",
        "source": "api",
        "channel": None,
        "campaign": None,
        "cost": None,
        "first_name": "Lead 1",
        "last_name": None,
        "email": "lead1@example.com",
        "phone": "+13035550101",
        "phones": [{"value": "+13035550101", "kind": None}],
        "emails": [{"value": "lead1@example.com", "kind": None}],
        "state": None,
        "postal_code": "02134",
        "timezone": None,
        "external_id": None,
        "created_at": "2026-03-04T15:00:00Z",
        "erased": False,
        "fields": {},
        "consent": None,
        "attribution": None,
        "status": "new",
        "owner": "corporate",
        "owner_name": "Corporate",
        "holder": None,
        "holder_name": None,
        "lease_expires_at": None,
        "pull_count": 0,
        "attempts": 0,
        "first_call_at": None,
        "last_disposition": None,
        "available_at": None,
        "callback_at": None,
        "callback_for": None,
        "calling_class": None,
    }
    company.settle()
    (received,) = [each for each in company.timeline(answer["lead_id"]) if each["event"] == "received"]
    assert received["as_received"]["utm"] == "x"
    assert received["by"] == "admin"
    assert [each["code"] for each in received["warnings"]] == ["repaired", "unknown_key"]


def test_custom_fields_and_what_nobody_knows_are_kept(company: Backend) -> None:
    company.save("record-types", "lead", name="Lead", fields=[{"name": "amount", "type": "number"}])
    answer = company.post(PATH, {**lead_body(), "fields": {"amount": "5", "shoe_size": 9, "gone": None}})
    assert [(each["field"], each["code"]) for each in answer["warnings"]] == [
        ("fields.shoe_size", "unknown_key")
    ]
    assert company.shown(answer["lead_id"])["fields"] == {"amount": 5, "shoe_size": 9}


def test_a_bad_phone_beside_a_good_address_is_no_reason_to_refuse(company: Backend) -> None:
    answer = company.post(PATH, {**lead_body(), "phone": "12"})
    assert answer.status == 201
    assert [(each["field"], each["code"]) for each in answer["warnings"]] == [("phone", "dropped")]
    assert company.shown(answer["lead_id"])["phone"] is None


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "phone", "unusable"),
        ({"first_name": "Ana"}, "phone", "unusable"),
        ({"phone": "12", "email": "nobody"}, "phone", "unusable"),
        ({"phone": "", "email": ""}, "phone", "unusable"),
        ({**lead_body(), "record_type": "nothing"}, "record_type", "unknown"),
        ({**lead_body(), "record_type": 5}, "record_type", "unknown"),
        ({**lead_body(), "source": "nothing"}, "source", "unknown"),
        ({**lead_body(), "source": ["api"]}, "source", "unknown"),
        ({**lead_body(), "external_id": {"a": 1}}, "external_id", "wrong_type"),
        ({**lead_body(), "external_id": "x" * 257}, "external_id", "wrong_type"),
        ({**lead_body(), "external_id": True}, "external_id", "wrong_type"),
        ({**lead_body(), "owner": "ben"}, "owner", "not_allowed"),
        ({**lead_body(), "owner": 5}, "owner", "not_allowed"),
    ],
)
def test_a_lead_that_nobody_could_use_is_refused(company: Backend, body: Any, field: str, code: str) -> None:
    company.invalid("POST", PATH, body, (field, code))


def test_a_lead_of_another_record_type_than_its_source_takes_is_refused(company: Backend) -> None:
    company.save("record-types", "loan", name="Loan")
    company.invalid("POST", PATH, {**lead_body(), "record_type": "loan"}, ("record_type", "not_of_source"))
    company.save("sources", "loans", name="Loans", record_type="loan", owner="denver")
    answer = company.post(PATH, {**lead_body(), "source": "loans"})
    assert answer.status == 201
    shown = company.shown(answer["lead_id"])
    assert (shown["record_type"], shown["source"], shown["owner"]) == ("loan", "loans", "denver")


def test_a_disabled_source_takes_no_leads(company: Backend) -> None:
    company.save("sources", "web", name="Web", enabled=False)
    company.refused(403, "source_disabled", "POST", PATH, {**lead_body(), "source": "web"})


def test_a_rep_makes_leads_of_their_own_only(company: Backend) -> None:
    company.refused(403, "forbidden", "POST", PATH, lead_body(), user="ana")
    answer = company.post(PATH, {**lead_body(), "owner": "me"}, user="ana")
    assert answer.status == 201
    company.settle()
    shown = company.shown(answer["lead_id"], user="ana")
    assert (shown["owner"], shown["status"]) == ("ana", "assigned")
    assert company.post(PATH, lead_body(), user="mia").status == 201


# -- repeats ---------------------------------------------------------------------------------------------------


def test_a_repeated_external_id_answers_the_first_lead(company: Backend) -> None:
    body = {**lead_body(), "external_id": "A-1"}
    first = company.post(PATH, body)
    before = company.typed()
    again = company.post(PATH, body)
    assert (again.status, again.json) == (200, {**first.json, "duplicate": True})
    assert company.typed() == before
    company.settle()
    after_routing = company.post(PATH, body)
    assert (after_routing.status, after_routing["lead_id"]) == (200, first["lead_id"])


def test_a_repeat_whose_data_differ_says_so_and_changes_nothing(company: Backend) -> None:
    first = company.post(PATH, {**lead_body(), "external_id": "A-1"})
    again = company.post(PATH, {**lead_body(2), "external_id": "A-1"})
    assert (again.status, again["lead_id"], again["duplicate"]) == (200, first["lead_id"], True)
    assert [(each["field"], each["code"]) for each in again["warnings"]] == [("external_id", "differs")]
    assert company.shown(first["lead_id"])["email"] == "lead1@example.com"


def test_an_external_id_belongs_to_its_source(company: Backend) -> None:
    company.save("sources", "web", name="Web")
    first = company.post(PATH, {**lead_body(), "external_id": "A-1"})
    other = company.post(PATH, {**lead_body(), "external_id": "A-1", "source": "web"})
    assert other.status == 201
    assert other["lead_id"] != first["lead_id"]
    as_number = company.post(PATH, {**lead_body(), "external_id": 7})
    as_text = company.post(PATH, {**lead_body(), "external_id": "7"})
    assert as_text["lead_id"] == as_number["lead_id"]


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_leads_without_an_external_id_are_no_repeats_of_one_another(company: Backend, blank: Any) -> None:
    answers = [company.post(PATH, {**lead_body(number), "external_id": blank}) for number in (1, 2)]
    assert [each.status for each in answers] == [201, 201]
    assert answers[0]["lead_id"] != answers[1]["lead_id"]


def test_a_repeat_after_a_crash_completes_the_lead(company: Backend) -> None:
    """The head was written and the log entry was not."""
    body = {**lead_body(), "external_id": "A-1"}

    def crash(operation: str, request: Any) -> None:
        if operation == "PutItem" and request["Item"]["PK"]["S"].startswith("INTAKE#"):
            raise RuntimeError("the container is gone")

    company.strict.faults.append(crash)
    assert company.post(PATH, body).status == 500
    company.strict.faults.clear()
    company.settle()
    (head,) = company.of("LEAD#", "HEAD")
    assert company.get(f"/v1/leads/{head['lead']}").status == 404
    company.at("2026-03-04T15:00:30Z")
    again = company.post(PATH, body)
    assert (again.status, again["duplicate"]) == (201, False)
    assert again["lead_id"] == head["lead"]
    company.settle()
    assert company.shown(head["lead"])["status"] == "unmatched"
    assert len(company.of("LEAD#", "HEAD")) == 1


def test_a_delay_keeps_the_lead_from_being_pulled(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1, pull_delay_minutes=10)
    shown = company.shown(lead)
    assert (shown["status"], shown["available_at"]) == ("cooling", "2026-03-04T15:10:00Z")
    assert company.pull("ana")["lead"] is None
    company.at("2026-03-04T15:10:00Z")
    assert company.pull("ana")["lead"]["id"] == lead
