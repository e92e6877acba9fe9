"""Requests in an owner's intake log."""

from datetime import datetime, timedelta
from typing import Any

from routing.storage import keys
from routing.storage.table import Write

KEPT = timedelta(days=7)


def put(owner: str, identifier: str, kind: str, now: datetime, **detail: Any) -> Write:
    """A log entry, unless there is one under this identifier."""
    key = keys.submission(owner, identifier)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "kind": kind,
            "expires": int((now + KEPT).timestamp()),
            **detail,
        },
        condition="attribute_not_exists(PK)",
    )


def abandoned(owner: str, identifier: str, now: datetime) -> Write:
    """A tombstone in the place of a lead's entry that never came: an ingest that is merely slow fails on it."""
    key = keys.submission(owner, identifier)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "kind": "abandoned",
            "expires": int((now + KEPT).timestamp()),
        },
        condition="attribute_not_exists(PK) OR kind = :abandoned",
        values={":abandoned": "abandoned"},
    )
