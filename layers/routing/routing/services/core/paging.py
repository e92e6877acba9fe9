"""Pages of lists: how far one goes, by count and by bytes, and where the next begins."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from routing.services.core.problems import Problem
from routing.storage import cursors, keys
from routing.storage.leads import dumps
from routing.storage.table import BadStart, Table

Place = Mapping[str, str]
"""Where a list goes on: after this. It is shown to whoever asks, so it names only what they may see."""
Entry = tuple[dict[str, Any], Place]
T = TypeVar("T")
MOST_BYTES = 5_000_000
"""Of an answer. Lambda takes 6 MB, in which the body is a JSON string."""
MOST_LOOKED_AT = 1_000
"""Entries that one page of a filtered search looks at."""
MOST_PASSED_OVER = 5_000
"""Those of them that are not read, because their places tell enough; and of accounts that were looked through."""
BATCH = 100


@dataclass(frozen=True, slots=True)
class Found:
    """A page. searched: how many entries were looked at, where that bound has ended the page."""

    items: list[dict[str, Any]]
    next: Place | None = None
    searched: int | None = None

    @property
    def body(self) -> dict[str, Any]:
        """As it is answered, but for `next`."""
        return {"items": self.items, **({} if self.searched is None else {"searched": self.searched})}


def weight(value: object) -> int:
    """Bytes that a value adds to an answer, which leaves the function as JSON within JSON."""
    text = dumps(value)
    return len(text.encode()) + text.count('"') + text.count("\\")


def whole(answer: T, otherwise: str) -> T:
    """An answer that is no list, as it is. 413 `answer_too_large`, in these words, for more than an answer holds."""
    if weight(answer) > MOST_BYTES:
        raise Problem(413, "answer_too_large", otherwise)
    return answer


def page(entries: Iterable[Entry], limit: int) -> Found:
    """Entries until there are `limit`, or 5 MB. It says where to go on only if something follows."""
    items: list[dict[str, Any]] = []
    last: Place | None = None
    size = 0
    for item, place in entries:
        size += weight(item)
        if len(items) == limit or (items and size > MOST_BYTES):
            return Found(items, last)
        items.append(item)
        last = place
    return Found(items)


def filtered(
    table: Table,
    places: Iterable[tuple[T | None, Place]],
    shown: Callable[[Sequence[tuple[T, Place]]], Iterable[Entry]],
    limit: int,
    now: datetime,
) -> Found:
    """A page of what is shown of the places, which are looked at in batches and up to a bound.

    places: None in the place of what is passed over. At the bound the place may be nothing that the asker may see: it
    is kept here, and they get a name for it.
    """
    looked_at = 0
    end: list[Place] = []

    def entries() -> Iterator[Entry]:
        nonlocal looked_at
        batch: list[tuple[T, Place]] = []
        size, passed_over = min(limit + 1, BATCH), 0
        for value, place in places:
            looked_at += 1
            if value is None:
                passed_over += 1
            else:
                batch.append((value, place))
            is_bound = looked_at - passed_over >= MOST_LOOKED_AT or passed_over >= MOST_PASSED_OVER
            if len(batch) == size or is_bound:
                yield from shown(batch)
                batch, size = [], BATCH
            if is_bound:
                end.append(place)
                return
        if batch:
            yield from shown(batch)

    found = page(entries(), limit)
    if found.next is not None or not end:
        return found
    return Found(found.items, _keep(table, end[0], now), looked_at)


def _keep(table: Table, place: Place, now: datetime) -> Place:
    name = secrets.token_urlsafe(16)
    table.write(cursors.keep(name, place, now))
    return {"kept": name}


def kept(table: Table, place: Place | None, now: datetime) -> Place | None:
    """The place itself, where a cursor only names it. Raises BadStart once it is forgotten."""
    if place is None or "kept" not in place:
        return place
    found = cursors.place_from(table.get(keys.kept_place(place["kept"])), now)
    if found is None:
        raise BadStart
    return found
