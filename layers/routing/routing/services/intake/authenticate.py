"""Who hands in a lead: a user, or a source with its key."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain import provenance
from routing.domain.accounts import Account
from routing.domain.company import Company, Source
from routing.domain.formats.fields import filled
from routing.domain.formats.form_post import IDEMPOTENCY_KEY
from routing.domain.formats.post import Post, Unreadable
from routing.domain.formats.settings import AS_IT_COMES, Settings
from routing.domain.intake import SECRET_KEY, key_of, keyed, phones
from routing.domain.web_forms import Destinations, destinations, is_robot
from routing.services.core.access import acting, oversees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import FieldError, Problem, forbidden, invalid, invalid_field
from routing.services.core.store import Store
from routing.services.intake import acceptance, posts, rate_limits
from routing.services.intake.ingest import ingest
from routing.services.intake.offers import Offer, understood
from routing.services.intake.posted import Posted, each_answered, parts, problem_of
from routing.services.intake.rate_limits import Counted
from routing.services.intake.source_keys import Credentials, hashed, is_publishable, takes_from
from routing.storage import contacts, keys
from routing.storage.leads import digest
from routing.storage.source_keys import kind_of, used
from routing.storage.table import Item, Key

OPEN_SOURCE = "api"
"""The built-in source of leads that users bring; every user may name it."""


RECEIVED = Answer(201, {"status": "received", "warnings": []})
"""To whoever has a publishable key: everybody."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one round trip reads for leads: the set-up, and items that exist."""

    company: Company
    items: Mapping[Key, Item]

    def recorded(self, once: Once | None) -> Item | None:
        """What is on record under the caller's `Idempotency-Key`."""
        return self.items.get(once.key) if once else None

    def listed(self, store: Store, body: Mapping[str, Any], now: datetime) -> frozenset[str]:
        """Those of a lead's phones that are on the do-not-call list."""
        items = {each: self.items.get(key) for each, key in _contact_keys(store, body).items()}
        found = {each: contacts.from_item(item).suppressed_at(now) for each, item in items.items()}
        return frozenset(each for each, suppression in found.items() if suppression is not None)


def read(store: Store, bodies: Sequence[Mapping[str, Any]], once: Once | None = None) -> Seen:
    """What is to be known before leads are taken in that somebody with an account brings."""
    found_by = [key for body in bodies for key in _contact_keys(store, body).values()]
    wanted = [keys.VERSION, *found_by, *([once.key] if once else [])]
    found = store.table.get_many(wanted)
    return Seen(store.configuration.current(found.get(keys.VERSION)), found)


def _contact_keys(store: Store, body: Mapping[str, Any]) -> dict[str, Key]:
    """By each of a lead's phones, where its contact is."""
    return {each: keys.contact(store.contact_key(each)) for each in phones(body)}


def by_user(
    store: Store,
    user: str,
    body: Mapping[str, Any],
    now: datetime,
    once: Once | None,
    *,
    entry: str | None = None,
    created_at: datetime | None = None,
) -> Answer:
    """A lead from a manager or an admin; from a rep one of their own (`"owner": "me"`).

    entry, created_at: its `entry` and `at` as an `Offer`, of a row of a file, which is its source's own: the source's
    defaults and acceptance hold for it.
    """
    seen = read(store, [body], once)
    account = acting(user, seen.company)
    named = keyed(body)
    mine = named.get("owner") == "me"
    if "owner" in named and not mine:
        raise invalid_field(
            "owner", "not_allowed", "must be me, or left out: then the source's account owns it"
        )
    if account.role == "rep" and not mine:
        raise forbidden('A rep creates leads of their own only: say "owner": "me".')
    source = source_in_charge(account, named.get("source", OPEN_SOURCE), seen.company)
    if source is None:
        raise invalid_field("source", "unknown", "must be the id of a source in your charge")
    if not source.enabled:
        raise Problem(403, "source_disabled", "This source is disabled.")
    listed = seen.listed(store, body, now)
    if entry is None:
        owner, brought_by = user if mine else source.owner, _brought_by(account, source, mine, seen.company)
        offer = Offer(source, owner, without_secrets(body), user, listed, brought_by, at=created_at)
        return ingest(store, offer, understood(offer, seen.company), now, once, seen.recorded(once))
    offer = replace(of_file(account, source, body, listed, seen.company), at=created_at, entry=entry)
    found = understood(offer, seen.company)
    return acceptance.take_in(store, offer, found, seen.company, now, once, seen.recorded(once))


def of_file(
    account: Account, source: Source, body: Mapping[str, Any], listed: frozenset[str], company: Company
) -> Offer:
    """A row of a file that the account imports for the source."""
    said = filled(without_secrets(body), source.posts.defaults)
    brought_by = _brought_by(account, source, None, company)
    return Offer(source, source.owner, said, account.id, listed, brought_by)


def _brought_by(account: Account, source: Source, mine: object, company: Company) -> str:
    """Among whose leads an external id is looked for: no user meets leads that are not in their charge.

    Each user has their own for themselves; whoever may name a source shares those for the company; under `api`, which
    all may name, the admins do, and each branch's managers. An account that was made anew is somebody else.
    """
    if mine:
        return f"user {_name(account.id, company)}"
    if source.id != OPEN_SOURCE:
        return "users"
    return "admins" if account.role == "admin" else f"managers {_name(account.parent or '', company)}"


def _name(account: str, company: Company) -> str:
    since = company.since.get(account)
    return account if since is None else f"{account} {keys.sortable(since)}"


def source_in_charge(account: Account, name: object, company: Company) -> Source | None:
    """The source of this id, if the user may bring leads of it: `api`, or one whose leads are in their charge."""
    source = company.sources.get(name) if isinstance(name, str) else None
    if source is None or source.id == OPEN_SOURCE or oversees(account, source.owner, company):
        return source
    return None


def without_secrets(body: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
    """The body without anything that could be a source's key, however it is written: it stays on the timeline.

    key: the key that was shown, which is taken out wherever it stands.
    """
    kept: dict[str, Any] = {
        name: without_secrets(value) if key_of(name) == "fields" and isinstance(value, Mapping) else value
        for name, value in body.items()
        if key_of(name) != SECRET_KEY
    }
    return kept if key is None else _without(kept, key)


def _without(value: Any, key: str) -> Any:
    match value:
        case str():
            return value.replace(key, "...")
        case Mapping():
            return {name.replace(key, "..."): _without(each, key) for name, each in value.items()}
        case list():
            return [_without(each, key) for each in value]
    return value


def by_source(
    store: Store,
    source_id: str,
    credentials: Credentials,
    posted: Posted,
    now: datetime,
    once: Once | None,
) -> Answer:
    """The leads of a source's post. With a test key everything is checked and explained, and nothing is written.

    Who posts with a publishable key is told that the lead was received, and nothing of what is known of the person.
    """
    post, seen, counted = _received(store, source_id, credentials, posted, now, once)
    given = _key_shown(credentials, post)
    if given is None:
        if isinstance(post, Unreadable):  # where its key may be
            raise problem_of(post)
        raise Problem(401, "no_api_key", "Send the source's key as X-Api-Key.")
    where = keys.api_key(hashed(given))
    key = seen.items.get(where)
    source: Source | None = seen.company.sources.get(source_id)
    if key is None or key["source"] != source_id or source is None:
        rate_limits.forget(store, where, counted)
        raise Problem(401, "bad_api_key", "This is no key of this source.")
    if not source.enabled:
        rate_limits.give_back(store, counted)
        raise Problem(403, "source_disabled", "This source is disabled.")
    is_public = kind_of(key) == "publishable"
    if not takes_from(source, key, credentials.origin):
        rate_limits.give_back(store, counted)
        raise Problem(403, "origin_not_allowed", "This source takes no leads from that web origin.")
    is_test = key["test"] or (isinstance(post, Post) and post.is_test)
    rate_limits.remember(store, where, key)
    limits = rate_limits.limits_of(store, source, key, credentials.address, now)
    rate_limits.admit(store, limits, counted, now)
    if isinstance(post, Unreadable):
        wrong = problem_of(post)
        if not is_test:
            offer = Offer(source, source.owner, without_secrets(posted.as_text(), given), None)
            posts.keep_invalid(store, offer, wrong, seen.company, now)
        raise wrong
    _check_destinations(post, source)
    is_visitor = is_public or (post.format == "form" and credentials.origin is not None)
    offers = [
        Offer(
            source,
            source.owner,
            without_secrets(_witnessed(body.lead, credentials, posted) if is_visitor else body.lead, given),
            None,
            seen.listed(store, body.lead, now),
            noticed=body.warnings,
            is_public=is_public,
            key_used=used(key, now) if at == 0 else None,
        )
        for at, body in enumerate(post.bodies)
    ]

    def taken(offer: Offer, part: Once | None) -> Answer:
        try:
            found = understood(offer, seen.company)
        except Problem as wrong:
            if not is_test:
                posts.keep_invalid(store, offer.as_counts, wrong, seen.company, now)
            raise
        if is_test:
            answer = acceptance.tried(store, offer, found, seen.company, now)
        else:
            answer = acceptance.take_in(store, offer, found, seen.company, now, part, seen.recorded(part))
        return RECEIVED if is_public else answer

    if any(is_robot(source.honeypot, post.given or body.lead) for body in post.bodies):
        for each in offers if not is_test else ():
            posts.keep(store, each.as_counts, "quarantined", "honeypot", (), seen.company, now)
        return RECEIVED if is_public else _as_if_taken(source)
    return each_answered(offers, _own(once, source_id, post, given), taken)


def _witnessed(lead: Mapping[str, Any], credentials: Credentials, posted: Posted) -> dict[str, Any]:
    """A lead that its person's own browser posts, with what the request shows of their consent."""
    shown = provenance.witnessed(keyed(lead), credentials.address, posted.referrer)
    return {**lead, **{name: value for name, value in shown.items() if not lead.get(name)}}


def _check_destinations(post: Post, source: Source) -> None:
    if wrong := destinations(post.given, source.allowed_origins).wrong:
        message = "must be an address below one of the source's allowed_origins"
        raise invalid([FieldError(name, "not_allowed", message) for name in wrong])


def destinations_of(store: Store, source_id: str, posted: Posted, now: datetime) -> Destinations:
    """Where a form asks its browser to be sent, as the container knows its source after it was answered."""
    company = store.configuration.held
    source = company.sources.get(source_id) if company else None
    post = posted.read(source.posts, now) if source else None
    if source is None or not isinstance(post, Post):
        return Destinations()
    return destinations(post.given, source.allowed_origins)


def _as_if_taken(source: Source) -> Answer:
    """What a robot is answered: nothing tells it that it was noticed."""
    body = {"lead_id": f"L{secrets.token_hex(12)}", "status": "new", "duplicate": False, "warnings": []}
    return Answer(201, body, costs=(source.cost,))


def _key_shown(credentials: Credentials, post: Post | Unreadable) -> str | None:
    return credentials.api_key or (None if isinstance(post, Unreadable) else post.key)


def _own(once: Once | None, source_id: str, post: Post | Unreadable, api_key: str | None) -> Once | None:
    """The caller's `Idempotency-Key`, or a form's own: what a page says everybody can say, and it is nobody else's."""
    if once is None and isinstance(post, Post) and (key := post.given.get(IDEMPOTENCY_KEY)):
        once = Once(keys.idempotency(f"source {source_id}", "a form", key), digest(dict(post.given)))
    return once.apart("publishable") if once and api_key and is_publishable(api_key) else once


def _received(
    store: Store,
    source_id: str,
    credentials: Credentials,
    posted: Posted,
    now: datetime,
    once: Once | None,
) -> tuple[Post | Unreadable, Seen, Counted]:
    """The post as its source has it read, with what is read and counted for it, in one round trip.

    It is read as the container's copy of the set-up says, and again where that turns out to be behind: only then
    with a second trip.
    """
    settings = _settings(store.configuration.held, source_id)
    post = posted.read(settings, now)
    given = _key_shown(credentials, post)
    limits = rate_limits.expected(store, source_id, given, credentials, now)
    items, *counts = store.table.run_parallel(
        lambda: store.table.get_many(
            [keys.VERSION, *_wanted(store, credentials, post, _own(once, source_id, post, given))]
        ),
        *(partial(rate_limits.count, store, each, now) for each in limits),
    )
    company = store.configuration.current(items.get(keys.VERSION))
    if (present := _settings(company, source_id)) != settings:
        post = posted.read(present, now)
        given = _key_shown(credentials, post)
        items |= store.table.get_many(_wanted(store, credentials, post, _own(once, source_id, post, given)))
    return post, Seen(company, items), dict(zip(limits, counts, strict=True))


def _settings(company: Company | None, source_id: str) -> Settings:
    source = company.sources.get(source_id) if company else None
    return source.posts if source else AS_IT_COMES


def _wanted(store: Store, credentials: Credentials, post: Post | Unreadable, once: Once | None) -> list[Key]:
    """What to read for a post: its key, who asked not to be called, what was answered to it before."""
    given = _key_shown(credentials, post)
    of_key = [keys.api_key(hashed(given))] if given else []
    if isinstance(post, Unreadable):
        return of_key
    found = [key for body in post.bodies for key in _contact_keys(store, body.lead).values()]
    return [*of_key, *found, *(part.key for part in parts(once, len(post.bodies)) if part)]
