"""What senders get back in the words that they expect, for what is taken and what is not."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.functional.backend import Answer, Backend, lead_body

PATH = "/v1/intake/web"
XML = {"accept": "application/xml"}


def source(backend: Backend, **says: Any) -> str:
    """The key of a source that says so."""
    backend.save("sources", "web", name="Web", owner="denver", **says)
    return backend.key("web")


def offer(backend: Backend, key: str, body: Any = None, raw: bytes | None = None, **headers: str) -> Answer:
    sent = {"x-api-key": key, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return backend.post(PATH, body, raw=raw, user=None, headers=sent)


def element(answer: Answer) -> Any:
    assert answer.headers["content-type"].startswith("application/")
    assert "xml" in answer.headers["content-type"]
    return ET.fromstring(answer.json)  # noqa: S314 - our own answer


def test_leadconduits_answer_is_an_outcome_whatever_becomes_of_it(company: Backend) -> None:
    key = source(company, response_format="leadconduit")
    lead = {**lead_body(1), "external_id": "A-1"}
    taken = offer(company, key, lead)
    assert (taken.status, taken["outcome"], taken["reason"]) == (201, "success", "")
    again = offer(company, key, lead)
    assert (again.status, again.json) == (
        201,
        {"outcome": "failure", "reason": "duplicate", "lead": taken["lead"], "price": 0},
    )
    nobody = offer(company, key, {"first_name": "Nobody"})
    assert (nobody.status, nobody["outcome"]) == (201, "failure")
    assert nobody["reason"] == "no_contact: phone: a lead needs a usable phone or email"
    broken = offer(company, key, raw=b'{"phone":\n1,')
    assert (broken.status, broken["outcome"]) == (201, "failure")
    assert broken["reason"].startswith("unparsable: Line 2: ")
    large = offer(company, key, raw=b" " * 300_000)
    assert (large.status, large["reason"]) == (201, "too_large: The body has more than 256 KB.")
    several = offer(company, key, [{"first_name": "Nobody"}, lead_body(2)])
    assert (several["outcome"], [each["outcome"] for each in several["leads"]]) == (
        "success",
        ["failure", "success"],
    )
    as_xml = element(offer(company, key, lead, accept="text/xml"))
    assert (as_xml.tag, as_xml.findtext("outcome"), as_xml.findtext("lead/id")) == (
        "result",
        "failure",
        taken["lead"]["id"],
    )


def test_what_is_not_wanted_is_refused_in_the_dialect_and_what_is_taken_has_its_price(
    company: Backend,
) -> None:
    texas = {"criteria": [{"field": "state", "operator": "equals", "value": "TX"}]}
    key = source(company, response_format="leadconduit", acceptance=texas, cost=12.5)
    taken = offer(company, key, {**lead_body(1), "state": "TX"})
    assert (taken["outcome"], taken["price"]) == ("success", 12.5)
    refused = offer(company, key, {**lead_body(2), "state": "CO"})
    assert (refused.status, refused.json) == (
        201,
        {"outcome": "failure", "reason": "outside_criteria", "price": 0},
    )
    key = source(company, response_format="leadconduit", cost=12.5, trust_posted_cost=True)
    several = offer(company, key, [{**lead_body(3), "cost": "$7.25"}, {"cost": 3}, lead_body(4)])
    assert [each["price"] for each in several["leads"]] == [7.25, 0, 12.5]
    again = {"idempotency-key": "k-1"}
    answers = [offer(company, key, {**lead_body(5), "cost": 9}, **again) for _ in range(2)]
    assert [(each["outcome"], each["price"]) for each in answers] == [("success", 9)] * 2
    key = source(company, response_format="leadconduit", trust_posted_cost=True)
    assert "price" not in offer(company, key, lead_body(6)).json
    key = source(company, response_format="boberdoo", acceptance=texas, cost=12.5)
    refused = offer(company, key, {**lead_body(2), "state": "CO"})
    found = element(refused)
    assert (refused.status, found.findtext("status"), found.findtext("error")) == (
        200,
        "Unmatched",
        "outside_criteria",
    )


def test_who_shows_no_key_and_who_comes_while_nothing_works_gets_the_status_in_the_dialect(
    company: Backend,
) -> None:
    source(company, response_format="leadconduit")
    answer = offer(company, "wrong", lead_body())
    assert (answer.status, answer["outcome"]) == (401, "failure")
    source(company, response_format="boberdoo")
    answer = offer(company, "wrong", lead_body())
    assert (answer.status, element(answer).findtext("status")) == (401, "Error")

    def fail(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")

    company.strict.faults.append(fail)
    answer = offer(company, "wrong", lead_body())
    assert (answer.status, element(answer).findtext("status")) == (503, "Error")


def test_boberdoos_answer_is_its_xml(company: Backend) -> None:
    key = source(company, response_format="boberdoo")
    lead = {**lead_body(1), "external_id": "A-1"}
    answers = [offer(company, key, each) for each in (lead, lead, {"first_name": "Nobody"})]
    assert [each.status for each in answers] == [200, 200, 200]
    found = [{part.tag: part.text for part in element(each)} for each in answers]
    assert found == [
        {"status": "Matched", "lead_id": found[0]["lead_id"], "error": None},
        {"status": "Unmatched", "lead_id": found[0]["lead_id"], "error": "duplicate"},
        {"status": "Error", "lead_id": None, "error": "phone: a lead needs a usable phone or email"},
    ]
    tagged = company.post(f"{PATH}?utm_source=x", lead, user=None, headers={"x-api-key": key})
    assert (tagged.status, element(tagged).findtext("error")) == (
        200,
        "utm_source: is no parameter of this call",
    )
    several = element(offer(company, key, [lead, lead_body(3)]))
    assert [each.findtext("status") for each in several] == ["Unmatched", "Matched"]


def test_our_own_answer_in_xml(company: Backend) -> None:
    key = source(company)
    answer = offer(company, key, {**lead_body(), "utm <x>": 1}, **XML)
    found = element(answer)
    assert (answer.status, found.findtext("status"), found.findtext("duplicate")) == (201, "new", "false")
    assert [each.findtext("field") for each in found.iter("warning")] == ["utm <x>"]
    wrong = offer(company, key, {"first_name": "Nobody"}, **XML)
    assert (wrong.status, wrong.headers["content-type"]) == (422, "application/problem+xml; charset=utf-8")
    assert element(wrong).findtext("errors/error/field") == "phone"
    assert isinstance(
        offer(company, key, lead_body(2), accept="application/json, application/xml").json, dict
    )


def google(**says: Any) -> dict[str, Any]:
    columns = [{"column_id": "FULL_NAME", "string_value": "Ana Ortiz"}]
    columns.append({"column_id": "PHONE_NUMBER", "string_value": "+12145550142"})
    return {"lead_id": "g-1", "campaign_id": 9007199254740993, "user_column_data": columns, **says}


def test_googles_lead_form(company: Backend) -> None:
    key = source(company, format="google_ads")

    def post(body: Any) -> Answer:
        return company.post(PATH, body, user=None)

    before = company.typed()
    assert post(google(google_key=key, is_test=True)).json == {}
    assert company.typed() == before
    refused = post(google(google_key="wrong"))
    assert (refused.status, refused.json) == (401, {"message": "This is no key of this source."})
    nobody = post({"google_key": key, "user_column_data": []})
    assert (nobody.status, list(nobody.json)) == (422, ["message"])
    for _ in range(2):
        answer = post(google(google_key=key))
        assert (answer.status, answer.json) == (200, {})
    company.settle()
    (shown,) = company.get("/v1/leads?phone=%2B12145550142")["items"]
    assert (shown["first_name"], shown["campaign"], shown["external_id"]) == (
        "Ana",
        "9007199254740993",
        "g-1",
    )
    assert key not in str(company.items())


ADF = """<?ADF VERSION "1.0"?><?XML VERSION "1.0"?><adf><prospect status="{status}"><id>77</id>
<customer><contact><name part="full">Ana & Co</name><phone>214-555-014{digit}</phone></contact></customer>
<provider><name>Portal</name></provider></prospect></adf>"""


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8", "application/x-adf+xml"])
def test_a_dealers_feed(company: Backend, kind: str) -> None:
    key = source(company)
    raw = ADF.format(status="new", digit=2).encode()
    answer = offer(company, key, raw=raw, content_type=kind)
    assert (answer.status, answer["warnings"][0]["code"]) == (201, "repaired_xml")
    resent = offer(company, key, raw=ADF.format(status="resend", digit=2).encode(), content_type=kind)
    assert (resent.status, resent["lead_id"], resent["duplicate"]) == (200, answer["lead_id"], True)
    shown = company.shown(answer["lead_id"])
    assert (shown["first_name"], shown["phone"], shown["external_id"]) == (
        "Ana &",
        "+12145550142",
        "Portal 77",
    )
    company.refused(401, "no_api_key", "POST", PATH, raw=raw, user=None, headers={"content-type": kind})


def test_what_would_harm_is_refused_and_nothing_hangs(company: Backend) -> None:
    key = source(company)
    bomb = b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><adf><prospect>&b;</prospect></adf>'
    for raw, kind, status, code in (
        (bomb, "text/xml", 400, "xml_entities"),
        (b"<a>" * 20_000, "text/xml", 422, "invalid"),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", 400, "unparsable"),
        (b"a" * 1_000_000, "application/x-www-form-urlencoded", 413, "too_large"),
        (b"phone=2145550142&" * 2000, "application/x-www-form-urlencoded", 413, "too_large"),
    ):
        answer = offer(company, key, raw=raw, content_type=kind)
        assert (answer.status, answer["code"]) == (status, code)
    taken = offer(company, key, raw=json.dumps({"phone": "2145550142", "first_name": "A\0na"}).encode())
    assert taken.status == 201
