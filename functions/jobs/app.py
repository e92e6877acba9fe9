"""Jobs: long work on many leads, some pages at a time, for each message of its queue."""

import json
from typing import Any

from routing.runtime import clock, wiring
from routing.runtime.observability import count, log_failure, observed
from routing.services.jobs.work import carry_out

RESERVE = 25_000
"""Milliseconds before the function's end after which no page begins: the slowest takes a few seconds."""


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with no failures: a job that cannot go on raises, and its message comes again."""
    for record in event["Records"]:
        named = json.loads(record["body"])
        report = carry_out(
            wiring.store(),
            lambda messages: wiring.job_queue().put(messages),
            named["kind"],
            named["owner"],
            clock.now(),
            lambda: context.get_remaining_time_in_millis() > RESERVE,
        )
        for each, error in report.internal:
            count("InternalErrors")
            log_failure("a job passes over what has an error of ours", error, kind=named["kind"], of=each)
    return {"batchItemFailures": []}
