"""Excel workbooks (`.xlsx`): the rows of their first sheet, as text, by openpyxl's reader of streams.

A workbook is a zip of XML, of which a few kilobytes can hold gigabytes, or a cell in the last of a million rows. What
it would unpack to is looked at before it is read and held to while it is.
"""

import datetime as dt
import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from routing.domain.lists.records import MOST_COLUMNS, UnreadableListError

ZIP = b"PK\x03\x04"
MOST_UNPACKED = 160 * 1024 * 1024
MOST_SHARED = 64 * 1024 * 1024
"""Of the texts that cells share, which are in memory all the time."""
MOST_PACKED = 200
"""Times that a part may be larger than it is in the file. Sheets come to twenty, of equal rows to eighty."""
RATIO_COUNTS_FROM = 1024 * 1024
MOST_PARTS = 2000
MOST_CELLS = 2_500_000
LONGEST_CELL = 32_767
"""Excel's own limit."""
SAVE_AS_CSV = "save it as CSV"
_SHARED = "xl/sharedstrings.xml"
_BREAKS = str.maketrans(
    {"\r": " ", "\n": " ", "\v": " ", "\f": " ", "\0": " ", "\x85": " ", "\u2028": " ", "\u2029": " "}
)


def rows(file: IO[bytes], goes_on: Callable[[], bool] = lambda: True) -> Iterator[Sequence[str]]:
    """Each row of the first sheet that has rows, empty ones too, so that the first is line 1; one at a time in memory.

    Numbers, dates and truths are written as CSV has them; a formula is its last value, a line break in a cell a space.
    goes_on: asked every thousand rows. Raises UnreadableListError for what is none, too large, too slow.
    """
    _check(file)
    from openpyxl import load_workbook

    # Of styles and formats, of which nothing is read.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")

    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheets = [each for each in book.worksheets if each.sheet_state == "visible"] or book.worksheets
    except UnreadableListError:
        raise
    except Exception as wrong:
        raise _unreadable() from wrong
    if not sheets:
        raise UnreadableListError(0, "is a workbook without a sheet")
    yield from _of_sheet(sheets[0], goes_on)


def _of_sheet(sheet: Any, goes_on: Callable[[], bool]) -> Iterator[Sequence[str]]:
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong
    cells = 0
    given = enumerate(sheet.iter_rows(values_only=True), start=1)
    while True:
        try:
            number, row = next(given, (0, None))
        except Exception as wrong:  # whatever openpyxl makes of what is none
            raise _unreadable() from wrong
        if row is None:
            return
        filled = list(row)
        while filled and filled[-1] in (None, ""):
            filled.pop()
        if len(filled) > MOST_COLUMNS:
            raise UnreadableListError(number, f"has more than {MOST_COLUMNS} columns")
        cells += len(filled) + 1
        if cells > MOST_CELLS:
            raise UnreadableListError(number, f"is where {MOST_CELLS} cells are reached: {SAVE_AS_CSV}")
        if number % 1000 == 0 and not goes_on():
            raise UnreadableListError(
                number, f"is as far as there was time to read a workbook: {SAVE_AS_CSV}"
            )
        yield [_text(each) for each in filled]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
        case dt.date() | dt.time():
            return value.isoformat()
    return str(value)[:LONGEST_CELL].translate(_BREAKS)


def _check(file: IO[bytes]) -> None:
    """That what the parts unpack to is bounded, by what the file says of them and by what is so."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or not any(
                each.filename.lower() == "xl/workbook.xml" for each in parts
            ):
                raise _unreadable()
            if len({each.filename for each in parts}) < len(parts) or any(
                each.flag_bits & 1 for each in parts
            ):
                raise _unreadable()
            said = sum(each.file_size for each in parts)
            if said > MOST_UNPACKED or any(map(_is_bomb, parts)):
                raise UnreadableListError(0, f"unpacks to more than a list of leads can have: {SAVE_AS_CSV}")
            for part in parts:
                _unpack(packed, part)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as wrong:
        raise _unreadable() from wrong
    file.seek(0)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    if part.filename.lower() == _SHARED and part.file_size > MOST_SHARED:
        return True
    return part.file_size > max(RATIO_COUNTS_FROM, MOST_PACKED * part.compress_size)


def _unpack(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end: no further than it says, and with its checksum, or it raises BadZipFile."""
    with packed.open(part) as opened:
        while opened.read(io.DEFAULT_BUFFER_SIZE * 32):
            pass


def _unreadable() -> UnreadableListError:
    return UnreadableListError(0, "is no Excel workbook that can be read: save it as .xlsx again, or as CSV")
