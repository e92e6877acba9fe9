"""Phone numbers as E.164."""

import pytest

from routing.domain.phones import e164


@pytest.mark.parametrize(
    "text",
    ["3035550101", "(303) 555-0101", "303.555.0101", "1-303-555-0101", "+1 303 555 0101", " 303 555 0101 "],
)
def test_a_us_number_is_read_however_it_is_written(text: str) -> None:
    assert e164(text) == "+13035550101"


def test_another_country_needs_its_code() -> None:
    assert e164("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize(
    "text", ["", "call me", "555-0101", "0000000000", "1112223333", "+1 303 555 01010101", "3" * 300, "\x00"]
)
def test_what_cannot_be_dialled_is_none(text: str) -> None:
    assert e164(text) is None


def test_normalising_twice_changes_nothing() -> None:
    once = e164("(303) 555-0101")
    assert once is not None
    assert e164(once) == once
