"""The meter beside what engines report themselves, for the operations that each of them reports rightly.

What they get wrong, as measured: the embedded engine calls every read one unit (or half a one) whatever its size, and
leaves the checks of a transaction out; DynamoDB Local counts neither a transaction's two units nor its index writes.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.concurrency.conftest import Engine
from tools.engines import create_table, dynamodb_client
from tools.meter import Meter
from tools.request_units import Units


@pytest.fixture
def metered(engine: Engine) -> Iterator[tuple[Any, Meter, str]]:
    """A client under a meter, and a table to use it on."""
    table = f"meter-{uuid.uuid4()}"
    create_table(engine.endpoint, table)
    client, looker = dynamodb_client(engine.endpoint), dynamodb_client(engine.endpoint)
    with Meter(client, looker) as meter:
        yield client, meter, table
    looker.delete_table(TableName=table)
    client.close()
    looker.close()


def item(size: int, **more: str) -> dict[str, Any]:
    texts = {"PK": "a", "SK": "x", "fill": "f" * size, **more}
    return {name: {"S": text} for name, text in texts.items()}


KEY = {"PK": {"S": "a"}, "SK": {"S": "x"}}
QUEUED = {"QPK": "queue", "QSK": "1"}
OWNED = {"OPK": "owner", "OSK": "1"}


def _update(client: Any, table: str, **terms: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.update_item(
        TableName=table, Key=KEY, ReturnConsumedCapacity="INDEXES", **terms
    )
    return answer


WRITES: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "put into two indexes": lambda client, table: client.put_item(
        TableName=table, Item=item(1500, **QUEUED, **OWNED), ReturnConsumedCapacity="INDEXES"
    ),
    "change what one index projects": lambda client, table: _update(
        client, table, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"N": "2"}}
    ),
    "move in one index": lambda client, table: _update(
        client, table, UpdateExpression="SET QSK = :to", ExpressionAttributeValues={":to": {"S": "2"}}
    ),
    "move in the other": lambda client, table: _update(
        client, table, UpdateExpression="SET OSK = :to", ExpressionAttributeValues={":to": {"S": "2"}}
    ),
    "leave an index and shrink": lambda client, table: _update(
        client, table, UpdateExpression="REMOVE QPK, QSK, fill"
    ),
    "grow": lambda client, table: client.put_item(
        TableName=table, Item=item(2500, **OWNED), ReturnConsumedCapacity="INDEXES"
    ),
    "delete": lambda client, table: client.delete_item(
        TableName=table, Key=KEY, ReturnConsumedCapacity="INDEXES"
    ),
}


def _reported(capacity: dict[str, Any]) -> Units:
    indexes = capacity.get("GlobalSecondaryIndexes", {}).values()
    of_indexes = sum(each["CapacityUnits"] for each in indexes)
    return Units(capacity["CapacityUnits"] - of_indexes, of_indexes)


def test_single_writes_are_metered_as_engines_report_them(metered: tuple[Any, Meter, str]) -> None:
    client, meter, table = metered
    reported = {name: _reported(write(client, table)["ConsumedCapacity"]) for name, write in WRITES.items()}
    assert dict(zip(WRITES, (each.units for each in meter.calls), strict=True)) == reported
    assert reported["move in one index"] == Units(write=2, index=4)


def test_transactions_of_writes_are_metered_as_the_embedded_engine_reports_them(
    metered: tuple[Any, Meter, str], engine: Engine
) -> None:
    if engine.name != "The embedded engine":
        pytest.skip("DynamoDB Local does not report transactions rightly")
    client, meter, table = metered
    answer = client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": item(1500, **QUEUED, **OWNED)}},
            {"Put": {"TableName": table, "Item": {**item(10), "SK": {"S": "y"}}}},
        ],
        ReturnConsumedCapacity="INDEXES",
    )
    (capacity,) = answer["ConsumedCapacity"]
    assert meter.units == _reported(capacity) == Units(write=6, index=3)


def test_reads_are_metered_as_dynamodb_local_reports_them(
    metered: tuple[Any, Meter, str], engine: Engine
) -> None:
    if engine.name == "The embedded engine":
        pytest.skip("the embedded engine reports one unit for a read of any size")
    client, meter, table = metered
    for name in ("x", "y"):
        client.put_item(TableName=table, Item={**item(5000, **QUEUED), "SK": {"S": name}})
    meter.calls.clear()
    answers = [
        client.get_item(TableName=table, Key=KEY, ReturnConsumedCapacity="TOTAL"),
        client.get_item(TableName=table, Key=KEY, ConsistentRead=True, ReturnConsumedCapacity="TOTAL"),
        client.query(
            TableName=table,
            KeyConditionExpression="PK = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
            ReturnConsumedCapacity="TOTAL",
        ),
        client.query(
            TableName=table,
            IndexName="queue",
            KeyConditionExpression="QPK = :q",
            ExpressionAttributeValues={":q": {"S": "queue"}},
            ReturnConsumedCapacity="TOTAL",
        ),
    ]
    assert [each.units.read for each in meter.calls] == [
        each["ConsumedCapacity"]["CapacityUnits"] for each in answers
    ]
