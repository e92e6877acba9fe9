"""Export: all that is kept of whoever has a phone or an e-mail, and nothing of anybody else."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from routing.domain.company import Company
from routing.domain.reading.emails import email
from routing.domain.reading.phone_numbers import phone
from routing.services.core import views
from routing.services.core.access import acting, require
from routing.services.core.paging import Entry, Found, Place, page
from routing.services.core.problems import invalid_field
from routing.services.core.store import Store
from routing.services.intake.posts import shown
from routing.services.work import appointments
from routing.storage import contacts, keys, posts
from routing.storage.appointments import from_item as appointment_from
from routing.storage.contacts import Contact
from routing.storage.heads import from_item as head_from
from routing.storage.leads import event_from, submission_from

POSTS = "posts"
"""In the place of a lead: after all of them come the posts that are none. Leads' ids begin otherwise."""
LAST_LEAD = f"{keys.LEADS_OF_CONTACT}~"
LAST_POST = f"{keys.POSTS_OF_CONTACT}~"
BEGINNING = ""
"""Before everything that stands beside a lead."""


def export(
    store: Store, user: str, text: str, limit: int, after: Place | None, now: datetime
) -> tuple[dict[str, Any], Found]:
    """What is known of the phone or e-mail itself; and a page of its leads, each with all that stands beside it."""
    company = store.configuration.load().company
    require(acting(user, company), "admin")
    value = email(text) if "@" in text else phone(text)
    if value is None:
        raise invalid_field("person", "invalid", "must be an e-mail address or a phone number")
    contact_key = store.contact_key(value)
    contact = contacts.from_item(store.table.get(keys.contact(contact_key)))
    about = {
        "person": value,
        "do_not_call": _listed(contact, now),
        "called_at": sorted(views.time(each) for each in contact.calls.values()),
    }
    return about, page(_entries(store, value, contact_key, company, after, now), limit)


def _listed(contact: Contact, now: datetime) -> dict[str, Any] | None:
    found = contact.suppressed_at(now)
    if found is None:
        return None
    until = views.time(found.until) if found.until else None
    return {"since": views.time(found.since), "by": found.by, "reason": found.reason, "expires_at": until}


def _entries(
    store: Store, value: str, contact_key: str, company: Company, after: Place | None, now: datetime
) -> Iterator[Entry]:
    first = keys.contact_lead(contact_key, after["lead"] if after else "")
    is_past_leads = after is not None and after["lead"] == POSTS
    for found in () if is_past_leads else store.table.query_all(first.pk, first=first.sk, last=LAST_LEAD):
        lead = found["lead"]
        goes_on = after["after"] if after is not None and after["lead"] == lead else BEGINNING
        yield from _of_lead(store, lead, value, company, goes_on, now)
    begin = after["after"] if after is not None and is_past_leads else keys.POSTS_OF_CONTACT
    for found in store.table.query_all(first.pk, first=f"{begin}!", last=LAST_POST):
        item = store.table.get(posts.post_of_contact(found))
        if item is not None and (post := posts.from_item(item)).is_kept(now):
            data = {**shown(post, post.received, post.warnings), "source": post.source}
            place = {"lead": POSTS, "after": keys.place_beside(found)}
            yield {"lead_id": post.lead, "kind": "post", "data": data}, place


def _of_lead(
    store: Store, lead: str, value: str, company: Company, after: str, now: datetime
) -> Iterator[Entry]:
    """The lead, what was received, and what stands beside it, from `after` on, while it is still this person's."""
    item = store.table.get(keys.head(lead))
    entry = store.table.get(keys.submission(*(head := head_from(item)).submission)) if item else None
    if item is None or entry is None or entry["kind"] != "lead":
        return
    submission = submission_from(entry)
    if value not in submission.contacts:
        return

    def said(kind: str, data: dict[str, Any], place: str) -> Entry:
        return {"lead_id": lead, "kind": kind, "data": data}, {"lead": lead, "after": place}

    if after == BEGINNING:
        yield said("lead", views.lead(head, submission, company, now), keys.BESIDE_LEAD)
        yield said("event", views.received(submission), keys.BESIDE_LEAD)
    for each in store.table.query_all(keys.head(lead).pk, first=f"{after or keys.BESIDE_LEAD}!"):
        if keys.is_event(each):
            yield said("event", views.event(event_from(each)), keys.place_beside(each))
        elif keys.is_appointment(each):
            yield said("appointment", appointments.shown(appointment_from(each)), keys.place_beside(each))
