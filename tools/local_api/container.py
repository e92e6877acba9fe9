"""Makes this process what a function's container is in Lambda: its environment and what is built from it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from routing.domain.notifications import Channel
from routing.runtime import clock, wiring
from routing.runtime.observability import logger, metrics
from routing.runtime.settings import settings
from routing.services.notify.delivery import Sender
from routing.services.people.sign_ins import Nowhere
from tools import dynamodb_rules, engines, template
from tools.local_api.outlets import Kept

_HASH_KEY = "only-for-this-machine"
BUCKET = "lead-routing-imports"

NO_SIGN_INS = Nowhere(
    "Nothing was done: nobody signs in here. The bearer token `dev:<account>` stands for the account."
)

# Functions write their logs and metrics to standard output, which is the runner's own here.
_LOG_LEVEL = "WARNING"


class _NoMetrics(AmazonCloudWatchEMFProvider):
    """Nobody collects them."""

    def add_metric(self, *_: Any, **__: Any) -> None:
        """Leave it out."""


@contextmanager
def container(
    endpoint: str | None,
    table: str,
    queue: wiring.MessageQueue | None = None,
    senders: Mapping[Channel, Sender] | None = None,
    jobs: wiring.MessageQueue | None = None,
    files: str | None = None,
) -> Iterator[None]:
    """While the context lasts the functions run on `table` at `endpoint`, or in AWS itself when that is None.

    Notifications go to `queue` and from there to `senders`, jobs to `jobs`; without them they are kept, and nothing
    leaves the machine. files: the endpoint of the objects, where it is another one. Afterwards the environment is as
    before, the clock is free and the connections are closed.
    """
    outbox, job_queue = queue or Kept(), jobs or Kept()
    before = dict(os.environ)
    os.environ.update(_environment(endpoint, table))
    if files is not None:
        os.environ["AWS_ENDPOINT_URL_S3"] = files
    if endpoint is not None:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            os.environ.pop(name, None)
    # Both were made when they were imported, from the environment as it was then.
    level, provider = logger.log_level, metrics.provider
    outlets = wiring.outbox, wiring.job_queue, wiring.senders, wiring.sign_ins
    logger.setLevel(os.environ["POWERTOOLS_LOG_LEVEL"])
    metrics.provider = _NoMetrics()
    # The queues and the channels are the one thing that is not the deployed one's with another endpoint.
    wiring.outbox, wiring.job_queue = lambda: outbox, lambda: job_queue  # type: ignore[assignment]  # not cached, as the deployed ones are
    wiring.senders = lambda: dict(senders or {})  # type: ignore[assignment]  # not cached, either
    wiring.sign_ins = lambda: NO_SIGN_INS  # type: ignore[assignment]  # nor this
    _forget()
    # Here and not by whichever call comes first: two at once would build it twice.
    shared = wiring.store()
    dynamodb_rules.enforce(shared.table.client)
    try:
        yield
    finally:
        shared.table.client.close()
        _forget()
        logger.setLevel(level)
        metrics.provider = provider
        wiring.outbox, wiring.job_queue, wiring.senders, wiring.sign_ins = outlets
        clock.fix(None)
        os.environ.clear()
        os.environ.update(before)


def _forget() -> None:
    settings.cache_clear()
    wiring.store.cache_clear()
    wiring.objects.cache_clear()


def hash_key(endpoint: str | None) -> str:
    """Only a table in AWS can hold hashes that were made elsewhere, with the deployed key."""
    return os.environ.get("HASH_KEY", _HASH_KEY) if endpoint is None else _HASH_KEY


def _environment(endpoint: str | None, table: str) -> dict[str, str]:
    """The template's environment, with what only this machine can say."""
    variables: dict[str, str] = {}
    for function in template.functions():
        variables |= template.environment(function)
    return {
        **variables,
        **(engines.client_environment(endpoint) if endpoint is not None else {}),
        "TABLE_NAME": table,
        "IMPORT_BUCKET": BUCKET if endpoint is not None else os.environ.get("IMPORT_BUCKET", ""),
        "HASH_KEY": hash_key(endpoint),
        "POWERTOOLS_LOG_LEVEL": os.environ.get("POWERTOOLS_LOG_LEVEL", _LOG_LEVEL),
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
