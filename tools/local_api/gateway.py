"""API Gateway's HTTP API, as far as clients and handlers see it: routes, authorizer, payload format."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from tools.local_api.functions import FunctionError
from tools.template import Route

MAX_BODY = 10 * 1024 * 1024
MAX_ANSWER = 6 * 1024 * 1024
"""Lambda's limit for what a function returns, as JSON; the body is text within it."""
_TEXT = re.compile(r"text/.*|application/(json|xml|javascript)", re.IGNORECASE)
_TOKEN = re.compile(r"(?:Bearer +)?dev:([A-Za-z0-9._-]{1,64})", re.IGNORECASE)
_NAME = re.compile(r"\{(\w+\+?)\}")
"""A part of a path; with a plus all that is left of it."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. `target` is path and query as sent; `headers` as sent, in order."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = field(default=(("content-type", "application/json"),))


def refusal(status: int, message: str) -> Response:
    """What API Gateway itself answers when no handler does."""
    return Response(status, json.dumps({"message": message}, separators=(",", ":")).encode())


class Gateway:
    """Finds the route, checks the token, calls the function, maps its answer.

    `invoke` takes a function's name and the event. `claim` names the token's claim that holds the account.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        invoke: Callable[[str, dict[str, Any]], Any],
        *,
        claim: str,
        now: Callable[[], datetime],
    ) -> None:
        self._routes = [(each, *_pattern(each.path)) for each in routes]
        # A literal segment goes before a variable one.
        self._routes.sort(key=lambda entry: _NAME.sub("\uffff", entry[0].path))
        self._invoke = invoke
        self._claim = claim
        self._now = now

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises for anything that the request or the function does."""
        path, _, query = request.target.partition("?")
        found = self._find(request.method, path)
        if found is None:
            return refusal(404, "Not Found")
        route, parameters = found
        headers = _joined(request.headers)
        claims = None if route.public else self._claims(headers.get("authorization", ""))
        if claims is None and not route.public:
            return refusal(401, "Unauthorized")
        if len(request.body) > MAX_BODY:
            return refusal(413, "Request Too Long")
        event = self._event(request, route, unquote(path), query, headers, parameters, claims)
        try:
            return _response(self._invoke(route.function, event))
        except (FunctionError, _MalformedError):
            return refusal(500, "Internal Server Error")

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route, pattern, names in self._routes:
            match = pattern.fullmatch(path) if route.method in (method, "ANY") else None
            if match:
                return route, dict(zip(names, map(unquote, match.groups()), strict=True))
        return None

    def _claims(self, authorization: str) -> dict[str, str] | None:
        token = _TOKEN.fullmatch(authorization.strip())
        return {self._claim: token[1]} if token else None

    def _event(
        self,
        request: Request,
        route: Route,
        path: str,
        query: str,
        headers: dict[str, str],
        parameters: dict[str, str],
        claims: dict[str, str] | None,
    ) -> dict[str, Any]:
        now = self._now()
        host = headers.get("host", "localhost")
        context: dict[str, Any] = {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        }
        if claims is not None:
            context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": context,
            "isBase64Encoded": False,
        }
        cookies = headers.pop("cookie", "")
        if cookies:
            event["cookies"] = [each.strip() for each in cookies.split(";")]
        if query:
            event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True), lower=False)
        if parameters:
            event["pathParameters"] = parameters
        if request.body:
            event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
        return event


def _pattern(path: str) -> tuple[re.Pattern[str], list[str]]:
    literal_and_name = _NAME.split(path)
    pattern = "".join(
        (("(.+)" if part.endswith("+") else "([^/]+)") if at % 2 else re.escape(part))
        for at, part in enumerate(literal_and_name)
    )
    return re.compile(pattern), [each.removesuffix("+") for each in literal_and_name[1::2]]


def _joined(pairs: Iterable[tuple[str, str]], *, lower: bool = True) -> dict[str, str]:
    """One value for each name; those of a repeated one joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower() if lower else name
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    """As API Gateway does: text for these types alone; a web form, too, comes as base64."""
    if _TEXT.fullmatch(content_type.partition(";")[0].strip()):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


class _MalformedError(Exception):
    """The function's answer is none that API Gateway understands, or is longer than Lambda hands on."""


def _response(answer: Any) -> Response:
    if len(json.dumps(answer, ensure_ascii=False).encode()) > MAX_ANSWER:
        raise _MalformedError
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        # Payload format 2.0 takes anything else for the body of a 200.
        return Response(200, json.dumps(answer).encode())
    status, body = answer["statusCode"], answer.get("body") or ""
    headers = answer.get("headers") or {}
    if not isinstance(status, int) or not isinstance(body, str) or not isinstance(headers, Mapping):
        raise _MalformedError
    if not 100 <= status <= 599:
        raise _MalformedError
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    named.setdefault("content-type", "text/plain;charset=UTF-8")
    cookies = [("set-cookie", str(each)) for each in answer.get("cookies") or ()]
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return Response(status, content, [*named.items(), *cookies])
