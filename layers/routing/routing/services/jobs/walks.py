"""Walks over an owner's held leads, oldest first: at most one under way, and one more that is to follow it.

Whoever may take leads again, by coming back or by any other change, asks for a walk that begins after that. A mark
in the table says that one is under way; who asks meanwhile asks there for a rerun, and its end starts the next. However
many ask at once, one full walk follows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from routing.services.jobs import enqueue
from routing.storage import keys
from routing.storage import walks as marks
from routing.storage.table import ConditionFailed, Item, Table, Write


def ask(table: Table, owners: Sequence[str], now: datetime, *, unmatched: bool = False) -> None:
    """Have these owners' held leads walked, and the unmatched ones where said, by a walk that begins after this."""
    found = table.get_many([keys.walk(each) for each in owners])
    for owner in owners:
        _ask(table, owner, found.get(keys.walk(owner)), unmatched, now)


def _ask(table: Table, owner: str, mark: Item | None, unmatched: bool, now: datetime) -> None:
    attempts = table.attempts()
    while True:
        try:
            if mark is None:
                table.transact(_start(owner, None, unmatched, now))
            elif keys.instant(mark["lapses"]) <= now:
                unfinished = "unmatched" in mark or "again_unmatched" in mark
                table.transact(_start(owner, mark, unmatched or unfinished, now))
            elif not _is_coming(mark, unmatched):
                table.write(marks.follow(owner, mark, unmatched))
        except ConditionFailed as moved:
            mark = moved.failed.get(0)
            attempts.again(first_at_once=True)
        else:
            return


def _is_coming(mark: Item, unmatched: bool) -> bool:
    """Whether a walk that has been asked for has yet to begin, so that it will see what is asked now."""
    begins = "begun" not in mark and (not unmatched or "unmatched" in mark)
    return begins or ("again_unmatched" if unmatched else "again") in mark


def _start(owner: str, mark: Item | None, unmatched: bool, now: datetime) -> list[Write]:
    """A new walk, in the place of the one that the mark is of. The mark and the walk's first entry come together."""
    walk = keys.time_id(now)
    return [
        marks.begin(owner, walk, mark, unmatched, now),
        enqueue.request(owner, "walk", now, identifier=walk, unmatched=unmatched),
    ]


def goes_on(table: Table, owner: str, entry: Mapping[str, Any], now: datetime) -> bool:
    """Whether the page that `entry` asks for is to be done; then its walk's heartbeat is noted.

    Not when its walk has ended, or has expired and its successor is on its way. A successor that has not
    begun may be waiting in the log behind the very leads that kept this one: then somebody must walk, and does.
    """
    try:
        table.write(marks.live(owner, keys.request_of(entry), now))
    except ConditionFailed as moved:
        mark = moved.failed[0]
        return mark is not None and "begun" not in mark
    return True


def end(table: Table, owner: str, entry: Mapping[str, Any], now: datetime) -> None:
    """The last page is done. The next walk starts when somebody has asked since this one was asked for."""
    walk = keys.request_of(entry)
    attempts = table.attempts()
    while True:
        try:
            table.write(marks.end(owner, walk))
        except ConditionFailed as moved:
            mark = moved.failed[0]
            if mark is None or mark["walk"] != walk:
                return  # expired: its successor sees to the rest
            try:
                table.transact(_start(owner, mark, "again_unmatched" in mark, now))
            except ConditionFailed:
                attempts.again()
            else:
                return
        else:
            return
