"""What DynamoDB refuses and moto lets pass, checked on every request; and the faults that a test asks for.

moto is not safe under threads, and the layer reads in several at once: one lock goes around every call.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

MAX_PARTITION_KEY = 2048
MAX_SORT_KEY = 1024
MAX_ITEM = 400 * 1024
INDEX_KEYS = {None: ("PK", "SK"), "queue": ("QPK", "QSK"), "owner": ("OPK", "OSK"), "timer": ("TPK", "TSK")}
SORT_KEYS = frozenset({"SK", "QSK", "OSK", "TSK"})
ALL_KEYS = tuple(name for pair in INDEX_KEYS.values() for name in pair)

Fault = Callable[[str, Mapping[str, Any]], None]
"""Called with each request before it is sent; raises what the request is to fail with."""


class Strict:
    """Stands in for botocore's `_make_api_call`. `requests` are those that were sent, in order."""

    def __init__(self) -> None:
        self._really = BaseClient._make_api_call
        self._lock = threading.RLock()
        self.faults: list[Fault] = []
        self.after: list[Fault] = []
        self.requests: list[tuple[str, Mapping[str, Any]]] = []

    def install(self) -> Callable[..., Any]:
        """The function to put in the place of `_make_api_call`."""
        strict = self

        def call(client: Any, operation: str, request: dict[str, Any]) -> Any:
            check(operation, request)
            # Outside the lock: a fault may play what somebody else does meanwhile, in threads of its own.
            for fault in tuple(strict.faults):
                fault(operation, request)
            with strict._lock:
                strict.requests.append((operation, request))
                answer = strict._really(client, operation, request)
            for fault in tuple(strict.after):
                fault(operation, request)
            return answer

        return call


def client_error(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, operation)


def _refuse(operation: str, message: str) -> None:
    raise client_error("ValidationException", operation, message)


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise what DynamoDB would answer to a request that breaks one of its rules."""
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem":
            _check_key(operation, request["Key"])
        case "PutItem":
            _check_item(operation, request["Item"])
        case "BatchGetItem":
            for table in request["RequestItems"].values():
                _check_distinct(operation, table["Keys"])
        case "TransactWriteItems":
            parts = [part for each in request["TransactItems"] for part in each.values()]
            for part in parts:
                if "Item" in part:
                    _check_item(operation, part["Item"])
            _check_distinct(operation, [part.get("Key") or part["Item"] for part in parts])
        case "Query":
            _check_query(operation, request)
        case "Scan":
            raise AssertionError("no function may scan")


def _check_key(operation: str, key: Mapping[str, Any]) -> None:
    if set(key) != {"PK", "SK"}:
        _refuse(operation, f"The provided key element does not match the schema: {sorted(key)}")
    for name in key:
        _check_key_value(operation, name, key[name])


def _check_key_value(operation: str, name: str, typed: Mapping[str, Any]) -> None:
    text = typed.get("S")
    most = MAX_SORT_KEY if name in SORT_KEYS else MAX_PARTITION_KEY
    if not isinstance(text, str) or not text:
        _refuse(operation, f"{name} must be a string that is not empty")
    elif len(text.encode()) > most:
        _refuse(operation, f"{name} has more than {most} bytes")


def _check_item(operation: str, item: Mapping[str, Any]) -> None:
    for name in ALL_KEYS:
        if name in item:
            _check_key_value(operation, name, item[name])
    if not {"PK", "SK"} <= set(item):
        _refuse(operation, "One of the required keys was not given a value")
    if len(repr(item)) > MAX_ITEM:
        _refuse(operation, "Item size has exceeded the maximum allowed size")


def _check_distinct(operation: str, keys: Sequence[Mapping[str, Any]]) -> None:
    if len(keys) > 100:
        _refuse(operation, f"{len(keys)} items are too many")
    for key in keys:
        for name in ("PK", "SK"):
            _check_key_value(operation, name, key[name])
    names = [(key["PK"]["S"], key["SK"]["S"]) for key in keys]
    if len(set(names)) < len(names):
        _refuse(operation, "an item is named twice")


def _check_query(operation: str, request: Mapping[str, Any]) -> None:
    pk, sk = INDEX_KEYS[request.get("IndexName")]
    partition = request["ExpressionAttributeValues"][":pk"]
    _check_key_value(operation, pk, partition)
    start = request.get("ExclusiveStartKey")
    if start is None:
        return
    if set(start) != {"PK", "SK", pk, sk} or any("S" not in each for each in start.values()):
        _refuse(operation, "The provided starting key is invalid")
    if start[pk] != partition:
        _refuse(operation, "The provided starting key is outside query boundaries")
