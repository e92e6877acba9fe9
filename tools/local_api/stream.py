"""Reads the table's stream and feeds it to the functions: one reader, and a worker for each mapping."""

import base64
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.local_api.delivery import Delivery, FailedBatch, Record
from tools.template import StreamMapping

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# A write that the runner knows of is read at once; others within the idle pause.
_BUSY_PAUSE = 0.02
_IDLE_PAUSE = 0.1
_SHARDS_AGAIN = 10.0


class NotSettledError(Exception):
    """Something did not come to rest in time; the message says what."""


class _StoppedError(Exception):
    """Breaks off a delivery when the pump stops."""


class StreamPump:
    """Delivers every record of the stream at `arn` to the mappings' functions, in the stream's order.

    Stricter than Lambda in one point: a mapping has one batch under way, however many shards the stream has.
    `start` is TRIM_HORIZON (from the oldest record) or LATEST. `lag` is how long, in seconds, the stream may
    be behind the table. What functions fail for good is in `failures`.
    """

    def __init__(
        self,
        client: "DynamoDBStreamsClient",
        arn: str,
        mappings: Sequence[StreamMapping],
        invoke: Callable[[str, dict[str, Any]], object],
        *,
        start: str = "TRIM_HORIZON",
        lag: float = 0.0,
    ) -> None:
        self.failures: list[FailedBatch] = []
        self._reader = _Reader(client, arn, start)
        self._lag = lag
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._poked = threading.Event()
        self._reading = threading.Lock()
        self._settling = threading.Lock()
        self._handed_out = 0
        self._workers = [_Worker(self, mapping, invoke) for mapping in mappings]
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Start reading and delivering."""
        for worker in self._workers:
            worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop; what was read and not delivered is dropped, so settle first."""
        self._stopping.set()
        self._hurry.set()
        self._poked.set()
        for worker in self._workers:
            worker.wake()
        for thread in (self._thread, *self._workers):
            if thread.is_alive():
                thread.join()

    def poke(self) -> None:
        """Say that something was probably written, so that it is read at once."""
        self._poked.set()

    def settle(self, timeout: float = 60.0) -> None:
        """Return when all records are handled, those that handling wrote too. Raises NotSettledError."""
        deadline = time.monotonic() + timeout
        with self._settling, self._hurrying():
            while True:
                for worker in self._workers:
                    if not worker.wait_idle(deadline - time.monotonic()):
                        raise NotSettledError(f"{worker.name} was still at work after {timeout:g} s")
                before = self._handed_out
                self._stopping.wait(self._lag)
                # Nothing was handed out from before this read until after it, and nobody is at work.
                read = self._read()
                if not read and self._handed_out == before and all(worker.idle for worker in self._workers):
                    return
                if time.monotonic() > deadline:
                    raise NotSettledError(f"The stream still had new records after {timeout:g} s")

    def report(self, failed: FailedBatch) -> None:
        """The on-failure destination."""
        self.failures.append(failed)
        print(f"On-failure destination: {failed}", file=sys.stderr, flush=True)

    def pause(self, seconds: float) -> None:
        """Wait between two attempts; not at all while somebody waits for the pump to settle."""
        self._hurry.wait(seconds)
        if self._stopping.is_set():
            raise _StoppedError

    @property
    def hurried(self) -> bool:
        """Whether to deliver without waiting for more."""
        return self._hurry.is_set()

    @property
    def stopping(self) -> bool:
        """Whether to come to an end."""
        return self._stopping.is_set()

    @contextmanager
    def _hurrying(self) -> Iterator[None]:
        self._hurry.set()
        for worker in self._workers:
            worker.wake()
        try:
            yield
        finally:
            if not self._stopping.is_set():
                self._hurry.clear()

    def _read(self) -> int:
        with self._reading:
            records = self._reader.read()
            for worker in self._workers:
                worker.put(records)
            self._handed_out += len(records)
            return len(records)

    def _run(self) -> None:
        idle = _IDLE_PAUSE
        while not self._stopping.is_set():
            read_at = time.monotonic()
            try:
                read = self._read()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    print(f"The stream cannot be read, trying again: {error}", file=sys.stderr, flush=True)
                    self._stopping.wait(1)
                continue
            idle = _BUSY_PAUSE if read else min(_IDLE_PAUSE, idle * 2)
            if self._poked.wait(idle):
                self._poked.clear()
                idle = _BUSY_PAUSE
                # The first of a burst of writes is read at once, the rest together.
                self._stopping.wait(max(0, read_at + _BUSY_PAUSE - time.monotonic()))


class _Worker(threading.Thread):
    """Collects one mapping's batches and delivers them one after the other."""

    def __init__(
        self, pump: StreamPump, mapping: StreamMapping, invoke: Callable[[str, dict[str, Any]], object]
    ) -> None:
        super().__init__(name=f"stream to {mapping.function}", daemon=True)
        self._pump = pump
        self._mapping = mapping
        self._delivery = Delivery(
            mapping,
            lambda event: invoke(mapping.function, event),
            now=time.time,
            wait=pump.pause,
            on_failure=pump.report,
        )
        self._changed = threading.Condition()
        self._queue: deque[tuple[float, Record]] = deque()
        self._busy = False

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting and nothing is being delivered."""
        with self._changed:
            return not self._queue and not self._busy

    def wait_idle(self, seconds: float) -> bool:
        """Wait until idle; False when that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, max(0, seconds))

    def put(self, records: Sequence[Record]) -> None:
        """Queue those records that the mapping's filters let through."""
        wanted = [each for each in records if self._delivery.wants(each)]
        if wanted:
            with self._changed:
                self._queue.extend((time.monotonic(), each) for each in wanted)
                self._changed.notify_all()

    def wake(self) -> None:
        """Look again whether to hurry or to stop."""
        with self._changed:
            self._changed.notify_all()

    def run(self) -> None:
        while batch := self._next_batch():
            try:
                self._delivery.deliver(batch)
            except _StoppedError:
                return
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
                # The function has probably written something.
                self._pump.poke()

    def _next_batch(self) -> list[Record]:
        with self._changed:
            while not self._pump.stopping:
                missing = self._until_due()
                if missing is not None and missing <= 0:
                    self._busy = True
                    size = min(self._mapping.batch_size, len(self._queue))
                    return [self._queue.popleft()[1] for _ in range(size)]
                self._changed.wait(missing)
        return []

    def _until_due(self) -> float | None:
        """Seconds until the next batch is to go; None while there is no record."""
        if not self._queue:
            return None
        if self._pump.hurried or len(self._queue) >= self._mapping.batch_size:
            return 0
        return self._queue[0][0] + self._mapping.batching_window - time.monotonic()


@dataclass
class _Shard:
    iterator: str | None
    last: str | None = None


class _Reader:
    """The stream's shards, parents before their children, each from where it was left."""

    def __init__(self, client: "DynamoDBStreamsClient", arn: str, start: str) -> None:
        self._client = client
        self._arn = arn
        self._start = start
        self._open: dict[str, _Shard] = {}
        self._read_to_the_end: set[str] = set()
        self._look_again = 0.0

    def read(self) -> list[Record]:
        """What is new, in order within each shard."""
        if time.monotonic() >= self._look_again:
            self._find_shards()
        records: list[Record] = []
        for name, shard in list(self._open.items()):
            records += self._read_shard(name, shard)
        return records

    def _find_shards(self) -> None:
        known: dict[str, str | None] = {}
        request: dict[str, Any] = {"StreamArn": self._arn}
        while True:
            description = self._client.describe_stream(**request)["StreamDescription"]
            known |= {each["ShardId"]: each.get("ParentShardId") for each in description.get("Shards", [])}
            if "LastEvaluatedShardId" not in description:
                break
            request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]
        for name, parent in known.items():
            parent_done = parent is None or parent not in known or parent in self._read_to_the_end
            if parent_done and name not in self._open and name not in self._read_to_the_end:
                self._open[name] = _Shard(self._iterator(name, self._start))
        # A shard that appears later than our start has nothing that is older than it.
        self._start = "TRIM_HORIZON"
        self._look_again = time.monotonic() + _SHARDS_AGAIN

    def _iterator(self, name: str, kind: str, after: str | None = None) -> str:
        request: dict[str, Any] = {"StreamArn": self._arn, "ShardId": name, "ShardIteratorType": kind}
        if after is not None:
            request["SequenceNumber"] = after
        return self._client.get_shard_iterator(**request)["ShardIterator"]

    def _read_shard(self, name: str, shard: _Shard) -> list[Record]:
        if shard.iterator is None:
            shard.iterator = (
                self._iterator(name, "AFTER_SEQUENCE_NUMBER", shard.last)
                if shard.last
                else self._iterator(name, self._start)
            )
        try:
            answer = self._client.get_records(ShardIterator=shard.iterator)
        except self._client.exceptions.ExpiredIteratorException:
            # The machine slept: iterators live 15 minutes.
            shard.iterator = None
            return []
        records: list[Record] = [lambda_record(each, self._arn) for each in answer["Records"]]
        if records:
            shard.last = records[-1]["dynamodb"]["SequenceNumber"]
        shard.iterator = answer.get("NextShardIterator")
        if shard.iterator is None:
            del self._open[name]
            self._read_to_the_end.add(name)
            self._look_again = 0.0
        return records


def lambda_record(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """A record of the streams API in the form in which Lambda puts it into an event."""
    change = dict(record["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        change["ApproximateCreationDateTime"] = created.timestamp()
    for image in ("Keys", "NewImage", "OldImage"):
        if image in change:
            change[image] = {name: _typed(value) for name, value in change[image].items()}
    own = ("eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "userIdentity")
    return {**{key: record[key] for key in own if key in record}, "dynamodb": change, "eventSourceARN": arn}


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    """An attribute value with its bytes as base64, as in Lambda's JSON."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64encode(content).decode()}
        case "BS":
            return {kind: [base64.b64encode(each).decode() for each in content]}
        case "L":
            return {kind: [_typed(each) for each in content]}
        case "M":
            return {kind: {name: _typed(each) for name, each in content.items()}}
    return {kind: content}
