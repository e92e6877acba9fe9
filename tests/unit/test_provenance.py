"""Consent and attribution: read from objects and from any flat name, kept as they came, usable in criteria."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain import provenance
from routing.domain.criteria import Reading, matches, parse, problems
from routing.domain.formats.fields import is_target
from routing.domain.intake import ParsedLead, as_given, understand
from routing.domain.leads import Lead, RecordType
from routing.domain.lists.headings import named

LEAD = RecordType("lead", "Lead")
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
CLICK = "EAIaIQobChMI_aB-cD  eF"
CERTIFICATE = "https://cert.trustedform.com/0123456789ABCDEF"


def read(body: dict[str, Any]) -> ParsedLead:
    return understand({"email": "a@b.co", **body}, LEAD)


def warned(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in read(body).warnings]


@pytest.mark.parametrize(
    ("body", "consent", "attribution"),
    [
        ({"consent": {"text": "I agree", "certificate": CERTIFICATE}},
         {"text": "I agree", "certificate": CERTIFICATE}, None),
        ({"xxTrustedFormCertUrl": CERTIFICATE, "tcpa_text": "I agree", "ip_address": "203.0.113.9",
          "TCPA Timestamp": "6/10/2026 2:30 PM", "page_url": "https://example.com/form?a=B"},
         {"certificate": CERTIFICATE, "text": "I agree", "ip": "203.0.113.9", "at": "2026-06-10T14:30:00Z",
          "page": "https://example.com/form?a=B"}, None),
        ({"leadid_token": "ABC-1"}, {"certificate": "ABC-1"}, None),
        ({"universal_leadid": "ABC-1", "xxTrustedFormCertUrl": CERTIFICATE}, {"certificate": CERTIFICATE}, None),
        ({"consent": "I agree"}, {"text": "I agree"}, None),
        ({"Consent": {"Timestamp": 1781101800, "URL": "https://x.co"}},
         {"at": "2026-06-10T14:30:00Z", "page": "https://x.co"}, None),
        ({"utm_source": "Google", "UTM-Term": "a  B", "gclid": CLICK, "Referer": "https://g.co"}, None,
         {"utm_source": "Google", "utm_term": "a  B", "gclid": CLICK, "referrer": "https://g.co"}),
        ({"attribution": {"gclid": CLICK, "landingPage": "https://x.co/?gclid=A"}}, None,
         {"gclid": CLICK, "landing_page": "https://x.co/?gclid=A"}),
        ({"attribution.utm_source": "x", "consent_at": "2026-06-10T16:30:00+02:00"},
         {"at": "2026-06-10T14:30:00Z"}, {"utm_source": "x"}),
        ({"first_utm_source": "News", "first_gclid": CLICK, "First Landing Page": "https://x.co", "utm_source": "Mail"},
         None, {"utm_source": "Mail", "first_utm_source": "News", "first_gclid": CLICK,
                "first_landing_page": "https://x.co"}),
        ({"utm_source": "", "gclid": "undefined", "consent": None, "attribution": {}}, None, None),
    ],
)  # fmt: skip
def test_it_is_found_in_objects_and_under_flat_names_and_kept_as_it_came(
    body: dict[str, Any], consent: dict[str, str] | None, attribution: dict[str, str] | None
) -> None:
    values = read(body).values
    assert (values.get("consent"), values.get("attribution")) == (consent, attribution)
    assert understand(as_given(values), LEAD).values == values


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ({"consent": {"text": "x" * 8193, "Color": 1}},
         [("consent.text", "dropped"), ("consent.Color", "unknown_key")]),
        ({"consent_ip": "300.1.1.1", "consent_time": "soon"}, [("consent_time", "dropped"), ("consent_ip", "dropped")]),
        ({"gclid": "x" * 513, "landing_page": "x" * 2049}, [("gclid", "dropped"), ("landing_page", "dropped")]),
        ({"attribution": "x", "consent": [1]}, [("consent", "dropped"), ("attribution", "dropped")]),
        ({"universal_leadid": "A", "xxTrustedFormCertUrl": "B"}, [("universal_leadid", "repeated_key")]),
        ({"xxTrustedFormToken": "B", "xxTrustedFormCertUrl": "B", "utm_source": "x"}, []),
    ],
)  # fmt: skip
def test_what_is_not_used_is_said(body: dict[str, Any], warnings: list[tuple[str, str]]) -> None:
    assert sorted(warned(body)) == sorted(warnings)


def test_a_lead_that_names_no_channel_or_campaign_has_those_of_its_attribution() -> None:
    assert read({"utm_medium": "cpc", "utm_campaign": "Spring"}).values["campaign"] == "Spring"
    said = read({"utm_medium": "cpc", "channel": "web", "utm_campaign": ""}).values
    assert (said["channel"], "campaign" in said) == ("web", False)


@pytest.mark.parametrize(
    ("field", "operator", "value", "held"),
    [
        ("consent.certificate", "is_not_empty", None, True),
        ("consent.text", "is_empty", None, True),
        ("attribution.utm_source", "equals", "GOOGLE", True),
        ("attribution.gclid", "equals", CLICK, True),
        ("attribution.gclid", "equals", CLICK.lower(), False),
        ("attribution.gclid", "starts_with", "EAIa", True),
        ("attribution.gclid", "contains", "eaia", False),
        ("attribution.first_gclid", "equals", CLICK.lower(), False),
        ("consent.at", "within_last", "PT24H", True),
        ("attribution.fbclid", "is_not_empty", None, False),
    ],
)
def test_criteria_may_ask_for_it(field: str, operator: str, value: object, held: bool) -> None:
    body = {
        "consent": {"certificate": CERTIFICATE, "at": "2026-03-04T14:00:00Z"},
        "utm_source": "google",
        "gclid": CLICK,
        "first_gclid": CLICK,
    }
    entry = {"field": field, "operator": operator, **({} if value is None else {"value": value})}
    criteria = parse([entry])
    assert problems(criteria, LEAD) == []
    lead = Lead("L1", "lead", "corporate", NOW, values=read(body).values)
    assert matches(criteria, Reading(lead, LEAD), NOW) is held


@pytest.mark.parametrize("field", ["consent", "consent.color", "attribution.utm", "attribution.", "gclid"])
def test_a_criterion_on_a_part_that_there_is_not_is_refused(field: str) -> None:
    assert problems(parse([{"field": field, "operator": "is_empty"}]), LEAD)


def test_columns_and_mappings_know_it() -> None:
    assert [found.key for each in ("UTM Source", "xxTrustedFormCertUrl", "GCLID") if (found := named(each))] == [
        "utm_source", "consent_certificate", "gclid",
    ]  # fmt: skip
    assert is_target("attribution.gclid")
    assert is_target("consent_text")
    assert not is_target("consent.color")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
names = st.sampled_from(
    ["consent", "attribution", "gclid", "consent_at", "ip", "utm_campaign", "attribution.gclid", "at"]
)


@given(st.dictionaries(names, anything | st.dictionaries(names, anything, max_size=3)))
def test_nothing_that_is_given_costs_the_lead_and_what_is_kept_reads_again_as_it_is(
    body: dict[str, Any],
) -> None:
    values = read(body).values
    assert understand(as_given(values), LEAD).values == values
    assert provenance.of_receipt(body).keys() == {"consent", "attribution"}
