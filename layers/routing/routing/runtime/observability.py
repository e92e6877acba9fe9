"""Logs and metrics. A log line carries ids and codes, never what a lead carries."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count(name: str, value: int = 1) -> None:
    """Add to a metric of this invocation; it is written when the handler ends."""
    metrics.add_metric(name, MetricUnit.Count, value)


def log_failure(message: str, failure: BaseException, **ids: str) -> None:
    """Log what went wrong and where, but not the failure's own words: they may quote what a lead carries."""
    frames = traceback.extract_tb(failure.__traceback__)
    where = [f"{PurePath(each.filename).name}:{each.lineno} {each.name}" for each in frames]
    logger.error(message, extra={"error": type(failure).__name__, "where": where, **ids})


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
