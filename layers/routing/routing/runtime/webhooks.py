"""Webhooks: HTTPS POST to a public address, signed, without redirects.

The name is resolved here and the connection goes to the address that was checked, so that a name which answers
differently the second time reaches nothing private.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from routing.domain.webhooks import Address, is_public, target
from routing.services.notify.delivery import NotDelivered, Outgoing
from routing.storage.leads import dumps

STEP_SECONDS = 5.0
"""For each of connecting, sending and reading."""
TOTAL_SECONDS = 10.0
"""For all of it: a receiver that answers a byte at a time is cut off."""
Resolve = Callable[[str, int], Sequence[Address]]


def public_addresses(host: str, port: int) -> list[Address]:
    """The host's addresses, IPv4 first. Raises NotDelivered when there is none, or when any is not public."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDelivered("unknown_host") from None
    found = [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    if not found or not all(map(is_public, found)):
        raise NotDelivered("private_address")
    return sorted(found, key=lambda each: each.version)


def signature(key: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`: a receiver checks it, and that the time is recent."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class WebhookSender:
    """key: the company's, under which bodies are signed. resolve: a host's addresses, all of which may be called."""

    def __init__(
        self, key: str, resolve: Resolve = public_addresses, context: ssl.SSLContext | None = None
    ) -> None:
        self._key = key
        self._resolve = resolve
        self._context = context or ssl.create_default_context()

    def send(self, message: Outgoing) -> None:
        """POST the message's payload as JSON. Raises NotDelivered unless the answer is 2xx."""
        try:
            to = target(message.to)
        except ValueError:
            raise NotDelivered("bad_url") from None
        body = dumps(message.payload).encode()
        timestamp = str(int(message.at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "lead-routing",
            "X-Lead-Routing-Timestamp": timestamp,
            "X-Lead-Routing-Signature": f"sha256={signature(self._key, timestamp, body)}",
        }
        connection = _Pinned(to.host, to.port, self._resolve(to.host, to.port)[0], self._context)
        cut_off = threading.Timer(TOTAL_SECONDS, connection.cut_off)
        cut_off.daemon = True
        cut_off.start()
        try:
            connection.request("POST", to.path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as failure:
            raise NotDelivered(type(failure).__name__) from None
        finally:
            cut_off.cancel()
            connection.close()
        if not 200 <= status < 300:
            raise NotDelivered(f"status_{status}")


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, with the certificate of the host that was named."""

    def __init__(self, host: str, port: int, address: Address, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS, context=context)
        self._address = str(address)
        self._tls = context

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), STEP_SECONDS)
        # The handshake comes after, so that it can be cut off too.
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def cut_off(self) -> None:
        """End whatever the connection is waiting for."""
        if self.sock is not None:
            with suppress(OSError):
                # The plain socket's: a TLS one would first forget its state under the thread that uses it.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
