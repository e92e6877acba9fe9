"""One table through one low-level client: reads in bulk, writes under conditions, what a refusal means."""

import base64
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from routing.storage.sizes import item_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = dict[str, Any]
RANDOM = random.SystemRandom()
"""Not the module's own generator: functions that start from one snapshot would all draw the same from it."""
BATCH_GET_KEYS = 100
ATTEMPTS = 6
RETRIABLE = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class Key(NamedTuple):
    pk: str
    sk: str


def to_item(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB's typed ones; None is left out."""
    return {name: _serialize(value) for name, value in plain.items() if value is not None}


def from_item(typed: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in typed.items()}


def from_image(image: Mapping[str, Any]) -> Item:
    """An item as a stream record brings it to a function: in JSON, where bytes are base64 text."""
    return from_item(
        {name: {"B": base64.b64decode(each["B"])} if "B" in each else each for name, each in image.items()}
    )


@dataclass(frozen=True, slots=True)
class Only:
    """A filter of what a query answers."""

    expression: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One write. action: Put, Update, Delete or ConditionCheck. item: for a Put, else `key`.

    returns_old: `Table.write` answers with what the attributes were before an Update changed them.
    """

    action: str
    item: Mapping[str, Any] = field(default_factory=dict)
    key: Key | None = None
    update: str | None = None
    condition: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    returns_old: bool = False

    @property
    def size(self) -> int:
        """Bytes of the item that a Put writes."""
        return item_size(to_item(self.item))

    def request(self, table: str) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": table}
        if self.key is not None:
            request["Key"] = to_item({"PK": self.key.pk, "SK": self.key.sk})
        else:
            request["Item"] = to_item(self.item)
        if self.update:
            request["UpdateExpression"] = self.update
        if self.condition:
            request["ConditionExpression"] = self.condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if self.names:
            request["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            request["ExpressionAttributeValues"] = to_item(self.values)
        return request


class ConditionFailed(Exception):
    """Nothing was written. `failed`: the writes whose condition did not hold, by position, with the item found."""

    def __init__(self, failed: Mapping[int, Item | None]) -> None:
        super().__init__(f"condition failed at {sorted(failed)}")
        self.failed = failed


class BadStart(Exception):
    """A page cannot start there: the key to go on after is not one that this query gave."""


class Contended(Exception):
    """The table stayed too busy through all attempts. Nothing was written."""


MAX_PARALLEL = 32
"""Requests of one round trip: a pull reads both sides of every queue that is open."""


class Table:
    """`wait` is how long to pause between attempts, in seconds; tests hand in one that returns at once."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self.name = name
        self._wait = wait
        self._pool = ThreadPoolExecutor(max_workers=MAX_PARALLEL, thread_name_prefix="table")

    def run_parallel(self, *calls: Callable[[], Any]) -> list[Any]:
        """Run independent calls at once; their results in order. All have ended when this returns or raises."""
        if not calls:
            return []
        futures = [self._pool.submit(each) for each in calls[1:]]
        try:
            first = calls[0]()
        finally:
            failures = [each.exception() for each in futures]
        for failure in failures:
            if failure is not None:
                raise failure
        return [first, *(each.result() for each in futures)]

    def pause(self, attempt: int) -> None:
        """Wait at random, longer with each attempt, before the next."""
        self._wait(RANDOM.uniform(0, min(1.0, 0.02 * 2**attempt)))

    def attempts(self, most: int = 20) -> "Attempts":
        """For a loop that reads, decides and writes under conditions, until they hold."""
        return Attempts(self, most)

    def get(self, key: Key) -> Item | None:
        """The item as last written, or None."""
        answer = self.client.get_item(
            TableName=self.name, Key=to_item({"PK": key.pk, "SK": key.sk}), ConsistentRead=True
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist, as last written, in one round trip per hundred keys."""
        unique = list(dict.fromkeys(keys))
        chunks = [unique[at : at + BATCH_GET_KEYS] for at in range(0, len(unique), BATCH_GET_KEYS)]
        if not chunks:
            return {}
        found: dict[Key, Item] = {}
        for part in self.run_parallel(*(lambda chunk=chunk: self._get_chunk(chunk) for chunk in chunks)):
            found.update(part)
        return found

    def _get_chunk(self, keys: Sequence[Key]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        wanted: Any = [to_item({"PK": key.pk, "SK": key.sk}) for key in keys]
        for attempt in range(ATTEMPTS):
            answer: Any = self.client.batch_get_item(
                RequestItems={self.name: {"Keys": wanted, "ConsistentRead": True}}
            )
            for typed in answer["Responses"].get(self.name, []):
                item = from_item(typed)
                found[Key(item["PK"], item["SK"])] = item
            wanted = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys")
            if not wanted:
                return found
            self.pause(attempt)
        raise Contended

    def query(
        self,
        partition: str,
        *,
        index: str | None = None,
        begins: str | None = None,
        first: str | None = None,
        last: str | None = None,
        after: Mapping[str, str] | None = None,
        forward: bool = True,
        limit: int | None = None,
        select: str | None = None,
        only: "Only | None" = None,
    ) -> "Page":
        """One page of a partition. begins: sort keys with this prefix; first, last: both ends included.

        only: what of it is answered, and counted; all of it is read.

        The table itself is read consistently; an index cannot be.
        """
        pk, sk = {
            None: ("PK", "SK"),
            "queue": ("QPK", "QSK"),
            "owner": ("OPK", "OSK"),
            "timer": ("TPK", "TSK"),
        }[index]
        condition, values = "#pk = :pk", {":pk": partition}
        if begins is not None:
            condition, values = f"{condition} AND begins_with(#sk, :begins)", {**values, ":begins": begins}
        elif first is not None and last is not None:
            condition = f"{condition} AND #sk BETWEEN :first AND :last"
            values = {**values, ":first": first, ":last": last}
        elif first is not None:
            condition, values = f"{condition} AND #sk >= :first", {**values, ":first": first}
        elif last is not None:
            condition, values = f"{condition} AND #sk <= :last", {**values, ":last": last}
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": {"#pk": pk} | ({"#sk": sk} if "#sk" in condition else {}),
            "ExpressionAttributeValues": to_item(values),
            "ScanIndexForward": forward,
        }
        if index is None:
            request["ConsistentRead"] = True
        else:
            request["IndexName"] = index
        if after is not None:
            if after.keys() != {"PK", "SK", pk, sk} or after[pk] != partition:
                raise BadStart
            request["ExclusiveStartKey"] = to_item(after)
        if limit:
            request["Limit"] = limit
        if select:
            request["Select"] = select
        if only:
            request["FilterExpression"] = only.expression
            request["ExpressionAttributeValues"] |= to_item(only.values)
        try:
            answer: Any = self.client.query(**request)
        except ClientError as refused:
            if after is not None and refused.response["Error"]["Code"] == "ValidationException":
                raise BadStart from refused
            raise
        last_key = answer.get("LastEvaluatedKey")
        return Page(
            [from_item(each) for each in answer.get("Items", [])],
            answer["Count"],
            from_item(last_key) if last_key else None,
        )

    def query_all(
        self, partition: str, *, after: Mapping[str, str] | None = None, **terms: Any
    ) -> Iterator[Item]:
        """Every item of the partition that the terms of `query` select, page by page."""
        while True:
            page = self.query(partition, after=after, **terms)
            yield from page.items
            after = page.next
            if after is None:
                return

    def write(self, write: Write) -> Item:
        """One conditional write outside a transaction: half its price. Raises ConditionFailed.

        Answers with what the changed attributes were, where the write asks for it.
        """
        request = write.request(self.name)
        if write.returns_old:
            request["ReturnValues"] = "UPDATED_OLD"
        calls: Mapping[str, Callable[..., Any]] = {
            "Put": self.client.put_item,
            "Update": self.client.update_item,
            "Delete": self.client.delete_item,
        }
        for attempt in range(ATTEMPTS):
            try:
                answer = calls[write.action](**request)
            except self.client.exceptions.ConditionalCheckFailedException as refused:
                found: Any = refused.response.get("Item")
                raise ConditionFailed({0: from_item(found) if found else None}) from refused
            except self.client.exceptions.TransactionConflictException:
                self.pause(attempt)
            else:
                return from_item(answer.get("Attributes", {}))
        raise Contended

    def transact(self, writes: Sequence[Write]) -> None:
        """All of the writes or none.

        Raises ConditionFailed when a condition did not hold. A conflict with another transaction or throttling is
        tried again after a random pause, each time as a request of its own; then Contended. A time-out is raised as
        it is: every caller's own repeat finds out by the versions whether it had succeeded.
        """
        request: Any = [{each.action: each.request(self.name)} for each in writes]
        for attempt in range(ATTEMPTS):
            try:
                self.client.transact_write_items(TransactItems=request)
            except self.client.exceptions.TransactionCanceledException as refused:
                reasons: Sequence[Mapping[str, Any]] = refused.response.get("CancellationReasons", [])
                failed = {
                    at: from_item(each["Item"]) if "Item" in each else None
                    for at, each in enumerate(reasons)
                    if each.get("Code") == "ConditionalCheckFailed"
                }
                if failed:
                    raise ConditionFailed(failed) from refused
                if not any(each.get("Code") in RETRIABLE for each in reasons):
                    raise
                self.pause(attempt)
            else:
                return
        raise Contended


class Attempts:
    """How often a loop has lost to somebody else's write."""

    def __init__(self, table: Table, most: int) -> None:
        self._table = table
        self._most = most
        self._made = 0

    def again(self, *, first_at_once: bool = False) -> None:
        """Wait before another attempt, longer each time; not before the second, where said. Contended after `most`."""
        if self._made or not first_at_once:
            self._table.pause(self._made)
        self._made += 1
        if self._made >= self._most:
            raise Contended


@dataclass(frozen=True, slots=True)
class Page:
    """items; how many; and the key to go on after, or None at the end."""

    items: list[Item]
    count: int
    next: Mapping[str, str] | None


OUTAGE_CODES = frozenset(
    {
        "InternalErrorException",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)


def is_outage(error: Exception) -> bool:
    """Whether the table could not be reached, was too busy or failed: the same call may succeed later.

    Anything else that a call raises is a fault of ours.
    """
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response.get("Error", {}).get("Code") in OUTAGE_CODES or status >= 500
    return isinstance(error, Contended | BotoCoreError)
