"""Every minute: periods roll, lapsed leases and cool-downs end in the queues, held leads are tried again."""

from typing import Any

from routing.runtime import clock, wiring
from routing.runtime.observability import count, log_failure, logger, observed
from routing.services.jobs import nudges
from routing.services.notify import notifications
from routing.services.sweep import StepsFailed, sweep


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers with what was done, in counts. Raises after everything else is done when a step raised."""
    now = clock.now()
    failed: StepsFailed | None = None
    try:
        summary = sweep(
            wiring.store(),
            now,
            {
                "notifications_released": lambda: notifications.release(
                    wiring.store(), lambda messages: wiring.outbox().put(messages), now
                ),
                "jobs_taken_up": lambda: nudges.take_up(
                    wiring.store(), lambda messages: wiring.job_queue().put(messages), now
                ),
            },
        )
    except StepsFailed as some:
        summary, failed = some.summary, some
    for lead, error in summary.errors:
        log_failure("a lead could not be moved", error, lead=lead)
    for step, error in failed.steps.items() if failed is not None else ():
        count("SweepStepsFailed")
        log_failure("a step of the sweep failed", error, step=step)
    if summary.held_internally:
        count("InternalHolds", summary.held_internally)
    if summary.failed:
        count("InternalErrors", summary.failed)
    done: dict[str, Any] = summary.counts()
    logger.info("swept", **done)
    if failed is not None:
        raise failed
    return done
