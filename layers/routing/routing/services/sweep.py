"""The scheduled run, every minute: what cannot wait for the next lead, and the repair of what a crash left.

Nothing depends on it for correctness: counts roll and leases lapse by themselves. Twice is as good as once, because
every write stands under the version that was read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from routing.domain import heads, push
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import can_be_filed
from routing.services.company.set_up import kept_for
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue, walks
from routing.services.notify import alerts
from routing.services.pull import filing
from routing.storage import keys, states
from routing.storage.contacts import Suppression
from routing.storage.heads import callback_writes, delete, replace_head
from routing.storage.heads import from_item as head_from
from routing.storage.leads import event
from routing.storage.presence import from_item as presence_from
from routing.storage.registry import Queue
from routing.storage.requests import abandoned
from routing.storage.table import ConditionFailed, Item

REROUTE_AFTER = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(minutes=10)
QUEUE_REMOVAL_GRACE = timedelta(hours=1)
RETRY_ALL_EVERY_MINUTES = 10
PAGE = 100


@dataclass(slots=True)
class Summary:
    """What one run did: strategies rolled into a new period, leads sent to be routed again, and so on."""

    rolled: int = 0
    rerouted: int = 0
    held_internally: int = 0
    removed: int = 0
    returned: int = 0
    refiled: int = 0
    failed: int = 0
    callbacks_due: int = 0
    held_too_long: int = 0


def sweep(store: Store, now: datetime) -> Summary:
    """Everything that is due by `now`."""
    found = store.table.get_many([keys.VERSION])
    company = store.configuration.current(found.get(keys.VERSION))
    queues = sorted(store.queues.read_all())
    summary = Summary()
    _empty_deleted(store, found.get(keys.VERSION), now, summary)
    _roll(store, company, now, summary)
    owners = [each.id for each in company.tree if each.kind != "user"]
    _reroute_new(store, owners, now, summary)
    oldest = _oldest_held(store, owners)
    _retry_held(store, list(oldest), company, now, summary)
    summary.held_too_long = alerts.held_too_long(store, oldest, company, now)
    summary.callbacks_due = alerts.callbacks_due(store, now)
    _return_due(store, queues, company, now, summary)
    _refile_aged(store, now, summary)
    _remove_queues(store, queues, company, found.get(keys.VERSION), now, summary)
    return summary


def _empty_deleted(store: Store, version: Item | None, now: datetime, summary: Summary) -> None:
    """What came to an account while it was being deleted goes back to where it came from."""
    resources = store.configuration.set_up(version).resources
    for (kind, account), resource in resources.items():
        if kind != "accounts" or resource.body is not None or resource.changed_at is None:
            continue
        is_recent = datetime.fromisoformat(resource.changed_at) > now - QUEUE_REMOVAL_GRACE
        if is_recent and kept_for(store, account, now):
            store.table.write(enqueue.reassign(account, now, to=None, by=resource.changed_by))
            summary.rerouted += 1


def _roll(store: Store, company: Company, now: datetime, summary: Summary) -> None:
    """Roll idle strategies into the present periods."""
    strategies = company.push_strategies.values()
    items = store.table.get_many([keys.strategy_state(each.id) for each in strategies])
    for strategy in strategies:
        item = items.get(keys.strategy_state(strategy.id))
        state = states.from_item(item) if item else None
        if state is None or state.strategy_version != strategy.version:
            continue
        after = push.current(strategy, state, company, now)
        if after != state:
            writes = [
                states.replace_state(strategy.id, state.version, after),
                *states.close_interval(strategy.id, strategy.accounts, state, after),
            ]
            summary.rolled += _quietly(store.table.transact, writes)


def _quietly(write: Callable[[Any], object], what: Any) -> bool:
    """Whether the write was carried out; not when somebody else has moved the item, who then did its work."""
    try:
        write(what)
    except ConditionFailed:
        return False
    return True


def _of_owners(store: Store, owners: Sequence[str], **terms: Any) -> dict[str, list[Item]]:
    """The first entries of each owner's index that the terms of `query` select; owners without any are left out."""
    pages = store.table.run_parallel(
        *(lambda owner=owner: store.table.query(owner, index="owner", **terms) for owner in owners)
    )
    return {owner: page.items for owner, page in zip(owners, pages, strict=True) if page.items}


def _reroute_new(store: Store, owners: Sequence[str], now: datetime, summary: Summary) -> None:
    """Leads that have been new for a minute: routed again, or repaired, or after ten held for a person to look at."""
    first = keys.in_standing("new")
    last = f"{first}{keys.until(now - REROUTE_AFTER)}"
    for owner, found in _of_owners(store, owners, first=first, last=last, limit=PAGE).items():
        _reroute(store, owner, [keys.named(item) for item in found], now, summary)


def _reroute(store: Store, owner: str, leads: Sequence[str], now: datetime, summary: Summary) -> None:
    items = store.table.get_many([keys.head(lead) for lead in leads])
    stale = [head_from(item) for item in items.values() if item["standing"] == "new"]
    entries = store.table.get_many([keys.submission(*head.submission) for head in stale])
    again: list[str] = []
    for head in stale:
        if not _is_whole(entries.get(keys.submission(*head.submission))):
            summary.removed += _remove(store, head, now)
        elif head.since is not None and head.since <= now - GIVE_UP_AFTER:
            summary.held_internally += _hold(store, head, now)
        else:
            again.append(head.id)
    if again:
        enqueue.ask(store.table, enqueue.route(owner, again, now))
        summary.rerouted += len(again)


def _is_whole(entry: Item | None) -> bool:
    return entry is not None and entry["kind"] == "lead"


def _remove(store: Store, head: Head, now: datetime) -> bool:
    """Take away a head whose ingest never finished; nobody was told that the lead was taken.

    A tombstone in the place of its log entry comes first, so that an ingest which is merely slow fails, and says so.
    """
    tombstone = abandoned(*head.submission, now)
    return _quietly(store.table.write, tombstone) and _quietly(store.table.write, delete(head))


def _hold(store: Store, head: Head, now: datetime) -> bool:
    after = heads.advanced(head, heads.held(head, "internal"), now)
    detail = {"reason": "internal", "owner": after.owner, "status": "held"}
    return _quietly(
        store.table.transact,
        [replace_head(head, after, now), event(head.id, after.version, "held", now, detail)],
    )


def _oldest_held(store: Store, owners: Sequence[str]) -> dict[str, datetime]:
    """The owners that have held leads, and since when the oldest of each is."""
    return {
        owner: keys.since_of(found[0])
        for owner, found in _of_owners(store, owners, begins=keys.in_standing("held"), limit=1).items()
    }


def _retry_held(
    store: Store, holding: Sequence[str], company: Company, now: datetime, summary: Summary
) -> None:
    """Held leads are tried again where somebody could take one."""
    if not holding:
        return
    users = {
        each
        for strategies in company.push_by_account.values()
        for strategy in strategies
        for each in strategy.accounts
    }
    user_keys = [keys.presence(each) for each in sorted(users)]
    state_keys = {name: keys.strategy_state(name) for name in company.push_strategies}
    found = store.table.get_many([*user_keys, *state_keys.values()])
    presence = {key.sk: presence_from(found[key]) for key in user_keys if key in found}
    state_by_id = {name: states.from_item(found[key]) for name, key in state_keys.items() if key in found}
    # Now and then all are tried: a decision that raised, or a strategy that is gone, holds without any recipient.
    is_time_for_all = now.minute % RETRY_ALL_EVERY_MINUTES == 0
    placeable = [
        owner
        for owner in holding
        if is_time_for_all or push.could_place(owner, company, state_by_id, presence, now)
    ]
    walks.ask(store.table, placeable, now)
    summary.rerouted += len(placeable)


def _return_due(
    store: Store, queues: Sequence[str], company: Company, now: datetime, summary: Summary
) -> None:
    """Leads whose lease, cool-down, delay or callback's grace is over move to the ready side of their queue.

    One that was filed under an earlier set-up is filed anew: it was being moved when its turn to be re-filed came.
    """
    due = keys.until(now)
    for queue in map(Queue.of, queues):
        partition = keys.waiting(queue.triple)
        while True:
            items = store.table.query(partition, index="queue", last=due, limit=PAGE).items
            due_heads = [head_from(item) for item in items]
            listed = suppressions.suppressed(store.table, {each.phone_key for each in due_heads}, now)
            moved = [_return(store, each, listed.get(each.phone_key), now) for each in due_heads]
            summary.returned += sum(moved)
            stale = [head.id for head in due_heads if head.filing_version != company.filing_version]
            summary.failed += len(filing.refile(store, stale, now))
            if len(items) < PAGE or not any(moved):
                break


def _return(store: Store, head: Head, listed: Suppression | None, now: datetime) -> bool:
    if head.due is None or head.due > now:
        return False
    if listed is not None:  # while somebody held it
        return suppressions.close(store.table, head, listed, now)
    after = replace(head, over_call_limit=False)
    if head.standing == "callback":
        after = replace(heads.missed(after, now), standing="open")
    after = heads.advanced(head, after, now)
    writes = [replace_head(head, after, now)]
    detail = {"owner": after.owner, "status": after.status_at(now)}
    if head.callback_for is not None:
        detail |= {"callback_for": head.callback_for}
        writes.append(event(head.id, after.version, "callback_missed", now, detail))
        writes += callback_writes(head, after)
    elif head.lease is not None and not head.over_call_limit:
        detail |= {"holder": head.lease.holder}
        writes.append(event(head.id, after.version, "lease_expired", now, detail))
    if len(writes) == 1:
        return _quietly(store.table.write, writes[0])
    return _quietly(store.table.transact, writes)


def _refile_aged(store: Store, now: datetime, summary: Summary) -> None:
    """Leads on which an age criterion has turned are filed anew."""
    due = keys.until(now)
    for shard in keys.timers():
        after: Mapping[str, str] | None = None
        while True:
            page = store.table.query(shard, index="timer", last=due, limit=PAGE, after=after)
            leads = [keys.named(item) for item in page.items]
            failures = filing.refile(store, leads, now)
            summary.refiled += len(leads) - len(failures)
            summary.failed += len(failures)
            after = page.next
            if after is None:
                break


def _remove_queues(
    store: Store,
    queues: Sequence[str],
    company: Company,
    version: Item | None,
    now: datetime,
    summary: Summary,
) -> None:
    """Take queues off the list that no strategy leads to any more and that are empty: each pull reads every one.

    Only when nobody can still be filing by an older set-up.
    """
    if version is None or keys.instant(version["filed_since"]) > now - QUEUE_REMOVAL_GRACE:
        return
    for entry in queues:
        queue = Queue.of(entry)
        if can_be_filed(queue.owner, queue.record_type, queue.pool, queue.group, company):
            continue
        sides = (keys.ready(queue.triple), keys.waiting(queue.triple))
        if not any(store.table.query(side, index="queue", limit=1).items for side in sides):
            store.queues.remove(entry)
            summary.removed += 1
