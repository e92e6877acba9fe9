"""Order keys: text that sorts as the values do."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.domain.leads import Lead
from routing.domain.ordering import TEXT_BYTES, encode, order_key
from routing.domain.reading.text import folded
from routing.domain.strategies import OrderBy
from tests.unit.values import NOW, TYPED, instants, lead

EXACT = 2**53
"""Up to here every whole number has a float of its own."""


def key(value: object, field: str, direction: Any = "asc") -> str:
    return encode(value, OrderBy(field, direction), TYPED)


def check(one: Any, other: Any, field: str, values: tuple[Any, Any] | None = None) -> None:
    """The keys of the two compare as the values do, and the other way round when descending."""
    left, right = values or (one, other)
    ascending = key(left, field), key(right, field)
    descending = key(left, field, "desc"), key(right, field, "desc")
    assert (ascending[0] < ascending[1]) is (one < other)
    assert (ascending[0] == ascending[1]) is (one == other)
    assert (descending[0] > descending[1]) is (one < other)
    assert (descending[0] == descending[1]) is (one == other)


@given(st.integers(-EXACT, EXACT), st.integers(-EXACT, EXACT))
def test_whole_numbers(one: int, other: int) -> None:
    check(one, other, "fields.amount")


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
@example(0.0, -0.0)
def test_fractions_and_negatives(one: float, other: float) -> None:
    check(one, other, "fields.amount")


@given(st.integers(-EXACT, EXACT), st.floats(-1e15, 1e15))
def test_numbers_as_text_and_as_numbers_mix(one: int, other: float) -> None:
    check(one, other, "cost", (str(one), other))


@given(instants(1900, 2200), instants(1900, 2200))
def test_instants(one: datetime, other: datetime) -> None:
    check(one, other, "fields.seen", (one.isoformat(), other))


@given(st.dates(), st.dates())
def test_dates(one: date, other: date) -> None:
    check(one, other, "fields.birthday", (one.isoformat(), other.isoformat()))


short = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=6)


@given(short, short)
def test_text_in_the_order_of_its_characters_without_regard_to_case(one: str, other: str) -> None:
    left, right = folded(one) or "", folded(other) or ""
    if not left or not right or max(len(left.encode()), len(right.encode())) > TEXT_BYTES:
        return
    check(left, right, "fields.text", (one, other))


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_at_the_end_of_time_has_a_key(value: str) -> None:
    first, last = key(value, "fields.seen"), key(value, "fields.seen", "desc")
    middle = key("2026-03-04T15:00:00Z", "fields.seen")
    assert (first < middle) is value.startswith("0001")
    assert first != last


def test_true_comes_after_false() -> None:
    check(False, True, "fields.vip")


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("field", "missing", "there"),
    [
        ("fields.amount", None, [0, -1e300, 1e300]),
        ("fields.amount", "a lot", [0]),
        ("fields.text", None, ["", "\U0010ffff" * 8]),
        ("fields.birthday", "soon", ["0001-01-01", "9999-12-31"]),
        ("fields.seen", {}, ["1900-01-01", "2200-01-01"]),
        ("fields.vip", "perhaps", [True, False]),
        ("fields.gone", "x", []),
    ],
)
def test_what_is_missing_or_unreadable_is_last_in_both_directions(
    direction: str, field: str, missing: object, there: list[object]
) -> None:
    last = key(missing, field, direction)
    assert last == "1"
    assert all(key(each, field, direction) < last for each in there)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 10**6)), min_size=1, max_size=12)
)
def test_a_key_orders_by_the_first_field_then_by_the_next(rows: list[tuple[int, int, int]]) -> None:
    order = (OrderBy("pull_count", "asc"), OrderBy("fields.amount", "desc"), OrderBy("created_at", "asc"))

    def made(row: tuple[int, int, int]) -> Lead:
        born = datetime.fromtimestamp(NOW.timestamp() + row[2], UTC)
        return lead(pull_count=row[0], fields={"amount": row[1]}, created_at=born)

    by_key = sorted(rows, key=lambda row: order_key(made(row), order, TYPED))
    assert by_key == sorted(rows, key=lambda row: (row[0], -row[1], row[2]))


def test_keys_of_one_field_have_one_length_and_no_separator() -> None:
    found = order_key(lead(fields={"text": "a.b#c"}), (OrderBy("fields.text"), OrderBy("pull_count")), TYPED)
    assert "#" not in found
    assert found.count(".") == 1
    assert len(key("x", "fields.text")) == len(key("y" * 100, "fields.text"))
