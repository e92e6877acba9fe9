"""The phones and e-mails of a lead: given in any of the ways that forms and vendors give them, each once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.contact_points import MOST, Point, emails_of, phones_of, points, shown
from routing.domain.given_contacts import contact_of
from routing.domain.intake import as_given, phones, understand
from routing.domain.leads import RecordType

LEAD = RecordType("lead", "Lead")
A, B, C = "+13035550101", "+12145550102", "+14155550103"


def of(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each.value, each.kind) for each in points(understand(body, LEAD).values, "phone")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"phone": A}, [(A, None)]),
        ({"phone": "303-555-0101; 214 555 0102"}, [(A, None), (B, None)]),
        ({"phones": [A, {"value": B, "kind": "cell"}]}, [(A, None), (B, "mobile")]),
        ({"phones": [{"number": A, "type": "WORK"}, {"phone": B, "label": "yacht"}]}, [(A, "work"), (B, "other")]),
        ({"phones": {"mobile": A, "home": B}}, [(A, "mobile"), (B, "home")]),
        ({"phones": f"{A}, {B}"}, [(A, None), (B, None)]),
        ({"phone": {"value": A, "kind": "mobile"}}, [(A, "mobile")]),
        ({"phone_1": "", "phone_2": B, "phone_3": C}, [(B, None), (C, None)]),
        ({"WorkPhone": A, "HomePhone": B, "mobile": C}, [(C, "mobile"), (B, "home"), (A, "work")]),
        ({"work_phone": A, "phones": [B], "phone": C}, [(C, None), (B, None), (A, "work")]),
        ({"phone": "n/a", "alt phone": B}, [(B, "other")]),
        ({"phone": A, "mobile": A, "Phone": "1 (303) 555-0101"}, [(A, "mobile")]),
        ({"phone": None, "phones": None}, []),
        ({"phone_numbers": [A, B]}, [(A, None), (B, None)]),
        ({"phone_type": "mobile", "phone_opt_in": "yes"}, []),
    ],
)  # fmt: skip
def test_phones_are_found_in_every_way_that_they_are_given(
    body: dict[str, Any], found: list[tuple[str, str | None]]
) -> None:
    assert of(body) == found
    assert phones(body) == tuple(value for value, _ in found)
    values = understand(body, LEAD).values
    assert values.get("phone") == (found[0][0] if found else None)
    assert ("phones" in values) == (len(found) > 1 or any(kind for _, kind in found))


def test_e_mails_are_found_likewise() -> None:
    body = {"email": "Ann <ann@b.com>; c@d.com", "Work E-mail": "ann@w.com", "personal_email": "c@d.com"}
    values = understand(body, LEAD).values
    assert emails_of(values) == ("ann@b.com", "c@d.com", "ann@w.com")
    assert [each["kind"] for each in shown(values, "email")] == [None, "personal", "work"]


def test_what_an_earlier_release_stored_reads_as_one() -> None:
    assert points({"phone": A}, "phone") == (Point(A),)
    assert phones_of({}) == ()


@pytest.mark.parametrize(
    "key", ["fields", "state", "api_key", "contact_id", "first_name", "mail_address", "home"]
)
def test_other_keys_are_none(key: str) -> None:
    assert contact_of(key) is None


numbers = st.integers(0, 30).map(lambda n: f"+1303555{n:04}")
anything = st.one_of(
    numbers,
    st.text(max_size=5),
    st.none(),
    st.fixed_dictionaries({"value": numbers, "kind": st.text(max_size=5)}),
)


@given(
    st.dictionaries(
        st.sampled_from(["phone", "phones", "mobile", "phone_2", "work_phone"]),
        anything | st.lists(anything, max_size=20),
    )
)
def test_each_is_there_once_never_more_than_ten_and_read_again_as_it_is(body: dict[str, Any]) -> None:
    values = understand(body, LEAD).values
    found = phones_of(values)
    assert len(found) == len(set(found)) <= MOST
    assert understand(as_given(values), LEAD).values == values
