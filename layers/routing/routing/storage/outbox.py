"""A queue of messages: of what is to be sent, or of jobs."""

from collections.abc import Sequence
from typing import Any

BATCH = 10
BATCH_BYTES = 200_000
"""Under the queue's limit of 256 KB for one call."""
ATTEMPTS = 3


class NotQueued(Exception):
    """The queue did not take everything. The same again is harmless: what is sent is marked."""


class Outbox:
    """The queue at `url`, through a low-level client."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, messages: Sequence[str]) -> None:
        """Queue these messages. Raises NotQueued."""
        batch: list[str] = []
        for message in messages:
            size = sum(len(each.encode()) for each in (*batch, message))
            if batch and (len(batch) == BATCH or size > BATCH_BYTES):
                self._put(batch)
                batch = []
            batch.append(message)
        if batch:
            self._put(batch)

    def _put(self, batch: Sequence[str]) -> None:
        entries = [{"Id": str(at), "MessageBody": each} for at, each in enumerate(batch)]
        for _ in range(ATTEMPTS):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = {each["Id"] for each in answer.get("Failed", [])}
            entries = [each for each in entries if each["Id"] in failed]
            if not entries:
                return
        raise NotQueued(f"{len(entries)} message(s)")

    def retry_in(self, receipt: str, seconds: int) -> None:
        """Have a message that was received come again after this time."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
