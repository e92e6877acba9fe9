"""The leads that a user has just worked, though they may be somebody else's by now: what they did, and when.

It is told by the events of the timelines, as the stream brings them: seconds after they happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from routing.domain.company import Company
from routing.services.core import views
from routing.services.core.access import acting, sees
from routing.services.core.store import Store
from routing.storage import keys, recent
from routing.storage.heads import from_item as head_from
from routing.storage.leads import CHANGES, Event, event_from, events_since, submission_from
from routing.storage.recent import KEPT, KINDS, Did
from routing.storage.table import Item, Table

MOST = 20
NOTES = timedelta(hours=1)
"""For so long after a disposition or a call its user may add a note, whoever has the lead by then."""


def list_under(store: Store, events: Iterable[Item], now: datetime) -> None:
    """Put what these timeline events say that users did where they find it."""
    happened = ((each, event_from(each)) for each in events)
    writes = [recent.put(item, event) for item, event in happened if _is_work(event, now)]
    store.table.run_parallel(*(partial(store.table.write, each) for each in writes))


def _is_work(event: Event, now: datetime) -> bool:
    return event.kind in KINDS and event.by is not None and event.at + KEPT > now


def may_note(store: Store, user: str, lead: str, company: Company, now: datetime) -> bool:
    """Whether the user did something with the lead in the last hour, but for notes."""
    since = company.existed_since(user, now - NOTES)
    return any(
        each.lead == lead and each.kind != "note" and each.told + NOTES > now
        for each in recent.since(store.table, user, since)
    )


def leads(store: Store, user: str, now: datetime) -> dict[str, Any]:
    """The leads that the user worked today, the latest first; with the name that they saw, and no other."""
    company = store.configuration.load().company
    account = acting(user, company)
    zone = ZoneInfo(company.tree.timezone(user))
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    did: dict[str, list[Did]] = {}
    for each in recent.since(store.table, user, company.existed_since(user, midnight)):
        if each.lead in did or len(did) < MOST:
            did.setdefault(each.lead, []).append(each)
    found = store.table.get_many([keys.head(lead) for lead in did])
    heads = {head.id: head for head in map(head_from, found.values())}
    own = {lead for lead, head in heads.items() if sees(account, head, company, now)}
    others = [lead for lead in heads if lead not in own]
    submissions = {lead: keys.submission(*head.submission) for lead, head in heads.items()}
    items, *saw = store.table.run_parallel(
        partial(store.table.get_many, list(submissions.values())),
        *(partial(_saw_what_it_is, store.table, user, did[lead]) for lead in others),
    )
    known = own | {lead for lead, same in zip(others, saw, strict=True) if same}

    def shown(lead: str, done: Sequence[Did]) -> Mapping[str, Any]:
        item = items.get(submissions[lead]) if lead in known else None
        ends = max((each.told + NOTES for each in done if each.kind != "note"), default=now)
        return {
            "id": lead,
            "name": views.name(submission_from(item)) if item is not None else None,
            "may_read": lead in own,
            "note_until": views.time(ends) if ends > now else None,
            "did": [_did(each) for each in done],
        }

    return {"items": [shown(lead, done) for lead, done in did.items()]}


def _saw_what_it_is(table: Table, user: str, done: Sequence[Did]) -> bool:
    """Whether the lead says nothing of its person that the user has not seen."""
    last = next((each for each in done if each.kind != "note"), done[-1])
    if last.version is None:
        return False
    later = events_since(table, last.lead, last.version)
    return not any(each.kind in CHANGES and each.by != user for each in later)


def _did(one: Did) -> dict[str, Any]:
    return {"kind": one.kind, "disposition": one.disposition, "at": views.time(one.at)}
