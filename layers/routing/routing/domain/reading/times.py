"""Dates and times: ISO 8601, and month/day/year as the United States write it."""

import re
from datetime import UTC, date, datetime

from routing.domain.reading.text import unwrapped

MAX_TIME = 64
_US = re.compile(
    r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})"
    r"(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)


def _local(text: str) -> datetime | date | None:
    """What a text says: a date, or a time with or without its zone."""
    if len(text) > MAX_TIME:
        return None
    text = unwrapped(text)
    match = _US.fullmatch(text)
    try:
        if match is None:
            has_time = ":" in text or "T" in text
            return datetime.fromisoformat(text) if has_time else date.fromisoformat(text)
        month, day, year = int(match[1]), int(match[3]), int(match[4])
        if match[5] is None:
            return date(year, month, day)
        hour = int(match[5])
        if match[8] is not None:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if match[8] in "Pp" else 0)
        return datetime(year, month, day, hour, int(match[6]), int(match[7] or 0), tzinfo=UTC)
    except ValueError:
        return None


def day(value: object) -> date | None:
    """A date; of a time the day that it names. `6/10/1980` is June 10; `13/10/1980` is none."""
    found = _local(value) if isinstance(value, str) else value
    if isinstance(found, datetime):
        return found.date()
    return found if isinstance(found, date) else None


def instant(value: object) -> datetime | None:
    """A moment; without a zone it is in UTC, a date alone is its first moment."""
    found = _local(value) if isinstance(value, str) else value
    if isinstance(value, str) and isinstance(found, date) and not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=UTC)
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
