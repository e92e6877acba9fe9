"""Transfer: a manager gives a lead to another account, or has it routed on from there."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.services.core import views
from routing.services.core.access import named, oversees, sees
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import read
from routing.services.core.problems import Problem, forbidden, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.jobs import enqueue
from routing.services.pull import filing
from routing.storage.calls import not_suppressed, updated
from routing.storage.heads import callback_writes, replace_head
from routing.storage.leads import event
from routing.storage.presence import release_slot
from routing.storage.table import ConditionFailed


def transfer(
    store: Store,
    user: str,
    lead: str,
    to: str,
    now: datetime,
    once: Once | None,
    *,
    distribute: bool = False,
    override: str | None = None,
) -> Answer:
    """Give a lead to another account; with `distribute`, have it routed on from there as if it were new.

    override: why an account that may not have the lead is to have it all the same. Without it, 409 with the reason.
    """
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, once=once, roles=("admin", "manager"))
        if once and (given := once.answered(seen.answered, now)):
            return given
        if not sees(seen.account, seen.head, seen.company, now):
            raise not_found("lead")
        if not oversees(seen.account, seen.head.owner, seen.company):
            raise forbidden("You may transfer leads of your branch only.")  # they hold one of the company's
        target = named(seen.account, to, "to", seen.company)
        if distribute and target.kind == "user":
            raise invalid_field("distribute", "not_allowed", "a user distributes to nobody")
        if override is None and not seen.company.tree.is_enabled(to):
            raise Problem(
                409, "disabled", f"{to} is disabled, or an account above it is; the lead was not moved."
            )
        if seen.is_listed(now):
            raise suppressions.refusal(seen.head, now)
        head = seen.head
        detail: dict[str, Any] = {}
        if distribute:
            after = heads.renewed(head, to)
        elif target.kind == "user":
            after = heads.assigned(head, to, filing.came_from(head, seen.company))
        else:
            moved = heads.rests_with(replace(head, available_at=None, over_call_limit=False), to, None)
            after, detail = filing.filed(moved, seen.submission, seen.company, now)
        after = heads.advanced(head, after, now)
        detail |= {"from": head.owner, "to": to, "owner": to, "status": after.status_at(now)}
        if override is not None:
            detail["override"] = override
        answer = Answer(200, views.lead(after, seen.submission, seen.company, now))
        writes = [
            replace_head(head, after, now),
            *recorded(once, answer, event(lead, after.version, "transferred", now, detail, by=user), now),
            *callback_writes(head, after),
        ]
        if distribute:
            writes.append(enqueue.route(to, [lead], now))
        else:
            writes += filing.push_on(head, after, seen.submission, seen.company, now)
        if (phone_key := seen.to_call(now)) is not None:
            # Whoever lists it just now closes what is open, and passes over what is closed still.
            writes.append(updated(phone_key, [not_suppressed(now)]))
        if (held := head.lease_at(now)) is not None:
            writes.append(release_slot(held.holder, held.token))
        store.queues.register([after])
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            return answer
