"""A list that is read on from any of its rows is read as it is from the beginning, whatever it is made of."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain.lists.leads import LeadList, LeadRow
from routing.domain.lists.records import BadRow

CELL = st.one_of(
    st.sampled_from(["a@b.com", "303-555-0101", "", "Zoë", "x" * 300, "CO", "two words"]),
    st.text(st.characters(codec="utf-8", exclude_characters='\x00"'), max_size=12),
)
LINE_END = st.sampled_from(["\n", "\r\n", "\r"])


def written(cells: list[str], delimiter: str) -> str:
    return delimiter.join(
        f'"{each}"' if any(char in each for char in f"{delimiter}\r\n\x85\u2028") else each for each in cells
    )


def read(content: bytes) -> list[LeadRow | BadRow]:
    return list(LeadList(io.BytesIO(content)).rows())


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=12),
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=LINE_END,
    begins=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    damage=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from([b"\xe9", b'"', b"\x00", b"\xff\xfe"])), max_size=3
    ),
)
def test_reading_on_from_any_row_gives_the_rest(
    rows: list[list[str]],
    delimiter: str,
    end: str,
    begins: bytes,
    damage: list[tuple[int, bytes]],
) -> None:
    headings = written(["First Name", "Email", "Phone", "Notes"], delimiter)
    body = bytearray("".join(f"{written(each, delimiter)}{end}" for each in rows).encode())
    for at, what in damage:
        body[at % (len(body) + 1) : at % (len(body) + 1)] = what
    content = begins + f"{headings}{end}".encode() + bytes(body)
    whole = LeadList(io.BytesIO(content))
    layout, expected = whole.layout, list(whole.rows())
    found, place = [], layout.first
    while True:
        part = LeadList(io.BytesIO(content[place.offset :]), resumed=(layout, place))
        row = next(part.rows(), None)
        if row is None:
            break
        assert part.place.offset > place.offset
        found.append(row)
        place = part.place
    # Two rows under one id are told apart by what was read of them together.
    alone = [each for each in expected if not (isinstance(each, BadRow) and "external_id" in each.reason)]
    assert [each for each in found if each in alone] == alone


@pytest.mark.parametrize(
    ("heading", "values", "target"),
    [
        ("Who", ["ann@b.com", "ben@b.com", "none", "cy@b.com", "di@b.com"], "email"),
        ("Reach", ["(303) 555-0101", "303-555-0102"], "phone"),
        ("Email", ["3035550101", "3035550102"], "phone"),
        ("Phone", ["ann@b.com", "ben@b.com"], "email"),
        ("Where", ["Colorado", "UT", "Texas"], "state"),
        ("Result", ["OK", "IN"], "fields.result"),
        ("Number", ["3035550101", "3035550102"], "fields.number"),
        ("Notes", ["call me", "ann@b.com"], "fields.notes"),
    ],
)
def test_values_tell_what_a_name_does_not(heading: str, values: list[str], target: str) -> None:
    lines = [f"{heading};Mobile", *(f"{each};" for each in values)]
    found = LeadList(io.BytesIO("\n".join(lines).encode()))
    assert dict(found.columns) == {heading: target, "Mobile": "phone"}


def test_a_mapping_goes_before_what_values_tell() -> None:
    content = b"Who,Mobile\nann@b.com,\nben@b.com,\n"
    found = LeadList(io.BytesIO(content), {"Who": "fields.who"})
    assert dict(found.columns) == {"Who": "fields.who", "Mobile": "phone"}
