"""A trial of an import: what would become of a file's first rows now. Nothing is written or counted."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain.lists.leads import LeadRow, Mapped
from routing.services.core import views
from routing.services.core.paging import whole
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.imports import lead_file, uploads
from routing.services.intake import acceptance, authenticate
from routing.services.intake.offers import lead_id, understood, warned
from routing.storage import keys, receipts
from routing.storage.leads import digest, submission_from

ROWS = 20


def tried(store: Store, user: str, identifier: str, mapping: Mapped | None, now: datetime) -> dict[str, Any]:
    """The first rows as they are understood, each with what would become of it by itself.

    Whether its person is a lead already, under a dedupe rule, shows when it comes in. Raises 409 `already_started`,
    `not_ready` and `cannot_start`, and what a start raises for its file and mapping.
    """
    seen = uploads.seen_by(store, user, identifier, now)
    if seen.status != "waiting":
        raise Problem(409, "already_started", "It was started: its counts say what becomes of its rows.")
    if mapping is not None:
        seen = replace(seen, mapping=mapping)
    _, looked = uploads.readable(store, seen, ROWS)
    if looked.columns is None:
        raise Problem(409, "not_ready", "GET the import until it is ready: a workbook is copied first.")
    rows = looked.columns.rows
    leads = {
        row.line: lead_file.dated(row, now, is_dated=seen.dated) for row in rows if isinstance(row, LeadRow)
    }
    read = authenticate.read(store, [lead for lead, _, _ in leads.values()])
    try:
        account, source = lead_file.require_rights(seen, read.company)
    except lead_file.Failed as why:
        raise Problem(409, "cannot_start", f"It could not go on: {why}.") from why
    record_type = read.company.record_type(source.record_type)
    offers = {
        line: authenticate.of_file(
            account, source, {**lead, "source": source.id}, read.listed(store, lead, now), read.company
        )
        for line, (lead, _, _) in leads.items()
    }
    ids = {line: lead_id(store, offer) for line, offer in offers.items()}
    here = _here(store, ids.values())

    def left_out(line: int, reason: str) -> dict[str, Any]:
        nothing: dict[str, Any] = {"lead": None, "created_at": None, "warnings": []}
        return {"line": line, "outcome": "left_out", "reason": reason, **nothing}

    def outcome(row: LeadRow) -> dict[str, Any]:
        offer, lead, (_, created, noticed) = offers[row.line], ids[row.line], leads[row.line]
        try:
            found = understood(offer, read.company)
        except Problem as wrong:
            return left_out(row.line, lead_file.why(wrong))
        refused = None if lead in here else acceptance.expected(store, offer, found, read.company, now)
        if refused is not None:
            return left_out(row.line, lead_file.refused(refused))
        said = digest(offer.body)
        if row.is_identified and here.get(lead) not in (None, said):
            return left_out(row.line, lead_file.OTHERS)
        is_here = lead in here
        here[lead] = said
        return {
            "line": row.line,
            "outcome": "here_already" if is_here else "taken",
            "reason": None,
            "lead": views.said(found.values, found.fields, record_type),
            "created_at": None if created is None else views.time(created),
            "warnings": [*warned(found), *noticed],
        }

    shown = [outcome(row) if isinstance(row, LeadRow) else left_out(row.line, row.reason) for row in rows]
    answer = {"import_id": identifier, "rows": shown, "notes": looked.columns.notes}
    return whole(answer, "The first rows have more than 5 MB: start the import, and look at its leads.")


def _here(store: Store, leads: Iterable[str]) -> dict[str, str | None]:
    """Those that are here, with a digest of what they came in with; None for who was erased or merged."""
    wanted = {each: keys.head(each) for each in leads}
    found = store.table.get_many(list(wanted.values()))
    heads = {lead: found[key] for lead, key in wanted.items() if key in found}
    entries = {
        lead: keys.submission(item["intake"], item["sub"])
        for lead, item in heads.items()
        if not receipts.is_mark(item)
    }
    items = store.table.get_many(list(entries.values()))
    firsts = {lead: submission_from(items[key]) for lead, key in entries.items() if key in items}
    said = {lead: digest(first.received) for lead, first in firsts.items() if not first.is_erased}
    return {lead: said.get(lead) for lead in heads}
