"""What every other test here takes for granted: conditions hold under threads on this engine."""

from concurrent.futures import ThreadPoolExecutor

from tests.concurrency.conftest import Engine
from tools.engines import dynamodb_client

THREADS = 8


def test_of_many_conditional_writes_one_wins(engine: Engine, table: str) -> None:
    client = dynamodb_client(engine.endpoint)

    def claim(thread: int) -> int:
        won = 0
        for number in range(20):
            try:
                client.transact_write_items(
                    TransactItems=[
                        {
                            "Put": {
                                "TableName": table,
                                "Item": {
                                    "PK": {"S": f"{number}"},
                                    "SK": {"S": "x"},
                                    "by": {"N": f"{thread}"},
                                },
                                "ConditionExpression": "attribute_not_exists(PK)",
                            }
                        },
                        {
                            "Update": {
                                "TableName": table,
                                "Key": {"PK": {"S": "COUNT"}, "SK": {"S": "x"}},
                                "UpdateExpression": "ADD won :one",
                                "ExpressionAttributeValues": {":one": {"N": "1"}},
                            }
                        },
                    ]
                )
            except client.exceptions.TransactionCanceledException:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(THREADS) as pool:
        wins = sum(pool.map(claim, range(THREADS)))
    counted = client.get_item(TableName=table, Key={"PK": {"S": "COUNT"}, "SK": {"S": "x"}})["Item"]["won"][
        "N"
    ]
    client.close()
    assert (wins, counted) == (20, "20")
