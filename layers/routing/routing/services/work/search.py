"""Reading leads: one, its timeline, lists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.reading.emails import email
from routing.domain.reading.phone_numbers import phone
from routing.services.core import views
from routing.services.core.access import acting, named, oversees, sees
from routing.services.core.disclosure import event_for
from routing.services.core.lead_context import read
from routing.services.core.paging import Entry, Found, Place, filtered, kept, page
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.appointments import AFTER_ALL
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, event_from, is_lead, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.table import BadStart, Page

STANDINGS = {
    "new": ("new",),
    "held": ("held",),
    "assigned": ("assigned",),
    "ready": ("callback", "open"),
    "leased": ("callback", "open", "spent", "unmatched"),
    "cooling": ("open", "unmatched"),
    "callback": ("callback",),
    "unmatched": ("unmatched",),
    "spent": ("spent",),
    "closed": ("closed",),
}
"""Under which standings leads of a status are found, sorted."""


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
    status, owner = query.get("status"), query.get("owner")
    if status is not None and status not in STANDINGS:
        raise invalid_field("status", "unknown", f"must be one of {', '.join(STANDINGS)}")
    if query.get("mine", "false") not in ("true", "false"):
        raise invalid_field("mine", "wrong_type", "must be true or false")
    start = kept(store.table, after, now)
    contacts = _contacts(query)
    if contacts:
        leads = _by_contact(store, next(iter(contacts.values())), limit, start)
    elif query.get("mine") == "true":
        leads = _mine(store, account, limit, start, now)
    else:
        leads = _by_owner(store, _owners(account, owner, status, company), status, limit, start)

    def shown(batch: Sequence[Listed]) -> Iterator[Entry]:
        found = store.table.get_many([keys.head(lead) for lead, _ in batch])
        heads = [
            (head, place)
            for lead, place in batch
            if keys.head(lead) in found
            and sees(account, head := head_from(found[keys.head(lead)]), company, now)
            and (status is None or head.status_at(now) == status)
            and _is_of_owner(head, owner, account)
        ]
        items = store.table.get_many([keys.submission(*head.submission) for head, _ in heads])
        selected = []
        for head, place in heads:
            item = items.get(keys.submission(*head.submission))
            if item is None or not is_lead(item):
                continue
            submission = submission_from(item)
            if set(contacts.values()) <= {*submission.contacts}:
                selected.append((head, submission, place))
        held = _held(store, [(head, submission) for head, submission, _ in selected], account, company, now)
        for head, submission, place in selected:
            yield {**views.lead(head, submission, company, now), **held.get(head.id, {})}, place

    return filtered(store.table, leads, shown, limit, now)


def _is_of_owner(head: Head, owner: str | None, account: Account) -> bool:
    return owner is None or head.owner == (account.id if owner == "me" else owner)


def _owners(account: Account, owner: str | None, status: str | None, company: Company) -> list[str]:
    """Whose leads are asked for: one account's, or those of all that the user has in charge."""
    if owner == "me" or (owner is None and account.role == "rep"):
        return [account.id]
    if owner is None:
        return sorted(
            each.id
            for each in company.tree
            if oversees(account, each.id, company) and (each.kind != "user" or status not in OF_COMPANIES)
        )
    return [named(account, owner, "owner", company).id]


Listed = tuple[str, Place]
"""A lead's id, and the place of its entry."""


def _contacts(query: Mapping[str, str]) -> dict[str, str]:
    """The phone and the e-mail that are asked for, as leads have them: both must be among the lead's."""
    found = {}
    for name, read_as, what in (("phone", phone, "a phone number"), ("email", email, "an e-mail address")):
        if name in query:
            if (value := read_as(query[name])) is None:
                raise invalid_field(name, "invalid", f"must be {what}")
            found[name] = value
    return found


def _by_contact(store: Store, value: str, limit: int, after: Place | None) -> Iterator[Listed]:
    partition = keys.contact(store.contact_key(value)).pk
    items = store.table.query_all(partition, begins=keys.LEADS_OF_CONTACT, limit=limit + 1, after=after)
    return ((item["lead"], keys.place_of(item)) for item in items)


def _mine(store: Store, account: Account, limit: int, after: Place | None, now: datetime) -> Iterator[Listed]:
    """Everything that the user has to work: the one they hold, and what is owned or promised and not closed."""
    listed: set[str] = set()
    held = presence_from(store.table.get(keys.presence(account.id)) or {})
    if held.lead is not None and held.holds(now):
        listed.add(held.lead)
        if after is None:
            yield held.lead, BEGINNING
    start = None if after == BEGINNING else after
    for first, last in ((AFTER_ALL, CLOSED), (f"{CLOSED}~", None)):
        if start is not None and last is not None and start[PLACE] > last:
            continue
        items = store.table.query_all(
            account.id, index="owner", first=first, last=last, limit=limit + 1, after=start
        )
        start = None
        for item in items:
            lead = keys.named(item)
            if lead not in listed:
                listed.add(lead)
                yield lead, keys.place_of(item, *keys.OWNER_INDEX)


def _by_owner(
    store: Store, owners: Sequence[str], status: str | None, limit: int, after: Place | None
) -> Iterator[Listed]:
    # Without a status, everything but the appointments, which stand before the leads.
    parts = [keys.in_standing(each) for each in STANDINGS[status]] if status else [""]
    places = [(owner, part) for owner in owners for part in parts]
    first: tuple[str, str] | None = None
    if after is not None:
        part = next((each for each in parts if after[PLACE].startswith(each)), None)
        if after[keys.OWNER_INDEX[0]] not in owners or part is None:
            raise BadStart
        first = (after[keys.OWNER_INDEX[0]], part)
        places = [each for each in places if each >= first]

    def read_page(owner: str, part: str, start: Place | None) -> Page:
        return store.table.query(
            owner,
            index="owner",
            begins=part or None,
            first=None if part else AFTER_ALL,
            limit=limit + 1,
            after=start,
        )

    for at in range(0, len(places), MAX_PARALLEL):
        chunk = places[at : at + MAX_PARALLEL]
        pages = store.table.run_parallel(
            *(partial(read_page, *each, after if each == first else None) for each in chunk)
        )
        for (owner, part), first_page in zip(chunk, pages, strict=True):
            found: Page | None = first_page
            while found is not None:
                for item in found.items:
                    if keys.is_head(item):
                        yield keys.named(item), keys.place_of(item, *keys.OWNER_INDEX)
                found = read_page(owner, part, found.next) if found.next else None
