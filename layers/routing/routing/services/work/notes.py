"""Notes on a lead."""

from datetime import datetime

from routing.services.core import views
from routing.services.core.access import sees
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import read
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.heads import not_erased
from routing.storage.leads import event
from routing.storage.table import ConditionFailed


def note(store: Store, user: str, lead: str, text: str, now: datetime, once: Once | None) -> Answer:
    """Put a note on the timeline. It leaves the head alone, so it disturbs nobody's lease."""
    seen = read(store, user, lead, once=once)
    if once and (given := once.answered(seen.answered, now)):
        return given
    if not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    identifier = keys.time_id(now)
    answer = Answer(201, {"id": identifier, "lead_id": lead, "note": text, "at": views.time(now), "by": user})
    detail = {"note": text, "owner": seen.head.owner}
    noted = event(lead, seen.head.version, "note", now, detail, suffix=identifier, by=user)
    writes = [not_erased(lead), *recorded(once, answer, noted, now)]
    try:
        store.table.transact(writes)
    except ConditionFailed as refused:
        if once is None and 0 not in refused.failed:
            return answer  # nobody else has this key: it is ours, written before its answer was lost
        # The same request's twin was quicker, or the person has just been erased.
        return note(store, user, lead, text, now, once)
    return answer
