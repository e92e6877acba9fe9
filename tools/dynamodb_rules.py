"""What DynamoDB refuses before it does anything, asked of every request of a client, whatever engine serves it.

Engines on this machine measure loosely or not at all. A request that AWS would not take must fail here too.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from routing.storage.sizes import MAX_ITEM, MAX_TRANSACTION, MAX_TRANSACTION_ITEMS, Item, item_size
from tools import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

MAX_PARTITION_KEY = 2048
MAX_SORT_KEY = 1024
MAX_GET = 100
MAX_EXPRESSION = 4096
MAX_VALUES = 2 * 1024 * 1024
MAX_TOKEN = 36
TABLE_KEYS = ("PK", "SK")


class _Refused(Exception):
    """A rule is broken; the text says which."""


@cache
def key_limits() -> Mapping[str, int]:
    """The most bytes of each attribute that is a key of the table or of an index of it."""
    definition = template.table_definition()
    schemas = [definition["KeySchema"], *(each["KeySchema"] for each in definition["GlobalSecondaryIndexes"])]
    return {
        each["AttributeName"]: MAX_PARTITION_KEY if each["KeyType"] == "HASH" else MAX_SORT_KEY
        for schema in schemas
        for each in schema
    }


@cache
def index_keys(index: str | None) -> tuple[str, ...]:
    """The partition key and the sort key of the table, or of an index."""
    definition = template.table_definition()
    schemas = {each["IndexName"]: each["KeySchema"] for each in definition["GlobalSecondaryIndexes"]}
    schema = definition["KeySchema"] if index is None else schemas[index]
    return tuple(each["AttributeName"] for each in schema)


def enforce(client: "DynamoDBClient") -> None:
    """Have each request of this client checked before it is sent; a bad one raises what DynamoDB would answer."""
    client.meta.events.register("provide-client-params.dynamodb", _before)


def _before(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    check(model.name, params)


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise what DynamoDB would answer to a request that breaks a rule. Values are Python's: bytes, not base64."""
    try:
        _check_request(operation, request)
    except _Refused as wrong:
        answer: Any = {"Error": {"Code": "ValidationException", "Message": str(wrong)}}
        raise ClientError(answer, operation) from wrong


def _check_request(operation: str, request: Mapping[str, Any]) -> None:
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem" | "PutItem":
            _check_part(request)
        case "BatchGetItem":
            keys = [key for table in request["RequestItems"].values() for key in table["Keys"]]
            _check_number(keys, MAX_GET)
            _check_distinct(keys)
        case "TransactWriteItems":
            parts = [part for each in request["TransactItems"] for part in each.values()]
            _check_number(parts, MAX_TRANSACTION_ITEMS)
            for part in parts:
                _check_part(part)
            _check_distinct([part.get("Key") or part["Item"] for part in parts])
            size = sum(map(_part_size, parts))
            if size > MAX_TRANSACTION:
                raise _Refused(f"Transaction items have {size} bytes, more than {MAX_TRANSACTION}")
            token = request.get("ClientRequestToken")
            if token is not None and not 1 <= len(token) <= MAX_TOKEN:
                raise _Refused(f"clientRequestToken must have 1 to {MAX_TOKEN} characters")
        case "Query":
            _check_query(request)


def _check_part(part: Mapping[str, Any]) -> None:
    """One item that is read or written."""
    if "Item" in part:
        _check_item(part["Item"])
    else:
        _check_key(part["Key"])
    for name in ("UpdateExpression", "ConditionExpression"):
        if len(part.get(name, "").encode()) > MAX_EXPRESSION:
            raise _Refused(f"{name} has more than {MAX_EXPRESSION} bytes")
    if item_size(part.get("ExpressionAttributeValues")) > MAX_VALUES:
        raise _Refused(f"ExpressionAttributeValues have more than {MAX_VALUES} bytes")


def _part_size(part: Mapping[str, Any]) -> int:
    """What is known of an item's size from the request alone: an update's item may be larger."""
    if "Item" in part:
        return item_size(part["Item"])
    return item_size(part["Key"]) + item_size(part.get("ExpressionAttributeValues"))


def _check_key(key: Item) -> None:
    if tuple(sorted(key)) != TABLE_KEYS:
        raise _Refused(f"The provided key element does not match the schema: {sorted(key)}")
    for name in key:
        _check_key_value(name, key[name])


def _check_key_value(name: str, typed: Mapping[str, Any]) -> None:
    text, most = typed.get("S"), key_limits()[name]
    if not isinstance(text, str) or not text:
        raise _Refused(f"{name} must be a string that is not empty")
    if len(text.encode()) > most:
        raise _Refused(f"{name} has more than {most} bytes")


def _check_item(item: Item) -> None:
    for name in key_limits():
        if name in item:
            _check_key_value(name, item[name])
    if any(name not in item for name in TABLE_KEYS):
        raise _Refused("One of the required keys was not given a value")
    if item_size(item) > MAX_ITEM:
        raise _Refused("Item size has exceeded the maximum allowed size")


def _check_number(parts: Sequence[object], most: int) -> None:
    if not 1 <= len(parts) <= most:
        raise _Refused(f"{len(parts)} items, and there must be 1 to {most}")


def _check_distinct(keys: Sequence[Item]) -> None:
    for key in keys:
        for name in TABLE_KEYS:
            _check_key_value(name, key[name])
    if len(set(_names(keys))) < len(keys):
        raise _Refused("An item is named twice")


def _names(keys: Sequence[Item]) -> Iterator[tuple[str, ...]]:
    for key in keys:
        yield tuple(key[name]["S"] for name in TABLE_KEYS)


def _check_query(request: Mapping[str, Any]) -> None:
    pk, sk = index_keys(request.get("IndexName"))
    partition = request["ExpressionAttributeValues"][":pk"]
    _check_key_value(pk, partition)
    start = request.get("ExclusiveStartKey")
    if start is None:
        return
    if set(start) != {*TABLE_KEYS, pk, sk} or any("S" not in each for each in start.values()):
        raise _Refused("The provided starting key is invalid")
    if start[pk] != partition:
        raise _Refused("The provided starting key is outside query boundaries")
