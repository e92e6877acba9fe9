"""CSV as people export it, as a stream: usual encodings, flat memory, damage that costs only its own row."""

import csv
import io
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LONGEST_LINE = 64 * 1024
LONGEST_RECORD_LINES = 50
DELIMITERS = ",;\t|"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")


class UnreadableFileError(Exception):
    """Nothing can be made of the file, or of what is to read it with; names the line if there is one."""


@dataclass(frozen=True)
class BadRow:
    """A row that is left out: the line it starts on, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Line:
    """One line of the file; its text is empty, and `flaw` says why, when it cannot be part of a record."""

    number: int
    text: str
    flaw: str = ""


class CsvRecords:
    """The records of a CSV file after its heading row, which `heading_line` and `headings` hold.

    UTF-8 with or without a byte-order mark and UTF-16 with one are read as such; a line that is not UTF-8 is
    read as Windows-1252. `notes` says what was assumed, each thing once with its first line; `read` of `size`
    bytes are behind us. Raises UnreadableFileError when there is no heading row to be had.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and read its heading row."""
        self.path = path
        self.notes: list[str] = []
        self.read = 0
        self._number = 0
        self._width = 0
        self._delimiter = ","
        self._again: deque[Line] = deque()
        try:
            binary = path.open("rb")
            mark = binary.read(4)
            binary.seek(0)
        except OSError as failed:
            raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed
        self.size = os.fstat(binary.fileno()).st_size
        self._utf16 = mark.startswith(_UTF16_MARKS)
        # newline="" leaves line ends as they are, as the csv module wants, and knows a lone CR too.
        # Bytes that are not UTF-8 come through as surrogates, which `_decoded` turns back.
        self._text = io.TextIOWrapper(
            binary,
            encoding="utf-16" if self._utf16 else "utf-8-sig",
            errors="replace" if self._utf16 else "surrogateescape",
            newline="",
        )
        try:
            self.heading_line, self.headings = self._heading_row(mark)
        except BaseException:
            self.close()
            raise
        self._width = len(self.headings)

    def __enter__(self) -> Self:
        """Use as a context manager to have the file closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._text.close()

    def unusable(self, line: int, reason: str) -> UnreadableFileError:
        """The error that names this file and `line`."""
        return UnreadableFileError(f"{self.path}: line {line}: {reason}")

    def __iter__(self) -> Iterator[tuple[int, list[str]] | BadRow]:
        """Each record that is left: its first line and its cells, one per heading; or what is wrong."""
        while (line := self._line()) is not None:
            if line.flaw:
                yield BadRow(line.number, line.flaw)
            elif line.text.strip():
                cells = self._cells(line.text)
                yield BadRow(line.number, cells) if isinstance(cells, str) else (line.number, cells)

    def _heading_row(self, mark: bytes) -> tuple[int, list[str]]:
        if mark.startswith(_UTF32_MARKS):
            raise self.unusable(1, "the file is UTF-32; save it as UTF-8")
        line = self._line()
        while line is not None and not line.flaw and not line.text.strip():
            line = self._line()
        if line is None:
            raise self.unusable(1, "the file is empty")
        if line.flaw:
            raise self.unusable(line.number, f"the heading row {line.flaw}: is this a CSV file?")
        self._delimiter = max(DELIMITERS, key=line.text.count)
        cells = self._cells(line.text)
        if isinstance(cells, str):
            raise self.unusable(line.number, f"the heading row cannot be read: {cells}")
        return line.number, [" ".join(cell.split()) for cell in cells]

    def _cells(self, text: str) -> list[str] | str:
        """The cells of the record that begins with the line `text`, or what is wrong with it.

        A quoted cell may go on over line ends. When a record turns out wrong after its first line, only that
        line is given up and the others are read again: an unclosed quote costs one row and not all that
        follow.
        """
        following: list[Line] = []
        while True:
            try:
                cells = self._parse(text)
            except csv.Error as wrong:
                more = None
                flaw = (
                    "a value goes on after its closing quote"
                    if "expected after" in str(wrong)
                    else str(wrong)
                )
                if "unexpected end of data" in str(wrong) or following:
                    flaw = "a quote is opened and not closed"
                if "unexpected end of data" in str(wrong) and len(following) < LONGEST_RECORD_LINES:
                    more = self._line() if len(text) < LONGEST_LINE else None
                if more is not None:
                    following.append(more)
                if more is not None and not more.flaw:
                    text += more.text
                    continue
            else:
                if not self._width or len(cells) == self._width:
                    return cells
                if not any(cells[self._width :]) and len(cells) > self._width:
                    return cells[: self._width]
                flaw = f"{len(cells)} columns where the heading row has {self._width}"
                if following:
                    flaw = f"a quote is closed only on line {following[-1].number}, which makes {flaw}"
            self._again.extendleft(reversed(following))
            return flaw

    def _parse(self, text: str) -> list[str]:
        lines = io.StringIO(text, newline="")
        return next(csv.reader(lines, delimiter=self._delimiter, strict=True, skipinitialspace=True))

    def _line(self) -> Line | None:
        """The next line; None at the end of the file."""
        if self._again:
            return self._again.popleft()
        try:
            text = self._text.readline(LONGEST_LINE)
            if not text:
                return None
            self._number += 1
            self._count(text)
            if len(text) >= LONGEST_LINE and text[-1] not in "\r\n":
                while (rest := self._text.readline(LONGEST_LINE)) and rest[-1] not in "\r\n":
                    self._count(rest)
                return Line(self._number, "", f"is longer than {LONGEST_LINE} characters")
        except (OSError, UnicodeError) as failed:
            raise self.unusable(self._number + 1, f"cannot be read: {failed}") from failed
        if "\0" in text:
            return Line(self._number, "", "has NUL bytes (not text, or UTF-16 without a byte-order mark)")
        return Line(self._number, text if text.isascii() else self._decoded(text))

    def _count(self, text: str) -> None:
        plain = len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
        self.read = min(self.size, self.read + (2 * len(text) if self._utf16 else plain))

    def _decoded(self, text: str) -> str:
        if self._utf16:
            if "\ufffd" in text:
                self._note("is not whole UTF-16; what cannot be read shows as \ufffd")
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
