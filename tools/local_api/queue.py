"""A queue with its event source mapping and dead letters, as SQS and Lambda do it, in this process."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.template import QueueMapping


@dataclass
class _Message:
    id: str
    body: str
    visible_at: float
    receives: int = 0


@dataclass(frozen=True)
class DeadLetter:
    """What the dead-letter queue is sent."""

    queue: str
    body: str
    receives: int

    def __str__(self) -> str:
        """One line for the console."""
        return f"{self.queue}: a message given up after {self.receives} receipt(s)"


@dataclass
class LocalQueue:
    """Messages that wait for the mapping's function. `invoke` takes the event, and returns or raises.

    Without `start` nothing is delivered but by `deliver`. `now` gives seconds.
    """

    mapping: QueueMapping
    invoke: Callable[[dict[str, Any]], object]
    now: Callable[[], float] = time.monotonic
    on_dead: Callable[[DeadLetter], None] = lambda _: None
    dead: list[DeadLetter] = field(default_factory=list)
    deliveries: int = 0

    def __post_init__(self) -> None:
        self._waiting: dict[str, _Message] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._delivering = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(
            target=self._run, name=f"queue to {self.mapping.function}", daemon=True
        )

    def put(self, messages: Any) -> None:
        """Queue these bodies."""
        with self._changed:
            for body in messages:
                name = f"message-{next(self._numbers)}"
                self._waiting[name] = _Message(name, body, self.now())
            self._changed.notify_all()

    def retry_in(self, receipt: str, seconds: float) -> None:
        """Have a message that is being handled come again after this time, if it is not done then."""
        with self._changed:
            if receipt in self._waiting:
                self._waiting[receipt].visible_at = self.now() + seconds

    @property
    def waiting(self) -> int:
        """How many messages are not done."""
        with self._changed:
            return len(self._waiting)

    def start(self) -> None:
        """Deliver batches as they come due."""
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; what waits is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def settle(self) -> bool:
        """Deliver until nothing waits, retries without waiting; whether there was anything."""
        delivered = False
        while self.deliver(hurried=True):
            delivered = True
        return delivered

    def deliver(self, *, hurried: bool = False) -> bool:
        """Deliver one batch of the messages that are visible, or of all when hurried; False when there is none."""
        with self._delivering:
            batch = self._receive(hurried)
            if not batch:
                return False
            self._handle(batch)
            self.deliveries += 1
            return True

    def _receive(self, hurried: bool) -> list[_Message]:
        with self._changed:
            ready = [each for each in self._waiting.values() if hurried or each.visible_at <= self.now()]
            batch = ready[: self.mapping.batch_size]
            for each in batch:
                each.receives += 1
                each.visible_at = self.now() + self.mapping.visibility
            return batch

    def _handle(self, batch: list[_Message]) -> None:
        event = {"Records": [self._record(each) for each in batch]}
        try:
            failed = self._failed(batch, self.invoke(event))
        except Exception:  # noqa: BLE001 - whatever a function raises is its failure, as in Lambda
            failed = {each.id for each in batch}
        with self._changed:
            for each in batch:
                if each.id not in failed:
                    del self._waiting[each.id]
                elif each.receives >= self.mapping.max_receives:
                    del self._waiting[each.id]
                    letter = DeadLetter(self.mapping.queue, each.body, each.receives)
                    self.dead.append(letter)
                    self.on_dead(letter)
            self._changed.notify_all()

    def _record(self, message: _Message) -> dict[str, Any]:
        return {
            "messageId": message.id,
            "receiptHandle": message.id,
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": str(message.receives)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{self.mapping.queue}",
            "awsRegion": "us-east-1",
        }

    def _failed(self, batch: list[_Message], answer: object) -> set[str]:
        """The messages to receive again; all of them after an answer that names none of the batch's."""
        reported = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
        if not self.mapping.reports_failures or not reported:
            return set()
        known = {each.id for each in batch}
        named = {each.get("itemIdentifier") for each in reported}
        return known if named - known else known & named

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopping and (missing := self._until_due()) != 0:
                    self._changed.wait(missing)
                if self._stopping:
                    return
            self.deliver()

    def _until_due(self) -> float | None:
        """Seconds until a batch is to go; None while nothing waits."""
        if not self._waiting:
            return None
        visible = sorted(each.visible_at for each in self._waiting.values())
        full = len(visible) >= self.mapping.batch_size and visible[self.mapping.batch_size - 1]
        due = visible[0] + self.mapping.batching_window
        if full is not False:
            due = min(due, full)
        return max(0.0, due - self.now())
