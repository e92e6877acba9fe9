"""The queue of jobs. A message only nudges: what is to be done, and how far it is, says the mark.

A mark's first writing, seen in the stream, becomes a message; so does the end of a worker's time. One message too many
finds somebody at it, or nothing; for one that was lost, or whose worker was killed, the sweep sends another.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from routing.services.core.store import Store
from routing.storage import jobs, keys
from routing.storage.jobs import Job
from routing.storage.table import ConditionFailed, Item

TAKEN_UP = 25
"""The most marks of a partition that one run of the sweep takes up."""
SEEN = 100
"""The marks of a partition that it looks at."""

Put = Callable[[Sequence[str]], None]


def message(job: Job) -> str:
    return json.dumps({"kind": job.kind, "owner": job.owner})


def tell(put: Put, marks: Iterable[Item]) -> None:
    """Queue the jobs that these marks, just written, are of."""
    if messages := [message(jobs.from_item(each)) for each in marks]:
        put(messages)


def take_up(store: Store, put: Put, now: datetime) -> int:
    """Tell the queue again of jobs that have stopped: their message was lost, or their worker; how many there were."""
    taken: list[Job] = []
    for shard in keys.jobs():
        found = map(jobs.from_item, store.table.query(shard, limit=SEEN).items)
        for job in [each for each in found if each.has_expired(now)][:TAKEN_UP]:
            with suppress(ConditionFailed):  # its heartbeat has come
                store.table.write(jobs.take_up(job, now))
                taken.append(job)
    if taken:
        put([message(each) for each in taken])
    return len(taken)
