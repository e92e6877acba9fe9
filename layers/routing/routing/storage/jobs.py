"""The mark of a job: one for a kind and an owner, whoever asks and however often, until the job is done.

Few stand at a time, in partitions of their own, so that the sweep finds those whose work has stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from routing.storage import keys
from routing.storage.table import Item, Key, Write

JobKind = Literal["refile", "reassign", "close", "import", "import_leads", "park", "erase", "retain", "claim"]
LAPSES = timedelta(seconds=90)
"""A job without a heartbeat for so long is taken up again: longer than the function that works on it may run."""
MOST_DOUBLINGS = 5


@dataclass(frozen=True, slots=True)
class Job:
    """wanted: names the latest asking. doing: the asking that the pass under way began with; None before the first.

    cursor: where the pass goes on. beat: the last heartbeat. worker: who is at it. taken_up: how often it was taken
    up since its work last went on. detail: what whoever asked last has said.
    """

    kind: JobKind
    owner: str
    wanted: str
    beat: datetime
    doing: str | None = None
    cursor: Mapping[str, Any] | None = None
    worker: str | None = None
    taken_up: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return keys.job(self.kind, self.owner)

    @property
    def asked_at(self) -> datetime:
        """When the pass under way was asked for."""
        return keys.asked_at(self.doing or self.wanted)

    def has_expired(self, now: datetime) -> bool:
        """Whether it has stopped. One that stops again and again is waited for longer each time, up to 48 minutes."""
        patience: int = 2 ** min(self.taken_up, MOST_DOUBLINGS)
        return self.beat + LAPSES * patience <= now


def from_item(item: Item) -> Job:
    kind, _, owner = str(item["SK"]).partition("#")
    return Job(
        kind=kind,  # type: ignore[arg-type]  # as `ask` wrote it
        owner=owner,
        wanted=item["wanted"],
        beat=keys.instant(item["beat"]),
        doing=item.get("doing"),
        cursor=item.get("cursor"),
        worker=item.get("worker"),
        taken_up=int(item.get("taken_up", 0)),
        detail=item.get("detail", {}),
    )


def ask(kind: JobKind, owner: str, now: datetime, wanted: str | None = None, **detail: Any) -> Write:
    """Have the job done, by a pass over all that it is about which begins after this; never refused.

    wanted: a name of one's own makes asking twice the same as asking once.
    """
    return Write(
        "Update",
        key=keys.job(kind, owner),
        update="SET wanted = :wanted, detail = :detail, beat = if_not_exists(beat, :now)",
        values={
            ":wanted": wanted or keys.time_id(now),
            ":detail": {name: value for name, value in detail.items() if value is not None},
            ":now": keys.millis(now),
        },
    )


def begin(job: Job, worker: str, now: datetime) -> Write:
    """Be at the job alone, if it stands as it was read; a pass begins where none is under way."""
    return Write(
        "Update",
        key=job.key,
        update="SET worker = :worker, beat = :now, doing = if_not_exists(doing, :wanted)",
        condition="wanted = :wanted AND beat = :beat AND "
        + ("attribute_not_exists(worker)" if job.worker is None else "worker = :former"),
        values={
            ":worker": worker,
            ":now": keys.millis(now),
            ":wanted": job.wanted,
            ":beat": keys.millis(job.beat),
            **({} if job.worker is None else {":former": job.worker}),
        },
    )


def advance(job: Job, cursor: Mapping[str, Any], now: datetime) -> Write:
    """A page is done, and the pass goes on there, while this worker is at it and nobody has asked since."""
    return Write(
        "Update",
        key=job.key,
        update="SET #cursor = :cursor, beat = :now REMOVE taken_up",
        condition="worker = :worker AND wanted = :wanted",
        names={"#cursor": "cursor"},
        values={
            ":cursor": dict(cursor),
            ":now": keys.millis(now),
            ":worker": job.worker,
            ":wanted": job.wanted,
        },
    )


def again(job: Job, now: datetime) -> Write:
    """The pass is over, and somebody has asked since it began: the next one begins."""
    return Write(
        "Update",
        key=job.key,
        update="SET doing = :wanted, beat = :now REMOVE #cursor, taken_up",
        condition="worker = :worker AND wanted = :wanted",
        names={"#cursor": "cursor"},
        values={":wanted": job.wanted, ":now": keys.millis(now), ":worker": job.worker},
    )


def finish(job: Job) -> Write:
    """The pass is over, and the job with it, unless somebody has asked since it began."""
    return Write(
        "Delete",
        key=job.key,
        condition="worker = :worker AND wanted = :doing",
        values={":worker": job.worker, ":doing": job.doing},
    )


def release(job: Job, now: datetime) -> Write:
    """This worker's time is up, and another goes on."""
    return Write(
        "Update",
        key=job.key,
        update="SET beat = :now REMOVE worker",
        condition="worker = :worker",
        values={":now": keys.millis(now), ":worker": job.worker},
    )


def take_up(job: Job, now: datetime) -> Write:
    """Whoever was at it is not any more, unless they have shown life since it was read."""
    return Write(
        "Update",
        key=job.key,
        update="SET beat = :now, taken_up = :times REMOVE worker",
        condition="beat = :beat",
        values={":now": keys.millis(now), ":times": job.taken_up + 1, ":beat": keys.millis(job.beat)},
    )
