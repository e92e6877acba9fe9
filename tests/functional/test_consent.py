"""Consent and attribution: kept with each receipt, shown, asked for by strategies, checked when one is saved."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.functional.backend import Backend, lead_body

PATH = "/v1/leads"
CERTIFICATE = "https://cert.trustedform.com/0123456789ABCDEF"
BODY = {
    "external_id": "v-1",
    "consent": {"text": "I agree  to calls.", "at": "2026-03-04T14:59:00Z", "ip": "203.0.113.9"},
    "xxTrustedFormCertUrl": CERTIFICATE,
    "utm_source": "Google",
    "gclid": "EAIaIQ_aB-cD",
}


def test_it_is_shown_on_the_lead_and_with_each_receipt(company: Backend) -> None:
    first = company.post(PATH, {**lead_body(), **BODY})
    assert (first.status, first["warnings"]) == (201, [])
    again = {"consent": {"text": "And to texts."}, "gclid": "Other", "external_id": "v-1"}
    assert company.post(PATH, {**lead_body(), **again}).status == 200
    company.settle()
    lead = first["lead_id"]
    shown = company.shown(lead)
    assert shown["consent"] == {
        "text": "I agree  to calls.",
        "at": "2026-03-04T14:59:00Z",
        "ip": "203.0.113.9",
        "page": None,
        "certificate": CERTIFICATE,
    }
    assert {name: value for name, value in shown["attribution"].items() if value is not None} == {
        "utm_source": "Google",
        "gclid": "EAIaIQ_aB-cD",
    }
    receipts = {each["event"]: each for each in company.timeline(lead) if "as_received" in each}
    assert receipts["received"]["consent"] == shown["consent"]
    assert receipts["received"]["attribution"] == shown["attribution"]
    assert receipts["repeated"]["consent"]["text"] == "And to texts."
    assert receipts["repeated"]["attribution"]["gclid"] == "Other"
    company.patch(f"{PATH}/{lead}", {"first_name": "Bo"})
    assert company.shown(lead)["consent"] == shown["consent"]
    assert company.refused(422, "invalid", "PATCH", f"{PATH}/{lead}", {"consent": {"text": "x"}}).errors == [
        ("consent", "not_editable")
    ]


def test_a_lead_without_it_says_so(company: Backend) -> None:
    lead = company.lead(1)
    assert (company.shown(lead)["consent"], company.shown(lead)["attribution"]) == (None, None)


def test_push_and_pull_ask_for_it(company: Backend) -> None:
    asked = [{"field": "consent.certificate", "operator": "is_not_empty"}]
    company.push("consented", ["ana"], criteria=asked)
    google = [{"field": "attribution.utm_source", "operator": "equals", "value": "google"}]
    company.pull_strategy("google", criteria=google)
    pushed = company.lead(1, **{**BODY, "external_id": "v-1"})
    pulled = company.lead(2, utm_source="google", phone="3035550199")
    neither = company.lead(3, phone="3035550198")
    company.settle()
    found = {lead: company.shown(lead) for lead in (pushed, pulled, neither)}
    assert [(each["status"], each["owner"]) for each in found.values()] == [
        ("assigned", "ana"),
        ("ready", "corporate"),
        ("unmatched", "corporate"),
    ]


def test_a_strategy_on_a_part_that_there_is_not_is_not_saved(company: Backend) -> None:
    body = {
        "name": "x",
        "record_type": "lead",
        "distributed_from": "corporate",
        "recipients": ["corporate"],
        "criteria": [{"field": "consent.color", "operator": "is_empty"}],
    }
    answer = company.put("/v1/pull-strategies/x", body)
    assert (answer.status, answer.errors) == (422, [("criteria[0].field", "invalid")])


ORIGIN = "https://example.com"
PAGE = f"{ORIGIN}/quote"
AGREED = {"phone": "303-555-0142", "tcpa_text": "I agree."}
VISITOR = {"origin": ORIGIN, "referer": f"{PAGE}?email=a@b.co#form"}
WITNESSED = {"text": "I agree.", "ip": "127.0.0.1", "page": PAGE}


@pytest.mark.parametrize(
    ("kind", "is_form", "said", "headers", "consent"),
    [
        ("publishable", True, AGREED, VISITOR, WITNESSED),
        ("publishable", False, AGREED, VISITOR, WITNESSED),
        ("secret", True, AGREED, VISITOR, WITNESSED),
        ("secret", False, AGREED, VISITOR, {"text": "I agree."}),
        ("secret", True, AGREED, {"referer": PAGE}, {"text": "I agree."}),
        ("publishable", True, {"phone": "303-555-0142"}, VISITOR, {}),
        (
            "publishable", True, {**AGREED, "consent_page": "https://x.co/?a=1", "consent_ip": "203.0.113.9"}, VISITOR,
            {"text": "I agree.", "ip": "203.0.113.9", "page": "https://x.co/?a=1"},
        ),
        ("publishable", True, {**AGREED, "ip_address": "{{ip}}"}, VISITOR, WITNESSED),
        (
            "publishable", True, AGREED, {**VISITOR, "referer": "javascript:x", "x-forwarded-for": "198.51.100.7"},
            {"text": "I agree.", "ip": "127.0.0.1"},
        ),
    ],
)  # fmt: skip
def test_a_visitors_own_browser_shows_where_they_agreed_and_a_vendors_server_does_not(
    company: Backend, kind: str, is_form: bool, said: dict[str, Any], headers: dict[str, str], consent: Any
) -> None:
    company.save("sources", "web", name="Web", allowed_origins=[ORIGIN])
    key = company.post("/v1/sources/web/keys", {"kind": kind})["api_key"]
    sent = {"x-api-key": key, **headers}
    if is_form:
        sent["content-type"] = "application/x-www-form-urlencoded"
        answer = company.call("POST", "/v1/intake/web", raw=urlencode(said).encode(), user=None, headers=sent)
    else:
        answer = company.post("/v1/intake/web", said, user=None, headers=sent)
    assert answer.status == 201
    company.settle()
    (lead,) = company.get("/v1/leads?phone=3035550142")["items"]
    shown = {name: value for name, value in (lead["consent"] or {}).items() if value is not None}
    assert (shown, lead["attribution"]) == (consent, None)
    received = company.timeline(lead["id"])[-1]
    assert received["consent"] == lead["consent"]
