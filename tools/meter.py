"""Meters a botocore client: what its calls cost in request units, and how many round trips it made one after another.

The units follow from the requests themselves, because engines on this machine report them for some calls only.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from routing.storage.sizes import Item, item_size
from routing.storage.table import MAX_PARALLEL, Table
from tools.request_units import Shape, Units, read_units, shown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BILLED_REFUSALS = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})
"""Errors that cost what success would have cost. Others (a throttle, a malformed request) cost nothing."""
_SINGLE_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request. started, ended: seconds of a monotonic clock. parts: what each item of it cost, in words. What a
    table runs in parallel counts as started at once, however late a busy machine gets to it.

    error: the code that the engine refused it with, or the name of what broke it off.
    """

    operation: str
    started: float
    ended: float
    units: Units
    parts: tuple[str, ...]
    error: str | None = None


@dataclass(slots=True)
class _Write:
    """One write of a request: Put, Update, Delete or ConditionCheck. before: the item that it meets."""

    action: str
    table: str
    key: dict[str, Any]
    item: Item | None = None
    before: Item | None = None

    def __str__(self) -> str:
        return f"{self.action} {_shown(self.key)}"


def _shown(key: Mapping[str, Any]) -> str:
    return " ".join(next(iter(value.values())) for value in key.values())


@dataclass(slots=True)
class _Pending:
    started: float
    params: Mapping[str, Any]
    writes: list[_Write] = field(default_factory=list)


class _HandedOver(threading.local):
    """When this thread was given what it does; None once that has sent something."""

    at: float | None = None


class Meter:
    """Meters the calls of `client` while the context lasts.

    looker: another client of the same engine, with which the meter reads what a request does not say: the item before
    a write and after an update. So nobody else may write these items meanwhile. latency: the least time, in seconds,
    that a call takes; a distance as to a real table, so that calls sent at once overlap however fast an engine is.
    """

    def __init__(self, client: "DynamoDBClient", looker: "DynamoDBClient", latency: float = 0.0) -> None:
        self.calls: list[Call] = []
        self._client = client
        self._looker: Any = looker
        self._latency = latency
        self._shapes: dict[str, Shape] = {}
        self._lock = threading.Lock()
        self._hooks: dict[str, Callable[..., None]] = {
            "provide-client-params.dynamodb": self._begin,
            "before-call.dynamodb": self._travel,
            "after-call.dynamodb": self._end,
            "after-call-error.dynamodb": self._break_off,
        }
        self._handed_over = _HandedOver()

    def __enter__(self) -> Self:
        self._run_parallel = Table.run_parallel
        setattr(Table, "run_parallel", self._in_parallel())  # noqa: B010 - a method in another's place
        for event, hook in self._hooks.items():
            self._client.meta.events.register(event, hook)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(Table, "run_parallel", self._run_parallel)  # noqa: B010
        for event, hook in self._hooks.items():
            self._client.meta.events.unregister(event, hook)

    @property
    def units(self) -> Units:
        """The sum over all calls."""
        return sum((each.units for each in self.calls), Units())

    @property
    def round_trips(self) -> int:
        """The longest chain of calls of which each began after the one before had ended."""
        chained, free_at = 0, -math.inf
        for call in sorted(self.calls, key=lambda each: each.ended):
            if call.started >= free_at:
                chained, free_at = chained + 1, call.ended
        return chained

    def trace(self) -> str:
        """Every call in the order sent, with what each of its items cost."""
        lines = []
        first = min((each.started for each in self.calls), default=0.0)
        for call in sorted(self.calls, key=lambda each: each.started):
            span = f"{(call.started - first) * 1000:.0f}-{(call.ended - first) * 1000:.0f} ms"
            refused = f", {call.error}" if call.error else ""
            lines.append(f"{span} {call.operation}: {shown(call.units)}{refused}")
            lines += [f"    {each}" for each in call.parts]
        return "\n".join(lines)

    def _in_parallel(self) -> Callable[..., list[Any]]:
        def run_parallel(table: Table, *calls: Callable[[], Any]) -> list[Any]:
            at = self._handed_over.at or time.monotonic()

            def handed_over(do: Callable[[], Any]) -> Any:
                self._handed_over.at = at
                try:
                    return do()
                finally:
                    self._handed_over.at = None

            at_once, others = calls[: MAX_PARALLEL + 1], calls[MAX_PARALLEL + 1 :]
            return self._run_parallel(table, *(partial(handed_over, each) for each in at_once), *others)

        return run_parallel

    def _begin(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        pending = _Pending(self._handed_over.at or time.monotonic(), params)
        self._handed_over.at = None
        context["meter"] = pending
        pending.writes = list(self._writes(model.name, params))
        found = self._read(pending.writes)
        for each in pending.writes:
            each.before = found.get((each.table, _shown(each.key)))

    def _travel(self, context: Mapping[str, Any], **_: Any) -> None:
        pending: _Pending = context["meter"]
        time.sleep(max(0.0, pending.started + self._latency - time.monotonic()))

    def _end(self, parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        pending: _Pending = context["meter"]
        ended = time.monotonic()
        error = parsed.get("Error", {}).get("Code")
        if error is not None and error not in BILLED_REFUSALS:
            priced: list[tuple[str, Units]] = []
        elif pending.writes:
            priced = self._price_writes(model.name, pending, done=error is None)
        else:
            priced = list(self._price_reads(model.name, pending.params, parsed))
        self._note(Call(model.name, pending.started, ended, *_summed(priced), error))

    def _break_off(self, exception: Exception, context: Mapping[str, Any], **_: Any) -> None:
        pending: _Pending = context["meter"]
        self._note(Call("?", pending.started, time.monotonic(), Units(), (), type(exception).__name__))

    def _note(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def _shape(self, table: str) -> Shape:
        with self._lock:
            if table not in self._shapes:
                self._shapes[table] = Shape.of(self._looker.describe_table(TableName=table)["Table"])
            return self._shapes[table]

    def _writes(self, operation: str, params: Mapping[str, Any]) -> Iterator[_Write]:
        if operation in _SINGLE_WRITES:
            yield self._write(_SINGLE_WRITES[operation], params)
        elif operation == "TransactWriteItems":
            for each in params["TransactItems"]:
                ((action, request),) = each.items()
                yield self._write(action, request)

    def _write(self, action: str, request: Mapping[str, Any]) -> _Write:
        table, item = request["TableName"], request.get("Item")
        key = self._shape(table).key_of(item) if item is not None else dict(request["Key"])
        return _Write(action, table, key, item)

    def _read(self, writes: Iterable[_Write]) -> dict[tuple[str, str], Item]:
        """The items that these writes are about, as they now stand."""
        wanted: dict[str, list[dict[str, Any]]] = {}
        for each in writes:
            wanted.setdefault(each.table, []).append(each.key)
        requests: Any = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in wanted.items()}
        found: dict[tuple[str, str], Item] = {}
        while requests:
            answer = self._looker.batch_get_item(RequestItems=requests)
            for table, items in answer["Responses"].items():
                shape = self._shape(table)
                found |= {(table, _shown(shape.key_of(item))): item for item in items}
            requests = answer.get("UnprocessedKeys")
        return found

    def _price_writes(self, operation: str, pending: _Pending, *, done: bool) -> list[tuple[str, Units]]:
        factor = 2 if operation.startswith("Transact") else 1
        updates = self._read(each for each in pending.writes if each.action == "Update") if done else {}
        priced = []
        for each in pending.writes:
            match each.action:
                case "Put":
                    after = each.item
                case "Update":
                    after = updates.get((each.table, _shown(each.key)))
                case "Delete":
                    after = None
                case _:
                    after = each.before
            units = self._shape(each.table).write(each.before, after, factor=factor, done=done)
            priced.append((f"{each}, {max(item_size(each.before), item_size(after))} B", units))
        return priced

    def _price_reads(
        self, operation: str, params: Mapping[str, Any], parsed: Mapping[str, Any]
    ) -> Iterator[tuple[str, Units]]:
        match operation:
            case "GetItem":
                item = parsed.get("Item")
                if "ProjectionExpression" in params:
                    request = {"TableName": params["TableName"], "Key": params["Key"], "ConsistentRead": True}
                    item = self._looker.get_item(**request).get("Item")
                yield _priced_read(_shown(params["Key"]), [item], params)
            case "BatchGetItem":
                for table, request in params["RequestItems"].items():
                    if "ProjectionExpression" in request:
                        raise NotImplementedError("a BatchGetItem that projects")
                    waiting = parsed.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
                    shape = self._shape(table)
                    items = {_shown(shape.key_of(each)): each for each in parsed["Responses"].get(table, [])}
                    for key in request["Keys"]:
                        if key not in waiting:
                            yield _priced_read(_shown(key), [items.get(_shown(key))], request)
            case "Query":
                items = parsed.get("Items", [])
                if params.get("Select") == "COUNT" or {"FilterExpression", "ProjectionExpression"} & set(
                    params
                ):
                    items = self._looker.query(**_unfiltered(params))["Items"]
                partition = _shown(params["ExpressionAttributeValues"])
                where = f"{params.get('IndexName', 'table')} {partition}, {len(items)} items"
                yield _priced_read(where, items, params)
            case "DescribeTable":
                return
            case _:
                raise NotImplementedError(f"the meter does not know the price of {operation}")


def _unfiltered(params: Mapping[str, Any]) -> dict[str, Any]:
    """The Query without what leaves out of its answer what it was billed for."""
    dropped = {"Select", "FilterExpression", "ProjectionExpression"}
    kept = {name: value for name, value in params.items() if name not in dropped}
    used = kept["KeyConditionExpression"]
    for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept[names] = {name: value for name, value in kept.get(names, {}).items() if name in used}
    return {name: value for name, value in kept.items() if value != {}}


def _priced_read(what: str, items: Sequence[Item | None], request: Mapping[str, Any]) -> tuple[str, Units]:
    size = sum(item_size(each) for each in items)
    consistent = bool(request.get("ConsistentRead"))
    return f"{what}, {size} B", Units(read=read_units(size, consistent=consistent))


def _summed(priced: Sequence[tuple[str, Units]]) -> tuple[Units, tuple[str, ...]]:
    total = sum((units for _, units in priced), Units())
    return total, tuple(f"{what}: {shown(units)}" for what, units in priced)
