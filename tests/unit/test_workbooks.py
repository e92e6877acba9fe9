"""Workbooks: rows as CSV has them, and files that are made to hurt."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.domain.lists import workbooks
from routing.domain.lists.records import UnreadableListError

CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")),
    st.integers(-(10**14), 10**14),
    st.booleans(),
)


def book(*rows: Sequence[Any], title: str = "Leads") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for each in rows:
        made.active.append([*each])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rows(content: bytes) -> list[list[str]]:
    return [list(each) for each in workbooks.rows(io.BytesIO(content))]


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with other parts in the place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            short = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(short, old.read(name)))
    return out.getvalue()


def sheet(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


LIST = book(["Email", "Phone"], ["a@b.com", 2145550142])


def test_numbers_dates_truths_and_breaks_are_written_as_csv_has_them() -> None:
    content = book(
        ["Phone", "Loan", "Born", "At", "Own", "Note"],
        [
            2145550142,
            350000.5,
            dt.date(1980, 6, 10),
            dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC).replace(tzinfo=None),
            True,
            "two\nlines",
        ],
        [],
        [2145550142.0, None, None, None, None, "=1+1"],
    )
    assert rows(content)[1:] == [
        ["2145550142", "350000.5", "1980-06-10", "2026-03-01 09:30:00", "TRUE", "two lines"],
        [],
        ["2145550142"],
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=8))
def test_what_was_written_is_read_on_its_own_line(given: list[list[Any]]) -> None:
    found = rows(book(*[[each if each != "" else None for each in row] for row in given]))
    for at, row in enumerate(given):
        expected = [
            str(each).upper() if isinstance(each, bool) else "" if each is None else str(each) for each in row
        ]
        cells = found[at] if at < len(found) else []
        for cell, wanted in zip(cells, expected, strict=False):
            if not wanted.startswith("="):
                assert cell == wanted.translate(workbooks._BREAKS)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_workbook_that_is_damaged_anywhere_is_read_or_told(data: st.DataObject) -> None:
    content = bytearray(LIST)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for each in (bytes(content), bytes(content[:cut])):
        try:
            rows(each)
        except UnreadableListError as wrong:
            assert str(wrong)  # noqa: PT017 - any other exception is the failure


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_xml_in_a_sheet_is_read_or_told(xml: bytes) -> None:
    plain = book(["Email"], ["a@b.com"])
    for each in (xml, sheet(xml.decode("latin-1")), sheet("<row><c><v>" + xml.hex() + "</v></c></row>")):
        try:
            rows(repacked(plain, sheet1=each))
        except UnreadableListError as wrong:
            assert str(wrong)  # noqa: PT017 - any other exception is the failure


def test_a_cell_in_the_last_row_and_column_costs_no_memory() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(UnreadableListError, match="columns"):
        rows(repacked(book(["x"]), sheet1=sheet(far)))


@pytest.mark.parametrize(
    "parts",
    [
        {"sheet1": sheet("<row>" + " " * 40_000_000 + "</row>")},
        {"theme1": b"0" * 40_000_000},
    ],
)
def test_a_bomb_is_told_by_what_it_would_unpack_to(parts: dict[str, bytes]) -> None:
    content = repacked(book(["x"]), **parts)
    assert len(content) < 100_000
    with pytest.raises(UnreadableListError, match="unpacks to more"):
        rows(content)


def test_a_part_that_says_less_than_it_unpacks_to_is_told() -> None:
    content = bytearray(repacked(book(["x"]), sheet1=sheet("<row>" + "a" * 2_000_000 + "</row>")))
    said, lie = (2_000_000 + len(sheet("<row></row>"))).to_bytes(4, "little"), (500).to_bytes(4, "little")
    assert content.count(said) >= 1
    with pytest.raises(UnreadableListError, match="no Excel workbook"):
        rows(bytes(content).replace(said, lie))


def test_entities_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))
    xml = f'<!DOCTYPE x [<!ENTITY a0 "lol">{bomb}]>'.encode() + sheet(
        '<row><c t="str"><v>&a11;</v></c></row>'
    )
    with pytest.raises(UnreadableListError):
        rows(repacked(book(["x"]), sheet1=xml))
    outside = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + sheet(
        '<row><c t="str"><v>&f;</v></c></row>'
    )
    try:
        found = rows(repacked(book(["x"]), sheet1=outside))
    except UnreadableListError:
        found = []
    assert "root" not in str(found)


def test_a_workbook_is_given_up_where_it_takes_too_long() -> None:
    content = book(*([at] for at in range(1500)))
    with pytest.raises(UnreadableListError, match="as far as there was time"):
        list(workbooks.rows(io.BytesIO(content), lambda: False))
