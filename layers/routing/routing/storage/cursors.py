"""Places in lists that a cursor only names: where a filtered search goes on, when that is nothing the asker may see."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from routing.storage import keys
from routing.storage.table import Item, Write

KEPT = timedelta(hours=1)


def keep(name: str, place: Mapping[str, str], now: datetime) -> Write:
    key = keys.kept_place(name)
    expires = int((now + KEPT).timestamp())
    return Write("Put", item={"PK": key.pk, "SK": key.sk, "place": dict(place), "expires": expires})


def place_from(item: Item | None, now: datetime) -> Mapping[str, str] | None:
    """The place, while it is kept."""
    if item is None or int(item["expires"]) <= now.timestamp():
        return None
    found: Mapping[str, str] = item["place"]
    return found
