"""Presence: a user's own switch, and when they were last active."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from routing.domain.presence import Presence
from routing.services.core.access import acting, oversees, require
from routing.services.core.problems import invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.jobs import walks
from routing.storage import keys
from routing.storage import presence as items
from routing.storage.table import ConditionFailed, is_outage

QUIET = timedelta(seconds=30)
"""At most one write of activity per user in this time."""


def switch(store: Store, user: str, available: bool, now: datetime) -> dict[str, Any]:
    """Turn the user's availability on or off. Coming back has the held leads above them tried again."""
    found = store.table.get_many([keys.VERSION, keys.presence(user)])
    company = store.configuration.current(found.get(keys.VERSION))
    acting(user, company)
    before = items.from_item(found.get(keys.presence(user), {}))
    store.table.write(items.switch(user, available, now))
    store.noted_active[user] = now
    if available and not before.available:
        walks.ask(store.table, company.tree.lineage(user)[1:], now)
    else:
        release_held(store, user, before.last_active, now)
    return {"available": available, "last_active": time(now)}


def switch_for(store: Store, asker: str, user: str, available: bool, now: datetime) -> dict[str, Any]:
    """Turn the availability of a user in the asker's charge on or off: one who went home. No activity of theirs."""
    found = store.table.get_many([keys.VERSION, keys.presence(user)])
    company = store.configuration.current(found.get(keys.VERSION))
    account = acting(asker, company)
    require(account, "admin", "manager")
    switched = company.tree.get(user)
    if switched is None or not oversees(account, user, company):
        raise not_found("account")
    if switched.kind != "user":
        raise invalid_field("id", "wrong_kind", "must be the id of a user")
    before = items.from_item(found.get(keys.presence(user), {}))
    store.table.write(items.switch_for(user, available))
    if available and not before.available:
        walks.ask(store.table, company.tree.lineage(user)[1:], now)
    return {"available": available, "last_active": time(before.last_active) if before.last_active else None}


def noted(store: Store, user: str, presence: Presence) -> None:
    """Remember when the table last knew the user as active, as read for something else."""
    if presence.last_active is not None:
        store.noted_active[user] = presence.last_active


def seen(store: Store, user: str, now: datetime) -> None:
    """Note that the user is active. The container remembers whom it noted lately, the table has the last word."""
    noted = store.noted_active.get(user)
    if noted is not None and noted <= now < noted + QUIET:
        return
    with suppress(ConditionFailed):  # another container has just noted it
        before = items.from_item(store.table.write(items.seen(user, now, now - QUIET)))
        release_held(store, user, before.last_active, now)
    store.noted_active[user] = now


def release_held(store: Store, user: str, last_active: datetime | None, now: datetime) -> None:
    """Have held leads tried again when the user was too long idle for some strategy, and no longer is."""
    company = store.configuration.held
    if company is None:
        return  # nobody has been decided on here yet; the sweep comes within a minute
    lineage = company.tree.lineage(user)
    owners = []
    for owner in lineage[1:]:
        spans = [
            each.active_within
            for (account, _), strategies in company.push_by_account.items()
            if account == owner
            for each in strategies
            if each.active_within is not None and set(each.accounts) & set(lineage)
        ]
        if spans and (last_active is None or last_active < now - min(spans)):
            owners.append(owner)
    try:
        walks.ask(store.table, owners, now)
    except Exception as failure:  # anything but an outage is raised again
        if not is_outage(failure):
            raise
        # What made them active has been carried out; the sweep comes within a minute.
