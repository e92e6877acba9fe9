"""Filing: which pull queue a company-owned lead stands in, now and whenever something that matters changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.company import Company
from routing.domain.decisions import filing_json
from routing.domain.heads import Head, Standing
from routing.domain.pull import file
from routing.services.render import time
from routing.services.store import Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, event, lead_of, submission_from
from routing.storage.table import ConditionFailed, Table

FILED: tuple[Standing, ...] = ("open", "unmatched", "spent", "callback", "held")
"""Standings of leads that pull strategies may see; a held one only once `pull_after_minutes` have run."""
EVENT_OF: Mapping[Standing, str] = {
    "held": "held",
    "open": "filed",
    "callback": "filed",
    "unmatched": "unmatched",
    "spent": "spent",
    "assigned": "assigned",
}
"""What the timeline calls coming to a standing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead to route or file: its head as it is expected to stand, and what was submitted."""

    head: Head
    submission: Submission


def new_head(store: Store, submission: Submission) -> Head:
    """The first head of a lead, the same for ingest, which writes it, and for push, which need not read it."""
    phone = submission.values.get("phone")
    return Head(
        id=submission.lead,
        version=1,
        record_type=submission.record_type,
        source=submission.source,
        created_at=submission.created_at,
        owner=submission.key[0],
        submission=submission.key,
        since=submission.created_at,
        available_at=submission.available_at,
        phone_key=store.contact_key(phone) if phone else None,
    )


def read_candidates(table: Table, leads: Sequence[str]) -> list[Candidate]:
    """The heads of these leads and their submissions, in this order; two round trips."""
    found = table.get_many([keys.head(lead) for lead in leads])
    present = [head_from(found[keys.head(lead)]) for lead in leads if keys.head(lead) in found]
    submissions = table.get_many([keys.submission(*head.submission) for head in present])
    return [
        Candidate(head, submission_from(submissions[key]))
        for head in present
        if (key := keys.submission(*head.submission)) in submissions
    ]


def filed(head: Head, submission: Submission, company: Company, now: datetime) -> tuple[Head, dict[str, Any]]:
    """The head as the set-up files it, and what the timeline says of that."""
    filing = file(lead_of(head, submission, now), company, now)
    after = heads.filed(head, filing, company.filing_version)
    return after, {
        "filing": filing_json(filing, time(after.due or now)),
        "owner": after.owner,
        "status": after.status_at(now),
    }


def refiled(
    head: Head, submission: Submission, company: Company, now: datetime
) -> tuple[Head, dict[str, Any]]:
    """The head as the set-up now files it. A held lead that pull may have too stays held."""
    after, detail = filed(head, submission, company, now)
    if head.standing == "held":
        after = replace(after, standing="held", held_because=head.held_because)
        detail["status"] = "held"
    return after, detail


def still_holds(candidate: Candidate, company: Company, now: datetime) -> bool:
    """Whether the set-up would file the lead just as it stands."""
    head = candidate.head
    after, _ = refiled(head, candidate.submission, company, now)
    return (after.standing, after.matched, after.pool, after.ready_key) == (
        head.standing,
        head.matched,
        head.pool,
        head.ready_key,
    )


def refile(store: Store, leads: Sequence[str], now: datetime) -> None:
    """File these leads as the present set-up does. One that moves meanwhile is left to whoever moved it."""
    company = store.configuration.load().company
    for candidate in read_candidates(store.table, leads):
        head = candidate.head
        if head.standing not in FILED or (head.standing == "held" and not head.pool):
            continue
        after, detail = refiled(head, candidate.submission, company, now)
        after = heads.advanced(head, after, now)
        writes = [replace_head(head, after, now)]
        if (after.standing, after.matched) != (head.standing, head.matched):
            writes.append(event(head.id, after.version, EVENT_OF[after.standing], now, detail))
        store.queues.register([after])
        try:
            store.table.transact(writes)
        except ConditionFailed:
            continue
