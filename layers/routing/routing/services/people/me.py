"""A user's own account: who they are, whether they are there, what they hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.company import Company
from routing.domain.notifications import EVENTS, choices, quiet_hours
from routing.services.company import set_up
from routing.services.core.access import acting
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.storage import keys
from routing.storage.presence import from_item


def about(store: Store, user: str, now: datetime) -> dict[str, Any]:
    found = store.table.get_many([keys.VERSION, keys.presence(user)])
    whole = store.configuration.set_up(found.get(keys.VERSION))
    account = acting(user, whole.company)
    presence = from_item(found.get(keys.presence(user), {}))
    holding = None
    if presence.holds(now) and presence.lease_expires is not None:
        holding = {
            "lead_id": presence.lead,
            "lease": {"token": presence.lease_token, "expires_at": time(presence.lease_expires)},
        }
    resource = set_up.found(whole, "accounts", account.id)
    return {
        "account": set_up.shown(resource),
        "available": presence.available,
        "last_active": time(presence.last_active) if presence.last_active else None,
        "holding": holding,
        "notify": account.notify,
        "notify_effective": _effective(user, whole.company),
    }


def _effective(user: str, company: Company) -> dict[str, Any]:
    """What holds for the user, from their own settings and from those above: what they are told of, where, and when.

    Where a webhook leads is not shown: above a user, it is not theirs to know.
    """
    events = {}
    for event in EVENTS:
        found = choices(user, event, company)
        events[event] = {
            "in_app": found.in_app,
            "email": found.email is not None,
            "webhook": found.webhook is not None,
        }
    return {"events": events, "quiet_hours": quiet_hours(user, company)}


def change(store: Store, user: str, notify: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Replace the user's own notification settings; what is left out is the company's to say."""
    attempts = store.table.attempts()
    while True:
        whole = store.configuration.load()
        acting(user, whole.company)
        present = set_up.found(whole, "accounts", user)
        body = dict(present.body or {})
        body["notify"] = dict(notify)
        try:
            set_up.put(store, "accounts", body, user, set_up.etag(present), now)
        except Problem as moved:
            if moved.status != 412:
                raise
            attempts.again()
        else:
            return about(store, user, now)
