"""Retention: what a record type keeps for so many days goes by itself, a page of leads after the other.

No lead has a timer for it: in the index under their owner leads stand by since when they have their standing, so those
whose time may be over are found together, whatever the number of days says today.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from routing.domain.heads import Standing
from routing.services.core.store import Store
from routing.services.jobs import enqueue
from routing.services.privacy.erase import erasing
from routing.services.pull.filing import Candidate, read_candidates
from routing.storage import keys, retention
from routing.storage.configuration import SetUp
from routing.storage.jobs import Job
from routing.storage.leads import last_event
from routing.storage.table import ConditionFailed, Page

AT_HOUR = 3
"""From which on, of the day in UTC."""
LOOKED_OVER = 250
"""Places in the index that are read at once: of what is so old, and was not erased. A lead itself is read only if it is
of the record type."""
PAGE = 25
"""Leads that are read at once."""
AT_ONCE = 16
"""Stretches that are looked into together: most have nothing that is so old."""
STANDINGS: Sequence[Standing] = sorted(get_args(Standing))
Stretch = tuple[str, Standing]
"""The leads of an account in one standing."""


def ask(store: Store, now: datetime) -> int:
    """Once a day, have each record type that keeps its leads for some time looked through; how many.

    It is noted after it was asked: a minute that is missed, or breaks off between, is made good by the next.
    """
    if now.hour < AT_HOUR:
        return 0
    kept = _kept(store.configuration.load(), now)
    due = sorted(kept.keys() - retention.asked_on(store.table, kept, now))
    for each in due:
        store.table.write(enqueue.retain(each, now))
        store.table.write(retention.note(each, now))
    return len(due)


def _kept(found: SetUp, now: datetime) -> dict[str, timedelta]:
    """How long the leads of record types are kept, but of those that were saved since the day's time began.

    What is saved holds from the next day on, for nothing brings back what it erases.
    """
    began = now.replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
    began = began if began <= now else began - timedelta(days=1)

    def is_new(record_type: str) -> bool:
        saved = found.resources.get(("record-types", record_type))
        at = saved.changed_at if saved is not None else None
        return at is not None and datetime.fromisoformat(at) >= began

    types = found.company.record_types.values()
    return {each.id: each.retention for each in types if each.retention and not is_new(each.id)}


def page(store: Store, job: Job, now: datetime) -> Mapping[str, Any] | None:
    """One page of a record type's leads that may be too old; where the next begins, if there is one."""
    length = _kept(store.configuration.load(), now).get(job.owner)
    if length is None:
        return None
    before = now - length
    left, after = _left(store, job.cursor)
    among = left[: 1 if after else AT_ONCE]
    pages: Sequence[Page] = store.table.run_parallel(
        *(lambda stretch=each: _read(store, stretch, before, after) for each in among)
    )
    for stretch, found in zip(among, pages, strict=True):
        own = [each for each in found.items if keys.is_head(each) and keys.may_be_of(each, job.owner)]
        for candidate in read_candidates(store.table, [keys.named(each) for each in own[:PAGE]]):
            if candidate.head.record_type == job.owner:
                _erase(store, candidate, before, now)
        following = keys.place_of(own[PAGE - 1], *keys.OWNER_INDEX) if len(own) > PAGE else found.next
        if following:
            return {**_at(stretch), "after": dict(following)}
    rest = left[len(among) :]
    return _at(rest[0]) if rest else None


def _left(store: Store, cursor: Mapping[str, Any] | None) -> tuple[list[Stretch], Mapping[str, str] | None]:
    """The stretches that are still to be seen to, and after which of the first one's leads to go on.

    Of accounts that are gone too: closed leads stay under them.
    """
    resources = store.configuration.load().resources
    accounts = sorted(identifier for kind, identifier in resources if kind == "accounts")
    stretches: list[Stretch] = [(account, standing) for account in accounts for standing in STANDINGS]
    if cursor is None:
        return stretches, None
    here = (cursor["account"], cursor["standing"])
    left = [each for each in stretches if each >= here]
    return left, cursor.get("after") if left[:1] == [here] else None


def _at(stretch: Stretch) -> Mapping[str, Any]:
    return {"account": stretch[0], "standing": stretch[1]}


def _read(store: Store, stretch: Stretch, before: datetime, after: Mapping[str, str] | None) -> Page:
    account, standing = stretch
    first, last = keys.unmoved_since(standing, before)
    return store.table.query(account, index="owner", first=first, last=last, after=after, limit=LOOKED_OVER)


def _erase(store: Store, candidate: Candidate, before: datetime, now: datetime) -> None:
    """Erase the person of a lead to which nothing has happened since `before`; one that moves just now has."""
    head = candidate.head
    happened = last_event(store.table, head.id)
    last = max(each for each in (head.created_at, head.since, happened) if each is not None)
    if head.erased_at is not None or last > before:
        return
    _, _, writes = erasing(store, candidate, None, now)
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return
