"""Notes on a lead."""

from contextlib import suppress
from datetime import datetime

from routing.services.core import views
from routing.services.core.access import sees
from routing.services.core.idempotency import Answer, Once
from routing.services.core.lead_context import read
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.storage import keys
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
    writes = [event(lead, seen.head.version, "note", now, detail, suffix=identifier, by=user)]
    if once is not None:
        writes.append(once.record(answer, now))
    if once is None:
        with suppress(
            ConditionFailed
        ):  # nobody else has this key: it is ours, written before its answer was lost
            store.table.write(writes[0])
        return answer
    try:
        store.table.transact(writes)
    except ConditionFailed:  # the same request's twin was quicker
        return note(store, user, lead, text, now, once)
    return answer
