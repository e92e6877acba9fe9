"""What a source has posted: kept for 7 days where it became no lead as it came, else a pointer to where it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from routing.domain.company import Company
from routing.domain.intake import understand
from routing.services.core.access import acting, require
from routing.services.core.paging import Entry, Found, Place, page
from routing.services.core.problems import Problem, not_found, told
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.intake.offers import Offer, contact_keys
from routing.storage import keys, posts
from routing.storage.leads import event_from
from routing.storage.posts import Outcome, Post
from routing.storage.receipts import is_mark
from routing.storage.table import ConditionFailed, Item, Write

AT_ONCE = 16
"""Posts whose leads are read together: each may be 256 KB."""


def keep(
    store: Store,
    offer: Offer,
    outcome: Outcome,
    reason: str,
    warnings: Sequence[Mapping[str, str]],
    company: Company,
    now: datetime,
    beside: Sequence[Write] = (),
) -> Post:
    """Keep a post that becomes no lead, as received. beside: what is to be written with it, or neither is.

    A file's row that comes again under its `entry` is the post that it was, whatever has become of that.
    """
    name = offer.entry or keys.time_id(now)
    post = Post(
        offer.source.id,
        name,
        keys.asked_at(name),
        outcome,
        reason,
        warnings,
        offer.body,
        is_public=offer.is_public,
        brought_by=offer.brought_by,
    )
    found = understand(offer.body, company.record_type(offer.source.record_type))
    found_by = posts.put_contacts(post, contact_keys(store, found.values))
    store.table.run_parallel(*(lambda each=each: store.table.write(each) for each in found_by))
    if beside:
        store.table.transact([posts.put(post), *beside])
        return post
    with suppress(ConditionFailed):
        store.table.write(posts.put_new(post))
    return post


def keep_invalid(store: Store, offer: Offer, wrong: Problem, company: Company, now: datetime) -> None:
    """Keep a post that nobody could use, and why."""
    errors = told([wrong])[0] or [{"field": "", "code": wrong.code, "message": wrong.detail}]
    keep(store, offer, "invalid", errors[0]["code"], errors, company, now)


def point(store: Store, images: Iterable[Item]) -> None:
    """List what the stream brings: posts that became leads, and repeats that said otherwise than theirs."""
    found = [
        posts.of_submission(each) if keys.is_submission(each) else posts.of_repeat(each, event_from(each))
        for each in images
    ]
    writes = [posts.put(each) for each in found if each is not None]
    store.table.run_parallel(*(lambda each=each: store.table.write(each) for each in writes))


def listed(store: Store, user: str, source: str, limit: int, after: Place | None, now: datetime) -> Found:
    """The posts of the last 7 days, newest first. Raises 403 for who is no admin, 404 for no source."""
    company = store.configuration.load().company
    require(acting(user, company), "admin")
    if source not in company.sources:
        raise not_found("source")
    items = store.table.query_all(
        keys.post(source, "").pk, first=posts.earliest(now), after=after, forward=False, limit=limit + 1
    )
    return page(_entries(store, items), limit)


def _entries(store: Store, items: Iterator[Item]) -> Iterator[Entry]:
    while batch := list(islice(items, AT_ONCE)):
        found = [posts.from_item(each) for each in batch]
        released = {each.lead: keys.head(each.lead) for each in found if each.place is None and each.lead}
        places = store.table.get_many(
            [*(each.place for each in found if each.place is not None), *released.values()]
        )
        heads = {lead: places[key] for lead, key in released.items() if key in places}
        merged = {lead: head["receipt_of"] for lead, head in heads.items() if is_mark(head)}
        for item, post in zip(batch, found, strict=True):
            received, warnings = post.received, post.warnings
            if post.place is not None and post.place in places:
                received, warnings = posts.received_at(places[post.place])
            lead = merged.get(post.lead or "", post.lead)
            yield shown(replace(post, lead=lead), received, warnings), keys.place_of(item)


def shown(
    post: Post, received: Mapping[str, Any] | None, warnings: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """One post in JSON."""
    return {
        "id": post.id,
        "at": time(post.at),
        "outcome": post.outcome,
        "reason": post.reason,
        "lead_id": post.lead,
        "warnings": list(warnings),
        "as_received": received,
    }
