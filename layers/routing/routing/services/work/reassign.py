"""A leaver's leads: each that they own, hold or have promised goes to somebody else, once.

There can be thousands, so the work is a job, done a page at a time. What moves a lead is the same conditional write
that moves any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.services.core.access import acting, named, oversees, require
from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue
from routing.services.pull import filing
from routing.services.pull.filing import Candidate, read_candidates
from routing.storage import keys
from routing.storage.appointments import from_item, index_key, is_listed, moved
from routing.storage.contacts import Suppression
from routing.storage.heads import callback_writes, replace_head
from routing.storage.jobs import Job
from routing.storage.leads import event
from routing.storage.presence import from_item as presence_from
from routing.storage.presence import release_slot
from routing.storage.table import ConditionFailed, Item, Key, Write

PAGE = 25
MOST_COUNTED = 1000


def reassign(
    store: Store, user: str, leaver: str, to: str | None, now: datetime, once: Once | None
) -> Answer:
    """Ask for it. to: the account that gets the leads; None routes each again from where it came."""
    company = store.configuration.load().company
    account = acting(user, company)
    require(account, "admin", "manager")
    leaving = company.tree.get(leaver)
    if leaving is None or not oversees(account, leaver, company):
        raise not_found("account")
    if leaving.kind != "user":
        raise invalid_field("id", "wrong_kind", "must be the id of a user")
    if to is not None:
        named(account, to, "to", company)
        if to == leaver:
            raise invalid_field("to", "not_allowed", "must be another account")
        if not company.tree.is_enabled(to):
            raise invalid_field("to", "disabled", "is disabled")
    found = store.table.get_many([keys.presence(leaver), *([once.key] if once else [])])
    if once and (given := once.answered(found.get(once.key), now)):
        return given
    leads = _count(store, leaver, presence_from(found.get(keys.presence(leaver), {})), now)
    answer = Answer(200, {"account": leaver, "leads": leads})
    writes = [enqueue.reassign(leaver, now, to=to, by=user)]
    if once is not None:
        writes.append(once.record(answer, now))
    try:
        store.table.transact(writes)
    except ConditionFailed:  # the same request's twin was quicker
        return reassign(store, user, leaver, to, now, once)
    return answer


def _count(store: Store, leaver: str, presence: Presence, now: datetime) -> int:
    """How many leads the user owns, has promised or holds; at most MOST_COUNTED of each."""
    owned = store.table.query(
        leaver, index="owner", begins=keys.in_standing("assigned"), select="COUNT", limit=MOST_COUNTED
    ).count
    promised = store.table.query(
        leaver, index="owner", begins=keys.in_standing("callback"), limit=MOST_COUNTED
    )
    others = {keys.named(item) for item in promised.items}
    if presence.holds(now) and presence.lead is not None:
        others.add(presence.lead)
    return owned + len(others)


def page(store: Store, job: Job, now: datetime) -> Mapping[str, Any] | None:
    """One page of a leaver's leads; where the next begins, if there is one."""
    leaver = job.owner
    company = store.configuration.load().company
    first = index_key(job.asked_at)  # past appointments stand before everything else
    page = store.table.query(leaver, index="owner", first=first, after=job.cursor, limit=PAGE)
    target = company.tree.get(job.detail.get("to", ""))
    if target is not None and target.kind == "user":
        _move_appointments(store, page.items, leaver, target.id, job.detail["by"], now)
    leads = [keys.named(item) for item in page.items if not is_listed(item)]
    if job.cursor is None:
        held = presence_from(store.table.get(keys.presence(leaver)) or {})
        if held.lead is not None:
            leads.append(held.lead)
    _move_all(store, list(dict.fromkeys(leads)), job, company, now)
    return page.next


def _move_appointments(
    store: Store, entries: Sequence[Item], leaver: str, to: str, by: str, now: datetime
) -> None:
    """The appointments among a page's entries, which are all to come, are for the other user to keep."""
    found = store.table.get_many(
        [
            key
            for item in entries
            if is_listed(item)
            for key in (keys.of_item(item), keys.head(keys.named(item)))
        ]
    )
    for key, item in found.items():
        head = found.get(Key(key.pk, keys.HEAD))
        if key.sk == keys.HEAD or head is None or item["user"] != leaver:
            continue
        try:
            store.table.transact(moved(from_item(item), to, int(head["v"]), by, now))
        except ConditionFailed:
            continue  # cancelled or moved meanwhile


def _move_all(
    store: Store,
    leads: Sequence[str],
    job: Job,
    company: Company,
    now: datetime,
    tried: int | None = None,
) -> None:
    """Move these leads; those whose phones are not to be called are closed instead.

    The list is read after the heads: who puts a phone on it later closes the lead, or moves its version, after that.
    tried: a version of the one lead that could not be moved.
    """
    candidates = read_candidates(store.table, leads)
    barred = suppressions.barred(store.table, [each.head for each in candidates], now)
    for candidate in candidates:
        if candidate.head.version != tried:
            _move(store, candidate, barred.get(candidate.head.id), job, company, now)


def _move(
    store: Store,
    candidate: Candidate,
    listed: Suppression | None,
    job: Job,
    company: Company,
    now: datetime,
) -> None:
    """Move one lead, unless it has left the leaver by itself."""
    head, leaver = candidate.head, job.owner
    lease = head.lease_at(now)
    holds = lease is not None and lease.holder == leaver
    if head.standing == "closed" or not (holds or leaver in (head.owner, head.callback_for)):
        return
    if head.reassigned_by == job.wanted:
        return  # push gave it back to the leaver: what has been moved is moved once
    if listed is not None:
        after, happened = suppressions.closed(head, listed.by, now)
        writes = [happened]
    else:
        after, writes = _moved(candidate, job, company, now)
    writes += [replace_head(head, after, now), *callback_writes(head, after)]
    if lease is not None and after.lease is None:
        writes.append(release_slot(lease.holder, lease.token))
    store.queues.register([after])
    try:
        store.table.transact(writes)
    except ConditionFailed:
        # It moved between the read and the write: look again, until it is somebody else's or moved by us.
        _move_all(store, [head.id], job, company, now, tried=head.version)


def _is_in_charge(job: Job, owner: str, company: Company) -> bool:
    """Whether whoever asked for the reassignment has this owner's leads in charge."""
    asker = company.tree.get(job.detail["by"])
    return asker is not None and oversees(asker, owner, company)


def _moved(candidate: Candidate, job: Job, company: Company, now: datetime) -> tuple[Head, list[Write]]:
    """The head with whoever gets the lead, and what is written beside it."""
    head, leaver = candidate.head, job.owner
    to: str | None = job.detail.get("to")
    writes: list[Write] = []
    target = company.tree.get(to) if to else None
    if head.owner != leaver and not _is_in_charge(job, head.owner, company):
        target = None  # a lead of the company's, which stays where it is; only the leaver is out
    if target is not None and target.kind == "user":
        after = heads.assigned(head, target.id, filing.came_from(head, company))
        if head.callback_at is not None:
            after = heads.promised(after, target.id, head.callback_at, head.callback_at)
    elif head.owner == leaver:
        source = target.id if target is not None else filing.came_from(head, company)
        after = replace(heads.renewed(head, source), last_holder=leaver)
        writes.append(enqueue.route(source, [head.id], now))
    else:
        back = heads.rests_with(head, target.id if target is not None else head.owner, head.given_by)
        if head.callback_at is not None:  # the grace was the leaver's
            back = replace(back, available_at=max(head.callback_at, now))
        after, _ = filing.filed(back, candidate.submission, company, now)
        writes += filing.push_on(head, after, candidate.submission, company, now)
    after = replace(heads.advanced(head, after, now), reassigned_by=job.wanted)
    detail: dict[str, Any] = {
        "from": leaver,
        "to": after.owner,
        "owner": after.owner,
        "status": after.status_at(now),
    }
    return after, [*writes, event(head.id, after.version, "reassigned", now, detail, by=job.detail["by"])]
