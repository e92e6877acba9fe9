"""Hands stream records to one function as Lambda's event source mapping does, its failures included.

No thread, clock or engine in here: records in, calls out, so that every rule is tested without waiting.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.local_api.filters import check, matches
from tools.template import StreamMapping

Record = Mapping[str, Any]

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class FailedBatch:
    """What the on-failure destination is sent: which records were given up and why, never the records."""

    function: str
    condition: str
    first: str
    last: str
    size: int
    invocations: int
    error: str

    def __str__(self) -> str:
        """One line for the console."""
        return (
            f"{self.function}: {self.size} record(s) {self.first}..{self.last} given up after "
            f"{self.invocations} attempt(s): {self.condition}: {self.error}"
        )


@dataclass(frozen=True)
class _Batch:
    records: Sequence[Record]
    attempts: int = 0
    error: str = ""


class Delivery:
    """One event source mapping.

    `invoke` is the function: it takes the event, and returns or raises. `now` gives epoch seconds, as the
    records carry them. `wait` pauses between attempts, and may raise to break off. `on_failure` takes what is
    given up.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        invoke: Callable[[dict[str, Any]], object],
        *,
        now: Callable[[], float],
        wait: Callable[[float], None],
        on_failure: Callable[[FailedBatch], None],
    ) -> None:
        for pattern in mapping.filters:
            check(pattern)
        self.mapping = mapping
        self._invoke = invoke
        self._now = now
        self._wait = wait
        self._on_failure = on_failure

    def wants(self, record: Record) -> bool:
        """Whether the mapping's filters let the record through."""
        return not self.mapping.filters or any(matches(each, record) for each in self.mapping.filters)

    def deliver(self, records: Sequence[Record]) -> None:
        """Deliver one batch, in order, until each record was handled or given up."""
        pending = deque([_Batch(records)])
        failures = 0
        while pending:
            batch = self._without_aged(pending.popleft())
            if not batch.records:
                continue
            rest = self._attempt(batch)
            if not rest:
                continue
            pending.extendleft(reversed(rest))
            self._wait(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**failures))
            failures += 1

    def _attempt(self, batch: _Batch) -> list[_Batch]:
        """Invoke once; what is still to be delivered, in order."""
        records = batch.records
        try:
            answer = self._invoke({"Records": list(records)})
        except Exception as error:  # noqa: BLE001 - whatever a function raises is its failure, as in Lambda
            done, error_text = -1, f"{type(error).__name__}: {error}"
        else:
            done, error_text = self._checkpoint(records, answer)
        if done == len(records):
            return []
        if done < 0 and self.mapping.bisect and len(records) > 1:
            middle = len(records) // 2
            return [
                # Splitting costs no attempt.
                _Batch(records[:middle], batch.attempts, error_text),
                _Batch(records[middle:], batch.attempts, error_text),
            ]
        # What is left after a checkpoint is a new batch: its attempts begin with this one.
        attempts = 1 if done > 0 else batch.attempts + 1
        left = records[max(done, 0) :]
        if 0 <= self.mapping.max_retries < attempts:
            self._give_up(left, "RetryAttemptsExhausted", attempts, error_text)
            return []
        return [_Batch(left, attempts, error_text)]

    def _checkpoint(self, records: Sequence[Record], answer: object) -> tuple[int, str]:
        """How many records are done (-1: a malformed answer, which fails the whole batch), and a text."""
        reported = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
        if not self.mapping.reports_failures or not reported:
            return len(records), ""
        positions = {each["dynamodb"]["SequenceNumber"]: at for at, each in enumerate(records)}
        try:
            first = min(positions[each["itemIdentifier"]] for each in reported)
        except (KeyError, TypeError):
            return -1, f"batchItemFailures names no record of the batch: {reported}"
        return first, "reported by the function in batchItemFailures"

    def _without_aged(self, batch: _Batch) -> _Batch:
        if self.mapping.max_age < 0:
            return batch
        oldest = self._now() - self.mapping.max_age
        young: list[Record] = []
        aged: list[Record] = []
        for each in batch.records:
            (young if each["dynamodb"]["ApproximateCreationDateTime"] >= oldest else aged).append(each)
        if aged:
            self._give_up(aged, "RecordAgeExceeded", batch.attempts, batch.error)
        return _Batch(young, batch.attempts, batch.error)

    def _give_up(self, records: Sequence[Record], condition: str, invocations: int, error: str) -> None:
        first, last = (records[at]["dynamodb"]["SequenceNumber"] for at in (0, -1))
        self._on_failure(
            FailedBatch(self.mapping.function, condition, first, last, len(records), invocations, error)
        )
