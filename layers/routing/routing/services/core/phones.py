"""What a phone's contact means for its leads: how often it may be called, and whether it is lent with another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from routing.domain.call_limits import Room, next_call
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import has_hours
from routing.domain.strategies import PullStrategy
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.calls import lent_name
from routing.storage.contacts import Contact, Lent
from routing.storage.contacts import from_item as contact_from
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission
from routing.storage.table import Table


def room_of(calling_class: str | None, company: Company, now: datetime) -> Room:
    """How often a phone may be called that is called for a lead of this class."""
    hours = company.calling_hours
    limit = hours.calls_per_24h(calling_class, now) if calling_class is not None else None
    return Room(limit, hours.greatest_call_limit)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a phone may not be called. code: `do_not_call`, `outside_calling_hours` or `call_limit`. next_at: from when
    it may be again, where that is known.
    """

    code: str
    next_at: datetime | None = None


def refusals(
    contact: Contact,
    calling_class: str,
    strategy: PullStrategy | None,
    owner: str,
    company: Company,
    now: datetime,
) -> list[Refusal]:
    """All that would refuse a call that is made now for a lead of this class, served by this strategy or by none."""
    found = [Refusal("do_not_call")] if contact.suppressed_at(now) is not None else []
    hours = company.calling_hours
    if has_hours(calling_class, strategy, owner, company) and hours.closes(calling_class, now) is None:
        found.append(Refusal("outside_calling_hours", hours.opens(calling_class, now)))
    again = next_call(contact.calls, room_of(calling_class, company, now).limit, now)
    return [*found, Refusal("call_limit", again)] if again is not None else found


def still_lent(table: Table, phone_key: str, found: Lent, now: datetime) -> bool:
    """Whether a lease that a phone is said to be lent under goes on, and still is of that phone."""
    item = table.get(keys.head(found.lead))
    return item is not None and _lent_until(head_from(item), phone_key, found, now) is not None


def _lent_until(head: Head, phone_key: str, found: Lent, now: datetime) -> datetime | None:
    """When the lease ends that a phone is said to be lent under; None where it does not go on with that phone."""
    lease = head.lease_at(now)
    if lease is None or phone_key not in head.phone_keys or lent_name(head.id, lease.token) != found.name:
        return None
    return lease.expires


def lent_with_others(table: Table, heads: Iterable[Head], now: datetime) -> dict[str, datetime]:
    """Those of the leads whose phones are all lent with others, and until when the first is. Two round trips at most.

    A phone that is not to be called does not count.
    """
    phones = {each.id: each.phone_keys for each in heads}
    items = table.get_many([keys.contact(each) for each in chain.from_iterable(phones.values())])
    said: dict[str, dict[str, Lent]] = {}
    for lead, phone_keys in phones.items():
        contacts = {each: contact_from(items.get(keys.contact(each))) for each in phone_keys}
        found = {
            name: contact.lent_with_another(lead, now)
            for name, contact in contacts.items()
            if contact.suppressed_at(now) is None
        }
        others = {name: each for name, each in found.items() if each is not None}
        if others and len(others) == len(found):
            said[lead] = others
    leads = {each.lead for others in said.values() for each in others.values()}
    lending = {head.id: head for head in map(head_from, table.get_many([*map(keys.head, leads)]).values())}
    ends = {
        lead: [
            _lent_until(lending[each.lead], phone_key, each, now) if each.lead in lending else None
            for phone_key, each in others.items()
        ]
        for lead, others in said.items()
    }
    return {lead: min(each for each in of if each is not None) for lead, of in ends.items() if None not in of}


def number_of(store: Store, submission: Submission, phone_key: str | None) -> str | None:
    """The phone of this contact key, among those that the lead has or had."""
    return next((each for each in submission.phones if store.contact_key(each) == phone_key), None)
