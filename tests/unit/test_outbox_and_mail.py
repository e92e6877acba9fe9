"""The deployed queue and mail clients, on a stand-in for AWS."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from routing.runtime.email import EmailSender
from routing.services.notify.delivery import NotDelivered, Outgoing
from routing.storage.outbox import NotQueued, Outbox


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("sqs")
        yield client
        client.close()


def received(client: Any, url: str) -> list[dict[str, Any]]:
    return list(client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))


def test_messages_go_in_batches_that_the_queue_takes(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    bodies = [json.dumps({"n": number, "pad": "x" * 30_000}) for number in range(25)]
    Outbox(sqs, url).put(bodies)
    found: list[str] = []
    while messages := received(sqs, url):
        found += [each["Body"] for each in messages]
    assert sorted(found) == sorted(bodies)
    Outbox(sqs, url).put([])


def test_a_message_that_the_queue_refuses_is_tried_again_and_then_told(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    failed = {"Successful": [], "Failed": [{"Id": "0", "SenderFault": False, "Code": "Throttled"}]}
    done = {"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "0"}], "Failed": []}
    with Stubber(sqs) as stub:
        for answer in (failed, done):
            stub.add_response("send_message_batch", answer)
        Outbox(sqs, url).put(["a"])
        for _ in range(3):
            stub.add_response("send_message_batch", failed)
        with pytest.raises(NotQueued):
            Outbox(sqs, url).put(["a"])


def test_a_message_can_be_made_to_come_again_later(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    Outbox(sqs, url).put(["a"])
    (message,) = received(sqs, url)
    Outbox(sqs, url).retry_in(message["ReceiptHandle"], 600)
    assert received(sqs, url) == []


def mail() -> Outgoing:
    return Outgoing("ana", "ana@example.com", "Subject", "Text", {}, datetime(2026, 3, 2, tzinfo=UTC))


def test_mail_goes_to_one_address_as_plain_text() -> None:
    client = boto3.client("sesv2")
    expected = {
        "FromEmailAddress": "leads@example.com",
        "Destination": {"ToAddresses": ["ana@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Subject", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Text", "Charset": "UTF-8"}},
            }
        },
    }
    with Stubber(client) as stub:
        stub.add_response("send_email", {"MessageId": "m"}, expected)
        EmailSender(client, "leads@example.com").send(mail())
        stub.assert_no_pending_responses()
    client.close()


def test_mail_that_is_refused_is_not_delivered_and_the_address_is_not_told() -> None:
    client = boto3.client("sesv2")
    with Stubber(client) as stub:
        stub.add_client_error("send_email", "MessageRejected", "ana@example.com is not verified")
        with pytest.raises(NotDelivered) as refused:
            EmailSender(client, "leads@example.com").send(mail())
    assert str(refused.value) == "MessageRejected"
    client.close()
