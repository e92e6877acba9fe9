"""A user's own account: who they are, whether they are there, what they hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.company import Company
from routing.domain.notifications import EVENTS, Own, choices, quiet_hours
from routing.services.company import set_up
from routing.services.core.access import acting
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.storage import keys, own_settings
from routing.storage.presence import from_item


def about(store: Store, user: str, now: datetime) -> dict[str, Any]:
    found = store.table.get_many([keys.VERSION, keys.presence(user), keys.own_settings(user)])
    whole = store.configuration.set_up(found.get(keys.VERSION))
    own = own_settings.holding(found, [user], whole.company).get(user)
    account = acting(user, whole.company)
    presence = from_item(found.get(keys.presence(user), {}))
    holding = None
    if presence.holds(now) and presence.lease_expires is not None:
        holding = {
            "lead_id": presence.lead,
            "lease": {"token": presence.lease_token, "expires_at": time(presence.lease_expires)},
        }
    resource = set_up.found(set_up.with_own(whole, found, [user]), "accounts", account.id)
    return {
        "account": set_up.shown(resource),
        "available": presence.available,
        "last_active": time(presence.last_active) if presence.last_active else None,
        "holding": holding,
        "notify": account.notify if own is None else own,
        "notify_effective": _effective(user, whole.company, own),
    }


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
