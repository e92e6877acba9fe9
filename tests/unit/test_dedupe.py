"""What a lead claims for itself under dedupe rules."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.dedupe import MOST_CLAIMS, claims, problems
from routing.domain.leads import CustomField, RecordType

LEAD = RecordType(
    "lead",
    "Lead",
    (CustomField("ssn", "string"), CustomField("amount", "number"), CustomField("born", "date")),
)
EMAIL = [["email"]]


def of(rules: list[list[str]], fields: dict[str, Any] | None = None, **values: Any) -> set[Any]:
    return set(claims(values, fields or {}, rules, LEAD))


def are_one(rules: list[list[str]], one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(of(rules, **one) & of(rules, **other))


@pytest.mark.parametrize(
    ("rules", "one", "other", "alike"),
    [
        (EMAIL, {"email": "ana@example.com"}, {"email": "ANA@example.com"}, True),
        (EMAIL, {"email": "ana@example.com"}, {"email": "ana+1@example.com"}, False),
        (EMAIL, {"phone": "+13035550101"}, {"phone": "+13035550101"}, False),
        (
            [["last_name", "phone"]],
            {"phone": "+13035550101", "last_name": "Ó Briain"},
            {"phone": "+13035550101", "last_name": "  ó  BRIAIN "},
            True,
        ),
        (
            [["phone", "last_name"]],
            {"phone": "+13035550101", "last_name": "Lee"},
            {"phone": "+13035550101"},
            False,
        ),
        ([["phone", "last_name"]], {"phone": "+13035550101"}, {"phone": "+13035550101"}, False),
        ([["fields.ssn"]], {"fields": {"ssn": "a-1"}}, {"fields": {"ssn": " A-1"}}, True),
        ([["fields.ssn"]], {"fields": {"ssn": "n/a"}}, {"fields": {"ssn": "n/a"}}, False),
        (
            [["fields.amount", "email"]],
            {"email": "a@b.com", "fields": {"amount": "$1,000"}},
            {"email": "a@b.com", "fields": {"amount": 1000.0}},
            True,
        ),
        (
            [["fields.born", "email"]],
            {"email": "a@b.com", "fields": {"born": "2/3/1990"}},
            {"email": "a@b.com", "fields": {"born": "1990-02-03"}},
            True,
        ),
        (
            [["fields.born", "email"]],
            {"email": "a@b.com", "fields": {"born": "soon"}},
            {"email": "a@b.com", "fields": {"born": "soon"}},
            False,
        ),
        (
            [["email", "source"]],
            {"email": "a@b.com", "source": "web"},
            {"email": "a@b.com", "source": "api"},
            False,
        ),
    ],
)
def test_leads_are_one_when_all_fields_of_a_set_are_alike_and_there(
    rules: list[list[str]], one: dict[str, Any], other: dict[str, Any], alike: bool
) -> None:
    assert are_one(rules, one, other) is alike


@pytest.mark.parametrize(
    "value",
    [
        "test@example.com",
        "none@none.com",
        "noemail@gmail.com",
        "N/A",
        "no-reply@example.com",
        "unknown@b.org",
    ],
)
def test_an_address_that_is_nobodys_claims_nothing(value: str) -> None:
    assert of(EMAIL, email=value) == set()


@pytest.mark.parametrize(
    "value", ["+15555555555", "+10000000000", "+11234567890", "+1111111111", "+4477777777"]
)
def test_a_made_up_phone_claims_nothing(value: str) -> None:
    expected = 0 if value != "+4477777777" else 1
    assert len(of([["phone"]], phone=value)) == expected


def test_a_set_means_the_same_in_whatever_order_it_stands() -> None:
    lead = {"phone": "+13035550101", "last_name": "Lee"}
    assert of([["phone", "last_name"]], **lead) == of([["last_name", "phone"]], **lead)


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ([["email"], ["phone", "nothing"]], "[1][1]"),
        ([["created_at"]], "[0][0]"),
        ([["email", "fields.gone"]], "[0][1]"),
        ([["email", "email"]], "[0][1]"),
        ([["phone", "email"], ["email", "phone"]], "[1]"),
        ([["state"]], "[0]"),
        ([["last_name", "first_name"]], "[0]"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_where_it_is_wrong(rules: list[list[str]], where: str) -> None:
    assert [each[0] for each in problems(rules, LEAD)][-1] == where


def test_rules_that_people_have_are_taken() -> None:
    rules = [["email"], ["phone", "last_name"], ["fields.ssn"], ["last_name", "first_name", "postal_code"]]
    assert problems(rules, LEAD) == []


NAMES = ("email", "phone", "first_name", "last_name", "fields.ssn")
VALUES: dict[str, list[Any]] = {
    "email": ["ana@example.com", "Ana@Example.com ", "ben@example.com", "test@example.com", None],
    "phone": ["+13035550101", "+13035550102", "+15555555555", None],
    "first_name": ["Ana", "ANA", "Ben", "-", None],
    "last_name": ["Lee", " lee", "Poe", None],
    "fields.ssn": ["a1", "A1", "b2", "n/a", None],
}
SAME = {"Ana@Example.com ": "ana@example.com", "ANA": "ana", "Ana": "ana", "Ben": "ben", " lee": "lee", "Lee": "lee",
        "Poe": "poe", "A1": "a1"}  # fmt: skip
NOTHING = {None, "test@example.com", "+15555555555", "-", "n/a"}
leads = st.fixed_dictionaries({name: st.sampled_from(VALUES[name]) for name in NAMES})
rule_sets = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), min_size=1, max_size=4
)


def _claims(lead: dict[str, Any], rules: list[list[str]]) -> set[Any]:
    values = {name: value for name, value in lead.items() if "." not in name}
    return set(claims(values, {"ssn": lead["fields.ssn"]}, rules, LEAD))


@given(leads, leads, rule_sets)
def test_leads_share_a_claim_exactly_when_a_whole_set_is_alike(
    one: dict[str, Any], other: dict[str, Any], rules: list[list[str]]
) -> None:
    def alike(name: str) -> bool:
        a, b = one[name], other[name]
        return a not in NOTHING and b not in NOTHING and SAME.get(a, a) == SAME.get(b, b)

    expected = any(all(map(alike, names)) for names in rules)
    assert bool(_claims(one, rules) & _claims(other, rules)) is expected


@given(leads, st.permutations(range(4)), rule_sets)
def test_claims_are_few_and_do_not_depend_on_how_rules_are_written(
    lead: dict[str, Any], order: list[int], rules: list[list[str]]
) -> None:
    found = _claims(lead, rules)
    assert len(found) <= min(MOST_CLAIMS, len(rules))
    again = [list(reversed(rules[at])) for at in order if at < len(rules)]
    assert _claims(lead, again) == found
    parts = [_claims(lead, [each]) for each in rules]
    assert set(itertools.chain.from_iterable(parts)) == found
