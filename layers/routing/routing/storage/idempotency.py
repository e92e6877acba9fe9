"""Answers on record, each under its caller's `Idempotency-Key`."""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from routing.storage import keys
from routing.storage.leads import dumps
from routing.storage.table import Item, Key, Write

KEPT = timedelta(hours=24)
PLAIN = 64 * 1024
"""A longer answer is kept compressed: it may be larger than the request that it belongs to."""


def is_kept(item: Item | None, now: datetime) -> bool:
    """Whether an answer is on record still."""
    return item is not None and int(item["expires"]) > now.timestamp()


def record(key: Key, digest: str, status: int, body: Mapping[str, Any], now: datetime, **extra: Any) -> Write:
    """Keep this answer, unless another was recorded in the last 24 hours. digest: of the request's body."""
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "digest": digest,
            "status": status,
            "body": packed(body),
            "expires": int((now + KEPT).timestamp()),
            **extra,
        },
        condition="attribute_not_exists(PK) OR expires <= :now",
        values={":now": int(now.timestamp())},
    )


def answer_about(lead: str, answer: Key, now: datetime) -> Write:
    """Beside the lead, where no event names what was answered of it."""
    key = keys.answer_about(lead, answer.pk)
    return Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "answer": answer.pk,
            "expires": int((now + KEPT).timestamp()),
        },
    )


def erase(answer: str) -> Write:
    """What was answered, by the partition that it stands in, goes: the request again is carried out anew."""
    return Write("Delete", key=keys.answer(answer))


def forget(key: Key, entry: str) -> Write:
    """Take the record away, while it is of the ingest that has this log entry."""
    return Write(
        "Delete",
        key=key,
        condition="attribute_not_exists(PK) OR #entry = :entry",
        names={"#entry": "entry"},
        values={":entry": entry},
    )


def packed(body: Mapping[str, Any]) -> str | bytes:
    """The body as it is kept."""
    text = dumps(body)
    return text if len(text) <= PLAIN else zlib.compress(text.encode())


def unpacked(kept: Any) -> str | bytes:
    """The body's JSON."""
    if isinstance(kept, str):
        return kept
    return zlib.decompress(bytes(kept) if isinstance(kept, bytes | bytearray) else bytes(kept.value))
