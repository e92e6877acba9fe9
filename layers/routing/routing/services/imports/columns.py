"""What is in a file of leads: its columns, and what they are for. A file that is no CSV in UTF-8 is copied as such."""

import codecs
import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from routing.domain.lists import workbooks
from routing.domain.lists.leads import Layout, LeadList, LeadRow, Mapped, NoContactError
from routing.domain.lists.records import BadRow, Place, UnreadableListError, encoding_of
from routing.storage.objects import Objects, Stored

MOST_BYTES = 256 * 1024 * 1024
MOST_OF_A_WORKBOOK = 64 * 1024 * 1024
AT_ONCE = 256 * 1024
"""Bytes that are read of a file at a time."""
COPIED_AT_ONCE = 4 * 1024 * 1024
IN_MEMORY = 8 * 1024 * 1024
EXAMPLES = 3
LONGEST_EXAMPLE = 100
_KNOWN = (
    (b"\x1f\x8b", "is compressed (gzip): put the file itself there"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls): save it as .xlsx or CSV"),
    (b"%PDF", "is a PDF: save the list as .xlsx or CSV"),
)


class Ranged:
    """A file from a byte on, read piece by piece; one piece is in memory."""

    def __init__(self, objects: Objects, file: Stored, first: int = 0) -> None:
        self._objects, self._file, self._next = objects, file, first
        self._piece = b""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end. Raises Replaced."""
        if not self._piece:
            self._piece = self._objects.read_bytes(self._file, self._next, AT_ONCE)
            self._next += len(self._piece)
        found, self._piece = self._piece[:size], self._piece[size:]
        return found


@dataclass(frozen=True, slots=True)
class Columns:
    """layout: how rows are read. shown: each heading with what it is for, and some of its values.

    rows: the first few. flaw: why no lead can come of them before another mapping is given.
    """

    layout: Layout
    notes: list[str]
    shown: list[dict[str, object]]
    rows: Sequence[LeadRow | BadRow] = ()
    flaw: str | None = None


def needs_copy(objects: Objects, file: Stored) -> bool:
    """Whether a file is a workbook, or in UTF-16 or UTF-32. Raises UnreadableListError for what is no list."""
    if file.size > MOST_BYTES:
        raise UnreadableListError(0, f"has more than {MOST_BYTES // 1024**2} MB: import it in parts")
    head = objects.read_bytes(file, 0, AT_ONCE)
    for mark, reason in _KNOWN:
        if head.startswith(mark):
            raise UnreadableListError(0, reason)
    if head.startswith(workbooks.ZIP):
        if file.size > MOST_OF_A_WORKBOOK:
            most = MOST_OF_A_WORKBOOK // 1024**2
            raise UnreadableListError(0, f"is a workbook of more than {most} MB: {workbooks.SAVE_AS_CSV}")
        return True
    return encoding_of(head) is not None


def copied(objects: Objects, file: Stored, name: str, goes_on: Callable[[], bool]) -> Stored:
    """The file as CSV in UTF-8, with the same lines. Raises UnreadableListError, Replaced."""
    head = objects.read_bytes(file, 0, AT_ONCE)
    encoding = encoding_of(head)
    with tempfile.TemporaryFile() as made:
        if head.startswith(workbooks.ZIP):
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as book:
                for piece in _pieces(objects, file):
                    book.write(piece)
                book.seek(0)
                text = io.TextIOWrapper(made, encoding="utf-8", errors="replace", newline="")
                writer = csv.writer(text, lineterminator="\n")
                for row in workbooks.rows(book, goes_on):
                    writer.writerow(row)
                text.detach()
        else:
            decoder = codecs.getincrementaldecoder(encoding or "utf-8")(errors="replace")
            for piece in _pieces(objects, file):
                made.write(decoder.decode(piece).encode("utf-8", "replace"))
            made.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
        return objects.keep_file(name, made)


def _pieces(objects: Objects, file: Stored) -> Iterator[bytes]:
    for first in range(0, file.size, COPIED_AT_ONCE):
        yield objects.read_bytes(file, first, COPIED_AT_ONCE)


def columns(
    objects: Objects,
    file: Stored,
    mapping: Mapped | None,
    source_mapping: Mapped,
    *,
    dated: bool,
    rows: int = 0,
) -> Columns:
    """What the first rows of a CSV file in UTF-8 tell, so many of them too. Raises UnreadableListError, Replaced."""
    flaw = None
    try:
        found = LeadList(Ranged(objects, file), mapping, source_mapping, dated=dated)
    except NoContactError as wrong:
        found, flaw = wrong.found, str(wrong)
    shown: list[dict[str, object]] = [
        {
            "heading": heading,
            "suggested": target,
            "examples": [each[:LONGEST_EXAMPLE] for each in found.examples(at, EXAMPLES)],
        }
        for at, (heading, target) in enumerate(found.columns)
    ]
    return Columns(found.layout, found.notes, shown, list(islice(found.rows(), rows)), flaw)


def resumed(objects: Objects, file: Stored, layout: Layout, place: Place, *, dated: bool) -> LeadList:
    """The rest of a CSV file in UTF-8, from a place on."""
    return LeadList(Ranged(objects, file, place.offset), dated=dated, resumed=(layout, place))
