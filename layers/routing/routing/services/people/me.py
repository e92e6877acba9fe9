"""A user's own account: who they are, whether they are there, what they hold."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain.company import Company
from routing.domain.notifications import EVENTS, Own, choices, quiet_hours
from routing.domain.presence import Presence
from routing.services.company import set_up
from routing.services.core.access import PERMISSIONS, acting, oversees
from routing.services.core.recent import Answered
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.storage import keys, own_settings
from routing.storage.configuration import SetUp
from routing.storage.notifications import KEPT
from routing.storage.presence import from_item
from routing.storage.table import Item, Key, Page

MOST_COUNTED = 100
"""Up to which unread notifications, due callbacks and held leads are counted: screens ask for them all the time."""

AT_ONCE = 28
"""Accounts whose held leads are counted in one round trip with all else."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a user at once. held: leads that are held in their charge; None for who has none in charge."""

    found: Mapping[Key, Item]
    whole: SetUp
    unread: int
    callbacks_due: int
    held: int | None

    @property
    def company(self) -> Company:
        return self.whole.company


def _asked(user: str, company: Company, now: datetime) -> tuple[datetime, tuple[str, ...] | None]:
    """From when on notifications under the user's id are theirs, and the accounts whose held leads they look after."""
    account = company.tree.get(user)
    since = company.existed_since(user, now - KEPT)
    if account is None or account.role in (None, "rep"):
        return since, None
    owners = (each.id for each in company.tree if each.kind != "user" and oversees(account, each.id, company))
    return since, tuple(owners)


def _read(store: Store, user: str, now: datetime, *, with_held: bool) -> _Read:
    """One round trip, by the set-up as the container knows it; another when that has moved and it matters."""
    company = store.configuration.held or store.configuration.load().company
    first, last = keys.due_callbacks(now)
    while True:
        since, owners = asked = _asked(user, company, now)
        counted = _counting(store)
        looked_after = owners if with_held and owners is not None and len(owners) <= AT_ONCE else ()
        found, unread, callbacks, *held = store.table.run_parallel(
            partial(store.table.get_many, [keys.VERSION, keys.presence(user), keys.own_settings(user)]),
            partial(counted, keys.unread(user), first=keys.sortable(since)),
            partial(counted, user, first=first, last=last),
            *_of_held(store, looked_after),
        )
        whole = store.configuration.set_up(found.get(keys.VERSION))
        if _asked(user, whole.company, now) == asked:
            break
        company = whole.company
    acting(user, whole.company)
    if with_held and owners is not None and not looked_after:
        number: int | None = _held_of_many(store, owners, whole.company.version, now)
    else:
        number = None if owners is None else _sum(held)
    return _Read(found, whole, unread.count, callbacks.count, number)


def _counting(store: Store) -> Callable[..., Page]:
    return partial(store.table.query, index="owner", select="COUNT", limit=MOST_COUNTED)


def _of_held(store: Store, owners: Iterable[str]) -> list[Callable[[], Page]]:
    counted = _counting(store)
    return [partial(counted, owner, begins=keys.in_standing("held")) for owner in owners]


def _sum(pages: Iterable[Page]) -> int:
    return min(MOST_COUNTED, sum(each.count for each in pages))


def _held_of_many(store: Store, owners: tuple[str, ...], version: int, now: datetime) -> int:
    """As of shortly before, where they are very many."""

    def ask() -> Answered:
        pages = store.table.run_parallel(*_of_held(store, owners))
        return Answered({"held": _sum(pages)}, len(owners), now)

    found: int = store.recent.answer(("held", owners, version), now, ask)["held"]
    return found


def about(store: Store, user: str, now: datetime) -> dict[str, Any]:
    """A user's own account, what they may do, what they hold, and what waits for them."""
    read = _read(store, user, now, with_held=False)
    company, tree = read.company, read.company.tree
    own = own_settings.holding(read.found, [user], company).get(user)
    account = acting(user, company)
    presence = from_item(read.found.get(keys.presence(user), {}))
    branch = tree.get(account.parent or account.id) or account
    resource = set_up.found(set_up.with_own(read.whole, read.found, [user]), "accounts", account.id)
    lease = {"token": presence.lease_token, "expires_at": _ends(presence)}
    holding = _holding(presence, now)
    return {
        "account": set_up.shown(resource),
        "branch": {"id": branch.id, "name": branch.name, "timezone": tree.timezone(branch.id)},
        "permissions": sorted(PERMISSIONS[account.role or "rep"]),
        "available": presence.available,
        "last_active": time(presence.last_active) if presence.last_active else None,
        "holding": {**holding, "lease": lease} if holding else None,
        "unread": read.unread,
        "callbacks_due": read.callbacks_due,
        "server_time": time(now),
        "notify": account.notify if own is None else own,
        "notify_effective": _effective(user, company, own),
    }


def status(store: Store, user: str, now: datetime) -> dict[str, Any]:
    """What a screen asks for again and again: one round trip."""
    read = _read(store, user, now, with_held=True)
    presence = from_item(read.found.get(keys.presence(user), {}))
    return {
        "available": presence.available,
        "unread": read.unread,
        "callbacks_due": read.callbacks_due,
        "holding": _holding(presence, now),
        "held": read.held,
        "set_up_version": read.company.version,
    }


def _holding(presence: Presence, now: datetime) -> dict[str, Any] | None:
    if not presence.holds(now):
        return None
    since = time(presence.lease_since) if presence.lease_since else None
    return {"lead_id": presence.lead, "since": since, "until": _ends(presence)}


def _ends(presence: Presence) -> str | None:
    return time(presence.lease_expires) if presence.lease_expires else None


def _effective(user: str, company: Company, own: Own | None) -> dict[str, Any]:
    """What holds for the user, from their own settings and from those above: what they are told of, where, and when.

    Where a webhook leads is not shown: above a user, it is not theirs to know.
    """
    events = {}
    for event in EVENTS:
        found = choices(user, event, company, own)
        events[event] = {
            "in_app": found.in_app,
            "email": found.email is not None,
            "webhook": found.webhook is not None,
        }
    return {"events": events, "quiet_hours": quiet_hours(user, company, own)}


def change(store: Store, user: str, notify: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Replace the user's own notification settings; what is left out is the company's to say.

    No version of the set-up: they hold until somebody saves the account.
    """
    attempts = store.table.attempts()
    while True:
        account = acting(user, store.configuration.load().company)
        store.table.write(own_settings.put(user, account.version, notify))
        found = about(store, user, now)
        if found["account"]["version"] == account.version:
            return found
        attempts.again()
