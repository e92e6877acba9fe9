"""`Idempotency-Key`: the answer to a request is written in the transaction that carries the request out."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routing.services.core.problems import Problem
from routing.storage.leads import dumps
from routing.storage.table import ConditionFailed, Item, Key, Table, Write

KEPT = timedelta(hours=24)
PLAIN = 64 * 1024
"""A longer answer is kept compressed: it may be larger than the request that it belongs to."""
LARGEST = 380 * 1024
"""What fits into an item beside the rest of a record."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status and JSON body."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """One caller's key for one request, and a digest of the body that came with it."""

    key: Key
    digest: str

    def answered(self, item: Item | None, now: datetime) -> Answer | None:
        """The answer already given, if any. Raises a 422 problem when the key came with another body."""
        if item is None or int(item["expires"]) <= now.timestamp():
            return None
        if item["digest"] != self.digest:
            raise Problem(
                422, "idempotency_key_reused", "This Idempotency-Key was used with another request body."
            )
        return Answer(int(item["status"]), json.loads(_unpacked(item["body"])))

    def record(self, answer: Answer, now: datetime, **extra: Any) -> Write:
        """The write that makes `answer` the answer, unless another was recorded in the last 24 hours."""
        return Write(
            "Put",
            item={
                "PK": self.key.pk,
                "SK": self.key.sk,
                "digest": self.digest,
                "status": answer.status,
                "body": _packed(answer.body),
                "expires": int((now + KEPT).timestamp()),
                **extra,
            },
            condition="attribute_not_exists(PK) OR expires <= :now",
            values={":now": int(now.timestamp())},
        )


def _packed(body: Mapping[str, Any]) -> str | bytes:
    text = dumps(body)
    return text if len(text) <= PLAIN else zlib.compress(text.encode())


def _unpacked(kept: Any) -> str | bytes:
    if isinstance(kept, str):
        return kept
    return zlib.decompress(bytes(kept) if isinstance(kept, bytes | bytearray) else bytes(kept.value))


def answered_once(table: Table, once: Once | None, now: datetime, make: Callable[[], Answer]) -> Answer:
    """For a request that changes nothing: the answer on record, or a new one, recorded unless it is too large."""
    if once is None:
        return make()
    if given := once.answered(table.get(once.key), now):
        return given
    answer = make()
    if len(_packed(answer.body)) > LARGEST:
        return answer
    try:
        table.write(once.record(answer, now))
    except ConditionFailed as twin:
        return once.answered(twin.losers[0], now) or answer
    return answer
