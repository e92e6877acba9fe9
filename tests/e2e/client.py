"""A client of the HTTP API for tests: one call, one answer, whatever its status."""

import http.client
import json
import threading
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """`headers` by their names in lower case; `json` is None when the body is no JSON."""

    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


class Client:
    """Calls the API at `url`; several threads may share it. Close it, or use it as a context manager."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc
        self._own = threading.local()
        self._all: list[http.client.HTTPConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for connection in self._all:
            connection.close()

    def get(self, path: str, **call: Any) -> Answer:
        return self.call("GET", path, **call)

    def post(self, path: str, **call: Any) -> Answer:
        return self.call("POST", path, **call)

    def put(self, path: str, **call: Any) -> Answer:
        return self.call("PUT", path, **call)

    def patch(self, path: str, **call: Any) -> Answer:
        return self.call("PATCH", path, **call)

    def delete(self, path: str, **call: Any) -> Answer:
        return self.call("DELETE", path, **call)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        as_user: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """`json` is sent as such, `body` as it is; `as_user` is an account's id, None for nobody."""
        sent = dict(headers or {})
        if json is not None:
            body = _dumps(json)
            sent.setdefault("Content-Type", "application/json")
        if as_user is not None:
            sent.setdefault("Authorization", f"Bearer dev:{as_user}")
        connection = self._connection()
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        content = response.read()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            content,
            _loads(content),
        )

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self.address, timeout=60)
            self._all.append(self._own.connection)
        return self._own.connection


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def _loads(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
