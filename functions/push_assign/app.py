"""Push: new entries of the intake logs, from the table's stream, become assignments."""

from typing import Any

from routing.runtime import clock
from routing.runtime.observability import count, log_failure, logger, observed
from routing.runtime.wiring import store
from routing.services.jobs.run import handle
from routing.storage.table import from_image


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with the first record that could not be handled, from which Lambda then goes on."""
    records = event["Records"]
    report = handle(store(), [from_image(each["dynamodb"]["NewImage"]) for each in records], clock.now())
    for lead, error in report.internal:
        count("InternalHolds")
        log_failure("a decision raised; the lead is held", error, lead=lead)
    if report.failed is None:
        return {"batchItemFailures": []}
    count("PushRetries")
    logger.warning("a batch will be retried", error=type(report.failed).__name__, done=report.done)
    return {"batchItemFailures": [{"itemIdentifier": records[report.done]["dynamodb"]["SequenceNumber"]}]}
