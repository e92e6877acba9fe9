"""Intake: what a submitted lead means, and what is said about what could not be used."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.intake import MAX_WARNINGS, as_given, understand
from routing.domain.leads import CustomField, RecordType
from routing.domain.reading.emails import email
from routing.domain.reading.postal_codes import postal_code
from routing.domain.reading.states import STATES, state
from routing.domain.reading.text import MAX_TEXT, folded
from tests.unit.values import TYPED


def warned(body: dict[str, Any], record_type: RecordType = TYPED) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in understand(body, record_type).warnings]


# -- single values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80203", "80203"),
        ("2134", "02134"),
        ("501", "00501"),
        ("80203-1234", "80203"),
        ("802031234", "80203"),
        ("2134-1234", "02134"),
        (" 80203 ", "80203"),
        ("k1a 0b1", "K1A 0B1"),
        ("sw1a  1aa", "SW1A 1AA"),
        ("110001", "110001"),
        ("8020", "08020"),
    ],
)
def test_a_postal_code_is_made_whole(text: str, expected: str) -> None:
    assert postal_code(text) == expected


@pytest.mark.parametrize("text", ["", " ", "?", "80203!", "x" * 30, "8"])
def test_what_is_no_postal_code_is_none(text: str) -> None:
    assert postal_code(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CO", "CO"),
        ("co", "CO"),
        (" Colorado ", "CO"),
        ("new  york", "NY"),
        ("PUERTO RICO", "PR"),
        ("DC", "DC"),
    ],
)
def test_a_state_becomes_two_letters(text: str, expected: str) -> None:
    assert state(text) == expected


@pytest.mark.parametrize("text", ["", "ZZ", "Ontario", "Kansas City"])
def test_what_is_no_state_is_none(text: str) -> None:
    assert state(text) is None


def test_every_state_is_its_own() -> None:
    assert len(STATES) == 56
    assert all(state(each) == each for each in STATES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ana@Example.COM ", "ana@example.com"),
        ("ana+leads@mail.example.co.uk", "ana+leads@mail.example.co.uk"),
        ("ana@müller.example", "ana@müller.example"),
    ],
)
def test_an_address_is_trimmed_and_in_lower_case(text: str, expected: str) -> None:
    assert email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "a b@example.com",
        "a@b@example.com",
        "a@example.c",
        "a@example..com",
        "a@.example.com",
        "x" * 250 + "@example.com",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert email(text) is None


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    for normalise in (email, state, postal_code):
        once = normalise(text)
        assert once is None or normalise(once) == once


# -- whole leads -----------------------------------------------------------------------------------------------


def test_a_whole_lead_is_understood_without_a_warning() -> None:
    found = understand(
        {
            "record_type": "lead",
            "source": "web",
            "external_id": "X-1",
            "channel": " search ",
            "campaign": "spring",
            "cost": 12.5,
            "first_name": "Ana",
            "last_name": "Ortiz",
            "email": "Ana@Example.com",
            "phone": "(303) 555-0101",
            "state": "colorado",
            "postal_code": "80203",
            "pull_delay_minutes": 10,
            "fields": {"amount": 5, "product": "purchase", "birthday": "1990-01-31"},
        },
        TYPED,
    )
    assert found.warnings == ()
    assert found.values == {
        "channel": "search",
        "campaign": "spring",
        "cost": 12.5,
        "first_name": "Ana",
        "last_name": "Ortiz",
        "email": "ana@example.com",
        "phone": "+13035550101",
        "state": "CO",
        "postal_code": "80203",
        "timezone": "America/Denver",
    }
    assert found.fields == {"amount": 5, "product": "purchase", "birthday": "1990-01-31"}
    assert found.pull_delay_minutes == 10
    assert found.is_workable


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ({"phone": "12"}, [("phone", "dropped")]),
        ({"phone": True}, [("phone", "dropped")]),
        ({"phone": ["3035550101", "12", None]}, [("phone.1", "dropped")]),
        (
            {"phones": ["3035550101", {"kind": "home"}, {"value": 12}, "3035550102 x5"]},
            [("phones.2", "dropped"), ("phones.3", "extension")],
        ),
        ({"phone_2": "n/a?", "mobile": "3035550101"}, [("phone_2", "dropped")]),
        ({"emails": [f"a{n}@b.co" for n in range(11)]}, [("emails", "too_many")]),
        (
            {"phones": ["x"] * 10_000},
            [*((f"phones.{n}", "dropped") for n in range(40)), ("phones", "too_many")],
        ),
        ({"phone": "3" * (MAX_TEXT + 1)}, [("phone", "dropped")]),
        ({"email": "nobody"}, [("email", "dropped")]),
        ({"state": "Ontario"}, [("state", "dropped")]),
        ({"postal_code": "?"}, [("postal_code", "dropped")]),
        ({"postal_code": "2134"}, [("postal_code", "repaired"), ("state", "derived")]),
        ({"postal_code": 2134, "state": "MA"}, [("postal_code", "repaired")]),
        ({"postal_code": "80203-1234"}, [("state", "derived")]),
        ({"postal_code": "80203", "state": "Kolorado"}, [("state", "dropped"), ("state", "derived")]),
        ({"postal_code": "7520", "state": "TX"}, [("postal_code", "dropped")]),  # its last digit was lost
        ({"postal_code": "752", "state": "TX"}, [("postal_code", "dropped")]),
        ({"postal_code": "7520", "state": "Kolorado"}, [("state", "dropped"), ("postal_code", "dropped")]),
        ({"postal_code": "123"}, [("postal_code", "repaired")]),  # in no table: it could be anywhere
        ({"phone": "+6238675309"}, [("phone", "ambiguous")]),
        ({"phone": "436-234-5678"}, []),  # an area code of 2024
        ({"first_name": {"given": "Ana"}}, [("first_name", "dropped")]),
        ({"last_name": "x" * (MAX_TEXT + 1)}, [("last_name", "dropped")]),
        ({"cost": "free"}, [("cost", "dropped")]),
        ({"cost": "12.50"}, []),
        ({"pull_delay_minutes": -1}, [("pull_delay_minutes", "dropped")]),
        ({"pull_delay_minutes": 1.5}, [("pull_delay_minutes", "dropped")]),
        ({"pull_delay_minutes": True}, [("pull_delay_minutes", "dropped")]),
        ({"pull_delay_minutes": 10**9}, [("pull_delay_minutes", "dropped")]),
        ({"pull_delay_minutes": 0}, []),
        ({"utm": "x", "First_Name": "Ana"}, [("utm", "unknown_key")]),
        ({"fields": "none"}, [("fields", "dropped")]),
        ({"fields": {"shoe_size": 9}}, [("fields.shoe_size", "unknown_key")]),
        ({"fields": {"amount": "lots"}}, [("fields.amount", "wrong_type")]),
        ({"fields": {"vip": "perhaps"}}, [("fields.vip", "wrong_type")]),
        ({"fields": {"product": "lease"}}, [("fields.product", "unknown_choice")]),
        ({"fields": {"amount": None}}, []),
        ({"phone": "", "email": None, "state": ""}, []),
    ],
)
def test_what_could_not_be_used_is_said(body: dict[str, Any], warnings: list[tuple[str, str]]) -> None:
    assert warned(body) == warnings


def test_a_required_field_that_is_missing_is_said_and_the_lead_is_taken() -> None:
    needs = RecordType("lead", "Lead", (CustomField("amount", "number", required=True),))
    assert warned({"phone": "3035550101"}, needs) == [("fields.amount", "missing")]
    assert warned({"fields": {"amount": 0}}, needs) == []


def test_a_bad_phone_beside_a_good_address_is_dropped_and_the_lead_is_workable() -> None:
    found = understand({"phone": "12", "email": "ana@example.com"}, TYPED)
    assert "phone" not in found.values
    assert found.is_workable
    assert not understand({"phone": "12", "email": "x"}, TYPED).is_workable


def test_text_from_numbers_is_text() -> None:
    assert understand({"first_name": 7, "phone": 3035550101}, TYPED).values == {
        "first_name": "7",
        "phone": "+13035550101",
        "timezone": "America/Denver",
    }


def test_a_derived_state_follows_the_facts_and_yields_to_a_given_one() -> None:
    found = understand({"postal_code": "75201"}, TYPED).values
    assert found == {
        "postal_code": "75201",
        "state": "TX",
        "derived_state": True,
        "timezone": "America/Chicago",
    }
    again = understand({**as_given(found), "postal_code": "10001"}, TYPED).values
    assert (again["state"], again["timezone"]) == ("NY", "America/New_York")
    assert understand({**as_given(found), "phone": "3035550101"}, TYPED).values.keys() == {
        "postal_code",
        "phone",
    }
    told = understand({**as_given(found), "state": "OK"}, TYPED).values
    assert told == {"postal_code": "75201", "state": "OK", "timezone": "America/Chicago"}


def test_warnings_name_no_value_and_do_not_grow_without_bound() -> None:
    found = understand({f"secret-{at}": f"value-{at}" for at in range(500)} | {"phone": "31337"}, TYPED)
    assert len(found.warnings) <= MAX_WARNINGS + 1
    assert found.warnings[-1].code == "more"
    assert not any("31337" in each.message or "value-" in each.message for each in found.warnings)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
KEYS = [
    "first_name",
    "email",
    "phone",
    "phones",
    "phone_2",
    "state",
    "postal_code",
    "cost",
    "pull_delay_minutes",
    "fields",
    "other",
    "source",
]


@given(
    st.dictionaries(st.sampled_from(KEYS), anything),
    st.dictionaries(
        st.sampled_from(["text", "amount", "vip", "birthday", "seen", "product", "more"]), anything
    ),
)
def test_no_lead_is_ever_refused_by_reading_it(body: dict[str, Any], custom: dict[str, Any]) -> None:
    found = understand({**body, "fields": custom}, TYPED)
    derived = {"timezone", "derived_state", "unread_state"}
    contacts = {"email", "emails", "phone", "phones"}
    assert set(found.values) <= {"first_name", *contacts, "state", "postal_code", "cost", *derived}
    assert found.fields == {name: value for name, value in custom.items() if value is not None}
    # What was understood is understood again as it is: an edit of another field changes nothing.
    known = found.values
    again = understand({**as_given(known), "fields": found.fields}, TYPED, known.get("unread_state"))
    assert (again.values, again.fields) == (found.values, found.fields)
    kept = [
        name
        for name, value in body.items()
        if name in ("email", "phone")
        and not isinstance(value, list | dict)
        and folded(value) not in ("", None)
    ]
    dropped = {each.field for each in found.warnings}
    assert all(name in found.values or name in dropped for name in kept)
