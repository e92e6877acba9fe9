"""Webhooks go to public addresses over HTTPS and nowhere else."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from routing.domain.webhooks import is_public, target
from routing.runtime import webhooks
from routing.runtime.webhooks import WebhookSender, public_addresses, signature
from routing.services.notify.delivery import NotDelivered, Outgoing
from tests.e2e.webhook_receiver import Receiver
from tools.local_api.outlets import loopback_addresses, senders

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - refused
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001:0:a9fe:a9fe::1",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.0.170",
    "192.88.99.1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "5f00::1",
    "100::1",
    "100:0:0:1::1",
    "64:ff9b:1::808:808",
    "2001:2::1",
    "2001:20::1",
    "::8.8.8.8",
    "4000::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "192.0.1.1", "2001:4860:4860::8888"],
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "example.com",
        "https://u:p@example.com/",
        "https://example.com/#part",
        "https://example.com:0x50/",
        "https://example.com:70000/",
        "https://[::1",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Header: 1",
        "https://bücher.example/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
    ],
)
def test_a_url_that_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        target(url)


def test_a_target_keeps_port_path_and_query() -> None:
    found = target("https://Hooks.Example.com:8443/a/b?c=d")
    assert (found.host, found.port, found.path) == ("hooks.example.com", 8443, "/a/b?c=d")
    assert target("https://example.com").path == "/"


def answers(*addresses: str) -> Any:
    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return getaddrinfo


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("93.184.216.34", "10.0.0.1"))
    with pytest.raises(NotDelivered, match="private_address"):
        public_addresses("example.com", 443)


def test_a_name_with_only_public_addresses_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("2606:4700::1111", "93.184.216.34"))
    assert [str(each) for each in public_addresses("example.com", 443)] == [
        "93.184.216.34",
        "2606:4700::1111",
    ]
    called: list[Any] = []

    def connect(address: Any, timeout: float) -> None:
        called.append(address)
        # What the name says now is of no interest.
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotDelivered, match="ConnectionRefusedError"):
        WebhookSender("key").send(message("https://example.com/hook"))
    assert called == [("93.184.216.34", 443)]


def message(url: str) -> Outgoing:
    return Outgoing("ana", url, "s", "t", {"user": "ana"}, datetime(2026, 3, 2, tzinfo=UTC))


def test_numbers_that_resolvers_read_as_private_addresses_are_refused() -> None:
    for host in ("2130706433", "0x7f.1", "127.1", "localhost"):
        with pytest.raises(NotDelivered, match=r"private_address|unknown_host"):
            public_addresses(host, 443)


def test_the_deployed_sender_refuses_this_machine(tmp_path: Path) -> None:
    with Receiver(tmp_path) as receiver:
        with pytest.raises(NotDelivered, match="private_address"):
            WebhookSender("key").send(message(receiver.url))
        assert receiver.calls == []


def test_the_local_sender_calls_this_machine_alone(tmp_path: Path) -> None:
    with Receiver(tmp_path) as receiver:
        senders("hash", receiver.certificate)["webhook"].send(message(receiver.url))
        assert len(receiver.calls) == 1
    with pytest.raises(NotDelivered, match="not_this_machine"):
        loopback_addresses("93.184.216.34", 443)


def test_a_certificate_of_nobody_we_trust_is_refused(tmp_path: Path) -> None:
    with Receiver(tmp_path) as receiver:
        sender = WebhookSender("key", loopback_addresses)
        with pytest.raises(NotDelivered, match="SSLCertVerificationError"):
            sender.send(message(receiver.url))
        assert receiver.calls == []


class Alarm(threading.Event):
    """In the place of a timer: it goes off when a test says so, and not on a machine that is slow."""

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        super().__init__()
        self.seconds, self.go_off = seconds, then
        self.start = self.set
        self.cancel = self.clear


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[Alarm]:
    found: list[Alarm] = []

    def made(seconds: float, then: Callable[[], None]) -> Alarm:
        found.append(Alarm(seconds, then))
        return found[-1]

    monkeypatch.setattr(webhooks, "threading", SimpleNamespace(Timer=made))
    return found


def refused_by(alarms: list[Alarm], sender: Any, url: str) -> str:
    """Why it was not delivered; a `TimeoutError` if nobody had cut it off."""
    with pytest.raises(NotDelivered) as refused:
        sender.send(message(url))
    assert [(each.seconds, each.is_set()) for each in alarms] == [(webhooks.TOTAL_SECONDS, False)]
    return str(refused.value)


def test_a_receiver_that_never_shakes_hands_is_cut_off(alarms: list[Alarm]) -> None:
    def greeted_and_silent(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)
            assert alarms[0].is_set()
            alarms[0].go_off()
            connection.recv(10_000)
            gone.wait(60)

    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = threading.Thread(target=greeted_and_silent, args=[listening])
        silent.start()
        url = f"https://localhost:{listening.getsockname()[1]}/"
        why = refused_by(alarms, WebhookSender("key", loopback_addresses), url)
        gone.set()
        silent.join()
    assert why != "TimeoutError"


def test_a_receiver_that_never_answers_is_cut_off(alarms: list[Alarm], tmp_path: Path) -> None:
    def never() -> None:
        alarms[0].go_off()
        gone.wait(60)

    gone = threading.Event()
    with Receiver(tmp_path) as receiver:
        receiver.before_answer = never
        why = refused_by(alarms, senders("hash", receiver.certificate)["webhook"], receiver.url)
        gone.set()
    assert why != "TimeoutError"


def test_the_signature_is_that_of_time_and_body() -> None:
    # python3 -c "import hmac; print(hmac.new(b'key', b'1700000000.{}', 'sha256').hexdigest())"
    assert signature("key", "1700000000", b"{}") == KNOWN


KNOWN = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
