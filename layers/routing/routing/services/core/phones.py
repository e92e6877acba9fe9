"""What a phone's contact means for its leads: how often it may be called, and whether it is lent with another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from routing.domain.call_limits import Room, next_call
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import has_hours
from routing.domain.strategies import PullStrategy
from routing.storage import keys
from routing.storage.calls import lent_name
from routing.storage.contacts import Contact, Lent
from routing.storage.contacts import from_item as contact_from
from routing.storage.heads import from_item as head_from
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
    return item is not None and _goes_on(head_from(item), phone_key, found, now)


def _goes_on(head: Head, phone_key: str, found: Lent, now: datetime) -> bool:
    lease = head.lease_at(now)
    return lease is not None and head.phone_key == phone_key and lent_name(head.id, lease.token) == found.name


def lent_with_others(table: Table, heads: Iterable[Head], now: datetime) -> dict[str, datetime]:
    """Those of the leads whose phone is lent with another one, and until when. Two round trips at most."""
    phones = {each.id: each.phone_key for each in heads if each.phone_key is not None}
    contacts = table.get_many([keys.contact(each) for each in phones.values()])
    said: dict[str, Lent] = {}
    for lead, phone_key in phones.items():
        found = contact_from(contacts.get(keys.contact(phone_key))).lent_with_another(lead, now)
        if found is not None:
            said[lead] = found
    items = table.get_many([keys.head(each.lead) for each in said.values()])
    return {
        lead: found.until
        for lead, found in said.items()
        if (item := items.get(keys.head(found.lead))) is not None
        and _goes_on(head_from(item), phones[lead], found, now)
    }
