"""Many leads to another account at once: each moves by itself, or is told why it does not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from routing.services.core.access import acting, named, require
from routing.services.core.idempotency import KEY_REUSED, Answer, Once, answered_once
from routing.services.core.problems import Problem, invalid_field
from routing.services.core.store import Store
from routing.services.work.transfer import transfer


def transfer_all(
    store: Store,
    user: str,
    leads: Sequence[str],
    to: str,
    now: datetime,
    once: Once | None,
    *,
    distribute: bool = False,
) -> Answer:
    """As `transfer` of each lead, with an outcome for each; what is wrong with `to` or the asker is one problem.

    once: each lead is moved under a key of its own that follows from it, so who asks again after a failure in the
    middle moves those that are left, and none twice.
    """
    company = store.configuration.load().company
    account = acting(user, company)
    require(account, "admin", "manager")
    for at, lead in enumerate(leads):
        if lead in leads[:at]:
            raise invalid_field(f"leads[{at}]", "repeated", "stands in the list already")
    target = named(account, to, "to", company)
    if distribute and target.kind == "user":
        raise invalid_field("distribute", "not_allowed", "a user distributes to nobody")

    def answer() -> Answer:
        items = [_outcome(store, user, lead, to, now, once and once.of(lead), distribute) for lead in leads]
        moved = sum(each["moved"] for each in items)
        return Answer(200, {"items": items, "moved": moved, "not_moved": len(items) - moved})

    return answered_once(store.table, once, now, answer)


def _outcome(
    store: Store, user: str, lead: str, to: str, now: datetime, once: Once | None, distribute: bool
) -> dict[str, Any]:
    """It tells nothing of the lead's person: it is kept with what all were answered."""
    found: dict[str, Any] = {"lead_id": lead, "moved": False, "owner": None, "status": None, "problem": None}
    try:
        body = transfer(store, user, lead, to, now, once, distribute=distribute).body
    except Problem as problem:
        if problem.code == KEY_REUSED:  # by a request that broke off in the middle
            raise
        told = {"status": problem.status, "code": problem.code, "detail": problem.detail}
        return {**found, "problem": told}
    return {**found, "moved": True, "owner": body["owner"], "status": body["status"]}
