"""A lease goes on: extended by its holder, in one transaction over the lead's head and the holder's slot."""

from dataclasses import replace
from datetime import datetime

from routing.domain import heads, leases
from routing.domain.heads import Head, Lease
from routing.domain.pull import lent_until
from routing.services.core import views
from routing.services.core.access import sees
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import read
from routing.services.core.phones import number_of, still_lent
from routing.services.core.problems import Problem, not_found
from routing.services.core.store import Store
from routing.services.do_not_call import suppressions
from routing.services.people.presence import release_held
from routing.services.work.dispositions import conflict, lease_of
from routing.storage.calls import lent, not_suppressed, updated
from routing.storage.heads import replace_head
from routing.storage.leads import event
from routing.storage.presence import extend_slot
from routing.storage.table import ConditionFailed

REFUSALS = {
    "lease_limit": "This lease has had its greatest length.",
    "outside_calling_hours": "The lead may not be called any more now.",
}


def phone_lent(head: Head, now: datetime) -> Problem:
    """A phone is lent with one lead at a time."""
    return conflict("phone_lent", "Somebody else holds another lead with this phone just now.", head, now)


def extend(store: Store, user: str, lead: str, token: str, now: datetime, once: Once | None) -> Answer:
    """Give a lease its full length again, from now. 409 when it is not the asker's live or last one."""
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead, token=token, once=once)
        if once and (given := once.answered(seen.answered, now)):
            return given
        head, company = seen.head, seen.company
        lease = lease_of(seen, token)
        serving = leases.lending(head, lease, company) if lease is not None else None
        may_have = serving is not None or user in (head.owner, head.callback_for)
        if not (sees(seen.account, head, company, now) or (lease is not None and may_have)):
            raise not_found("lead")
        if lease is None:
            raise conflict("lease_superseded", "This lease is over.", head, now)
        if not may_have:
            raise conflict("not_served", "This lead is not lent to you any more.", head, now)
        if seen.is_listed(now):
            raise suppressions.refusal(head, now)
        if seen.presence.lease_token != lease.token:
            raise conflict("lease_superseded", "You have pulled another lead since.", head, now)
        phone_key = seen.to_call(now, lease)
        other = seen.contacts[phone_key].lent_with_another(head.id, now) if phone_key else None
        if other is not None and still_lent(store.table, phone_key or "", other, now):
            raise phone_lent(head, now)
        closes = lent_until(head.calling_class, serving, head.owner, company, now)
        longer = leases.extended(lease, serving, closes, now)
        if not isinstance(longer, Lease):
            raise conflict(longer, REFUSALS[longer], head, now)
        longer = replace(longer, phone_key=phone_key)
        after = heads.advanced(head, heads.extended(head, longer), now)
        detail = {"expires_at": views.time(longer.expires), "owner": after.owner, "status": "leased"}
        answer = Answer(200, {"lease": views.lease(longer, number_of(store, seen.submission, phone_key))})
        writes = [
            replace_head(head, after, now),
            *recorded(once, answer, event(lead, after.version, "lease_extended", now, detail, by=user), now),
            extend_slot(user, longer, now),
        ]
        if phone_key is not None:
            lending = lent(lead, longer, now, other.name if other else None)
            writes.append(updated(phone_key, [not_suppressed(now), lending]))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            store.noted_active[user] = now
            release_held(store, user, seen.presence.last_active, now)
            return answer
