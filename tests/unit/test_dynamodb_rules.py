"""What DynamoDB refuses is refused by every engine here: sizes by its own measure, numbers of items, keys."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from routing.storage.sizes import MAX_ITEM, MAX_TRANSACTION, item_size
from tools import template
from tools.dynamodb_rules import check, enforce

TABLE = "rules"


def key(sk: str = "x", pk: str = "LEAD#1") -> dict[str, Any]:
    return {"PK": {"S": pk}, "SK": {"S": sk}}


def sized(size: int, sk: str = "x") -> dict[str, Any]:
    """An item of exactly so many bytes."""
    found = key(sk)
    return {**found, "f": {"B": b"f" * (size - item_size(found) - 1)}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": item}}


def looked_at(sk: str) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": TABLE, "Key": key(sk), "ConditionExpression": "v = :v"}}


def refused(operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as caught:
        check(operation, request)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return caught.value.response["Error"]["Message"]


def test_an_item_may_have_400_kb_and_not_a_byte_more() -> None:
    check("PutItem", {"Item": sized(MAX_ITEM)})
    assert "Item size" in refused("PutItem", {"Item": sized(MAX_ITEM + 1)})
    assert "Item size" in refused("TransactWriteItems", {"TransactItems": [put(sized(MAX_ITEM + 1))]})


def test_text_counts_in_utf_8_and_numbers_by_two_digits_a_byte() -> None:
    number, text = {"N": "1234567"}, {"S": "é" * 10}
    assert item_size({"a": number, "bc": text}) == 1 + 5 + 2 + 20
    most = (MAX_ITEM - item_size(key()) - 1) // 2
    check("PutItem", {"Item": {**key(), "t": {"S": "é" * most}}})
    refused("PutItem", {"Item": {**key(), "t": {"S": "é" * (most + 1)}}})


def test_a_transaction_may_have_4_mb_in_100_items_each_once() -> None:
    each = MAX_TRANSACTION // 16
    full = [put(sized(each, str(at))) for at in range(16)]
    check("TransactWriteItems", {"TransactItems": full})
    assert "bytes" in refused("TransactWriteItems", {"TransactItems": [*full, looked_at("16")]})
    check("TransactWriteItems", {"TransactItems": [looked_at(str(at)) for at in range(100)]})
    assert "101 items" in refused(
        "TransactWriteItems", {"TransactItems": [looked_at(str(at)) for at in range(101)]}
    )
    refused("TransactWriteItems", {"TransactItems": []})
    assert "twice" in refused("TransactWriteItems", {"TransactItems": [put(key()), looked_at("x")]})
    refused("TransactWriteItems", {"TransactItems": [put(key())], "ClientRequestToken": "t" * 37})


def test_keys_are_text_of_at_most_2048_and_1024_bytes_in_indexes_too() -> None:
    check("GetItem", {"Key": key("s" * 1024, "p" * 2048)})
    for wrong in (key("s" * 1025), key(pk="p" * 2049), key(""), key(pk=""), {"PK": {"S": "x"}}):
        refused("GetItem", {"Key": wrong})
        refused("UpdateItem", {"Key": wrong})
    for name, most in (("QPK", 2048), ("QSK", 1024), ("OPK", 2048), ("OSK", 1024), ("TPK", 2048)):
        check("PutItem", {"Item": {**key(), name: {"S": "x" * most}}})
        for text in ("x" * (most + 1), "é" * (most // 2 + 1), ""):
            refused("PutItem", {"Item": {**key(), name: {"S": text}}})


def test_a_batch_reads_100_different_keys() -> None:
    def reading(*names: str) -> dict[str, Any]:
        return {"RequestItems": {TABLE: {"Keys": [key(each) for each in names]}}}

    check("BatchGetItem", reading(*map(str, range(100))))
    refused("BatchGetItem", reading(*map(str, range(101))))
    refused("BatchGetItem", reading("a", "a"))
    refused("BatchGetItem", reading())


def test_what_is_enforced_on_a_client_never_reaches_the_engine() -> None:
    with mock_aws():
        client = boto3.client("dynamodb")
        definition = template.table_definition()
        client.create_table(TableName=TABLE, **definition)
        enforce(client)
        client.put_item(TableName=TABLE, Item=key())
        with pytest.raises(ClientError, match="ValidationException"):
            client.put_item(TableName=TABLE, Item=sized(MAX_ITEM + 1))
        with pytest.raises(ClientError, match="ValidationException"):
            client.transact_write_items(TransactItems=[put(sized(300_000, str(at))) for at in range(15)])
        assert (
            client.query(
                TableName=TABLE,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": "LEAD#1"}},
            )["Count"]
            == 1
        )
        client.close()
