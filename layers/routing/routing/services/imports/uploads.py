"""Imports of leads as people ask for them: where the file goes, what is in it, that it begins, how far it is."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.lists.leads import Mapped
from routing.domain.lists.records import UnreadableListError
from routing.services.core.access import acting, oversees, require
from routing.services.core.idempotency import Answer, Once
from routing.services.core.paging import Entry, Found, Place, filtered, kept
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.imports import columns
from routing.services.imports.columns import Columns
from routing.services.intake.authenticate import source_in_charge
from routing.services.jobs import enqueue
from routing.storage import keys, lead_imports
from routing.storage.lead_imports import LeadImport
from routing.storage.objects import FILES_KEPT, Replaced, Stored
from routing.storage.table import ConditionFailed, Key


@dataclass(frozen=True, slots=True)
class Asked:
    """What an import is to be. dated: a column says when its leads came into being."""

    source: str
    record_type: str | None
    mapping: Mapped | None
    dated: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What of the file is there: itself, its columns where they can be told, and why nothing can be read with them."""

    file: Stored | None = None
    columns: Columns | None = None
    flaw: str | None = None
    wants_copy: bool = False


def require_may_import(store: Store, user: str) -> None:
    """403 for anybody else, whatever they send."""
    _require(user, store.configuration.load().company)


def create(store: Store, user: str, asked: Asked, now: datetime, once: Once | None) -> Answer:
    """An import that waits for its file, and where to put that."""
    company = store.configuration.load().company
    account = _require(user, company)
    source = source_in_charge(account, asked.source, company)
    if source is None:
        raise invalid_field("source", "unknown", "must be the id of a source in your charge")
    if not source.enabled:
        raise Problem(403, "source_disabled", "This source is disabled.")
    if asked.record_type not in (None, source.record_type):
        raise invalid_field("record_type", "not_of_source", f"source {source.id} takes {source.record_type}")
    identifier = f"I{secrets.token_hex(12)}"
    found = LeadImport(
        id=identifier,
        by=user,
        at=now,
        source=source.id,
        record_type=source.record_type,
        dated=asked.dated,
        mapping=asked.mapping,
    )
    if once is not None and (given := once.answered(store.table.get(once.key), now)):
        return _begun(store, replace(found, id=given.body["import_id"]))
    writes = lead_imports.put_new(found)
    if once is not None:
        # The address is made anew for a repeat: it ends before the record of the answer does.
        writes.append(once.record(Answer(201, {"import_id": identifier}), now))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        if once is None:
            return _begun(store, found)  # its own write, whose answer was lost
        return create(store, user, asked, now, once)
    return _begun(store, found)


def _begun(store: Store, found: LeadImport) -> Answer:
    return Answer(201, {"import_id": found.id, "upload_url": store.objects().address_to_put(found.upload)})


def start(
    store: Store, user: str, identifier: str, mapping: Mapped | None, now: datetime, once: Once | None
) -> Answer:
    """Read the file that is there now. Asked again it is the same import; with another mapping 409."""
    if once is not None and (given := once.answered(store.table.get(once.key), now)):
        return given
    seen = seen_by(store, user, identifier, now)
    if seen.status != "waiting":
        if mapping is not None and mapping != seen.mapping:
            raise Problem(409, "already_started", "It was started before, with another mapping.")
        return Answer(202, _shown(store, seen, Looked(), now))
    wanted = seen.mapping if mapping is None else mapping
    file, looked = readable(store, replace(seen, mapping=wanted))
    running = replace(seen, status="running", file=file, mapping=wanted, started=now)
    # Without examples: they are of persons, and the answer is kept where its request has a key.
    begun = _shown(store, running, looked, now)
    answer = Answer(202, {**begun, "columns": [{**each, "examples": []} for each in begun["columns"]]})
    writes = [lead_imports.start(seen, file, wanted, now), enqueue.import_leads(identifier, now)]
    if once is not None:
        writes.append(once.record(answer, now))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return start(store, user, identifier, mapping, now, once)
    return answer


def shown(store: Store, user: str, identifier: str, now: datetime) -> dict[str, Any]:
    """How far an import is; while it waits, what is in its file. A workbook is made ready to be read meanwhile."""
    seen = seen_by(store, user, identifier, now)
    if seen.status != "waiting":
        return _shown(store, seen, Looked(), now)
    looked = look(store, seen)
    if looked.wants_copy:
        store.table.write(enqueue.import_leads(identifier, now))
    return _shown(store, seen, looked, now)


def listed(store: Store, user: str, limit: int, after: Place | None, now: datetime) -> Found:
    """One page of the imports that the user may know of, the newest first."""
    company = store.configuration.load().company
    account = _require(user, company)
    entries = store.table.query_all(
        keys.ALL_IMPORTS, after=kept(store.table, after, now), forward=False, limit=limit + 1
    )

    def shown_of(batch: Sequence[tuple[Key, Place]]) -> Iterator[Entry]:
        items = store.table.get_many([key for key, _ in batch])
        for key, place in batch:
            item = items.get(key)
            if item is None or not lead_imports.is_kept(item, now):
                continue
            seen = lead_imports.from_item(item)
            if _may_know(account, seen, company):
                yield _listed(seen), place

    places = ((keys.lead_import(each["import"]), keys.place_of(each)) for each in entries)
    return filtered(store.table, places, shown_of, limit, now)


def _require(user: str, company: Company) -> Account:
    account = acting(user, company)
    require(account, "admin", "manager")
    return account


def _may_know(account: Account, seen: LeadImport, company: Company) -> bool:
    """Whether it is the account's own, or of a source in its charge."""
    source = company.sources.get(seen.source)
    owner = source.owner if source is not None else ""
    return account.role == "admin" or seen.by == account.id or oversees(account, owner, company)


def seen_by(store: Store, user: str, identifier: str, now: datetime) -> LeadImport:
    """The import; 404 for who may not know of it."""
    company = store.configuration.load().company
    account = _require(user, company)
    item = store.table.get(keys.lead_import(identifier))
    if item is None or not lead_imports.is_kept(item, now):
        raise not_found("import")
    seen = lead_imports.from_item(item)
    if not _may_know(account, seen, company):
        raise not_found("import")
    source = company.sources.get(seen.source)
    if seen.status != "waiting" or source is None:
        return seen
    return replace(seen, source_mapping=source.posts.mapping)


def readable(store: Store, seen: LeadImport, rows: int = 0) -> tuple[Stored, Looked]:
    """The file of an import that waits, and what is in it, so many rows too. 409 or 422 where it cannot be read so."""
    looked = look(store, seen, rows)
    if looked.file is None:
        raise Problem(409, "no_file", "Put the file at the import's upload_url first.")
    if looked.flaw is not None:
        if seen.mapping and look(store, replace(seen, mapping=None)).columns is not None:
            raise invalid_field("mapping", "invalid", looked.flaw)
        raise Problem(409, "unreadable_file", f"The file cannot be read: {looked.flaw}")
    return looked.file, looked


def look(store: Store, seen: LeadImport, rows: int = 0) -> Looked:
    """What is in the file of an import that waits."""
    objects = store.objects()
    file = objects.find_file(seen.upload)
    if file is None:
        return Looked()
    if seen.copy_of == file.mark and seen.flaw is not None:
        return Looked(file, flaw=seen.flaw)
    try:
        read: Stored | None = file
        if columns.needs_copy(objects, file):
            read = seen.copy if seen.copy_of == file.mark else None
        if read is None:
            return Looked(file, wants_copy=True)
        found = columns.columns(objects, read, seen.mapping, seen.source_mapping, dated=seen.dated, rows=rows)
        return Looked(file, found, found.flaw)
    except UnreadableListError as wrong:
        return Looked(file, flaw=str(wrong))
    except Replaced:
        return look(store, seen, rows)


def _shown(store: Store, seen: LeadImport, looked: Looked, now: datetime) -> dict[str, Any]:
    first = keys.import_errors(seen.id)
    rejected = seen.progress.counts.get("rejected", 0) if seen.progress else 0
    errors = lead_imports.errors_of(store.table.get(first)) if rejected else []
    address = None
    if seen.finished is not None and rejected and now < seen.finished + FILES_KEPT:
        address = store.objects().address_to_get(seen.errors, f"errors-{seen.id}.csv")
    layout = seen.layout
    notes: Sequence[str] = looked.columns.notes if looked.columns else ()
    shown: Sequence[Mapping[str, Any]] = looked.columns.shown if looked.columns else ()
    if layout is not None:
        pairs = zip(layout.headings, layout.targets, strict=True)
        shown = [{"heading": heading, "suggested": target, "examples": []} for heading, target in pairs]
    return {
        **_listed(seen, "ready" if looked.columns and not looked.flaw else None),
        "reason": looked.flaw or seen.reason,
        "columns": [*shown],
        "errors": [{"line": each.line, "reason": each.reason} for each in errors],
        "errors_url": address,
        "notes": [*(seen.progress.notes if seen.progress else notes)],
        "warnings": [*(seen.progress.warnings if seen.progress else ())],
    }


def _listed(seen: LeadImport, ready: str | None = None) -> dict[str, Any]:
    progress = seen.progress
    counts = progress.counts if progress else {}
    return {
        "import_id": seen.id,
        "status": (ready or "waiting_for_file") if seen.status == "waiting" else seen.status,
        "by": seen.by,
        "source": seen.source,
        "record_type": seen.record_type,
        "created_at": time(seen.at),
        "started_at": time(seen.started) if seen.started else None,
        "finished_at": time(seen.finished) if seen.finished else None,
        "progress": _share(seen),
        "rows_read": progress.rows if progress else 0,
        "leads_created": counts.get("created", 0),
        "duplicates": counts.get("duplicates", 0),
        "merged": counts.get("merged", 0),
        "rows_rejected": counts.get("rejected", 0),
        "reason": seen.reason,
    }


def _share(seen: LeadImport) -> float:
    """How much of the file is behind, of 1."""
    if seen.status == "done":
        return 1.0
    read = seen.copy or seen.file
    if seen.progress is None or read is None or not read.size:
        return 0.0
    return round(min(1.0, seen.progress.place.offset / read.size), 3)
