"""The invariants of routing, read off the whole table: what must hold whatever happened, and when all is at rest.

The timeline is the witness: it is replayed, and heads, slots, counts and queues must agree with it.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from routing.domain import push
from routing.domain.call_limits import Calls
from routing.domain.company import Company
from routing.domain.contact_points import phones_of
from routing.domain.heads import Head, Lease
from routing.domain.intervals import day_stamp, hour_stamp
from routing.domain.strategy_state import StrategyState
from routing.storage import keys, receipts, signatures, states
from routing.storage.calls import mark
from routing.storage.contacts import Contact
from routing.storage.contacts import from_item as contact_from
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Event, Submission, event_from, lead_of, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.registry import entries_of
from routing.storage.table import Item, from_item
from tests.concurrency.world import World

ENDS_LEASE = frozenset(
    {"disposition", "transferred", "reassigned", "assigned", "held", "closed", "taken_back", "erased"}
)
"""Events after which nobody holds the lead any more; filing events may come while somebody does."""
CALLS = frozenset({"pulled", "called", "disposition"})
GIVES_BACK = "return"
"""The built-in disposition that takes its pull back."""

STANDINGS_OF = {"ready": ("open",), "cooling": ("open", "unmatched")}
"""Which standings a status that the timeline tells belongs to, where they are not the same word."""


@dataclass
class Table:
    """Everything in the table, by what it is."""

    heads: dict[str, Head] = field(default_factory=dict)
    raw_heads: dict[str, Item] = field(default_factory=dict)
    events: dict[str, list[tuple[str, Event]]] = field(default_factory=lambda: defaultdict(list))
    callbacks: dict[str, Item] = field(default_factory=dict)
    slots: dict[str, Item] = field(default_factory=dict)
    states: dict[str, StrategyState] = field(default_factory=dict)
    closed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    submissions: dict[str, list[Submission]] = field(default_factory=lambda: defaultdict(list))
    contacts: set[tuple[str, str]] = field(default_factory=set)
    calls: dict[str, Calls] = field(default_factory=dict)
    suppressed: dict[str, Contact] = field(default_factory=dict)
    log: set[tuple[str, str]] = field(default_factory=set)
    registry: frozenset[str] = frozenset()
    queue: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    held_lists: dict[str, signatures.Listed] = field(default_factory=dict)
    marks: dict[str, Item] = field(default_factory=dict)
    receipts: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    claims: list[Item] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def read(world: World) -> Table:
    """The table as it stands, by a consistent scan; and the queue index by a scan of its own."""
    found = Table()
    for item in _scan(world, ConsistentRead=True):
        _take(found, item)
    for item in _scan(world, IndexName="queue"):
        found.queue[item["lead"]].append(item)
    for group in found.events.values():
        group.sort(key=lambda pair: pair[0])
    return found


def _scan(world: World, **terms: Any) -> Iterable[Item]:
    for page in world.client.get_paginator("scan").paginate(TableName=world.name, **terms):
        yield from (from_item(each) for each in page["Items"])


def _take(found: Table, item: Item) -> None:
    family, _, name = item["PK"].partition("#")
    if item["SK"] == "SIGNATURES":
        found.held_lists[name] = signatures.from_item(item)
    if family == "OWNER" and item["SK"] == "OTHERS":
        found.others.add(name)
    if family == "LEAD" and receipts.is_mark(item):
        found.marks[name] = item
    elif family == "DEDUPE":
        found.claims.append(item)
    elif family == "LEAD" and item["SK"] == keys.HEAD:
        found.heads[name] = head_from(item)
        found.raw_heads[name] = item
    elif family == "LEAD" and item["SK"].startswith("EVENT#"):
        found.events[name].append((item["SK"], event_from(item)))
    elif family == "LEAD" and item["SK"] == keys.CALLBACK:
        found.callbacks[name] = item
    elif family == "PRESENCE":
        found.slots[item["SK"]] = item
    elif item["SK"] == "STATE" and family == "STRATEGY":
        found.states[name] = states.from_item(item)
    elif family == "STRATEGY":
        found.closed[name] += Counter({each: int(count) for each, count in item["counts"].items()})
    elif family == "INTAKE":
        found.log.add((item["PK"], item["SK"]))
        if receipts.is_receipt(item):
            found.receipts[item["lead"]].append(item)
        if item["kind"] == "lead":
            found.submissions[item["lead"]].append(submission_from(item))
    elif family == "CONTACT" and item["SK"].startswith("LEAD#"):
        found.contacts.add((name, item["lead"]))
    elif family == "CONTACT" and not item["SK"].startswith(("CHANGE#", keys.POSTS_OF_CONTACT)):
        contact = found.suppressed[name] = contact_from(item)
        if contact.calls:
            found.calls[name] = contact.calls
    elif item["PK"] == keys.REGISTRY.pk:
        found.registry |= entries_of(item)


def check(world: World, *, at_rest: bool = True, leads: int | None = None) -> Table:
    """Every invariant. at_rest: nothing is on its way. leads: how many there must be. Gives the table."""
    table = read(world)
    company = world.container().configuration.load().company
    wrong = [
        *_timelines(table, company),
        *_leases(table, world.now),
        *_queues(table, company, world.now),
        *_counts(table, company),
        *_pulls(table, company),
        *_calls(table),
        *_lent_phones(table, world.now),
        *_whole(table, world),
        *_receipts(table, at_rest=at_rest),
    ]
    if at_rest:
        wrong += [f"{each.id} is still new" for each in table.heads.values() if each.standing == "new"]
        wrong += _wanted(table, company, world.now)
        if table.log <= world.delivered and not world.jobs():
            wrong += _not_to_be_called(table, world.now)
    if leads is not None and len(table.heads) != leads:
        wrong.append(f"{len(table.heads)} leads instead of {leads}")
    if wrong:
        raise AssertionError("\n".join(wrong))
    return table


def history(table: Table, lead: str) -> list[Event]:
    """The events that came with a version of the head, oldest first; not notes and late dispositions."""
    return [event for key, event in table.events[lead] if key.count("#") == 1]


# A head is what its timeline says


def _timelines(table: Table, company: Company) -> Iterable[str]:
    for lead, head in table.heads.items():
        events = history(table, lead)
        if events and events[-1].version > head.version:
            yield f"{lead}: event {events[-1].version} is ahead of its head {head.version}"
        owner = head.submission[0]
        pulls = attempts = 0
        lease: tuple[str, str] | None = None
        for event in events:
            yield from _ownership(lead, owner, event, company)
            owner = event.detail["owner"]
            if event.kind == "pulled":
                pulls, lease = pulls + 1, (event.detail["token"], event.detail["holder"])
            elif event.kind in ENDS_LEASE:
                lease = None
            if event.kind == "disposition":
                attempts += event.detail["counts_as_attempt"]
                pulls = max(0, pulls - (event.detail["disposition"] == GIVES_BACK))
        seen = (head.lease.token, head.lease.holder) if head.lease else None
        said = (owner, pulls, attempts, lease)
        if said != (head.owner, head.pull_count, head.attempts, seen):
            yield f"{lead}: (owner, pulls, attempts, lease) {said} on its timeline, its head is {head}"
        if events and not _agrees(events[-1], head):
            yield f"{lead}: {events[-1].kind} left it {events[-1].detail['status']}, it is {head.standing}"


def _ownership(lead: str, owner: str, event: Event, company: Company) -> Iterable[str]:
    """An assignment starts at whoever owned the lead, and ends where it says; so does a transfer."""
    decision = event.detail.get("decision")
    if event.kind == "assigned" and decision is not None:
        hops = list(_hops(decision))
        if hops[-1][1] != event.detail["owner"]:
            yield f"{lead}: assigned to {hops[-1][1]}, owned by {event.detail['owner']}"
        strategy = company.push_strategies.get(hops[0][0])
        if strategy is not None and strategy.distributed_from != owner:
            yield f"{lead}: {strategy.id} assigned it while {owner} owned it"
    elif event.kind in ("transferred", "taken_back"):
        if event.detail["from"] != owner:
            yield f"{lead}: {event.kind} from {event.detail['from']} while {owner} owned it"
    elif event.kind == "asked_again" and event.detail["effect"] == "reopened":
        pass  # routed anew, from where it came in
    elif event.kind not in ("disposition", "reassigned") and event.detail["owner"] != owner:
        yield f"{lead}: {event.kind} changed its owner from {owner} to {event.detail['owner']}"


def _hops(decision: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """(strategy, recipient) of each hop of an assignment."""
    following: Mapping[str, Any] | None = decision
    while following is not None and following["outcome"] == "assigned":
        yield following["strategy"], following["account"]
        following = following["next"]


def _agrees(event: Event, head: Head) -> bool:
    status = event.detail.get("status")
    if status is None:
        return True
    if status == "leased":
        return head.standing in ("open", "callback", "unmatched", "spent")
    if status == "ready" and head.standing == "callback":  # its grace is over, and no sweep has passed since
        return head.available_at is not None and head.available_at <= event.at
    return head.standing in STANDINGS_OF.get(status, (status,))


# No lead with two people, nobody with two leads


def _leases(table: Table, now: datetime) -> Iterable[str]:
    spans: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for lead in table.heads:
        of_lead = list(_lease_spans(history(table, lead)))
        yield from _overlaps(f"lead {lead}", [(start, end, who) for start, end, who in of_lead])
        for start, end, who in of_lead:
            spans[who].append((start, end, lead))
    for who, of_user in spans.items():
        yield from _overlaps(f"user {who}", of_user)
    for lead, head in table.heads.items():
        live = head.lease_at(now)
        if live is None:
            continue
        slot = table.slots.get(live.holder, {})
        if (slot.get("held_lead"), slot.get("lease_token")) != (lead, live.token):
            yield f"{lead} is leased to {live.holder}, whose slot holds {slot.get('held_lead')}"
        elif slot["lease_expires"] != keys.millis(live.expires):
            yield f"{lead}: its head and its holder's slot disagree on when the lease ends"
        if head.owner in table.slots and live.holder not in (head.owner, head.callback_for):
            yield f"{lead} is leased to {live.holder} and owned by {head.owner}"
        if head.standing == "callback" and head.callback_for != live.holder:
            yield f"{lead} is leased to {live.holder} and promised to {head.callback_for}"
    for who, item in table.slots.items():
        slot = presence_from(item)
        if not slot.holds(now):
            continue
        lease: Lease | None = table.heads[slot.lead or ""].lease
        if lease is None or lease.token != slot.lease_token:
            yield f"{who} holds {slot.lead}, which knows nothing of it"


def _lease_spans(events: Sequence[Event]) -> Iterable[tuple[datetime, datetime, str]]:
    """(from, to, holder) of each lease of a lead."""
    start: datetime | None = None
    end = holder = None
    for event in events:
        if event.kind == "lease_extended":
            end = datetime.fromisoformat(event.detail["expires_at"])
        if start is not None and end is not None and (event.kind in ENDS_LEASE or event.kind == "pulled"):
            ended = min(end, event.at) if event.kind in ENDS_LEASE else end
            yield start, ended, str(holder)
            start = None
        if event.kind == "pulled":
            start, end = event.at, datetime.fromisoformat(event.detail["expires_at"])
            holder = event.detail["holder"]
    if start is not None and end is not None:
        yield start, end, str(holder)


def _overlaps(whose: str, spans: list[tuple[datetime, datetime, str]]) -> Iterable[str]:
    spans.sort()
    for (_, end, one), (start, _, other) in pairwise(spans):
        if start < end:
            yield f"{whose}: a lease with {other} began at {start}, one with {one} ended at {end}"


# Every lead is to be found


def _queues(table: Table, company: Company, now: datetime) -> Iterable[str]:
    for lead, head in table.heads.items():
        entries = [(each["QPK"], each["QSK"]) for each in table.queue.get(lead, [])]
        raw = table.raw_heads[lead]
        if raw["OPK"] != head.owner or not raw["OSK"].startswith(f"{head.standing}#"):
            yield f"{lead}: the owner index has it under {raw['OPK']} / {raw['OSK']}"
        if head.standing == "held":
            yield from _held(table, head, raw)
        match head.standing:
            case "open":
                yield from _filed(table, head, entries, now)
            case "callback":
                yield from _promised(table, head, entries, now)
                if not head.pool and not company.tree.is_user(head.owner) and "TPK" not in raw:
                    yield f"{lead} is a callback that nobody will look at when it is missed"
            case "spent" if entries != [(f"SPENT#{head.owner}", lead)]:
                yield f"{lead} is spent, but queued at {entries}"
            case "spent":
                pass
            case "held" if head.pool is not None:  # for pull as well, from a moment on
                if len(entries) != 1:
                    yield f"{lead} is held for pull as well, and queued at {entries}"
            case _ if entries:
                yield f"{lead} is {head.standing}, but queued at {entries}"
        if head.standing != "callback" and lead in table.callbacks:
            yield f"{lead} is {head.standing}, but has a callback"


def _held(table: Table, head: Head, raw: Item) -> Iterable[str]:
    """A held lead stands under its signature, and that is listed; or it is known that some do not."""
    listed = table.held_lists.get(head.owner, signatures.Listed())
    unfound = keys.unfound(raw["OSK"])
    if signatures.is_indexed(head):
        if unfound is not None:
            yield f"{head.id} is found by its signature, and said not to be"
        if raw.get("TPK") != keys.held_under(head.owner, str(head.held_because)):
            yield f"{head.id} is held because of {head.held_because}, under {raw.get('TPK')}"
        is_listed = head.held_because in (*listed.strategies, signatures.INTERNAL)
        if not is_listed:
            yield f"{head.id} is held because of {head.held_because}, which is not listed"
    elif listed.is_whole and (head.owner not in table.others or unfound != head.held_because):
        yield f"{head.id} is held where nobody looks"


def _filed(table: Table, head: Head, entries: Sequence[tuple[str, str]], now: datetime) -> Iterable[str]:
    if len(entries) != 1:
        yield f"{head.id} is open, and queued at {entries}"
        return
    partition, place = entries[0]
    side, where = partition.split("#", 1)
    if not any(each.startswith(f"{where}#") for each in table.registry):
        yield f"{head.id}: the registry does not list {where}"
    if where.split("#", 1)[0] != head.owner:
        yield f"{head.id} is queued under {partition}, and {head.owner} owns it"
    waits = side == "WAIT"
    until = head.waits_until
    if waits and (until is None or place != f"{keys.sortable(until)}#{head.id}"):
        yield f"{head.id} waits at {place}, until {until}"
    if not waits and head.due is not None and head.due > now:
        yield f"{head.id} stands ready, due only {head.due}"
    if not waits and place != f"{head.ready_key}#{head.id}":
        yield f"{head.id} stands ready at {place}, not {head.ready_key}"


def _promised(table: Table, head: Head, entries: Sequence[tuple[str, str]], now: datetime) -> Iterable[str]:
    item = table.callbacks.get(head.id)
    if item is None or head.callback_at is None:
        yield f"{head.id} is a callback that nobody is told of"
    elif (item["OPK"], item["OSK"]) != (
        head.callback_for,
        f"callback#{keys.sortable(head.callback_at)}#{head.id}",
    ):
        yield f"{head.id}: its callback is kept under {item['OPK']} / {item['OSK']}"
    if head.pool:
        yield from _filed(table, head, entries, now)


def _wanted(table: Table, company: Company, now: datetime) -> Iterable[str]:
    """What is at rest as unmatched is wanted by no push strategy of its owner."""
    for lead, head in table.heads.items():
        is_looked_at = head.valid_until is not None and head.valid_until <= now  # by the next sweep
        if head.status_at(now) != "unmatched" or is_looked_at or lead not in table.submissions:
            continue
        as_new = replace(lead_of(head, table.submissions[lead][0], now), status="new")
        if strategies := push.needs(as_new, company, now).strategies:
            yield f"{lead} is unmatched, and wanted by {sorted(strategies)}"


def _not_to_be_called(table: Table, now: datetime) -> Iterable[str]:
    """A lead all of whose phones are on the list is closed; one that was held then, by what is recorded or a sweep."""
    for lead, head in table.heads.items():
        is_over = head.standing == "closed" or head.lease is not None
        are_all = all(
            each in table.suppressed and table.suppressed[each].suppressed_at(now) for each in head.phone_keys
        )
        if head.phone_keys and are_all and not is_over:
            yield f"{lead} is {head.standing}, and its phones are on the do-not-call list"


# Counts are assignments, and nothing is lost


def _counts(table: Table, company: Company) -> Iterable[str]:
    assigned: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for lead in table.heads:
        for event in history(table, lead):
            if event.kind == "assigned" and "decision" in event.detail:
                for strategy, recipient in _hops(event.detail["decision"]):
                    assigned[strategy].append((recipient, event.at))
    for name in table.states.keys() | assigned.keys():
        strategy = company.push_strategies.get(name)
        state = table.states[name]
        zone = company.tree.timezone(strategy.distributed_from) if strategy else "UTC"
        counted = Counter({each: day for each, (_, day) in state.removed.items()})
        if strategy is not None:
            if state.strategy_version != strategy.version:
                yield f"{name}: a state of version {state.strategy_version} beside version {strategy.version}"
                continue
            counted += Counter(dict(zip(strategy.accounts, state.day_counts, strict=True)))
            ever = table.closed[name] + Counter(
                dict(zip(strategy.accounts, state.interval_counts, strict=True))
            )
            if ever != Counter(who for who, _ in assigned[name]):
                yield f"{name}: intervals {dict(ever)}, all assignments {Counter(each for each, _ in assigned[name])}"
        today = Counter(who for who, at in assigned[name] if day_stamp(at, zone) == state.day)
        if +counted != today:
            yield f"{name}: counts {dict(+counted)}, assignments {dict(today)}"


def _pulls(table: Table, company: Company) -> Iterable[str]:
    """Each user's counts under the strategies that limit them are the pulls that the timelines tell, but callbacks."""
    pulled: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for lead in table.heads:
        for event in history(table, lead):
            if (
                event.kind == "pulled"
                and event.detail["strategy"]
                and event.detail["reason"]["why"] != "callback"
            ):
                pulled[event.detail["holder"], event.detail["strategy"]].append(event.at)
    for user, item in table.slots.items():
        for name, count in presence_from(item).pulls.items():
            if (strategy := company.pull_strategies.get(name)) is None:
                continue
            zone = company.tree.timezone(strategy.distributed_from)
            told = (
                sum(hour_stamp(at, zone) == count.hour for at in pulled[user, name]),
                sum(day_stamp(at, zone) == count.day for at in pulled[user, name]),
            )
            if told != (count.in_hour, count.in_day):
                yield f"{user}'s pulls by {name}: {count}, the timelines tell {told}"


def _calls(table: Table) -> Iterable[str]:
    """Each call that a phone is charged with was made by one event of its instant."""
    made = {
        mark(lead, each.version, each.at)
        for lead in table.heads
        for each in history(table, lead)
        if each.kind in CALLS
    }
    for phone, calls in table.calls.items():
        yield from (f"{phone} is charged with a call at {at} that nobody made" for at in calls.keys() - made)


def _lent_phones(table: Table, now: datetime) -> Iterable[str]:
    """No phone is lent with two leads."""
    holders: dict[str, list[str]] = defaultdict(list)
    for lead, head in table.heads.items():
        lease = head.lease_at(now)
        if lease is not None:
            is_of_it = lease.phone_key in head.phone_keys
            holders[(lease.phone_key if is_of_it else None) or lead].append(lead)
    yield from (f"{phone} is lent with {leads}" for phone, leads in holders.items() if len(leads) > 1)


def _whole(table: Table, world: World) -> Iterable[str]:
    for lead, head in table.heads.items():
        entries = table.submissions.get(lead, [])
        if [each.key for each in entries] != [head.submission]:
            yield f"{lead} names {head.submission}, its log entries are {[each.key for each in entries]}"
            continue
        phones = phones_of(entries[0].values)
        if head.phone_keys != tuple(map(world.store.contact_key, phones)):
            yield f"{lead}: its head is under other phone numbers than its fields"
        for value in entries[0].contacts:
            if (world.store.contact_key(value), lead) not in table.contacts:
                yield f"{lead} is not to be found by one of its contacts"
    for lead in table.submissions.keys() - table.heads.keys():
        yield f"{lead} is in the log and has no head"


def _receipts(table: Table, *, at_rest: bool) -> Iterable[str]:
    """A receipt is in one log and, once merged, on one timeline once; nothing is claimed for who is not there."""
    told = Counter(
        event.detail["receipt"]
        for lead in table.heads
        for _, event in table.events[lead]
        if event.kind == "asked_again"
    )
    for name, item in table.marks.items():
        entries = [(each["PK"], each["SK"]) for each in table.receipts.get(name, [])]
        if entries != [receipts.entry_of(item)]:
            yield f"receipt {name} names {receipts.entry_of(item)}, its entries are {entries}"
        if told[name] != receipts.is_merged(item):
            yield f"receipt {name} is {told[name]} times on a timeline"
        if at_rest and not receipts.is_merged(item):
            yield f"receipt {name} is not merged"
        if any(lead == name for _, lead in table.contacts):
            yield f"receipt {name} is found as if it were a lead"
    for name in table.receipts.keys() - table.marks.keys() - table.heads.keys():
        yield f"receipt {name} is in the log and nowhere else"
    for item in table.claims:
        if item["lead"] not in table.heads:
            yield f"{item['PK']} is claimed by {item['lead']}, which is not there"


def assignments(table: Table, strategy: str) -> Counter[str]:
    """How many leads each recipient got by a strategy, as the timelines tell."""
    return Counter(
        recipient
        for lead in table.heads
        for event in history(table, lead)
        if event.kind == "assigned" and "decision" in event.detail
        for name, recipient in _hops(event.detail["decision"])
        if name == strategy
    )


def kinds(table: Table, lead: str) -> list[str]:
    """What happened to a lead, in order, notes and late dispositions included."""
    return [re.sub(r"^(filed|unmatched|spent)$", "filed", event.kind) for _, event in table.events[lead]]


def everything(world: World) -> list[str]:
    """Each item as text, whatever it is packed in."""
    return [_text(item) for item in _scan(world, ConsistentRead=True)]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_text(each)}" for name, each in value.items())
    if isinstance(value, list | set):
        return " ".join(map(_text, value))
    packed = getattr(value, "value", value)
    if isinstance(packed, bytes | bytearray):
        return zlib.decompress(bytes(packed)).decode()
    return str(value)
