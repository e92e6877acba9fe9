"""Walks over an owner's held leads, oldest first: at most one under way, and one more that is to follow it.

Whoever may take leads again, by coming back or by any other change, asks for a walk that begins after that. A mark
in the table says that one is under way; who asks meanwhile leaves word there, and its end starts the next. However
many ask at once, one full walk follows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from routing.services.jobs import enqueue
from routing.storage import keys
from routing.storage.table import ConditionFailed, Contended, Item, Table, Write

LAPSES = timedelta(seconds=50)
"""A walk that has shown no life for so long is taken for dead, and whoever asks next starts another. The sweep asks
every minute: what was lost is made good by the next one.
"""
ATTEMPTS = 20


def ask(table: Table, owners: Sequence[str], now: datetime, *, unmatched: bool = False) -> None:
    """Have these owners' held leads walked, and the unmatched ones where said, by a walk that begins after this."""
    marks = table.get_many([keys.walk(each) for each in owners])
    for owner in owners:
        _ask(table, owner, marks.get(keys.walk(owner)), unmatched, now)


def _ask(table: Table, owner: str, mark: Item | None, unmatched: bool, now: datetime) -> None:
    for attempt in range(ATTEMPTS):
        try:
            if mark is None:
                table.transact(_start(owner, None, unmatched, now))
            elif keys.instant(mark["lapses"]) <= now:
                unfinished = "unmatched" in mark or "again_unmatched" in mark
                table.transact(_start(owner, mark, unmatched or unfinished, now))
            elif not _is_coming(mark, unmatched):
                table.write(_again(owner, mark, unmatched))
        except ConditionFailed as moved:
            mark = moved.losers.get(0)
            if attempt:
                table.pause(attempt)
        else:
            return
    raise Contended


def _is_coming(mark: Item, unmatched: bool) -> bool:
    """Whether a walk that has been asked for has yet to begin, so that it will see what is asked now."""
    begins = "begun" not in mark and (not unmatched or "unmatched" in mark)
    return begins or ("again_unmatched" if unmatched else "again") in mark


def _start(owner: str, mark: Item | None, unmatched: bool, now: datetime) -> list[Write]:
    """A new walk, in the place of the one that the mark is of. The mark and the walk's first entry come together."""
    walk, key = keys.time_id(now), keys.walk(owner)
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
    return [
        Write("Put", item=item, condition=condition, values=values),
        enqueue.request(owner, "walk", now, identifier=walk, unmatched=unmatched),
    ]


def _again(owner: str, mark: Item, unmatched: bool) -> Write:
    return Write(
        "Update",
        key=keys.walk(owner),
        update=f"SET again = :true{', again_unmatched = :true' if unmatched else ''}",
        condition="walk = :walk",
        values={":true": True, ":walk": mark["walk"]},
    )


def _walk_of(entry: Mapping[str, Any]) -> str:
    walk: str = entry["SK"].partition("+")[0]
    return walk


def goes_on(table: Table, owner: str, entry: Mapping[str, Any], now: datetime) -> bool:
    """Whether the page that `entry` asks for is to be done; then its walk has shown life.

    Not when its walk has ended, or was taken for dead and its successor is on its way. A successor that has not
    begun may be waiting in the log behind the very leads that kept this one: then somebody must walk, and does.
    """
    life = Write(
        "Update",
        key=keys.walk(owner),
        update="SET lapses = :lapses, begun = :true",
        condition="walk = :walk",
        values={":lapses": keys.millis(now + LAPSES), ":true": True, ":walk": _walk_of(entry)},
    )
    try:
        table.write(life)
    except ConditionFailed as moved:
        mark = moved.losers[0]
        return mark is not None and "begun" not in mark
    return True


def end(table: Table, owner: str, entry: Mapping[str, Any], now: datetime) -> None:
    """The last page is done. The next walk starts when somebody has asked since this one was asked for."""
    walk = _walk_of(entry)
    over = Write(
        "Delete",
        key=keys.walk(owner),
        condition="attribute_not_exists(PK) OR (walk = :walk AND attribute_not_exists(again))",
        values={":walk": walk},
    )
    for attempt in range(ATTEMPTS):
        try:
            table.write(over)
        except ConditionFailed as moved:
            mark = moved.losers[0]
            if mark is None or mark["walk"] != walk:
                return  # taken for dead: its successor sees to the rest
            try:
                table.transact(_start(owner, mark, "again_unmatched" in mark, now))
            except ConditionFailed:
                table.pause(attempt)
            else:
                return
        else:
            return
    raise Contended
