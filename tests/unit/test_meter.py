"""The meter: documented prices, from the requests, and round trips in series."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from routing.storage.sizes import item_size, value_size
from routing.storage.table import Table
from tools.meter import Meter
from tools.request_units import Shape, Units, read_units, shown, write_units

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TABLE = "metered"
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "QPK", "OPK")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "all",
            "KeySchema": [{"AttributeName": "QPK", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "keys",
            "KeySchema": [{"AttributeName": "OPK", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def item(name: str, size: int = 0, **more: str) -> dict[str, Any]:
    """An item of `size` bytes, or as small as it can be."""
    found: dict[str, Any] = {
        "PK": {"S": name},
        "SK": {"S": "x"},
        **{key: {"S": text} for key, text in more.items()},
    }
    return found if not size else {**found, "fill": {"S": "f" * (size - item_size(found) - len("fill"))}}


def key(name: str) -> dict[str, Any]:
    return {"PK": {"S": name}, "SK": {"S": "x"}}


@pytest.fixture
def clients() -> Iterator[tuple["DynamoDBClient", "DynamoDBClient"]]:
    with mock_aws():
        first, second = boto3.client("dynamodb"), boto3.client("dynamodb")
        first.create_table(**DEFINITION)
        yield first, second
        first.delete_table(TableName=TABLE)  # another test module's mock may outlive this one


@pytest.fixture
def client(clients: tuple["DynamoDBClient", "DynamoDBClient"]) -> "DynamoDBClient":
    return clients[0]


@pytest.fixture
def meter(clients: tuple["DynamoDBClient", "DynamoDBClient"]) -> Iterator[Meter]:
    with Meter(*clients) as found:
        yield found


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "straße"}, 7),
        ({"B": b"1234"}, 4),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "1767225600000"}, 5),  # eight digits without the zeros behind
        ({"N": "-0.0012"}, 2),
        ({"N": "1.5E+3"}, 2),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + 3 + 3),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 5),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["7", "12"]}, 4),
    ],
)
def test_sizes_are_as_documented(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size
    assert item_size({"name": value}) == size + 4


def test_units_round_up_and_nothing_costs_as_much_as_little() -> None:
    assert [write_units(size) for size in (0, 1, 1024, 1025, 3073)] == [1, 1, 1, 2, 4]
    assert [read_units(size, consistent=True) for size in (0, 4096, 4097)] == [1, 1, 2]
    assert [read_units(size, consistent=False) for size in (0, 4096, 4097)] == [0.5, 0.5, 1]


def test_an_index_costs_by_what_changes_in_it() -> None:
    everything, keys_only = Shape.of(DEFINITION).indexes
    out, placed = item("a"), item("a", QPK="q", OPK="o")
    moved, edited, big = (
        item("a", QPK="r", OPK="o"),
        item("a", QPK="q", OPK="o", n="1"),
        item("a", 3000, QPK="q"),
    )
    assert [everything.write_units(out, each) for each in (out, placed, big)] == [0, 1, 3]
    assert [everything.write_units(placed, each) for each in (placed, out, edited, moved, big)] == [
        0,
        1,
        1,
        2,
        3,
    ]
    assert everything.write_units(big, moved) == 4
    assert keys_only.write_units(placed, edited) == 0
    assert keys_only.write_units(None, item("a", 3000, OPK="o")) == 1


def test_a_write_costs_the_larger_of_the_item_before_and_after(
    client: "DynamoDBClient", meter: Meter
) -> None:
    client.put_item(TableName=TABLE, Item=item("a", 2500))
    client.put_item(TableName=TABLE, Item=item("a", 100))
    client.update_item(
        TableName=TABLE,
        Key=key("a"),
        UpdateExpression="SET more = :more",
        ExpressionAttributeValues={":more": {"S": "m" * 1500}},
    )
    client.delete_item(TableName=TABLE, Key=key("a"))
    client.delete_item(TableName=TABLE, Key=key("a"))
    assert [each.units.write for each in meter.calls] == [3, 3, 2, 2, 1]


def test_a_condition_that_fails_costs_what_success_would_but_no_index(
    client: "DynamoDBClient", meter: Meter
) -> None:
    client.put_item(TableName=TABLE, Item=item("a", 1500, QPK="q"))
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(
            TableName=TABLE, Item=item("a", 2500, QPK="r"), ConditionExpression="attribute_not_exists(PK)"
        )
    assert [each.units for each in meter.calls] == [Units(write=2, index=2), Units(write=3)]
    assert meter.calls[1].error == "ConditionalCheckFailedException"


def test_what_dynamodb_refuses_as_malformed_costs_nothing(client: "DynamoDBClient", meter: Meter) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        client.update_item(TableName=TABLE, Key=key("a"), UpdateExpression="SET")
    assert meter.units == Units()


def test_a_transaction_costs_twice_and_its_checks_and_its_cancellation_too(
    client: "DynamoDBClient", meter: Meter
) -> None:
    client.put_item(TableName=TABLE, Item=item("checked", 1500))
    writes: list[Any] = [
        {"Put": {"TableName": TABLE, "Item": item("new", QPK="q", OPK="o")}},
        {
            "ConditionCheck": {
                "TableName": TABLE, "Key": key("checked"), "ConditionExpression": "attribute_exists(PK)"
            }
        },
        {"Delete": {"TableName": TABLE, "Key": key("absent")}},
    ]  # fmt: skip
    client.transact_write_items(TransactItems=writes)
    writes[1]["ConditionCheck"]["ConditionExpression"] = "attribute_not_exists(PK)"
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=writes)
    assert [each.units for each in meter.calls[1:]] == [Units(write=8, index=2), Units(write=8)]
    assert meter.calls[1].parts[1] == "ConditionCheck checked x, 1500 B: 4 write"


def test_reads_cost_by_consistency_and_also_for_nothing(client: "DynamoDBClient", meter: Meter) -> None:
    for name, size in (("a", 5000), ("b", 100)):
        client.put_item(TableName=TABLE, Item=item(name, size, QPK="q"))
    meter.calls.clear()
    client.get_item(TableName=TABLE, Key=key("a"), ConsistentRead=True)
    client.get_item(TableName=TABLE, Key=key("a"), ProjectionExpression="PK")
    client.get_item(TableName=TABLE, Key=key("absent"))
    client.batch_get_item(
        RequestItems={TABLE: {"Keys": [key(name) for name in ("a", "b", "absent")], "ConsistentRead": True}}
    )
    of_partition: Any = {
        "TableName": TABLE,
        "IndexName": "all",
        "KeyConditionExpression": "QPK = :q",
        "ExpressionAttributeValues": {":q": {"S": "q"}},
    }
    client.query(**of_partition)
    client.query(**of_partition, Select="COUNT")
    client.query(**{**of_partition, "ExpressionAttributeValues": {":q": {"S": "none"}}})
    assert [each.units.read for each in meter.calls] == [2, 1, 0.5, 4, 1, 1, 0.5]


def test_an_operation_without_a_known_price_is_not_passed_over(
    client: "DynamoDBClient", meter: Meter
) -> None:
    with pytest.raises(NotImplementedError, match="Scan"):
        client.scan(TableName=TABLE)


def test_calls_at_once_are_one_round_trip(
    clients: tuple["DynamoDBClient", "DynamoDBClient"],
) -> None:
    client = clients[0]
    together = threading.Barrier(3)

    def read() -> None:
        together.wait()
        client.get_item(TableName=TABLE, Key=key("a"))

    with Meter(*clients, latency=0.05) as meter, ThreadPoolExecutor(3) as pool:
        client.get_item(TableName=TABLE, Key=key("a"))
        for each in [pool.submit(read) for _ in range(3)]:
            each.result()
        client.get_item(TableName=TABLE, Key=key("a"))
        client.get_item(TableName=TABLE, Key=key("a"))
    assert (len(meter.calls), meter.round_trips) == (6, 4)


def test_what_a_table_runs_in_parallel_is_one_trip_however_late_a_machine_gets_to_it(
    client: "DynamoDBClient", meter: Meter
) -> None:
    table = Table(client, TABLE)
    one_is_back = threading.Event()

    def get() -> None:
        client.get_item(TableName=TABLE, Key=key("a"))
        one_is_back.set()

    def late() -> None:
        assert one_is_back.wait(10)
        client.get_item(TableName=TABLE, Key=key("b"))

    table.run_parallel(late, get, lambda: table.run_parallel(get, late))
    assert (len(meter.calls), meter.round_trips) == (4, 1)
    table.run_parallel(get, lambda: (get(), get()))
    assert (len(meter.calls), meter.round_trips) == (7, 3)


def test_after_the_context_nothing_is_metered(
    clients: tuple["DynamoDBClient", "DynamoDBClient"],
) -> None:
    client = clients[0]
    with Meter(*clients) as meter:
        client.get_item(TableName=TABLE, Key=key("a"))
    client.get_item(TableName=TABLE, Key=key("a"))
    assert len(meter.calls) == 1


def test_units_read_as_a_person_would_say_them() -> None:
    assert shown(Units(write=8, index=2, read=3.5)) == "8 write + 2 index, 3.5 read"
    assert shown(Units(read=0.5)) == "0.5 read"
    assert shown(Units()) == "nothing"
