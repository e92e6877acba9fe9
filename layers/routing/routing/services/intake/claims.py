"""What leads claim that are there already: after an edit or a merge, and when a record type begins to dedupe."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.leads import Dedupe, RecordType
from routing.services.core.store import Store
from routing.services.intake.duplicates import claims_of
from routing.storage import dedupe, keys
from routing.storage.dedupe import Claimant
from routing.storage.jobs import Job
from routing.storage.leads import Submission, is_lead, submission_from, unedited
from routing.storage.receipts import is_receipt
from routing.storage.table import ConditionFailed, Item, Key, Write

PAGE = 25
OPEN_SOURCE = "api"
NOTHING: Item = {"kind": ""}
NOBODY = "-"
"""Who has brought a lead of which that is not known: nobody is told its id."""


@dataclass(frozen=True, slots=True)
class Moved:
    """writes: what a change of a lead's values does to its claims. left: the leads that have what it would claim."""

    writes: list[Write] = field(default_factory=list)
    left: tuple[str, ...] = ()


def edited(
    store: Store, head: Head, before: Submission, after: Submission, company: Company, now: datetime
) -> Moved:
    """The claims that are free are taken, those of others left; what the lead no longer claims is given back.

    It costs a read where the claims change, and nothing else.
    """
    rule = company.record_type(head.record_type).dedupe
    had, has = (dict.fromkeys(claims_of(store, each, company)) for each in (before, after))
    gained = [each for each in has if each not in had]
    gone = [each for each in had if each not in has]
    if rule is None or not (gained or gone):
        return Moved()
    found = store.table.get_many([*had, *gained])
    own = {key for key, item in found.items() if item["lead"] == head.id}
    moved = _taken(head, before, found, gained, rule, company, now, head.wanted_since)
    return Moved(
        [*(dedupe.give_back(each, head.id) for each in gone if each in own), *moved.writes], moved.left
    )


def heard_of(
    store: Store, head: Head, submission: Submission, company: Company, now: datetime, at: datetime
) -> list[Write]:
    """Something came of the lead's person at `at`: for all that the lead claims the look-back begins anew."""
    rule = company.record_type(head.record_type).dedupe
    wanted = claims_of(store, submission, company)
    if rule is None or not wanted:
        return []
    found = store.table.get_many(wanted)
    return _taken(head, submission, found, wanted, rule, company, now, at).writes


def _taken(
    head: Head,
    submission: Submission,
    found: Mapping[Key, Item],
    wanted: Iterable[Key],
    rule: Dedupe,
    company: Company,
    now: datetime,
    at: datetime,
) -> Moved:
    """Those of the wanted claims, as they were found, that nobody has, from `at` on."""
    own = (item for item in found.values() if item["lead"] == head.id)
    by = next(map(dedupe.claimant, own), None) or Claimant(
        head.id, submission.key[0], brought_by(submission, company)
    )
    writes, left = [], []
    since = now - rule.within
    for each in wanted:
        item = found.get(each)
        if item is not None and dedupe.stands(item, since) and item["lead"] != head.id:
            left.append(str(item["lead"]))
        elif at >= since and not (item is not None and dedupe.stands(item, at)):
            writes.append(dedupe.take(each, by, at, rule.within, now))
    return Moved(writes, tuple(dict.fromkeys(left)))


def given_up(store: Store, submission: Submission) -> list[Write]:
    """For the transaction that erases a lead: it stands for nobody any more."""
    found = store.table.get_many(claims_of(store, submission, store.configuration.load().company))
    return [
        dedupe.give_back(key, submission.lead)
        for key, item in found.items()
        if dedupe.claimant(item).lead == submission.lead
    ]


def brought_by(submission: Submission, company: Company) -> str:
    """The source of a lead, and who of it, as far as its entry tells."""
    if submission.submitted_by is None:
        return f"{submission.source} source"
    if submission.source != OPEN_SOURCE:
        return f"{submission.source} users"
    account = company.tree.get(submission.submitted_by)
    is_admin = account is not None and account.role == "admin"
    return f"{submission.source} {'admins' if is_admin else NOBODY}"


def page(store: Store, job: Job, now: datetime) -> Mapping[str, Any] | None:
    """Claim for a page of the leads of which something came within the look-back; where the next page begins."""
    company = store.configuration.load().company
    record_type = company.record_types.get(job.owner)
    if record_type is None or record_type.dedupe is None:
        return None
    accounts = sorted(each.id for each in company.tree if each.kind != "user")
    here = job.cursor["account"] if job.cursor else accounts[0]
    left = [each for each in accounts if each >= here]
    if not left:
        return None
    found = store.table.query(
        keys.submission(left[0], "").pk,
        first=keys.sortable(now - record_type.dedupe.within),
        after=job.cursor.get("after") if job.cursor and left[0] == here else None,
        limit=PAGE,
    )
    for entry, at in _heard_of(store, found.items, record_type).values():
        _claim(store, entry, at, record_type.dedupe, company, now)
    if found.next is not None:
        return {"account": left[0], "after": dict(found.next)}
    return {"account": left[1]} if len(left) > 1 else None


def _heard_of(
    store: Store, entries: Iterable[Item], record_type: RecordType
) -> dict[str, tuple[Item, datetime]]:
    """The leads of which something came in these entries of a log: their own entries, and when it came last."""
    found: dict[str, Item] = {}
    heard: dict[str, datetime] = {}
    for entry in entries:
        if entry.get("record_type") == record_type.id and (is_lead(entry) or is_receipt(entry)):
            lead = entry["lead"] if is_lead(entry) else entry["of"]
            heard[lead] = keys.asked_at(keys.request_of(entry))
            found |= {lead: entry} if is_lead(entry) else {}
    found |= _entries_of(store, [each for each in heard if each not in found])
    return {lead: (entry, heard[lead]) for lead, entry in found.items() if not entry.get("is_owned")}


def _entries_of(store: Store, leads: Sequence[str]) -> dict[str, Item]:
    heads = store.table.get_many([keys.head(each) for each in leads])
    places = {item["lead"]: keys.submission(item["intake"], item["sub"]) for item in heads.values()}
    entries = store.table.get_many(list(places.values()))
    return {lead: entries[place] for lead, place in places.items() if is_lead(entries.get(place, NOTHING))}


def _claim(store: Store, entry: Item, at: datetime, rule: Dedupe, company: Company, now: datetime) -> None:
    """Claim what is free, or was found for a lead that was heard of earlier, while the lead's fields stay so."""
    attempts = store.table.attempts()
    lost: set[Key] = set()
    while is_lead(entry):
        submission = submission_from(entry)
        by = Claimant(submission.lead, submission.key[0], brought_by(submission, company))
        wanted = [each for each in claims_of(store, submission, company) if each not in lost]
        if not wanted:
            return
        claimed = [dedupe.take_found(each, by, at, rule.within, now) for each in wanted]
        try:
            store.table.transact([unedited(entry), *claimed])
        except ConditionFailed as refused:
            lost |= {key for number, key in enumerate(wanted, 1) if number in refused.failed}
            if 0 in refused.failed:
                entry, lost = refused.failed[0] or NOTHING, set()
            attempts.again(first_at_once=True)
        else:
            return
