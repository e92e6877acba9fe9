"""On which day each record type's leads were last to be looked through for those that are kept long enough."""

from collections.abc import Iterable
from datetime import datetime

from routing.storage import keys
from routing.storage.table import Table, Write


def asked_on(table: Table, record_types: Iterable[str], now: datetime) -> set[str]:
    """Those of the record types for which it has been asked on this day, in UTC."""
    found = table.get_many([keys.retained(each) for each in record_types])
    return {key.sk for key, item in found.items() if item["day"] == _day(now)}


def note(record_type: str, now: datetime) -> Write:
    """That it has been asked on this day."""
    key = keys.retained(record_type)
    return Write("Put", item={"PK": key.pk, "SK": key.sk, "day": _day(now)})


def _day(now: datetime) -> str:
    return now.date().isoformat()
