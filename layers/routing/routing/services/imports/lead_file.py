"""Carrying out an import of leads: a job, a chunk of rows at a time, each row exactly once.

A row goes in as a lead that whoever started the import hands in, under a log key that follows from the import and the
row's line: done again after a kill, it is answered as the first time. What became of a chunk is written once, with
where the next begins. Push has its turn after every few rows, so that other leads of the owner never stand behind many.
"""

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company, Source
from routing.domain.lists import workbooks
from routing.domain.lists.leads import CREATED_AT, LeadRow
from routing.domain.lists.records import BadRow, UnreadableListError
from routing.domain.reading.times import instant
from routing.services.core.access import acting
from routing.services.core.idempotency import Answer
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.imports import columns
from routing.services.intake.authenticate import by_user, source_in_charge
from routing.storage import keys, lead_imports, receipts
from routing.storage.lead_imports import Count, LeadImport, Progress, Status
from routing.storage.objects import Replaced, Stored
from routing.storage.table import ConditionFailed, is_outage

CHUNK = 200
SLICE = 25
"""Rows that go in before push is waited for: as many as it takes at a time."""
AHEAD = 2
"""Slices that may be in before the one before them has been routed."""
AT_ONCE = 8
WAITS = 10
"""Times that a lead is looked at before the job lets others have their turn; a few seconds."""
MOST_TRIES = 3
"""A file that ends the function again and again, by its size or as it may, is given up."""
LISTED = 100
LINES_NAMED = 5
MOST_WARNINGS = 50
MOST_NOTES = 20
LONGEST_REASON = 300
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What is before is a program's zero: of 1899, 1900, the year 1."""
GONE = "the file was replaced or removed while it was read; make a new import: rows that are in add nothing"

OTHERS = "another lead is here under its external_id"
OURS = "could not be read: an error of ours, which is logged"

Failures = list[tuple[str, Exception]]


class Failed(Exception):
    """The import cannot go on, and why."""


@dataclass(slots=True)
class _Done:
    """What became of some rows. made: the last lead or receipt that was. over: why no more rows can be taken."""

    counts: Counter[Count] = field(default_factory=Counter)
    errors: list[BadRow] = field(default_factory=list)
    warnings: list[tuple[int, str, str]] = field(default_factory=list)
    made: str | None = None
    over: str | None = None
    failures: Failures = field(default_factory=list)


def page(
    store: Store, identifier: str, now: datetime, has_time: Callable[[], bool]
) -> tuple[bool, bool, Failures]:
    """A step of the import: whether another follows, whether it has to wait for push, what could not be explained."""
    item = store.table.get(keys.lead_import(identifier))
    if item is None:
        return False, False, []
    seen = lead_imports.from_item(item)
    # Refused where the same was done meanwhile, by a worker whose heartbeat had expired.
    with suppress(ConditionFailed):
        return _step(store, seen, now, has_time)
    return True, False, []


def _step(
    store: Store, seen: LeadImport, now: datetime, has_time: Callable[[], bool]
) -> tuple[bool, bool, Failures]:
    if seen.status == "waiting":
        with suppress(Failed, Replaced):  # the file is looked at again when it is started
            _copy_if_needed(store, seen, store.objects().find_file(seen.upload), has_time)
        return False, False, []
    if seen.status != "running" or seen.file is None:
        return False, False, []
    if seen.ending is not None:
        _clear_away(store, seen, now)
        return False, False, []
    try:
        require_rights(seen, store.configuration.load().company)
        file = _copy_if_needed(store, seen, seen.file, has_time)
        if file is None:
            return True, False, []
        if seen.layout is None or seen.progress is None:
            _understand(store, seen, file, now)
            return True, False, []
        waits, failures = _chunk(store, seen, file, now, has_time)
    except Replaced:
        store.table.write(lead_imports.end(seen, GONE))
        return True, False, []
    except (Failed, UnreadableListError) as wrong:
        store.table.write(lead_imports.end(seen, str(wrong)[:LONGEST_REASON]))
        return True, False, []
    except Exception as failure:  # anything but an outage ends this import alone, and is reported
        if is_outage(failure) or isinstance(failure, ConditionFailed):
            raise
        store.table.write(lead_imports.end(seen, OURS))
        return True, False, [(seen.id, failure)]
    return True, waits, failures


def _understand(store: Store, seen: LeadImport, file: Stored, now: datetime) -> None:
    found = columns.columns(store.objects(), file, seen.mapping, seen.source_mapping, dated=seen.dated)
    if found.flaw is not None:
        raise Failed(found.flaw)
    store.table.write(lead_imports.understood(seen, found.layout, found.notes[:MOST_NOTES], now))


def require_rights(seen: LeadImport, company: Company) -> tuple[Account, Source]:
    """Whoever began the import, and its source. Raises Failed where they may not import its leads any more."""
    try:
        account = acting(seen.by, company)
    except Problem as gone:
        raise Failed("whoever started it has no account any more, or a disabled one") from gone
    source = source_in_charge(account, seen.source, company)
    if source is None or account.role == "rep":
        raise Failed("its source is gone, or not in the charge of whoever started it any more")
    if not source.enabled:
        raise Failed("its source is disabled")
    return account, source


def _copy_if_needed(
    store: Store, seen: LeadImport, file: Stored | None, has_time: Callable[[], bool]
) -> Stored | None:
    """What is read of the file: itself, or a copy as CSV in UTF-8; None where that was just made."""
    if file is None:
        return None
    if seen.copy_of == file.mark and seen.flaw is not None:
        raise Failed(seen.flaw)
    if seen.copy_of == file.mark and seen.copy is not None:
        return seen.copy
    objects, flaw, copy = store.objects(), None, None
    try:
        if not columns.needs_copy(objects, file):
            return file
        store.table.write(lead_imports.begin_copy(seen, file.mark))
        if seen.copy_of == file.mark and seen.tries >= MOST_TRIES:
            flaw = f"could not be read: {workbooks.SAVE_AS_CSV}"
        else:
            copy = columns.copied(objects, file, seen.as_csv, has_time)
    except UnreadableListError as wrong:
        flaw = str(wrong)
        store.table.write(lead_imports.begin_copy(seen, file.mark))
    store.table.write(lead_imports.copied(seen, file.mark, copy, flaw))
    return None


def _chunk(
    store: Store, seen: LeadImport, file: Stored, now: datetime, has_time: Callable[[], bool]
) -> tuple[bool, Failures]:
    """Some rows; whether push is to be waited for before there are more."""
    before = seen.progress
    assert before is not None and seen.layout is not None  # noqa: S101, PT018 - as it was read
    found = columns.resumed(store.objects(), file, seen.layout, before.place, dated=seen.dated)
    rows, done, waits, is_last = found.rows(), _Done(), False, False
    place, read, room = before.place, 0, CHUNK - before.rows % CHUNK
    behind = [before.tail]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while read < room and not is_last and done.over is None and (read == 0 or has_time()):
            if not _is_routed(store, behind[-AHEAD] if len(behind) >= AHEAD else behind[0]):
                waits = True
                break
            wanted = min(SLICE, room - read)
            some = list(islice(rows, wanted))
            place, is_last = found.place, len(some) < wanted
            for each in pool.map(lambda row: _taken(store, seen, before.stamp, row, now), some):
                _add(done, each)
            read += len(some)
            behind.append(done.made)
    if read == 0 and not is_last:
        return True, []
    after = replace(
        before,
        chunk=before.chunk + 1,
        place=place,
        # Rows that a worker who died has handed in come again under the keys that they had: wherever a worker stops.
        stamp=now if read == room else before.stamp,
        rows=before.rows + read,
        counts={name: before.counts.get(name, 0) + done.counts[name] for name in lead_imports.COUNTED},
        tail=done.made or before.tail,
        notes=_together(before.notes, found.notes),
        warnings=_noticed(before.warnings, done.warnings),
    )
    listed = _listed(store, seen, before, done.errors)
    ending: Status | None = "failed" if done.over else "done" if is_last else None
    store.table.transact(
        lead_imports.chunk_done(seen, after, done.errors, listed, ending=ending, reason=done.over)
    )
    return waits, done.failures


def _is_routed(store: Store, lead: str | None) -> bool:
    """Whether push has seen the lead, or merged the receipt; waits a little for it."""
    if lead is None:
        return True
    for attempt in range(WAITS):
        item = store.table.get(keys.head(lead))
        if item is None or (
            receipts.is_merged(item) if receipts.is_mark(item) else item["standing"] != "new"
        ):
            return True
        store.table.pause(attempt)
    return False


def _taken(store: Store, seen: LeadImport, stamp: datetime, row: LeadRow | BadRow, now: datetime) -> _Done:
    """Hand one row in."""
    if isinstance(row, BadRow):
        return _rejected(row.line, row.reason)
    lead, created, noticed = dated(row, now, is_dated=seen.dated)
    entry = keys.imported_row(seen.id, stamp, row.line)
    try:
        answer = by_user(
            store, seen.by, {**lead, "source": seen.source}, now, None, entry=entry, created_at=created
        )
    except Problem as problem:
        found = _rejected(row.line, why(problem))
        found.over = None if problem.status == 422 else str(problem)
        return found
    except Exception as failure:  # anything but an outage is that row's alone
        if is_outage(failure):
            raise
        found = _rejected(row.line, "could not be taken in: an error of ours, which is logged")
        found.failures.append((f"{seen.id} line {row.line}", failure))
        return found
    found = _counted(row, answer)
    found.warnings += [(row.line, each["field"], each["message"]) for each in noticed]
    return found


def dated(
    row: LeadRow, now: datetime, *, is_dated: bool
) -> tuple[dict[str, object], datetime | None, list[dict[str, str]]]:
    """A row's lead, when it came into being where the row says so, and what was noticed of that."""
    lead = dict(row.lead)
    came = lead.pop(CREATED_AT, None) if is_dated else None
    created = instant(came)
    if created is not None and EARLIEST <= created <= now:
        return lead, created, []
    if came is None:
        return lead, None, []
    message = "is no time that a lead can be of; the import's was used"
    return lead, None, [{"field": CREATED_AT, "code": "dropped", "message": message}]


def why(problem: Problem) -> str:
    """Why a row is left out, in words."""
    return "; ".join(f"{each.field}: {each.message}" for each in problem.errors) or str(problem)


def _counted(row: LeadRow, answer: Answer) -> _Done:
    body = answer.body
    if body.get("status") == "refused":
        return _rejected(row.line, refused(body["reason"]))
    noticed = body.get("warnings", ())
    if row.is_identified and any(each["code"] == "differs" for each in noticed):
        return _rejected(row.line, OTHERS)
    found = _Done(warnings=[(row.line, each["field"], each["message"]) for each in noticed])
    if answer.receipt is not None:
        found.counts["merged"] += 1
        found.made = answer.receipt
    elif body.get("duplicate"):
        found.counts["duplicates"] += 1
    else:
        found.counts["created"] += 1
        found.made = body["lead_id"]
    return found


def refused(reason: str) -> str:
    """Why a row is left out that its source does not accept."""
    return f"refused: {reason}"


def _rejected(line: int, reason: str) -> _Done:
    found = _Done(errors=[BadRow(line, reason[:LONGEST_REASON])])
    found.counts["rejected"] += 1
    return found


def _add(total: _Done, one: _Done) -> None:
    total.counts += one.counts
    total.errors += one.errors
    total.warnings += one.warnings
    total.made = one.made or total.made
    total.over = total.over or one.over
    total.failures += one.failures


def _listed(store: Store, seen: LeadImport, before: Progress, errors: Sequence[BadRow]) -> Sequence[BadRow]:
    """The first errors of all with these, where they are among them."""
    had = before.counts.get("rejected", 0)
    if not errors or had >= LISTED:
        return ()
    there = lead_imports.errors_of(store.table.get(keys.import_errors(seen.id))) if had else []
    return [*there, *errors][:LISTED]


def _together(notes: Sequence[str], more: Sequence[str]) -> list[str]:
    """Each thing that was assumed once, whatever its line."""
    found = list(notes)
    for each in more:
        if len(found) < MOST_NOTES and not any(_what(each) == _what(there) for there in found):
            found.append(each)
    return found


def _what(note: str) -> str:
    return note.partition(" ")[2].partition(" ")[2] if note.startswith("line ") else note


def _noticed(
    warnings: Sequence[Mapping[str, Any]], more: Iterable[tuple[int, str, str]]
) -> list[Mapping[str, Any]]:
    """What was noticed, each thing with how often and on which lines first."""
    found = {(each["field"], each["message"]): dict(each) for each in warnings}
    for line, *what in sorted(more):
        known = len(found) < MOST_WARNINGS or tuple(what) in found
        name, message = what if known else ("", "more was noticed that is not listed")
        one = found.setdefault((name, message), {"field": name, "message": message, "times": 0, "lines": []})
        one["times"] += 1
        one["lines"] = [*one["lines"], line][:LINES_NAMED]
    return list(found.values())


def _clear_away(store: Store, seen: LeadImport, now: datetime) -> None:
    """List all errors, take the file away: it is full of what is personal, and has been read."""
    objects = store.objects()
    if seen.progress is not None and seen.progress.counts.get("rejected"):
        with tempfile.SpooledTemporaryFile(max_size=columns.IN_MEMORY) as made:
            text = io.TextIOWrapper(made, encoding="utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(("line", "reason"))
            writer.writerows(
                (each.line, each.reason) for each in lead_imports.all_errors(store.table, seen.id)
            )
            text.detach()
            objects.keep_file(seen.errors, made)
    objects.remove_file(seen.as_csv)
    objects.remove_file(seen.upload)
    store.table.transact(lead_imports.ended(seen, now))
