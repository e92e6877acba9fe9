"""Leads that nobody may call while others of their zone group may be called stand aside in their queue for a while.

Else each pull would read past all of them, until their zone group closes too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from routing.domain import heads
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import lent_until, next_lent
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.jobs import Job
from routing.storage.table import ConditionFailed

PAGE = 50
MOST = timedelta(hours=1)
"""No longer, for the calling rules may be changed meanwhile. In the evening the zone group has closed by then."""


def page(store: Store, job: Job, now: datetime) -> Mapping[str, Any] | None:
    """One page of the queue that the job is of. Answers with where the next begins."""
    company = store.configuration.load().company
    after = job.cursor["after"] if job.cursor is not None else None
    found = store.table.query(keys.ready(job.owner), index="queue", after=after, limit=PAGE)
    closed = [
        (head, until)
        for head in map(head_from, found.items)
        if (until := _closed_until(head, company, now)) is not None
    ]
    store.table.run_parallel(*(partial(_park, store, head, until, now) for head, until in closed))
    return {"after": dict(found.next)} if found.next else None


def _closed_until(head: Head, company: Company, now: datetime) -> datetime | None:
    """Until when the lead is to stand aside; None when it may be lent, or already waits."""
    if head.due is not None and head.due > now:
        return None
    if lent_until(head.calling_class, None, head.owner, company, now) is not None:
        return None
    opens = next_lent(head.calling_class, None, head.owner, company, now)
    return min(now + MOST, opens or now + MOST)


def _park(store: Store, head: Head, until: datetime, now: datetime) -> None:
    try:
        store.table.write(replace_head(head, heads.parked(head, until, now), now))
    except ConditionFailed:
        return  # it has moved, and stands where it should
