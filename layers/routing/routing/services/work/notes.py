"""Notes on a lead."""

from datetime import datetime
from functools import partial

from routing.services.core import views
from routing.services.core.idempotency import Answer, Once, recorded
from routing.services.core.lead_context import read
from routing.services.core.problems import not_found
from routing.services.core.store import Store
from routing.services.people import worked
from routing.services.work import late
from routing.storage import keys
from routing.storage.heads import not_erased
from routing.storage.leads import event
from routing.storage.table import ConditionFailed


def note(
    store: Store,
    user: str,
    lead: str,
    text: str,
    now: datetime,
    once: Once | None,
    recorded_at: datetime | None = None,
) -> Answer:
    """Put a note on the timeline. It leaves the head alone, so it disturbs nobody's lease.

    recorded_at: when it was written, where that was without a network.
    """
    seen = read(store, user, lead, once=once)
    if once and (given := once.answered(seen.answered, now)):
        return given
    if not (
        late.may_tell(seen, recorded_at, now)
        or late.had_then(store, seen, recorded_at, now)
        or worked.may_note(store, user, lead, seen.company, now)
    ):
        raise not_found("lead")
    done = views.recorded_at(late.done_at(recorded_at, partial(late.had_since, store, seen, now, None), now))
    identifier = keys.time_id(now)
    said = {"id": identifier, "lead_id": lead, "note": text, "at": views.time(now), "by": user}
    answer = Answer(201, {**said, **done})
    detail = {"note": text, "owner": seen.head.owner, **done}
    noted = event(lead, seen.head.version, "note", now, detail, suffix=identifier, by=user)
    writes = [not_erased(lead), *recorded(once, answer, noted, now)]
    try:
        store.table.transact(writes)
    except ConditionFailed as refused:
        if once is None and 0 not in refused.failed:
            return answer  # nobody else has this key: it is ours, written before its answer was lost
        # The same request's twin was quicker, or the person has just been erased.
        return note(store, user, lead, text, now, once, recorded_at)
    return answer
