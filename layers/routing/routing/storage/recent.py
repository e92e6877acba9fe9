"""What a user did with leads lately, by time, where it is found without the leads: for a day or two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal

from routing.storage import keys
from routing.storage.leads import Event
from routing.storage.table import Item, Table, Write

KEPT = timedelta(hours=36)
"""Longer than any day."""
MOST_READ = 200
PAGE = 50
Kind = Literal["disposition", "call", "note"]
KINDS: Mapping[str, Kind] = {
    "disposition": "disposition",
    "late_disposition": "disposition",
    "called": "call",
    "note": "note",
}
"""Of the events that say that a user did something with a lead."""


@dataclass(frozen=True, slots=True)
class Did:
    """at: when it was done, `told` when it reached us. disposition: which.

    version: of the head that the user had before them; None where somebody else had the lead by then.
    """

    lead: str
    kind: Kind
    told: datetime
    at: datetime
    disposition: str | None
    version: int | None


def put(event: Item, happened: Event) -> Write:
    """What an event says that its user did, under them; the same again for the same event."""
    key = keys.recent(str(happened.by), happened.at, keys.named(event), keys.of_item(event).sk)
    recorded_at = happened.detail.get("recorded_at")
    item: dict[str, Any] = {
        "PK": key.pk,
        "SK": key.sk,
        "lead": keys.named(event),
        "kind": KINDS[happened.kind],
        "told": keys.millis(happened.at),
        "at": keys.millis(datetime.fromisoformat(recorded_at) if recorded_at else happened.at),
        "disposition": happened.detail.get("disposition"),
        "version": None if happened.kind == "late_disposition" else happened.version,
        "expires": int((happened.at + KEPT).timestamp()),
    }
    return Write("Put", item={name: value for name, value in item.items() if value is not None})


def since(table: Table, user: str, moment: datetime) -> Iterator[Did]:
    """What a user did since then, the latest first; MOST_READ at most."""
    first, last = keys.recent_since(user, moment)
    items = table.query_all(first.pk, first=first.sk, last=last, forward=False, limit=PAGE)
    yield from map(_from_item, islice(items, MOST_READ))


def _from_item(item: Item) -> Did:
    return Did(
        item["lead"],
        item["kind"],
        keys.instant(item["told"]),
        keys.instant(item["at"]),
        item.get("disposition"),
        int(item["version"]) if "version" in item else None,
    )
