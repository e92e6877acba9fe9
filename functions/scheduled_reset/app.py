"""Every minute: periods roll, lapsed leases and cool-downs end in the queues, held leads are tried again."""

from dataclasses import asdict
from typing import Any

from routing.runtime import clock, wiring
from routing.runtime.observability import count, logger, observed
from routing.services.jobs import nudges
from routing.services.notify import notifications
from routing.services.sweep import sweep


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers with what was done, in counts."""
    now = clock.now()
    done = asdict(sweep(wiring.store(), now))
    done["notifications_released"] = notifications.release(
        wiring.store(), lambda messages: wiring.outbox().put(messages), now
    )
    done["jobs_taken_up"] = nudges.take_up(
        wiring.store(), lambda messages: wiring.job_queue().put(messages), now
    )
    if done["held_internally"]:
        count("InternalHolds", done["held_internally"])
    if done["failed"]:
        count("InternalErrors", done["failed"])
    logger.info("swept", **done)
    return done
