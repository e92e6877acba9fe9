"""A small JSON client over one kept-alive connection: what a caller of the API needs, and nothing more."""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

Json = dict[str, Any]
TIMEOUT_SECONDS = 60.0


class ApiUnreachableError(Exception):
    """Nothing answered at the address, or what answered was not HTTP."""


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its headers (names in lower case) and its JSON."""

    status: int
    headers: Mapping[str, str]
    body: Json

    @property
    def ok(self) -> bool:
        """Whether the request was done."""
        return self.status < 300

    def problem(self) -> str:
        """What went wrong, in one line: a problem document's detail and its fields, the message of the gateway."""
        said = (
            self.body.get("detail") or self.body.get("title") or self.body.get("message") or "no explanation"
        )
        code = f" {self.body['code']}" if "code" in self.body else ""
        errors = (f"{error.get('field')}: {error.get('message')}" for error in self.body.get("errors", ()))
        return "; ".join([f"{said} ({self.status}{code})", *errors])


class RefusedError(Exception):
    """The API answered, but not with what was asked for."""

    def __init__(self, method: str, path: str, answer: Answer) -> None:
        """Keep the answer beside the message that it makes."""
        super().__init__(f"{method} {path}: {answer.problem()}")
        self.answer = answer


class Api:
    """The API at `url` as the holder of `token`, or as nobody. For one thread: give each its own."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """Remember the address; the connection is made by the first call."""
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        try:
            port = parts.port
        except ValueError as wrong:
            raise ApiUnreachableError(f"{url} is not an address: {wrong}") from wrong
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ApiUnreachableError(f"{url} is not an http or https address")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, port, timeout=TIMEOUT_SECONDS)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        self.url = url

    def __enter__(self) -> Self:
        """Use as a context manager to have the connection closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def send(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and read its whole answer, whatever its status."""
        sent = {**self._headers, **(headers or {})}
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            try:
                return self._exchange(method, path, payload, sent)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # The other side may close an idle connection at any time: once more, on a new one. What these
                # tools send may arrive twice: leads carry an external id, and a pull answers the same again.
                self._connection.close()
                return self._exchange(method, path, payload, sent)
        except (OSError, http.client.HTTPException) as failed:
            self._connection.close()
            reason = getattr(failed, "strerror", None) or str(failed) or type(failed).__name__
            raise ApiUnreachableError(f"{self.url} does not answer: {reason}") from failed

    def get(self, path: str, **query: str) -> Json:
        """What is at `path`; raises RefusedError for anything but success."""
        return self._done("GET", path + ("?" + urlencode(query) if query else ""))

    def post(self, path: str, body: Json | None = None) -> Json:
        """What a POST answers; raises RefusedError for anything but success."""
        return self._done("POST", path, body if body is not None else {})

    def items(self, path: str, **query: str) -> Iterator[Json]:
        """Every item of a collection, page after page."""
        page = dict(query)
        while True:
            answer = self.get(path, **page)
            yield from answer["items"]
            if not answer.get("next"):
                return
            page["cursor"] = answer["next"]

    def _done(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = self.send(method, path, body)
        if not answer.ok:
            raise RefusedError(method, path, answer)
        return answer.body

    def _exchange(self, method: str, path: str, payload: bytes | None, headers: Mapping[str, str]) -> Answer:
        self._connection.request(method, self._prefix + path, body=payload, headers=dict(headers))
        response = self._connection.getresponse()
        raw = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        try:
            parsed = json.loads(raw) if raw else {}
        except ValueError:
            parsed = {"detail": raw[:200].decode(errors="replace")}
        return Answer(response.status, names, parsed if isinstance(parsed, dict) else {"value": parsed})


def segment(text: str) -> str:
    """`text` as one segment of a path."""
    return quote(text, safe="")


def shown(value: object) -> str:
    """A JSON value in one line."""
    return json.dumps(value, ensure_ascii=False)
