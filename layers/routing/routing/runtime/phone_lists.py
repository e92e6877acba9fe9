"""Phones that are not to be called, as they are sent: one; many in JSON; or a list as `domain.lists` reads it."""

import csv
import io
from itertools import islice
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from routing.domain.lists.phones import PhoneRow, phone_row, phone_rows
from routing.domain.lists.records import UnreadableListError
from routing.runtime.models import Instant
from routing.services.core.problems import invalid_field
from routing.services.do_not_call.listing import LONGEST_REASON, MOST_PHONES


class DoNotCallBody(BaseModel):
    """Why, and until when; without a time for good."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str | None, Field(min_length=1, max_length=LONGEST_REASON)] = None
    expires_at: Instant | None = None


class DoNotCallImport(DoNotCallBody):
    phones: Annotated[
        list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MOST_PHONES)
    ]


def rows(raw: bytes) -> list[PhoneRow]:
    """Each row of a list with something in it. 422 for no rows, or too many."""
    try:
        found = list(islice(phone_rows(io.BytesIO(raw)), MOST_PHONES + 1))
    except UnreadableListError:
        found = []
    if not 0 < len(found) <= MOST_PHONES:
        raise invalid_field("phones", "out_of_range", f"must have 1 to {MOST_PHONES} lines with a phone")
    return found


def rows_of(phones: list[str]) -> list[PhoneRow]:
    """The same of phones that come one by one."""
    return [phone_row(number, each) for number, each in enumerate(phones, start=1)]


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
