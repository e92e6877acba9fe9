"""Reading leads: one, its timeline, lists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.services.core import views
from routing.services.core.access import acting, oversees, sees
from routing.services.core.disclosure import event_for
from routing.services.core.lead_context import read
from routing.services.core.paging import MOST_LOOKED_AT, Entry, Found, Place, filtered, kept, page
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.services.work import asked as asking
from routing.services.work.asked import Asked
from routing.storage import keys
from routing.storage.appointments import AFTER_ALL
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, event_from, is_lead, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.table import BadStart, Page

OF_COMPANIES = frozenset({"held", "ready", "cooling", "unmatched", "spent"})
"""Statuses of leads that no user owns."""
MAX_PARALLEL = 16
PLACE = keys.OWNER_INDEX[1]
CLOSED = keys.in_standing("closed")
BEGINNING: Place = {PLACE: ""}
"""After the lead that the user holds, before all others."""


def get(store: Store, user: str, lead: str, now: datetime) -> dict[str, Any]:
    seen = read(store, user, lead, erased_too=True)
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    shown = views.lead(seen.head, seen.submission, seen.company, now)
    shown |= _held(store, [(seen.head, seen.submission)], seen.account, seen.company, now).get(lead, {})
    if linked := seen.submission.linked_to:
        items = store.table.get_many([keys.head(each) for each in linked])
        visible = (
            head.id for head in map(head_from, items.values()) if sees(seen.account, head, seen.company, now)
        )
        shown["linked_to"] = sorted(visible)
    return shown


def _held(
    store: Store,
    leads: Sequence[tuple[Head, Submission]],
    asker: Account,
    company: Company,
    now: datetime,
) -> dict[str, dict[str, Any]]:
    """What those of the leads that are held say of it, by id, for who has them in charge."""
    found = [
        each for each in leads if each[0].status_at(now) == "held" and oversees(asker, each[0].owner, company)
    ]
    if not found:
        return {}
    from routing.services.desk import held  # with it comes push

    return {lead: {"held": each} for lead, each in held.shown(store, found, company, now).items()}


def timeline(store: Store, user: str, lead: str, limit: int, after: Place | None, now: datetime) -> Found:
    """Everything that happened to a lead, newest first."""
    seen = read(store, user, lead, erased_too=True)
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    stored = store.table.query_all(
        keys.head(lead).pk, begins=keys.EVENTS, forward=False, limit=limit + 1, after=after
    )
    events = (
        (
            event_for(
                seen.account,
                views.event(event_from(each), is_erased=seen.submission.is_erased),
                seen.company,
            ),
            keys.place_of(each),
        )
        for each in stored
    )
    return page(chain(events, [(views.received(seen.submission), {})]), limit)


def search(
    store: Store, user: str, query: Mapping[str, str], limit: int, after: Place | None, now: datetime
) -> Found:
    """One page of the leads that the query selects and the user may see."""
    company = store.configuration.load().company
    account = acting(user, company)
    asked = asking.read(query, account, company)
    start = kept(store.table, after, now)
    leads: Iterator[tuple[str | None, Place]]
    if asked.is_mine:
        leads = _mine(store, account, OPEN, limit, start, now)
    elif asked.contacts:
        leads = _by_contact(store, min(asked.contacts), limit, start)
    elif account.role == "rep":
        parts: Parts = [(part, f"{part}~") for part in asked.parts] or [(AFTER_ALL, None)]
        leads = _mine(store, account, parts, limit, start, now)
    else:
        leads = _by_owner(store, _owners(account, asked, company), asked, limit, start)

    def shown(batch: Sequence[Listed]) -> Iterator[Entry]:
        found = store.table.get_many([keys.head(lead) for lead, _ in batch])
        heads = [
            (head, place)
            for lead, place in batch
            if keys.head(lead) in found
            and sees(account, head := head_from(found[keys.head(lead)]), company, now)
            and asked.is_of(head, now)
            and not _stands_besides(head, place, account)
        ]
        items = store.table.get_many([keys.submission(*head.submission) for head, _ in heads])
        selected = []
        for head, place in heads:
            item = items.get(keys.submission(*head.submission))
            if item is None or not is_lead(item):
                continue
            submission = submission_from(item)
            if asked.is_in(submission):
                selected.append((head, submission, place))
        held = _held(store, [(head, submission) for head, submission, _ in selected], account, company, now)
        for head, submission, place in selected:
            yield {**views.lead(head, submission, company, now), **held.get(head.id, {})}, place

    return filtered(store.table, leads, shown, limit, now)


def _stands_besides(head: Head, place: Place, account: Account) -> bool:
    """Whether this is the promise of a callback, and the lead itself stands in the same list."""
    return place != BEGINNING and keys.is_callback(place) and head.owner == account.id


def _owners(account: Account, asked: Asked, company: Company) -> list[str]:
    """Whose leads are asked for: some accounts', or those of all that the user has in charge."""
    are_of_companies = bool(asked.statuses) and asked.statuses <= OF_COMPANIES
    if asked.owners is not None:
        return sorted(asked.owners)
    return sorted(
        each.id
        for each in company.tree
        if oversees(account, each.id, company) and not (each.kind == "user" and are_of_companies)
    )


Listed = tuple[str, Place]
"""A lead's id, and the place of its entry."""


def _by_contact(store: Store, value: str, limit: int, after: Place | None) -> Iterator[Listed]:
    partition = keys.contact(store.contact_key(value)).pk
    items = store.table.query_all(partition, begins=keys.LEADS_OF_CONTACT, limit=limit + 1, after=after)
    return ((item["lead"], keys.place_of(item)) for item in items)


Parts = Sequence[tuple[str, str | None]]
"""First and last places of an owner's leads, in their order."""
OPEN: Parts = ((AFTER_ALL, CLOSED), (f"{CLOSED}~", None))
"""All that is not closed."""


def _mine(
    store: Store, account: Account, parts: Parts, limit: int, after: Place | None, now: datetime
) -> Iterator[Listed]:
    """The lead that the user holds, and in these parts what they own and have promised to call."""
    lent = None
    held = presence_from(store.table.get(keys.presence(account.id)) or {})
    if held.lead is not None and held.holds(now):
        lent = held.lead
        if after is None:
            yield lent, BEGINNING
    start = None if after == BEGINNING else after
    for first, last in parts:
        if start is not None and last is not None and start[PLACE] > last:
            continue
        items = store.table.query_all(
            account.id, index="owner", first=first, last=last, limit=limit + 1, after=start
        )
        start = None
        for item in items:
            if (lead := keys.named(item)) != lent:
                yield lead, keys.place_of(item, *keys.OWNER_INDEX)


def _by_owner(
    store: Store, owners: Sequence[str], asked: Asked, limit: int, after: Place | None
) -> Iterator[tuple[str | None, Place]]:
    """The owners' leads; None for one that was not created when it is asked for, as its place says.

    And None at the end of each part of an owner's: it took a query, whether or not anything was there.
    """
    # Without a status, everything but the appointments, which stand before the leads.
    parts = asked.parts or [""]
    is_by_time = asked.created_from is not None or asked.created_before is not None
    size = MOST_LOOKED_AT if is_by_time else limit + 1
    places = [(owner, part) for owner in owners for part in parts]
    first: tuple[str, str] | None = None
    if after is not None:
        part = next((each for each in parts if after[PLACE].startswith(each)), None)
        # A rep who has become a manager may go on after the lead that they held, which has no owner here.
        owner = after.get(keys.OWNER_INDEX[0])
        if owner is None or owner not in owners or part is None:
            raise BadStart
        first = (owner, part)
        places = [each for each in places if each >= first]

    def read_page(owner: str, part: str, start: Place | None, size: int) -> Page:
        return store.table.query(
            owner,
            index="owner",
            begins=part or None,
            first=None if part else AFTER_ALL,
            limit=size,
            after=start,
        )

    for at in range(0, len(places), MAX_PARALLEL):
        chunk = places[at : at + MAX_PARALLEL]
        pages = store.table.run_parallel(
            *(partial(read_page, *each, after if each == first else None, size) for each in chunk)
        )
        for (owner, part), first_page in zip(chunk, pages, strict=True):
            found: Page | None = first_page
            while found is not None:
                for item in found.items:
                    if keys.is_head(item):
                        is_asked = not is_by_time or asked.may_be_created(keys.created_of(item))
                        yield keys.named(item) if is_asked else None, keys.place_of(item, *keys.OWNER_INDEX)
                found = read_page(owner, part, found.next, MOST_LOOKED_AT) if found.next else None
            yield None, keys.after_all_in(owner, part)
