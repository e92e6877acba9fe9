"""`Idempotency-Key`: the answer to a request is written in the transaction that carries the request out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.services.core.problems import Problem
from routing.storage import keys
from routing.storage.idempotency import is_kept, packed, record, unpacked
from routing.storage.table import ConditionFailed, Item, Key, Table, Write

KEY_REUSED = "idempotency_key_reused"
LARGEST = 380 * 1024
"""What fits into an item beside the rest of a record."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status and JSON body. receipt: the id of what became part of a lead that was there.

    costs: what each lead costs that it tells of, for senders who are told; None where it does not say.
    """

    status: int
    body: Mapping[str, Any]
    receipt: str | None = None
    costs: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Once:
    """One caller's key for one request, and a digest of the body that came with it."""

    key: Key
    digest: str

    def of_part(self, at: int) -> "Once":
        """For one of several things that the request asks for."""
        return Once(Key(self.key.pk, f"{self.key.sk}#{at}"), self.digest)

    def of(self, lead: str) -> "Once":
        """For one of several leads that the request is about, apart from the others: it is erased with its person."""
        return Once(keys.idempotency(self.key.pk, "lead", lead), self.digest)

    def apart(self, whose: str) -> "Once":
        """The same key, of somebody who has theirs for themselves."""
        return Once(Key(self.key.pk, f"{self.key.sk}#{whose}"), self.digest)

    def answered(self, item: Item | None, now: datetime) -> Answer | None:
        """The answer already given, if any. Raises a 422 problem when the key came with another body."""
        if item is None or not is_kept(item, now):
            return None
        if item["digest"] != self.digest:
            raise Problem(422, KEY_REUSED, "This Idempotency-Key was used with another request body.")
        return Answer(int(item["status"]), json.loads(unpacked(item["body"])))

    def record(self, answer: Answer, now: datetime, **extra: Any) -> Write:
        """The write that makes `answer` the answer, unless another was recorded in the last 24 hours."""
        return record(self.key, self.digest, answer.status, answer.body, now, **extra)


def recorded(once: Once | None, answer: Answer, event: Write, now: datetime) -> list[Write]:
    """The timeline event of what was done, and the record of its answer, for one transaction.

    The event names the record: what was answered of a lead goes when its person is erased.
    """
    if once is None:
        return [event]
    return [replace(event, item={**event.item, "answer": once.key.pk}), once.record(answer, now)]


def answered_once(table: Table, once: Once | None, now: datetime, make: Callable[[], Answer]) -> Answer:
    """For a request that changes nothing: the answer on record, or a new one, recorded unless it is too large."""
    if once is None:
        return make()
    if given := once.answered(table.get(once.key), now):
        return given
    answer = make()
    if len(packed(answer.body)) > LARGEST:
        return answer
    try:
        table.write(once.record(answer, now))
    except ConditionFailed as twin:
        return once.answered(twin.failed[0], now) or answer
    return answer
