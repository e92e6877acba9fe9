"""Projections: what happened to leads, from the table's stream, as notifications, and as metrics that alarms watch.

Marks of jobs, which come by the same stream, go on the queue of jobs; new leads, and repeats, into the list of their
source's posts; what users did, into the list of what they did lately.

Delivery is at least once, and so are these counts; notifications are told by the event that they are of, and the
timeline is what is exact.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from routing.runtime import clock, wiring
from routing.runtime.observability import count, metrics, observed
from routing.services.intake import posts
from routing.services.jobs import nudges
from routing.services.notify.notifications import tell
from routing.services.people import worked
from routing.storage import keys
from routing.storage.leads import event_from
from routing.storage.table import from_image

COUNTED = {
    "assigned": "LeadsAssigned",
    "held": "LeadsHeld",
    "unmatched": "LeadsUnmatched",
    "pulled": "LeadsPulled",
    "disposition": "Dispositions",
    "lease_expired": "LeasesExpired",
}
WAITED = {"assigned": "SecondsToAssign", "pulled": "SecondsToFirstPull"}


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with no failures: a record that cannot be read raises, and Lambda bisects to it."""
    images = [from_image(record["dynamodb"]["NewImage"]) for record in event["Records"]]
    nudges.tell(lambda messages: wiring.job_queue().put(messages), filter(keys.is_job, images))
    posts.point(wiring.store(), (each for each in images if not keys.is_job(each)))
    items = [each for each in images if not keys.is_job(each) and not keys.is_submission(each)]
    tell(wiring.store(), lambda messages: wiring.outbox().put(messages), items, clock.now())
    worked.list_under(wiring.store(), items, clock.now())
    for item in items:
        happened = event_from(item)
        if happened.kind in COUNTED:
            count(COUNTED[happened.kind])
        waited = happened.detail.get("waited")
        if happened.kind in WAITED and waited is not None:
            metrics.add_metric(WAITED[happened.kind], MetricUnit.Seconds, waited)
    return {"batchItemFailures": []}
