"""The mark of a walk over held leads: which walk, when its heartbeat expires, whether another is to follow."""

from datetime import datetime, timedelta
from typing import Any

from routing.storage import keys
from routing.storage.table import Item, Write

LAPSES = timedelta(seconds=50)
"""A walk without a heartbeat for so long has expired, and whoever asks next starts another. The sweep asks
every minute: what was lost is made good by the next one.
"""


def begin(owner: str, walk: str, mark: Item | None, unmatched: bool, now: datetime) -> Write:
    """A new walk, in the place of the one that the mark is of, while that stands as it was read."""
    key = keys.walk(owner)
    condition, values = "attribute_not_exists(PK)", {}
    if mark is not None:
        heard = "exists" if "again_unmatched" in mark else "not_exists"
        condition = f"walk = :walk AND lapses = :lapses AND attribute_{heard}(again_unmatched)"
        values = {":walk": mark["walk"], ":lapses": mark["lapses"]}
    item = {
        "PK": key.pk,
        "SK": key.sk,
        "walk": walk,
        "lapses": keys.millis(now + LAPSES),
        "unmatched": unmatched or None,
    }
    return Write("Put", item=item, condition=condition, values=values)


def follow(owner: str, mark: Item, unmatched: bool) -> Write:
    """Another walk is to follow the one that the mark is of."""
    return Write(
        "Update",
        key=keys.walk(owner),
        update=f"SET again = :true{', again_unmatched = :true' if unmatched else ''}",
        condition="walk = :walk",
        values={":true": True, ":walk": mark["walk"]},
    )


def live(owner: str, walk: str, now: datetime) -> Write:
    """The walk has begun; its heartbeat."""
    values: dict[str, Any] = {":lapses": keys.millis(now + LAPSES), ":true": True, ":walk": walk}
    return Write(
        "Update",
        key=keys.walk(owner),
        update="SET lapses = :lapses, begun = :true",
        condition="walk = :walk",
        values=values,
    )


def end(owner: str, walk: str) -> Write:
    """The walk is over, unless another is to follow."""
    return Write(
        "Delete",
        key=keys.walk(owner),
        condition="attribute_not_exists(PK) OR (walk = :walk AND attribute_not_exists(again))",
        values={":walk": walk},
    )
