"""A list of phones, as those who ask not to be called are listed: one a line, or a table with or without headings."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from routing.domain.lists import headings
from routing.domain.lists.records import BadRow, Bytes, Records, Row
from routing.domain.reading.phone_numbers import phones
from routing.domain.reading.text import unwrapped

_AREAS = frozenset({"areacode", "area", "npa"})
_NUMBERS = frozenset(
    {"number", "no", "num", "phones", "numbers", "phonenumbers", "donotcall", "dnc", "localnumber"}
)
"""Headings that are a phone's in a list of nothing but phones."""
_THREE, _SEVEN = re.compile(r"\d{3}"), re.compile(r"\d{3}[-. ]?\d{4}")


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A row: the line it starts on, and the phones in it as E.164, none where `reason` says why.

    reason: "" | "unusable" (no phone) | "unsure" (several columns may be the phone) | "unreadable"
    """

    line: int
    phones: tuple[str, ...]
    reason: str = ""


def phone_row(line: int, text: str) -> PhoneRow:
    """The phones in a text that stands on a line."""
    return _row(line, phones(text).numbers)


def phone_rows(stream: Bytes) -> Iterator[PhoneRow]:
    """Each row with something in it. Raises UnreadableListError when there is none.

    With headings all columns of phones count, and an area code beside a number of seven digits. Without them a row of
    several cells is understood when one of them is a phone, or all of them are, or they are an area code and a number,
    as the national list has them.
    """
    records = Records(stream, lambda cell: _is_phone(cell) or headings.compact(cell) in _AREAS)
    found = _by_headings(records.headings) if records.headings else _without_headings
    for row in records:
        if isinstance(row, BadRow):
            yield PhoneRow(row.line, (), "unreadable")
        else:
            yield found(row)


def _is_phone(heading: str) -> bool:
    meant = headings.named(heading)
    return headings.compact(heading) in _NUMBERS if meant is None else meant.key == "phone"


def _by_headings(names: Sequence[str]) -> Callable[[Row], PhoneRow]:
    areas = [at for at, name in enumerate(names) if headings.compact(name) in _AREAS]
    numbers = [at for at, name in enumerate(names) if _is_phone(name)]

    def found(row: Row) -> PhoneRow:
        area = unwrapped(row.cells[areas[0]]) if areas else ""
        cells = [_whole(area, row.cells[at]) for at in numbers]
        return _row(row.line, [number for cell in cells for number in phones(cell).numbers])

    return found


def _without_headings(row: Row) -> PhoneRow:
    filled = [each for each in row.cells if each]
    by_cell = [found for each in filled if (found := phones(each).numbers)]
    if len(filled) == 2 and not by_cell:
        return _row(row.line, phones(_whole(unwrapped(filled[0]), filled[1])).numbers)
    if len(by_cell) > 1 and len(by_cell) < len(filled):
        return PhoneRow(row.line, (), "unsure")
    return _row(row.line, [number for each in by_cell for number in each])


def _whole(area: str, cell: str) -> str:
    """A number with its area code, which stands beside it where it has only seven digits."""
    local = unwrapped(cell)
    return f"{area}{local}" if _THREE.fullmatch(area) and _SEVEN.fullmatch(local) else cell


def _row(line: int, found: Sequence[str]) -> PhoneRow:
    return PhoneRow(line, tuple(dict.fromkeys(found)), "" if found else "unusable")
