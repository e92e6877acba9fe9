"""Builds what the handlers share, once per container and on first use."""

from functools import cache

import boto3
from botocore.config import Config

from routing.runtime.http import Request
from routing.runtime.observability import logger
from routing.runtime.settings import settings
from routing.services import presence
from routing.services.store import Store
from routing.storage.configuration import Configuration
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
    )
    table = Table(boto3.client("dynamodb", config=config), found.table_name)
    return Store(table, Configuration(table, found.company_timezone, found.admin_account), found.hash_key)


def note_active(request: Request) -> None:
    """Count an answered request as the user's activity. The request has been carried out: nothing here may fail it."""
    if not request.user or request.is_background:
        return
    found = store()
    try:
        presence.seen(found, request.user, request.now)
    except Exception as failure:
        if not is_outage(failure):
            raise
        logger.warning("activity was not noted", error=type(failure).__name__)
