"""Every minute: periods roll, lapsed leases and cool-downs end in the queues, held leads are tried again."""

from dataclasses import asdict
from typing import Any

from routing.runtime import clock
from routing.runtime.observability import count, logger, observed
from routing.runtime.wiring import store
from routing.services.sweep import sweep


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers with what was done, in counts."""
    done = asdict(sweep(store(), clock.now()))
    if done["held_internally"]:
        count("InternalHolds", done["held_internally"])
    if done["failed"]:
        count("InternalErrors", done["failed"])
    logger.info("swept", **done)
    return done
