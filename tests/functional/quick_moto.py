"""moto with its slow ways replaced by what comes to the same: most of the functional tests' time went there.

A call becomes HTTP, is signed, found by its address, parsed, answered, and parsed again; here what DynamoDB is asked
goes to moto's own handler as it is. A transaction copies its whole table once for each of its writes, to be able to go
back; here it keeps which items there were, and an update changes a copy of its item. A key is asked for five types
before it is a string.
"""

import copy
from collections import defaultdict
from typing import Any

import pytest
from botocore import xform_name
from botocore.client import BaseClient
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

REGION = "us-east-1"
Items = defaultdict[Any, dict[Any, Any]]
"""Of a table, by partition and by sort key."""


def install(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Table, "__deepcopy__", _as_it_is, raising=False)
    patch.setattr(DynamoDBBackend, "update_item", _update_a_copy)
    patch.setattr(DynamoType, "cast_value", property(_cast))


_make_api_call = BaseClient._make_api_call
_update_item = DynamoDBBackend.update_item
_cast_value = DynamoType.cast_value.fget


def call(client: Any, operation: str, request: dict[str, Any]) -> Any:
    """For botocore's `_make_api_call`. What moto refuses is asked again through botocore, which says so as it does."""
    name = xform_name(operation)
    if client.meta.service_model.service_name != "dynamodb" or not hasattr(DynamoHandler, name):
        return _make_api_call(client, operation, request)
    handler = DynamoHandler()
    handler.body = handler.params = _copied(request)
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, REGION
    try:
        answer = getattr(handler, name)().result
    except (HTTPException, ServiceException):
        return _make_api_call(client, operation, request)
    known = client.meta.service_model.operation_model(operation).output_shape.members
    said = {member: each for member, each in answer.items() if member in known}
    return {**said, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}


def _copied(value: Any) -> Any:
    """As it would come out of JSON: moto keeps parts of what it is given."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(each) for each in value]
    assert value is None or isinstance(value, str | bytes | bool | int | float), value
    return value


def _as_it_is(table: Table, _memo: dict[int, Any]) -> Table:
    kept = copy.copy(table)
    kept.items = kept_items(table.items)
    return kept


def kept_items(items: Items) -> Items:
    """What a table has, to be put back: no item is changed where it stands."""
    return defaultdict(dict, {partition: dict(each) for partition, each in items.items()})


def _update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *others: Any, **named: Any) -> Any:
    table = backend.get_table(table_name)
    partition = table.items.get(DynamoType(key[table.hash_key_attr]), {})
    sort = DynamoType(key[table.range_key_attr])
    if sort in partition:
        partition[sort] = copy.deepcopy(partition[sort])
    return _update_item(backend, table_name, key, *others, **named)


def _cast(value: DynamoType) -> Any:
    return value.value if value.type == "S" else _cast_value(value)
