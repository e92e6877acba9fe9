"""Where notifications go on this machine: to the console, and to webhooks on this machine when that is allowed."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from routing.domain.notifications import Channel
from routing.domain.webhooks import Address
from routing.runtime.webhooks import WebhookSender
from routing.services.notify.delivery import NotDelivered, Outgoing, Sender
from routing.storage import keys


class Kept:
    """A queue that nobody empties."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.retries: list[tuple[str, int]] = []

    def put(self, messages: Sequence[str]) -> None:
        """Keep them."""
        self.messages += messages

    def retry_in(self, receipt: str, seconds: int) -> None:
        """Note it."""
        self.retries.append((receipt, seconds))


class Console:
    """Shows what would be sent, one line for each message, however much it holds."""

    def __init__(self, channel: Channel, then: Sender | None = None) -> None:
        self._channel = channel
        self._then = then
        self._lock = threading.Lock()

    def send(self, message: Outgoing) -> None:
        """Send by the real channel, where there is one, and print."""
        failed: NotDelivered | None = None
        if self._then is not None:
            try:
                self._then.send(message)
            except NotDelivered as refused:
                failed = refused
        outcome = f" (not delivered: {failed})" if failed else ""
        with self._lock:
            print(f"{self._channel} to {message.user}: {message.subject}{outcome}", flush=True)
        if failed is not None:
            raise failed


def loopback_addresses(host: str, port: int) -> list[Address]:
    """The host's addresses, which must be this machine's own. Raises NotDelivered."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise NotDelivered("unknown_host") from None
    found = [ipaddress.ip_address(str(answer[4][0])) for answer in answers]
    if not all(each.is_loopback for each in found):
        raise NotDelivered("not_this_machine")
    return sorted(found, key=lambda each: each.version)


def senders(hash_key: str, loopback: Path | None) -> Mapping[Channel, Sender]:
    """The channels of the local runner. loopback: the certificates to trust of webhooks that are on this machine,
    which are then called; without it webhooks are only shown.
    """
    webhook = None
    if loopback is not None:
        context = ssl.create_default_context(cafile=str(loopback))
        webhook = WebhookSender(keys.webhook_key(hash_key), loopback_addresses, context)
    return {"email": Console("email"), "webhook": Console("webhook", webhook)}
