"""Jobs are carried out page by page, by one worker at a time.

To add a kind: a name in `storage.jobs.JobKind`, a function of a page in its room, and a line in PAGES.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from routing.services.core.store import Store
from routing.services.do_not_call import imports, suppressions
from routing.services.imports import lead_file
from routing.services.intake import claims
from routing.services.jobs import refile
from routing.services.jobs.nudges import Put, message
from routing.services.privacy import erase, retention
from routing.services.pull import parking
from routing.services.work import reassign
from routing.storage import jobs, keys
from routing.storage.jobs import Job, JobKind
from routing.storage.table import ConditionFailed

AT_ONCE = 20
"""Pages that a worker does before others have their turn."""
Cursor = Mapping[str, Any] | None


@dataclass(slots=True)
class JobReport:
    """pages: how many were done, without one that waits. internal: the leads that could not be filed, and why.

    waits: the job has to wait for others, who have their turn first. has_time: whether there is more of it.
    """

    pages: int = 0
    internal: list[tuple[str, Exception]] = field(default_factory=list)
    waits: bool = False
    has_time: Callable[[], bool] = lambda: True


def _refile(store: Store, job: Job, now: datetime, report: JobReport) -> Cursor:
    cursor, failures = refile.page(store, job, now)
    report.internal += failures
    return cursor


def _close(store: Store, job: Job, now: datetime, _: JobReport) -> Cursor:
    return suppressions.close_leads(store, [job.owner], job.cursor, now).get(job.owner)


def _import(store: Store, job: Job, now: datetime, _: JobReport) -> Cursor:
    return {} if imports.page(store, job.owner, now) else None  # how far it is stands with the import


def _import_leads(store: Store, job: Job, now: datetime, report: JobReport) -> Cursor:
    goes_on, report.waits, failures = lead_file.page(store, job.owner, now, report.has_time)
    report.internal += failures
    return {} if goes_on else None


PAGES: Mapping[JobKind, Callable[[Store, Job, datetime, JobReport], Cursor]] = {
    "refile": _refile,
    "reassign": lambda store, job, now, _: reassign.page(store, job, now),
    "close": _close,
    "import": _import,
    "claim": lambda store, job, now, _: claims.page(store, job, now),
    "import_leads": _import_leads,
    "park": lambda store, job, now, _: parking.page(store, job, now),
    "erase": lambda store, job, *_: erase.page(store, job),
    "retain": lambda store, job, now, _: retention.page(store, job, now),
}
"""By kind of job, what does a page of it and answers with where the next begins; None after the last."""


def carry_out(
    store: Store, put: Put, kind: JobKind, owner: str, now: datetime, has_time: Callable[[], bool]
) -> JobReport:
    """Do pages of a job until it is done, time is up, or somebody else is at it."""
    report = JobReport(has_time=has_time)
    job = _begun(store, kind, owner, now)
    while job is not None:
        cursor = PAGES[job.kind](store, job, now, report)
        report.pages += not report.waits
        job = _ended(store, job, now) if cursor is None else _advanced(store, job, cursor, now)
        if job is not None and (report.waits or report.pages >= AT_ONCE or not has_time()):
            with suppress(ConditionFailed):  # it was taken up meanwhile, and told of
                store.table.write(jobs.release(job, now))
                put([message(job)])
            break
    return report


def _begun(store: Store, kind: JobKind, owner: str, now: datetime) -> Job | None:
    """The job, with this worker at it; None when it is done, or somebody is at it who has shown life lately."""
    worker = secrets.token_hex(8)
    attempts = store.table.attempts()
    while True:
        item = store.table.get(keys.job(kind, owner))
        job = jobs.from_item(item) if item else None
        if job is None or job.worker == worker:
            return job
        if job.worker is not None and not job.has_expired(now):
            return None
        try:
            store.table.write(jobs.begin(job, worker, now))
        except ConditionFailed:
            attempts.again(first_at_once=True)
        else:
            return replace(job, worker=worker, doing=job.doing or job.wanted)


def _advanced(store: Store, job: Job, cursor: Mapping[str, Any], now: datetime) -> Job | None:
    """The job after a page, as whoever asked last wants it; None when it was taken from this worker."""
    while True:
        try:
            store.table.write(jobs.advance(job, cursor, now))
        except ConditionFailed as moved:
            seen = _still_ours(job, moved)
            if seen is None:
                return None
            job = seen
        else:
            return replace(job, cursor=cursor)


def _ended(store: Store, job: Job, now: datetime) -> Job | None:
    """After the last page: None when the job is done with it; else as it begins anew for who has asked meanwhile."""
    while True:
        try:
            if job.wanted == job.doing:
                store.table.write(jobs.finish(job))
                return None
            store.table.write(jobs.again(job, now))
        except ConditionFailed as moved:
            seen = _still_ours(job, moved)
            if seen is None:
                return None
            job = seen
        else:
            return replace(job, doing=job.wanted, cursor=None)


def _still_ours(job: Job, moved: ConditionFailed) -> Job | None:
    item = moved.failed[0]
    seen = jobs.from_item(item) if item else None
    return seen if seen is not None and seen.worker == job.worker else None
