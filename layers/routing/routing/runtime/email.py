"""E-mail through Amazon SES."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from routing.services.notify.delivery import NotDelivered, Outgoing


class EmailSender:
    """client: of `sesv2`. sender: the address that mail comes from, one that SES knows."""

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, message: Outgoing) -> None:
        """Send plain text. Raises NotDelivered."""
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": message.text, "Charset": "UTF-8"}},
                    }
                },
            )
        except ClientError as refused:
            raise NotDelivered(str(refused.response["Error"]["Code"])) from None
        except BotoCoreError as failed:
            raise NotDelivered(type(failed).__name__) from None
