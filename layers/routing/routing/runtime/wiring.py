"""Builds what the handlers share, once per container and on first use; or before the snapshot that it starts from."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

import boto3
from botocore.config import Config

from routing.domain.notifications import Channel
from routing.runtime.http import Request
from routing.runtime.observability import logger
from routing.runtime.settings import COGNITO_NAME, settings
from routing.services.core.store import Store
from routing.services.notify.delivery import Sender
from routing.services.people import presence
from routing.services.people.sign_ins import Directory, Nowhere
from routing.storage import keys
from routing.storage.configuration import Configuration
from routing.storage.objects import Objects
from routing.storage.outbox import Outbox
from routing.storage.table import Table, is_outage


@cache
def store() -> Store:
    found = settings()
    # A call that hangs is worse than one that is tried again: every write stands under a condition.
    config = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=32,
        # The table checks what it is sent; and botocore would compose its own name anew for each request. Without
        # both a call takes two thirds of its time in this process, a transaction of twenty writes half.
        parameter_validation=False,
        user_agent="lead-routing",
    )
    table = Table(boto3.client("dynamodb", config=config), found.table_name)
    configuration = Configuration(table, found.company_timezone, found.admin_account)
    return Store(table, configuration, found.hash_key, lambda: objects())  # noqa: PLW0108 - as it is wired by then


def _client(service: str) -> Any:
    """A client for what is slower than the table, and waited for by nobody."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # the service is a variable


@cache
def objects() -> Objects:
    """The files of imports; asked for only where there is one."""
    config = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=8,
        # An address to put a file at asks for no header but the host's, and is one of this region.
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
    return Objects(boto3.client("s3", config=config), settings().import_bucket)


class MessageQueue(Protocol):
    """Where messages wait to be handled; `retry_in` has a received one come again after so many seconds."""

    def put(self, messages: Sequence[str]) -> None: ...

    def retry_in(self, receipt: str, seconds: int) -> None: ...


@cache
def outbox() -> MessageQueue:
    """The queue of what is to be sent; asked for only when there is something."""
    return Outbox(_client("sqs"), settings().notification_queue)


@cache
def job_queue() -> MessageQueue:
    """The queue of jobs that are to be worked on; asked for only when there is one."""
    return Outbox(_client("sqs"), settings().job_queue)


@cache
def senders() -> Mapping[Channel, Sender]:
    """The channels that there are: e-mail only with an address to send it from."""
    from routing.runtime.webhooks import WebhookSender

    found: dict[Channel, Sender] = {"webhook": WebhookSender(keys.webhook_key(settings().hash_key))}
    if settings().email_sender:
        from routing.runtime.email import EmailSender

        found["email"] = EmailSender(_client("sesv2"), settings().email_sender)
    return found


@cache
def sign_ins() -> Directory:
    """Where people's sign-ins are: the user pool, unless tokens name accounts by a claim that others give out."""
    found = settings()
    if not found.user_pool or found.account_claim != COGNITO_NAME:
        claim = f"Nothing was done: tokens name accounts by their claim {found.account_claim!r}."
        return Nowhere(f"{claim} Whoever gives them out decides who can sign in.")
    from routing.runtime.sign_ins import CognitoSignIns

    return CognitoSignIns(_client("cognito-idp"), found.user_pool)


def note_active(request: Request) -> None:
    """Count an answered request as the user's activity. The request has been carried out: nothing here may fail it."""
    if not request.user or request.is_background:
        return
    found = store()
    try:
        presence.seen(found, request.user, request.now)
    except Exception as failure:  # anything but an outage is raised again
        if not is_outage(failure):
            raise
        logger.warning("activity was not noted", error=type(failure).__name__)


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    store()  # it opens no connection, and its credentials are renewed when they have expired
