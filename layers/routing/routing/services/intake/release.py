"""A post that became no lead is made one, by a person, once."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from routing.services.core.access import acting, require
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.problems import Problem, not_found
from routing.services.core.store import Store
from routing.services.intake.authenticate import read
from routing.services.intake.caps import counts
from routing.services.intake.duplicates import Beside
from routing.services.intake.ingest import Prevented, ingest
from routing.services.intake.offers import Offer, lead_id, understood
from routing.storage import keys, posts
from routing.storage.posts import Post
from routing.storage.receipts import is_mark
from routing.storage.table import ConditionFailed


def release(
    store: Store, user: str, source: str, identifier: str, now: datetime, once: Once | None
) -> Answer:
    """Make a lead of a refused or quarantined post, with the time at which it came. It answers as an ingest.

    Once: the lead and the mark on the post are one transaction; whoever comes second is answered with the same lead.
    """
    company = store.configuration.load().company
    require(acting(user, company), "admin")
    if source not in company.sources:
        raise not_found("source")
    return answered_once(store.table, once, now, lambda: _release(store, user, source, identifier, now))


def _release(store: Store, user: str, source_id: str, identifier: str, now: datetime) -> Answer:
    item = store.table.get(keys.post(source_id, identifier))
    post = posts.from_item(item) if item is not None else None
    if post is None or not post.is_kept(now):
        raise not_found("post")
    if post.outcome not in posts.RELEASABLE:
        raise Problem(
            409,
            "not_releasable",
            f"Only what was refused or quarantined can be released; this is {post.outcome}.",
        )
    if post.lead is not None:
        return _again(store, post, post.lead)
    if post.received is None:
        raise Problem(409, "not_releasable", "Its person was erased: nothing is left to make a lead of.")
    seen = read(store, [post.received])
    source = seen.company.sources.get(source_id)
    if source is None:
        raise not_found("source")
    listed = seen.listed(store, post.received, now)
    offer = Offer(
        source,
        source.owner,
        post.received,
        user,
        listed,
        post.brought_by,
        at=post.at,
        is_public=post.is_public,
        is_post=post.brought_by == "source",
    )
    offer = replace(offer, lead=lead_id(store, offer))
    found = understood(offer, seen.company)
    mark = posts.made(post, lead_id(store, offer), now)
    counted = counts(source, found.values, seen.company, now, "anyhow")
    try:
        answer = ingest(store, offer, found, now, None, None, Beside(counted, [mark], "anyhow"))
    except Prevented as other:
        marked = other.failed.get(len(counted))
        if marked is None or "lead" not in marked:
            raise not_found("post") from other
        return _again(store, post, marked["lead"])
    if answer.status == 200:  # its external id is a lead's that came later
        with suppress(ConditionFailed):
            store.table.write(mark)
    return answer


def _again(store: Store, post: Post, made: str) -> Answer:
    """What was made of it, which may have been merged into another lead."""
    head = store.table.get(keys.head(made))
    lead = head["told"] if head is not None and is_mark(head) else made
    warnings = [dict(each) for each in post.warnings]
    return Answer(200, {"lead_id": lead, "status": "new", "duplicate": True, "warnings": warnings})
