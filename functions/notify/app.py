"""Notify: queued notifications, as e-mail and to webhooks; many at once become one message per user and channel."""

import json
from typing import Any

from routing.runtime import clock, wiring
from routing.runtime.observability import count, log_failure, logger, observed
from routing.services.notify.delivery import deliver, received

RESERVE = 25_000
"""Milliseconds before the function's end after which no sending begins: a look-up and ten seconds more."""


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with the messages to receive again; each has been given the time after which it comes."""
    messages = [received(each, json.loads(each["body"])) for each in event["Records"]]
    report = deliver(
        wiring.store(),
        wiring.senders(),
        lambda receipt, seconds: wiring.outbox().retry_in(receipt, seconds),
        messages,
        clock.now(),
        lambda: context.get_remaining_time_in_millis() > RESERVE,
    )
    for name, number in (("NotificationsSent", report.sent), ("NotificationsDropped", report.dropped)):
        if number:
            count(name, number)
    for user, channel, why, error in report.why:
        count("NotificationFailures")
        if error is None:
            logger.warning("a notification was not delivered", user=user, channel=channel, error=why)
        else:
            log_failure("a notification was not delivered", error, user=user, channel=channel, why=why)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in report.failed]}
