"""Logs and metrics. A log line carries ids and codes, never what a lead carries."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count(name: str, value: int = 1) -> None:
    """Add to a metric of this invocation; it is written when the handler ends."""
    metrics.add_metric(name, MetricUnit.Count, value)


def observed(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A Lambda handler with its request id in every log line, and its metrics written at the end."""

    @wraps(handler)
    @logger.inject_lambda_context(clear_state=True)
    def run(event: Any, context: Any) -> Any:
        try:
            return handler(event, context)
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    return run
