"""The JSON client: one connection, remade once when the other side has closed it, and failures in words."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from lead_routing_cli.http_client import Api, ApiUnreachableError, RefusedError

Serve = Callable[[list[bytes]], str]


def answer(body: str, status: str = "200 OK", *, close: bool = False) -> bytes:
    ending = "Connection: close\r\n" if close else ""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{ending}\r\n{body}".encode()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that gives each new connection the next of these answers, once, and then hangs up."""
    threads: list[threading.Thread] = []

    def serve(answers: list[bytes]) -> str:
        listening = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            with listening:
                for each in answers:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(each)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield serve
    for thread in threads:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_a_connection_that_was_closed_while_idle_is_made_again(serve: Serve) -> None:
    with Api(serve([answer('{"n": 1}'), answer('{"n": 2}')])) as api:
        assert [api.get("/a")["n"], api.get("/a")["n"]] == [1, 2]


def test_a_server_that_only_hangs_up_is_unreachable(serve: Serve) -> None:
    with Api(serve([b"", b""])) as api, pytest.raises(ApiUnreachableError, match="does not answer"):
        api.get("/a")


def test_what_is_not_http_is_unreachable(serve: Serve) -> None:
    with Api(serve([b"220 mail.example.com ESMTP\r\n"])) as api, pytest.raises(ApiUnreachableError):
        api.get("/a")


@pytest.mark.parametrize("url", ["ftp://example.com", "http://", "http://127.0.0.1:port", ""])
def test_what_is_no_address_is_said_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ApiUnreachableError, match="is not an"):
        Api(url)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"title": "Forbidden", "detail": "not an admin", "code": "forbidden"}',
            "not an admin (403 forbidden)",
        ),
        (
            '{"detail": "Wrong.", "code": "invalid", "errors": [{"field": "source", "message": "must be an id"}]}',
            "Wrong. (403 invalid); source: must be an id",
        ),
        ('{"message": "Not Found"}', "Not Found (403)"),
        ("<html>", "<html> (403)"),
        ("", "no explanation (403)"),
        ("[1]", "no explanation (403)"),
    ],
)
def test_a_refusal_says_what_the_api_or_its_gateway_said(serve: Serve, body: str, said: str) -> None:
    with Api(serve([answer(body, "403 Forbidden")])) as api, pytest.raises(RefusedError) as refused:
        api.post("/a")
    assert str(refused.value) == f"POST /a: {said}"


def test_every_page_of_a_collection_is_read(serve: Serve) -> None:
    pages = [
        answer('{"items": [{"id": "a"}], "next": "c/1"}', close=True),
        answer('{"items": [{"id": "b"}], "next": null}'),
    ]
    with Api(serve(pages)) as api:
        assert [item["id"] for item in api.items("/v1/accounts", limit="1")] == ["a", "b"]
