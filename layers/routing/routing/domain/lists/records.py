"""CSV as people export it, as a stream: usual encodings and delimiters, damage that costs only its own row."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

LONGEST_LINE = 64 * 1024
LONGEST_RECORD_LINES = 50
MOST_COLUMNS = 500
LONGEST_HEADINGS = 50_000
DELIMITERS = ",;\t|"
LOOKED_AT = 10
"""Among how many lines with something in them the headings are looked for."""
_PIECE = 64 * 1024
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BOM = b"\xef\xbb\xbf"
_SEPARATOR = re.compile(r'\s*"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)


class UnreadableListError(Exception):
    """Nothing can be made of the list, or of what is to read it with. `line` is 0 where it is not about a line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)


class Bytes(Protocol):
    """Where a list comes from: a file, a body, a download."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line it starts on, from 1, and its cells without white space around them, one for each column."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out: the line it starts on, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Place:
    """How much of a list is behind: bytes, where it is UTF-8, and lines."""

    offset: int
    lines: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """How a list in UTF-8 goes on from a place, at which its stream begins."""

    headings: tuple[str, ...]
    delimiter: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Line:
    """One line; its text is empty, and `flaw` says why, when it cannot be part of a record.

    start: the byte that it begins with, where the list is UTF-8.
    """

    number: int
    text: str
    start: int
    flaw: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.flaw and not self.text.strip(" \r\n\v\f" + DELIMITERS)


class Records:
    """The rows below the headings of a list; rows with nothing in them are none.

    `knows` tells of a cell whether it is a heading. The row with the most such cells among the first is the headings',
    also below a title. Where there is none, `headings` are empty and every row is one of data. Of equal headings the
    second is `Phone (2)`. Rows may be shorter than the headings, as spreadsheets write them.

    UTF-8 with or without a byte-order mark, UTF-16 and UTF-32 are read as such; a line that is not UTF-8 is read as
    Windows-1252. `notes` says what was assumed, each thing once with its first line; `read` bytes are behind us.
    Raises UnreadableListError when there is nothing in it.
    """

    def __init__(self, stream: Bytes, knows: Callable[[str], bool], resumed: "Resumed | None" = None) -> None:
        """Read as far as the headings; a list in UTF-8 that was read as far as a place begins there."""
        self.notes: list[str] = []
        self.headings: tuple[str, ...] = resumed.headings if resumed else ()
        self.delimiter = resumed.delimiter if resumed else ","
        self._source = _Source(stream)
        head = self._source.peek()
        encoding = None if resumed else encoding_of(head)
        self._is_utf8 = encoding is None
        # newline="" leaves line ends as they are, as the csv module wants, and knows a lone CR too.
        # Bytes that are not UTF-8 come through as surrogates, which `_decoded` turns back.
        self._text = io.TextIOWrapper(
            io.BufferedReader(self._source, _PIECE),
            encoding=encoding or ("utf-8" if resumed else "utf-8-sig"),
            errors="surrogateescape" if self._is_utf8 else "replace",
            newline="",
        )
        place = resumed.place if resumed else Place(len(_BOM) if head.startswith(_BOM) else 0, 0)
        self._number, self._offset = place.lines, place.offset
        self._width = len(self.headings)
        self._again: deque[_Line] = deque()
        self.first_line = place.lines + 1 if resumed else self._find_headings(knows)

    @property
    def read(self) -> int:
        """How many bytes are behind us."""
        return self._source.read_so_far

    @property
    def place(self) -> Place:
        """Where the next row begins, or the lines before it that are none: a list in UTF-8 can be resumed there."""
        if self._again:
            return Place(self._again[0].start, self._again[0].number - 1)
        return Place(self._offset, self._number)

    def __iter__(self) -> Iterator[Row | BadRow]:
        """Each row that is left, one at a time in memory."""
        while (line := self._line()) is not None:
            if line.flaw:
                yield BadRow(line.number, line.flaw)
            elif not line.is_blank:
                cells = self._cells(line)
                if isinstance(cells, str):
                    yield BadRow(line.number, cells)
                elif any(cells):
                    yield Row(line.number, tuple(cells))

    def _find_headings(self, knows: Callable[[str], bool]) -> int:
        """Choose delimiter and row of the headings; the line that rows, or the headings, begin on."""
        lines: list[_Line] = []
        fixed = ""
        while len(lines) < LOOKED_AT and (line := self._line()) is not None:
            if not lines and (match := _SEPARATOR.fullmatch(line.text)):
                fixed = match[1]
            elif not line.is_blank:
                lines.append(line)
        if not lines:
            raise UnreadableListError(1, "the file is empty")
        best = (0, 0, 0, fixed or ",")
        widest = (0, fixed or ",")
        for delimiter in fixed or DELIMITERS:
            rows = [_sniffed(lines, at, delimiter) for at in range(len(lines))]
            for at, cells in enumerate(rows):
                known = sum(map(knows, cells))
                if known and (known, -at, len(cells)) > best[:3]:
                    best = (known, -at, len(cells), delimiter)
            together = sum(len(cells) - 1 for cells in rows if cells)
            if together > widest[0]:
                widest = (together, delimiter)
        known, at = best[0], -best[1]
        self.delimiter = best[3] if known else widest[1]
        self._again.extend(lines)
        return self._take_headings(at) if known else lines[0].number

    def take_headings(self) -> None:
        """Take the first row of several cells for the headings although none is known, before any row is read.

        Raises UnreadableListError when it cannot be read.
        """
        lines = list(self._again)
        widths = [sum(map(bool, _sniffed(lines, at, self.delimiter))) for at in range(len(lines))]
        self.first_line = self._take_headings(next((at for at, width in enumerate(widths) if width != 1), 0))

    def _take_headings(self, above: int) -> int:
        for _ in range(above):
            self.notes.append(f"line {self._again.popleft().number} is above the headings and is left out")
        line = self._again.popleft()
        if line.flaw:
            raise UnreadableListError(line.number, f"the heading row {line.flaw}: is this a CSV file?")
        cells = self._cells(line)
        if isinstance(cells, str):
            raise UnreadableListError(line.number, f"the heading row cannot be read: {cells}")
        while (
            len(cells) > MOST_COLUMNS and not cells[-1]
        ):  # a spreadsheet that was written to its last column
            cells.pop()
        if len(cells) > MOST_COLUMNS or sum(map(len, cells)) > LONGEST_HEADINGS:
            most = f"{MOST_COLUMNS} columns, {LONGEST_HEADINGS:,} characters of headings"
            raise UnreadableListError(line.number, f"the heading row is too long: at most {most}")
        self.headings = _distinct([" ".join(each.split()) for each in cells])
        self._width = len(self.headings)
        return line.number

    def _cells(self, first: _Line) -> list[str] | str:
        """The cells of the record that begins with a line, or what is wrong with it.

        A quoted cell may go on over line ends. When a record turns out wrong after its first line, only that line is
        given up and the others are read again: an unclosed quote costs one row and not all that follow.
        """
        text, following = first.text, list[_Line]()
        while True:
            try:
                cells = _parsed(text, self.delimiter)
            except csv.Error as wrong:
                is_open = "unexpected end of data" in str(wrong)
                flaw = (
                    "a value goes on after its closing quote"
                    if "expected after" in str(wrong)
                    else str(wrong)
                )
                if is_open or following:
                    flaw = "a quote is opened and not closed"
                can_go_on = is_open and len(following) < LONGEST_RECORD_LINES and len(text) < LONGEST_LINE
                more = self._line() if can_go_on else None
                if more is not None:
                    following.append(more)
                    if not more.flaw:
                        text += more.text
                        continue
            else:
                flaw = self._misfit(cells, following)
                if not flaw:
                    return cells + [""] * (self._width - len(cells)) if self._width else cells
            self._again.extendleft(reversed(following))
            return flaw

    def _misfit(self, cells: list[str], following: Sequence[_Line]) -> str:
        """Why a record's cells are not those of the columns; cuts empty ones beyond the last column."""
        if not self._width:
            return ""
        if not any(cells[self._width :]):
            del cells[self._width :]
        swallowed = following and any(self._is_whole(each) for each in following)
        if len(cells) <= self._width and not (swallowed and len(cells) < self._width):
            return ""
        flaw = f"{len(cells)} columns where the heading row has {self._width}"
        if following:
            flaw = f"a quote is closed only on line {following[-1].number}, which makes {flaw}"
        return flaw

    def _is_whole(self, line: _Line) -> bool:
        """Whether a line is a row by itself."""
        try:
            return len(_parsed(line.text, self.delimiter)) >= max(2, self._width)
        except csv.Error:
            return False

    def _line(self) -> _Line | None:
        """The next line; None at the end."""
        if self._again:
            return self._again.popleft()
        try:
            start = self._offset
            text = self._piece()
            if not text:
                return None
            self._number += 1
            if len(text) >= LONGEST_LINE and text[-1] not in "\r\n":
                while (rest := self._piece()) and rest[-1] not in "\r\n":
                    pass
                return _Line(self._number, "", start, f"is longer than {LONGEST_LINE} characters")
        except UnicodeError as failed:
            raise UnreadableListError(self._number + 1, f"cannot be read: {failed}") from failed
        if "\0" in text:
            return _Line(self._number, "", start, "has NUL bytes: this is no text")
        return _Line(self._number, text if text.isascii() else self._decoded(text), start)

    def _piece(self) -> str:
        text = self._text.readline(LONGEST_LINE)
        if self._is_utf8:
            self._offset += len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
        return text

    def _decoded(self, text: str) -> str:
        if not self._is_utf8:
            if "\ufffd" in text:
                self._note("has characters that cannot be read; they show as \ufffd")
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            self._note("is not UTF-8: it and other such lines are read as Windows-1252 (Latin-1)")
            raw = text.encode("utf-8", "surrogateescape")
            try:
                return raw.decode("cp1252")
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        return text

    def _note(self, what: str) -> None:
        if not any(note.endswith(what) for note in self.notes):
            self.notes.append(f"line {self._number} {what}")


class _Source(io.RawIOBase):
    """A stream whose beginning can be looked at, and that counts what was read of it."""

    def __init__(self, stream: Bytes) -> None:
        super().__init__()
        self.read_so_far = 0
        self._stream = stream
        self._ahead = b""

    def peek(self) -> bytes:
        self._ahead = self._ahead or self._stream.read(_PIECE)
        return self._ahead

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._ahead or self._stream.read(len(buffer))
        taken, self._ahead = piece[: len(buffer)], piece[len(buffer) :]
        buffer[: len(taken)] = taken
        self.read_so_far += len(taken)
        return len(taken)


def encoding_of(head: bytes) -> str | None:
    """The encoding that a list's first bytes tell of; None for UTF-8, or what is read as such."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None) or _unmarked(head)


def _unmarked(head: bytes) -> str | None:
    """UTF-16 without a byte-order mark is told by the NULs of its Latin letters; None where it is another encoding."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.5 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.5 and odd < 0.1 else None


def _parsed(text: str, delimiter: str) -> list[str]:
    lines = io.StringIO(text, newline="")
    found = next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))
    return [each.strip() for each in found]


def _sniffed(lines: Sequence[_Line], at: int, delimiter: str) -> list[str]:
    """The cells of the record that begins with a line, as far as these lines tell; none when it cannot be read."""
    text = ""
    for line in lines[at:]:
        text += line.text
        try:
            return [] if line.flaw else _parsed(text, delimiter)
        except csv.Error as wrong:
            if "unexpected end of data" not in str(wrong):
                return []
    return []


def _distinct(headings: list[str]) -> tuple[str, ...]:
    """The headings, the second of equal ones as `Phone (2)`, so that each can be named."""
    found: list[str] = []
    for heading in headings:
        name, number = heading, 2
        while heading and name in found:
            name, number = f"{heading} ({number})", number + 1
        found.append(name)
    return tuple(found)
