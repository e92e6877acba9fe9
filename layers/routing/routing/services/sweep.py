"""The scheduled run, every minute: what cannot wait for the next lead, and the repair of what a crash left.

Nothing depends on it for correctness: counts roll and leases lapse by themselves. Twice is as good as once, because
every write stands under the version that was read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from types import MappingProxyType
from typing import Any

from routing.domain import heads, push
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import can_be_filed
from routing.domain.strategies import PushStrategy
from routing.services.company.set_up import kept_for
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue, walks
from routing.services.notify import alerts
from routing.services.privacy import retention
from routing.services.pull import filing
from routing.services.push import held, receipts
from routing.services.push.route import LogReport
from routing.storage import keys, signatures, states
from routing.storage.contacts import Suppression
from routing.storage.heads import callback_writes, delete, replace_head
from routing.storage.heads import from_item as head_from
from routing.storage.leads import event
from routing.storage.presence import from_item as presence_from
from routing.storage.registry import Queue
from routing.storage.requests import abandoned
from routing.storage.table import ConditionFailed, Item, is_outage

REROUTE_AFTER = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(minutes=10)
QUEUE_REMOVAL_GRACE = timedelta(hours=1)
RETRY_ALL_EVERY_MINUTES = 10
PAGE = 100
QUEUES_AT_ONCE = 32
MOST_DUE = 5000
"""Due leads that one run moves; the next goes on with those that are left: they are still the first in their queues."""
MOST_AGED = 1000
"""Leads of each timer partition that one run looks at."""
AGED_AT_ONCE = 8
"""Leads that are filed anew one after the other, beside others."""
REFILES_AT_ONCE = 16
"""Fewer than the table's threads: filing may itself send several requests at once."""


@dataclass(slots=True)
class Summary:
    """What one run did: strategies rolled into a new period, leads sent to be routed again, and so on.

    errors: leads that could not be moved, and why; each is counted in `failed`. others: the counts of steps that the
    caller brought.
    """

    rolled: int = 0
    rerouted: int = 0
    merged: int = 0
    held_internally: int = 0
    removed: int = 0
    returned: int = 0
    refiled: int = 0
    failed: int = 0
    callbacks_due: int = 0
    held_too_long: int = 0
    others: dict[str, int] = field(default_factory=dict)
    errors: list[tuple[str, Exception]] = field(default_factory=list)

    def could_not(self, failures: Sequence[tuple[str, Exception]]) -> None:
        self.errors += failures
        self.failed += len(failures)

    def counts(self) -> dict[str, int]:
        own = {
            "rolled": self.rolled,
            "rerouted": self.rerouted,
            "merged": self.merged,
            "held_internally": self.held_internally,
            "removed": self.removed,
            "returned": self.returned,
            "refiled": self.refiled,
            "failed": self.failed,
            "callbacks_due": self.callbacks_due,
            "held_too_long": self.held_too_long,
        }
        return own | self.others


class StepsFailed(Exception):
    """Some steps of a run raised; the others are done. steps: what each raised, by its name."""

    def __init__(self, summary: Summary, steps: Mapping[str, Exception]) -> None:
        super().__init__(", ".join(steps))
        self.summary = summary
        self.steps = steps


def sweep(
    store: Store, now: datetime, others: Mapping[str, Callable[[], int]] = MappingProxyType({})
) -> Summary:
    """Everything that is due by `now`, in steps of which none waits for another's success.

    others: steps that need more than the table, by the name of their count. Raises StepsFailed after the last step.
    """
    version = store.table.get(keys.VERSION)
    company = store.configuration.current(version)
    owners = [each.id for each in company.tree if each.kind != "user"]
    queues = cache(lambda: sorted(store.queues.read_all()))
    oldest = cache(lambda: _oldest_held(store, owners))
    summary = Summary()

    def held_too_long() -> None:
        summary.held_too_long = alerts.held_too_long(store, oldest(), company, now)

    def callbacks_due() -> None:
        summary.callbacks_due = alerts.callbacks_due(store, now)

    def other(name: str, step: Callable[[], int]) -> None:
        summary.others[name] = step()

    steps: dict[str, Callable[[], None]] = {
        "roll": lambda: _roll(store, company, now, summary),
        "reroute_new": lambda: _reroute_new(store, owners, now, summary),
        "merge_late": lambda: _merge_late(store, now, summary),
        "retry_held": lambda: _retry_held(store, list(oldest()), company, now, summary),
        "callbacks_due": callbacks_due,
        "return_due": lambda: _return_due(store, queues(), company, now, summary),
        "refile_aged": lambda: _refile_aged(store, now, summary),
        "held_too_long": held_too_long,
        "empty_deleted": lambda: _empty_deleted(store, version, now, summary),
        "retention": lambda: other("retained", partial(retention.ask, store, now)),
        "remove_queues": lambda: _remove_queues(store, queues(), company, version, now, summary),
        **{name: partial(other, name, step) for name, step in others.items()},
    }
    failures: dict[str, Exception] = {}
    for name, step in steps.items():
        try:
            step()
        except Exception as error:  # noqa: BLE001 - it must not keep the others from their work; it is raised after them
            failures[name] = error
    if failures:
        raise StepsFailed(summary, failures)
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
    strategies = list(company.push_strategies.values())
    items = store.table.get_many([keys.strategy_state(each.id) for each in strategies])

    def roll(strategy: PushStrategy) -> bool:
        item = items.get(keys.strategy_state(strategy.id))
        state = states.from_item(item) if item else None
        if state is None or state.strategy_version != strategy.version:
            return False
        after = push.current(strategy, state, company, now)
        if after == state:
            return False
        writes = [
            states.replace_state(strategy.id, state.version, after),
            *states.close_interval(strategy.id, strategy.accounts, state, after),
        ]
        return _quietly(store.table.transact, writes)

    summary.rolled += sum(store.table.run_parallel(*(partial(roll, each) for each in strategies)))


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
    stale = _of_owners(store, owners, first=first, last=last, limit=PAGE).items()
    done = store.table.run_parallel(
        *(
            partial(_reroute, store, owner, [keys.named(item) for item in found], now)
            for owner, found in stale
        )
    )
    for removed, given_up, again in done:
        summary.removed += removed
        summary.held_internally += given_up
        summary.rerouted += again


def _reroute(store: Store, owner: str, leads: Sequence[str], now: datetime) -> tuple[int, int, int]:
    """How many were removed, held, asked for again."""
    items = store.table.get_many([keys.head(lead) for lead in leads])
    stale = [head_from(item) for item in items.values() if item["standing"] == "new"]
    entries = store.table.get_many([keys.submission(*head.submission) for head in stale])
    removed = given_up = 0
    again: list[str] = []
    for head in stale:
        if not _is_whole(entries.get(keys.submission(*head.submission))):
            removed += _remove(store, head, now)
        elif head.since is not None and head.since <= now - GIVE_UP_AFTER:
            given_up += _hold(store, head, now)
        else:
            again.append(head.id)
    if again:
        enqueue.ask(store.table, enqueue.route(owner, again, now))
    return removed, given_up, len(again)


def _merge_late(store: Store, now: datetime, summary: Summary) -> None:
    """Receipts that have waited for a minute: the stream has not brought them."""
    last = keys.until(now - REROUTE_AFTER)
    pages = store.table.run_parallel(
        *(
            partial(store.table.query, shard, index="timer", last=last, limit=enqueue.AT_A_TIME)
            for shard in keys.all_receipts()
        )
    )
    report = LogReport()
    waiting = [keys.named(item) for page in pages for item in page.items]
    receipts.settle_late(store, waiting, now, report)
    summary.merged += len(waiting)
    summary.could_not(report.internal)


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
    list_keys = {owner: keys.signatures(owner) for owner in holding}
    others_keys = {owner: keys.others(owner) for owner in holding}
    found = store.table.get_many(
        [*user_keys, *state_keys.values(), *list_keys.values(), *others_keys.values()]
    )
    presence = {key.sk: presence_from(found[key]) for key in user_keys if key in found}
    state_by_id = {name: states.from_item(found[key]) for name, key in state_keys.items() if key in found}
    lists = {owner: signatures.from_item(found.get(key)) for owner, key in list_keys.items()}
    # Now and then some are tried whatever is known: a decision that raised holds without any recipient.
    is_time_for_more = now.minute % RETRY_ALL_EVERY_MINUTES == 0
    asked = []
    for owner, listed in lists.items():
        if listed.is_whole and others_keys[owner] not in found:
            is_placeable = bool(held.placeable(owner, listed, company, state_by_id, presence, now))
        else:
            is_placeable = push.could_place(owner, company, state_by_id, presence, now)
        if is_placeable or (is_time_for_more and not listed.is_whole):
            asked.append(owner)
        if is_time_for_more and listed.is_whole:
            leads, looked = held.look_over(store, owner, listed)
            enqueue.ask_some(store.table, owner, leads, now)
            summary.rerouted += len(leads)
            for each in looked:
                store.table.write(each)
        if any(not strategies <= state_keys.keys() for strategies in listed.strategies.values()):
            held.forget(store, owner, listed)
    walks.ask(store.table, asked, now)
    summary.rerouted += len(asked)


def _return_due(
    store: Store, queues: Sequence[str], company: Company, now: datetime, summary: Summary
) -> None:
    """Leads whose lease, cool-down, delay or callback's grace is over move to the ready side of their queue.

    A page of each queue, then the next, so that a long queue keeps no other waiting; each run begins elsewhere. One
    that was filed under an earlier set-up is filed anew: it was being moved when its turn to be re-filed came.
    """
    partitions = [keys.waiting(Queue.of(each).triple) for each in queues]
    begin = now.minute * QUEUES_AT_ONCE % max(len(partitions), 1)
    places: list[tuple[str, Mapping[str, str] | None]] = [
        (each, None) for each in partitions[begin:] + partitions[:begin]
    ]
    looked_at = 0
    while places and looked_at < MOST_DUE:
        turn, places = places[:QUEUES_AT_ONCE], places[QUEUES_AT_ONCE:]
        pages = store.table.run_parallel(
            *(
                partial(
                    store.table.query, queue, index="queue", last=keys.until(now), limit=PAGE, after=after
                )
                for queue, after in turn
            )
        )
        places += [
            (queue, page.next) for (queue, _), page in zip(turn, pages, strict=True) if page.next is not None
        ]
        due = [head_from(item) for page in pages for item in page.items]
        looked_at += len(due)
        _return_all(store, due, company, now, summary)


def _return_all(store: Store, due: Sequence[Head], company: Company, now: datetime, summary: Summary) -> None:
    if not due:
        return
    barred = suppressions.barred(store.table, due, now)

    def move(head: Head) -> bool | Exception:
        try:
            return _return(store, head, barred.get(head.id), now)
        except Exception as error:  # one lead's fault must not stop the others; it is reported
            if is_outage(error):
                raise
            return error

    moved = store.table.run_parallel(*(partial(move, each) for each in due))
    summary.returned += sum(each is True for each in moved)
    summary.could_not(
        [(head.id, each) for head, each in zip(due, moved, strict=True) if isinstance(each, Exception)]
    )
    stale = [head.id for head in due if head.filing_version != company.filing_version]
    summary.could_not(_refile(store, stale, now))


def _refile(store: Store, leads: Sequence[str], now: datetime) -> list[tuple[str, Exception]]:
    """File these leads anew, some beside the others; those that could not be, and why."""
    parts = [leads[at : at + AGED_AT_ONCE] for at in range(0, len(leads), AGED_AT_ONCE)]
    failures: list[tuple[str, Exception]] = []
    for at in range(0, len(parts), REFILES_AT_ONCE):
        turn = parts[at : at + REFILES_AT_ONCE]
        for found in store.table.run_parallel(*(partial(filing.refile, store, each, now) for each in turn)):
            failures += found
    return failures


def _return(store: Store, head: Head, listed: Suppression | None, now: datetime) -> bool:
    if head.waits_until is None or head.waits_until > now:
        return False
    if listed is not None:  # while somebody held it
        return suppressions.close(store.table, head, listed, now)
    if head.parked_until is not None:
        return _quietly(store.table.write, replace_head(head, heads.advanced(head, head, now), now))
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
    places: list[tuple[str, Mapping[str, str] | None]] = [(each, None) for each in keys.timers()]
    looked_at = 0
    while places and looked_at < MOST_AGED:
        pages = store.table.run_parallel(
            *(
                partial(
                    store.table.query, shard, index="timer", last=keys.until(now), limit=PAGE, after=after
                )
                for shard, after in places
            )
        )
        leads = [keys.named(item) for page in pages for item in page.items]
        failures = _refile(store, leads, now)
        summary.refiled += len(leads) - len(failures)
        summary.could_not(failures)
        looked_at += PAGE
        places = [
            (shard, page.next)
            for (shard, _), page in zip(places, pages, strict=True)
            if page.next is not None
        ]


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
