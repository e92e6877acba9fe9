"""moto with four of its slow ways replaced by what comes to the same: half of the functional tests' time went there.

A transaction copies its whole table once for each of its writes, to be able to go back; here it keeps which items there
were, and an update changes a copy of its item. An answer is searched for eight spellings of each key that its model
knows; DynamoDB's answers are dictionaries with the model's own. A key is asked for five types before it is a string.
"""

import copy
from typing import Any

import pytest
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def install(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ResponseSerializer, "get_value", _get_value)
    patch.setattr(Table, "__deepcopy__", _as_it_is, raising=False)
    patch.setattr(DynamoDBBackend, "update_item", _update_a_copy)
    patch.setattr(DynamoType, "cast_value", property(_cast))


_any_value = ResponseSerializer.get_value
_update_item = DynamoDBBackend.update_item
_cast_value = DynamoType.cast_value.fget


def _get_value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
    return value.get(key) if type(value) is dict else _any_value(serializer, value, key, shape)


def _as_it_is(table: Table, _memo: dict[int, Any]) -> Table:
    kept = copy.copy(table)
    kept.items = copy.copy(table.items)
    for partition, items in table.items.items():
        kept.items[partition] = dict(items)
    return kept


def _update_a_copy(backend: Any, table_name: str, key: dict[str, Any], *others: Any, **named: Any) -> Any:
    table = backend.get_table(table_name)
    partition = table.items.get(DynamoType(key[table.hash_key_attr]), {})
    sort = DynamoType(key[table.range_key_attr])
    if sort in partition:
        partition[sort] = copy.deepcopy(partition[sort])
    return _update_item(backend, table_name, key, *others, **named)


def _cast(value: DynamoType) -> Any:
    return value.value if value.type == "S" else _cast_value(value)
