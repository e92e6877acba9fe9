"""What was done without a network, and is told when there is one again: `recorded_at` says when it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

from routing.domain.heads import Lease
from routing.services.core import views
from routing.services.core.access import is_granted_to, sees
from routing.services.core.lead_context import LeadContext, hint_of
from routing.services.core.problems import invalid_field
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.leads import event_from

SKEW = timedelta(minutes=1)
"""By how much a device's clock may be wrong without being refused."""
OLDEST = timedelta(hours=36)
LOOKED_AT = 50
GIVING = frozenset({"assigned", "transferred", "reassigned", "pulled"})
"""Events by which a user gets a lead."""


def done_at(
    said: datetime | None, had_since: Callable[[datetime], datetime], now: datetime
) -> datetime | None:
    """When something was done, within what is possible; None for who says nothing: it was just now.

    had_since: from when on the user could do what was done at a time. 422 for a time before that, or to come.
    """
    if said is None:
        return None
    if said > now + SKEW:
        raise invalid_field("recorded_at", "in_the_future", "must not be in the future")
    since = had_since(said)
    if said < since - SKEW:
        raise invalid_field(
            "recorded_at", "too_early", f"must not be before you had the lead: {views.time(since)}"
        )
    return min(max(said, since), now)


def may_tell(seen: LeadContext, said: datetime | None, now: datetime) -> bool:
    """Whether the asker may note what they did: of a lead that they may know of, or had last, if they did it then."""
    if sees(seen.account, seen.head, seen.company, now):
        return True
    return said is not None and is_granted_to(seen.account, seen.head.lease, seen.company)


def had_then(store: Store, seen: LeadContext, said: datetime | None, now: datetime) -> bool:
    """Whether the asker was the last to have been given the lead by then, though others have had it since.

    Its latest LOOKED_AT events tell, and no further back than OLDEST.
    """
    if said is None or said < now - OLDEST:
        return False
    partition = keys.head(seen.head.id).pk
    items = store.table.query(partition, begins=keys.EVENTS, forward=False, limit=LOOKED_AT).items
    given = (each for each in map(event_from, items) if each.kind in GIVING and each.at <= said + SKEW)
    last = next(given, None)
    asker = seen.account.id
    if last is None:
        return False
    user = last.detail["holder"] if last.kind == "pulled" else last.detail.get("owner")
    return user == asker and seen.company.existed(asker, last.at)


def had_since(
    store: Store, seen: LeadContext, now: datetime, lease: Lease | None, said: datetime
) -> datetime:
    """Since when the asker may have worked the lead: the pull of that lease, else the first time that they were given
    it; where its latest LOOKED_AT events do not tell, that it came.

    What was said to be just now is not looked into: screens say so of whatever they send.
    """
    hint = hint_of(lease.token) if lease is not None else None
    if hint is not None and (item := store.table.get(keys.event(seen.head.id, hint.version))) is not None:
        return event_from(item).at
    asker = seen.account.id
    if seen.submission.key[0] == asker or said >= now - SKEW:
        return seen.head.created_at
    partition = keys.head(seen.head.id).pk
    page = store.table.query(partition, begins=keys.EVENTS, forward=False, limit=LOOKED_AT)
    events = map(event_from, page.items)
    given = [
        each.at
        for each in events
        if each.kind in GIVING and asker in (each.detail.get("owner"), each.detail.get("holder"))
    ]
    if not given or page.next is not None:
        return seen.head.created_at
    return seen.company.existed_since(asker, min(given))
