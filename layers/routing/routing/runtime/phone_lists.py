"""Phones that are not to be called, as they are sent: one; many in JSON; or a file, one a line or a CSV table."""

import csv
import io
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from routing.runtime.models import Instant
from routing.services.do_not_call import Row
from routing.services.problems import Problem, invalid_field

COLUMN = "phone"
MOST = 5000
DELIMITERS = (",", ";", "\t")


class DoNotCallBody(BaseModel):
    """Why, and until when; without a time for good."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str | None, Field(min_length=1, max_length=1000)] = None
    expires_at: Instant | None = None


class DoNotCallImport(DoNotCallBody):
    phones: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MOST)]


def rows(raw: bytes) -> list[Row]:
    """Each line with something in it. 400 when it is no text in UTF-8; 422 for no lines, or too many."""
    try:
        text = raw.decode("utf-8-sig")
        found = _cells(text)
    except (ValueError, csv.Error):
        raise Problem(400, "unparsable", "The body is not text in UTF-8, or no CSV.") from None
    if not 0 < len(found) <= MOST:
        raise invalid_field("phones", "out_of_range", f"must have 1 to {MOST} lines with a phone")
    return found


def _cells(text: str) -> list[Row]:
    head = text.partition("\n")[0].strip()
    for delimiter in DELIMITERS:
        names = [each.strip().casefold() for each in next(csv.reader([head], delimiter=delimiter), [])]
        if COLUMN in names:
            at = names.index(COLUMN)
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            next(reader)
            return [
                (reader.line_num, cells[at].strip() if at < len(cells) else "")
                for cells in reader
                if any(each.strip() for each in cells)
            ]
    lines = enumerate(text.splitlines(), start=1)
    return [(number, _only_cell(line)) for number, line in lines if line.strip()]


def _only_cell(line: str) -> str:
    """A line of a list without columns; of several cells nobody knows which is the phone."""
    return "" if any(each in line for each in DELIMITERS) else line.strip().strip('"')


def as_csv(items: list[dict[str, object]]) -> str:
    """The list as a table. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    names = ("phone", "since", "expires_at", "by", "reason", "lead_id")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for each in items:
        writer.writerow([each["phone"], *(_harmless(each[name]) for name in names[1:])])
    return out.getvalue()


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
