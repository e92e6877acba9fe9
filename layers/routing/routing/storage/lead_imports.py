"""Imports of leads: how far each is, what became of its rows, a chunk at a time, and the first that were left out."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from routing.domain.lists.leads import Layout
from routing.domain.lists.records import BadRow, Place
from routing.storage import keys
from routing.storage.leads import dumps
from routing.storage.objects import Stored
from routing.storage.table import Item, Table, Write

KEPT = timedelta(days=90)
Status = Literal["waiting", "running", "done", "failed"]
Count = Literal["created", "duplicates", "merged", "rejected"]
COUNTED: Sequence[Count] = ("created", "duplicates", "merged", "rejected")
"""What becomes of a row."""
CONDITIONAL = ("status", "chunk")
"""What conditions name that DynamoDB has other uses for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of the rows so far.

    chunk: how many chunks are done. place: how much of the file is behind. stamp: when the last of them was done: the
    rows of the next are of that time. tail: the last lead that was made. notes, warnings: what was assumed and noticed.
    """

    chunk: int
    place: Place
    stamp: datetime
    rows: int = 0
    counts: Mapping[Count, int] = field(default_factory=dict)
    tail: str | None = None
    notes: Sequence[str] = ()
    warnings: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class LeadImport:
    """by: who asked. dated: a column says when leads came into being. mapping: heading to what it is for.
    source_mapping: what its source says of headings that the mapping does not name, as it was when it was started.

    file: what is read, once it is started. copy: the file as CSV in UTF-8, where it is not, and copy_of the mark of the
    file that it was made of, or that could not be read (`flaw`). tries: how often making one was begun. layout: how its
    columns are read. ending: what is still to become of it, once it is over, and `reason` why.
    """

    id: str
    by: str
    at: datetime
    source: str
    record_type: str
    dated: bool
    status: Status = "waiting"
    mapping: Mapping[str, str | None] | None = None
    source_mapping: Mapping[str, str | None] = field(default_factory=dict)
    file: Stored | None = None
    copy: Stored | None = None
    copy_of: str | None = None
    flaw: str | None = None
    tries: int = 0
    layout: Layout | None = None
    progress: Progress | None = None
    started: datetime | None = None
    finished: datetime | None = None
    ending: Status | None = None
    reason: str | None = None

    @property
    def upload(self) -> str:
        """Where its file is put."""
        return f"imports/{self.id}/upload"

    @property
    def as_csv(self) -> str:
        """Where the file is kept as CSV in UTF-8, when it is something else."""
        return f"imports/{self.id}/rows.csv"

    @property
    def errors(self) -> str:
        """Where all rows that were left out are listed."""
        return f"imports/{self.id}/errors.csv"


def put_new(found: LeadImport) -> list[Write]:
    where, listed = keys.lead_import(found.id), keys.listed_import(found.id, found.at)
    expires = int((found.at + KEPT).timestamp())
    item = {
        "PK": where.pk,
        "SK": where.sk,
        "by": found.by,
        "at": keys.millis(found.at),
        "source": found.source,
        "record_type": found.record_type,
        "dated": found.dated,
        "status": found.status,
        "mapping": None if found.mapping is None else dumps(found.mapping),
        "expires": expires,
    }
    return [
        Write("Put", item=item, condition="attribute_not_exists(PK)"),
        Write("Put", item={"PK": listed.pk, "SK": listed.sk, "import": found.id, "expires": expires}),
    ]


def from_item(item: Item) -> LeadImport:
    return LeadImport(
        id=keys.named(item),
        by=item["by"],
        at=keys.instant(item["at"]),
        source=item["source"],
        record_type=item["record_type"],
        dated=item["dated"],
        status=item["status"],
        mapping=json.loads(item["mapping"]) if "mapping" in item else None,
        source_mapping=json.loads(item.get("source_mapping", "{}")),
        file=_stored(item.get("file")),
        copy=_stored(item.get("copy")),
        copy_of=item.get("copy_of"),
        flaw=item.get("flaw"),
        tries=int(item.get("tries", 0)),
        layout=_layout(item["layout"]) if "layout" in item else None,
        progress=_progress(item) if "chunk" in item else None,
        started=keys.instant(item["started"]) if "started" in item else None,
        finished=keys.instant(item["finished"]) if "finished" in item else None,
        ending=item.get("ending"),
        reason=item.get("reason"),
    )


def is_kept(item: Item | None, now: datetime) -> bool:
    return item is not None and int(item["expires"]) > now.timestamp()


def _stored(found: Mapping[str, Any] | None) -> Stored | None:
    return None if found is None else Stored(found["name"], found["mark"], int(found["size"]))


def _plain(stored: Stored) -> dict[str, Any]:
    return {"name": stored.name, "mark": stored.mark, "size": stored.size}


def _layout(text: str) -> Layout:
    found = json.loads(text)
    return Layout(
        tuple(found["headings"]),
        found["delimiter"],
        tuple(found["targets"]),
        tuple(found["mapped"]),
        Place(*found["first"]),
    )


def _packed(layout: Layout) -> str:
    return dumps(
        {
            "headings": layout.headings,
            "delimiter": layout.delimiter,
            "targets": layout.targets,
            "mapped": layout.mapped,
            "first": [layout.first.offset, layout.first.lines],
        }
    )


def _progress(item: Item) -> Progress:
    return Progress(
        chunk=int(item["chunk"]),
        place=Place(int(item["offset"]), int(item["lines"])),
        stamp=keys.instant(item["stamp"]),
        rows=int(item["rows"]),
        counts={name: int(item[name]) for name in COUNTED},
        tail=item.get("tail"),
        notes=json.loads(item["notes"]),
        warnings=json.loads(item["warnings"]),
    )


def _of(progress: Progress) -> dict[str, Any]:
    return {
        "chunk": progress.chunk,
        "offset": progress.place.offset,
        "lines": progress.place.lines,
        "stamp": keys.millis(progress.stamp),
        "rows": progress.rows,
        **{name: progress.counts.get(name, 0) for name in COUNTED},
        "tail": progress.tail,
        "notes": dumps(progress.notes),
        "warnings": dumps(progress.warnings),
    }


def _set(seen: LeadImport, condition: str, known: Mapping[str, Any], changed: Mapping[str, Any]) -> Write:
    given = {name: value for name, value in changed.items() if value is not None}
    return Write(
        "Update",
        key=keys.lead_import(seen.id),
        update="SET " + ", ".join(f"#{name} = :{name}" for name in given),
        condition=condition,
        names={
            f"#{name}": name for name in (*given, *CONDITIONAL) if name in given or f"#{name}" in condition
        },
        values={**{f":{name}": value for name, value in given.items()}, **known},
    )


def start(seen: LeadImport, file: Stored, mapping: Mapping[str, str | None] | None, now: datetime) -> Write:
    """Read the file that is there, while nobody has started it."""
    return _set(
        seen,
        "#status = :waiting",
        {":waiting": "waiting"},
        {
            "status": "running",
            "file": _plain(file),
            "mapping": None if mapping is None else dumps(mapping),
            "source_mapping": dumps(seen.source_mapping) if seen.source_mapping else None,
            "started": keys.millis(now),
        },
    )


def begin_copy(seen: LeadImport, mark: str) -> Write:
    """A copy of the file with this mark is being made, once more."""
    tries = seen.tries + 1 if seen.copy_of == mark else 1
    return Write(
        "Update",
        key=keys.lead_import(seen.id),
        update="SET tries = :tries, copy_of = :mark REMOVE #copy, flaw",
        condition="attribute_not_exists(finished)",
        names={"#copy": "copy"},
        values={":tries": tries, ":mark": mark},
    )


def copied(seen: LeadImport, mark: str, copy: Stored | None, flaw: str | None) -> Write:
    """The copy is there, or the file cannot be read."""
    return _set(
        seen,
        "copy_of = :mark AND attribute_not_exists(finished)",
        {":mark": mark},
        {"copy": _plain(copy) if copy else None, "flaw": flaw},
    )


def understood(seen: LeadImport, layout: Layout, notes: Sequence[str], stamp: datetime) -> Write:
    """How its columns are read from now on; its rows begin."""
    return _set(
        seen,
        "#status = :running AND attribute_not_exists(layout)",
        {":running": "running"},
        {"layout": _packed(layout), **_of(Progress(0, layout.first, stamp, notes=notes))},
    )


def chunk_done(
    seen: LeadImport,
    after: Progress,
    errors: Sequence[BadRow],
    listed: Sequence[BadRow],
    *,
    ending: Status | None,
    reason: str | None,
) -> list[Write]:
    """Some more rows are done, while the import stands as it was read.

    listed: the first errors of all, if some of them are new. ending, reason: what becomes of it when these were the
    last.
    """
    before = seen.progress
    assert before is not None  # noqa: S101 - only what has a layout has rows
    where, expires = keys.imported_chunk(seen.id, before.chunk), int((seen.at + KEPT).timestamp())
    chunk: dict[str, Any] = {
        "PK": where.pk,
        "SK": where.sk,
        "rows": after.rows - before.rows,
        **{name: after.counts.get(name, 0) - before.counts.get(name, 0) for name in COUNTED},
        "errors": _errors(errors) if errors else None,
        "expires": expires,
    }
    writes = [
        _set(
            seen,
            "#status = :running AND #chunk = :seen AND attribute_not_exists(ending)",
            {":running": "running", ":seen": before.chunk},
            {**_of(after), "ending": ending, "reason": reason},
        ),
        Write("Put", item=chunk, condition="attribute_not_exists(PK)"),
    ]
    if listed:
        first = keys.import_errors(seen.id)
        item = {"PK": first.pk, "SK": first.sk, "errors": _errors(listed), "expires": expires}
        writes.append(Write("Put", item=item))
    return writes


def _errors(found: Sequence[BadRow]) -> bytes:
    return zlib.compress(dumps([[each.line, each.reason] for each in found]).encode())


def errors_of(item: Item | None) -> list[BadRow]:
    if item is None or "errors" not in item:
        return []
    packed = item["errors"]
    raw = bytes(packed) if isinstance(packed, bytes | bytearray) else bytes(packed.value)
    return [BadRow(line, reason) for line, reason in json.loads(zlib.decompress(raw))]


def all_errors(table: Table, identifier: str) -> Iterator[BadRow]:
    """Every row that was left out, chunk by chunk."""
    for item in table.query_all(keys.lead_import(identifier).pk, begins=keys.IMPORTED_CHUNKS):
        yield from errors_of(item)


def end(seen: LeadImport, reason: str) -> Write:
    """It has failed, whatever is left to be cleared away."""
    return _set(
        seen,
        "#status = :running AND attribute_not_exists(ending)",
        {":running": "running"},
        {"ending": "failed", "reason": reason},
    )


def ended(seen: LeadImport, now: datetime) -> list[Write]:
    """It is over, and whoever asked for it is told."""
    counts = seen.progress.counts if seen.progress else {}
    key = keys.import_event(seen.id, now, "import_done")
    detail = {
        "status": seen.ending,
        "leads_created": counts.get("created", 0),
        "rows_rejected": counts.get("rejected", 0),
    }
    over = _set(
        seen,
        "#status = :running",
        {":running": "running"},
        {"status": seen.ending, "finished": keys.millis(now)},
    )
    told = {
        "PK": key.pk,
        "SK": key.sk,
        "kind": "import_done",
        "at": keys.millis(now),
        "by": seen.by,
        "detail": zlib.compress(dumps(detail).encode(), 9),
        "expires": int((seen.at + KEPT).timestamp()),
    }
    return [over, Write("Put", item=told)]
