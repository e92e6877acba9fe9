"""Filing: which pull queue a company-owned lead stands in, now and whenever something that matters changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain import heads, push
from routing.domain.accounts import CORPORATE
from routing.domain.company import Company
from routing.domain.contact_points import phones_of
from routing.domain.decisions import filing_json
from routing.domain.heads import Head, Standing
from routing.domain.pull import file
from routing.services.core import views
from routing.services.core.store import Store
from routing.services.jobs import enqueue
from routing.storage import keys
from routing.storage.heads import callback_writes, replace_head
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, event, is_lead, lead_of, submission_from
from routing.storage.table import ConditionFailed, Table, Write, is_outage

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
    return Head(
        id=submission.lead,
        version=1,
        record_type=submission.record_type,
        source=submission.source,
        created_at=submission.created_at,
        owner=submission.key[0],
        submission=submission.key,
        standing="assigned" if submission.is_owned else "new",
        since=keys.asked_at(submission.key[1]),
        available_at=submission.available_at,
        phone_keys=tuple(map(store.contact_key, phones_of(submission.values))),
    )


def read_candidates(table: Table, leads: Sequence[str]) -> list[Candidate]:
    """The heads of these leads and their submissions, in this order; two round trips."""
    found = table.get_many([keys.head(lead) for lead in leads])
    present = [head_from(found[keys.head(lead)]) for lead in leads if keys.head(lead) in found]
    submissions = table.get_many([keys.submission(*head.submission) for head in present])
    return [
        Candidate(head, submission_from(submissions[key]))
        for head in present
        if (key := keys.submission(*head.submission)) in submissions and is_lead(submissions[key])
    ]


def filed(head: Head, submission: Submission, company: Company, now: datetime) -> tuple[Head, dict[str, Any]]:
    """The head as the set-up files it, and what the timeline says of that."""
    filing = file(lead_of(head, submission, now), company, now, head.ready_since)
    after = heads.filed(head, filing, company.filing_version, now)
    return after, {
        "filing": filing_json(filing, views.time(views.available_at(after, company, now) or now)),
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


def returned(
    head: Head, submission: Submission, company: Company, now: datetime
) -> tuple[Head, dict[str, Any], list[Write]]:
    """A lead that its user gave back, or left, with the account that it is back at; and the request to push it on.

    Push has it at once when it could bring it to anybody else, or when pull does not see it: else it is filed.
    """
    after, detail = filed(head, submission, company, now)
    needs = _needs(head, submission, company, now)
    others = (needs.users | needs.branches) - {head.last_holder}
    if not needs.strategies or not (others or after.standing == "unmatched"):
        return after, detail, []
    new = replace(head, standing="new")
    return new, {"owner": new.owner, "status": "new"}, [enqueue.route(new.owner, [new.id], now)]


def push_on(
    before: Head, after: Head, submission: Submission, company: Company, now: datetime
) -> list[Write]:
    """The request to route a lead that has just come to rest as unmatched, when a push strategy wants it.

    Not while it is cooling, or with somebody: then the timer has it looked at when that is over.
    """
    has_been_left = before.valid_until is not None and before.valid_until <= now
    was_at_rest = before.status_at(now) == "unmatched" and before.owner == after.owner and not has_been_left
    if after.status_at(now) != "unmatched" or was_at_rest:
        return []
    if not _needs(after, submission, company, now).strategies:
        return []
    return [enqueue.route(after.owner, [after.id], now)]


def _needs(head: Head, submission: Submission, company: Company, now: datetime) -> push.Needs:
    """The push strategies of the lead's owner that match it, and whom they could bring it to."""
    return push.needs(replace(lead_of(head, submission, now), status="new"), company, now)


def displaced(candidate: Candidate, company: Company, now: datetime) -> Head | None:
    """The head as the set-up files it now; None where that is just as it stands."""
    after, _ = refiled(candidate.head, candidate.submission, company, now)
    return after if _place(after) != _place(candidate.head) else None


def _place(head: Head) -> tuple[object, ...]:
    return (head.standing, head.matched, head.pool, head.ready_key, head.calling_class, head.group)


def came_from(head: Head, company: Company) -> str:
    """The account that a user's lead goes back to: whoever distributed it, had it before, or is next above."""
    before = [each for each in (head.given_by, head.kept_from) if each is not None]
    for each in (*before, *company.tree.lineage(head.owner)):
        account = company.tree.get(each)
        if account is not None and account.kind != "user":
            return each
    return CORPORATE


def refile(store: Store, leads: Sequence[str], now: datetime) -> list[tuple[str, Exception]]:
    """File these leads as the present set-up does. One that moves meanwhile is looked at again.

    Answers with the leads that could not be filed, and why: one lead's fault does not stop the others.
    """
    failures: list[tuple[str, Exception]] = []
    remaining = list(leads)
    attempts = store.table.attempts()
    while True:
        moved: list[str] = []
        company = store.configuration.load().company
        for candidate in read_candidates(store.table, remaining):
            head = candidate.head
            is_unworked = _is_unworked(head, now)
            if not is_unworked and not _is_filed(head):
                continue
            change = _taking_back if is_unworked else _refiling
            try:
                writes = change(store, candidate, company, now)
                if len(writes) == 1:
                    store.table.write(writes[0])
                elif writes:
                    store.table.transact(writes)
            except ConditionFailed:
                moved.append(candidate.head.id)
            except Exception as error:  # one lead's fault must not stop the others; it is reported
                if is_outage(error):
                    raise
                failures.append((candidate.head.id, error))
        if not moved:
            return failures
        remaining = moved
        attempts.again()


def _is_filed(head: Head) -> bool:
    """Whether pull strategies see the lead, or may once time has passed: a held one waits for its timer."""
    if head.standing == "held":
        return head.pool is not None or head.valid_until is not None
    return head.standing in FILED


def _is_unworked(head: Head, now: datetime) -> bool:
    """Whether a user has left a lead of theirs for as long as its push strategy lets them."""
    is_over = head.valid_until is not None and head.valid_until <= now
    return head.standing == "assigned" and is_over and head.lease_at(now) is None


def _taking_back(store: Store, candidate: Candidate, company: Company, now: datetime) -> list[Write]:
    before = candidate.head
    appointments = store.table.query_all(keys.head(before.id).pk, begins=keys.APPOINTMENT)
    if any(item["user"] == before.owner for item in appointments):
        worked = replace(before, valid_until=None)
        return [replace_head(before, heads.advanced(before, worked, now), now)]
    head = heads.taken_back(before, came_from(before, company), now)
    after, detail, request = returned(head, candidate.submission, company, now)
    after = heads.advanced(before, after, now)
    store.queues.register([after])
    detail |= {"from": before.owner}
    taken_back = event(head.id, after.version, "taken_back", now, detail)
    return [replace_head(before, after, now), taken_back, *request]


def _is_missed(head: Head, company: Company, now: datetime) -> bool:
    """Whether the promise on a company's lead is over that stands in no queue, where the sweep would end it."""
    if head.callback_for is None or head.pool is not None or company.tree.is_user(head.owner):
        return False
    return head.due is not None and head.due <= now


def _refiling(store: Store, candidate: Candidate, company: Company, now: datetime) -> list[Write]:
    head = before = candidate.head
    writes: list[Write] = []
    is_missed = _is_missed(head, company, now)
    if is_missed:
        head = heads.missed(head, now)
        writes += callback_writes(before, head)
    after, detail = refiled(head, candidate.submission, company, now)
    if after == before:
        return []
    after = heads.advanced(before, after, now)
    writes.append(replace_head(before, after, now))
    if (after.standing, after.matched) != (before.standing, before.matched):
        writes.append(event(head.id, after.version, EVENT_OF[after.standing], now, detail))
    writes += push_on(before, after, candidate.submission, company, now)
    store.queues.register([after])
    store.signatures.note([after], now)
    return writes
