"""HTTP at the edge: an API Gateway event becomes a request, an answer or a problem becomes a response.

API Gateway has routed the request already (`routeKey`), so a function only looks its operation up. The operations
also say what they take and answer, from which the OpenAPI document is made.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from routing.domain.formats.json_text import leniently, without_nulls
from routing.runtime import clock, cors
from routing.runtime.json_body import strictly, without_unmeant_nulls
from routing.runtime.observability import count, log_failure, logger
from routing.runtime.settings import settings
from routing.services.core.idempotency import Answer, Once
from routing.services.core.paging import Found
from routing.services.core.problems import FieldError, Problem, invalid_field, not_found, told
from routing.storage import keys
from routing.storage.configuration import NewerLayout
from routing.storage.leads import digest, dumps
from routing.storage.table import BadStart, is_outage

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")
MAX_BODY = 256 * 1024
MAX_KEY = 255
IDENTIFIER = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
"""Never `.` or `..`: an address that names them is another address."""
NO_IDENTIFIER = "must have 1 to 64 letters, digits, `.`, `_` or `-`, and not be `.` or `..`"
FREE_TEXT = frozenset({"person", "phone"})
"""Parts of an address that are no ids; their operations check them."""
SEAL_BYTES = 16
BAD_CURSOR = "must be the `next` of the page before"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(slots=True)
class Request:
    """One request. `user` is the account id that the token names, empty on a public route.

    address: where it came from, as API Gateway saw it; what headers say of that anybody can write.
    """

    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    user: str
    id: str
    address: str = ""
    now: datetime = field(default_factory=clock.now)

    @property
    def is_background(self) -> bool:
        """Whether the client says that no person is behind it (polls, token refreshes)."""
        return self.headers.get("x-activity", "").lower() == "background"

    @property
    def api(self) -> str:
        """The address of the API that this came to."""
        host = self.headers.get("host", "localhost")
        is_here = host.partition(":")[0] in ("127.0.0.1", "localhost")
        return f"{'http' if is_here else 'https'}://{host}"

    def json(self, *, nulls_of: str | None = None) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object. A null means absent, but in the key `nulls_of`.

        415 for another media type, 400 unless it parses, 422 for JSON that is no object.
        """
        return without_unmeant_nulls(self.exactly(), nulls_of)

    def exactly(self) -> dict[str, Any]:
        """As `json`, with its nulls."""
        return self._object(strictly)[0]

    def lead(self) -> dict[str, Any]:
        """The body as a lead's JSON object: what JSON or text cannot hold does not cost the lead.

        A number that is none (`NaN`, `1e400`) is its text, a character that cannot be read U+FFFD. Else as `json`.
        """
        return self._object(leniently)[1]

    def _object(self, read: Callable[[bytes], Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The object as it came, and without its nulls."""
        if not self.raw.strip():
            return {}, {}
        media = self.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json"):
            raise Problem(415, "media_type", "Send the body as application/json.")
        try:
            given = read(self.raw)
            body = without_nulls(given)
        except (ValueError, RecursionError):
            raise Problem(400, "unparsable", "The body is not JSON in UTF-8, or nested too deeply.") from None
        if not isinstance(given, dict):
            raise invalid_field("", "wrong_type", "the body must be a JSON object")
        return given, body

    def once(self, caller: str) -> Once | None:
        """The caller's `Idempotency-Key` for this request, if it has one."""
        key = self.headers.get("idempotency-key")
        if key is None:
            return None
        if not 0 < len(key) <= MAX_KEY:
            raise invalid_field("Idempotency-Key", "out_of_range", f"must have 1 to {MAX_KEY} characters")
        target = f"{self.route} {sorted(self.path.items())}"
        return Once(keys.idempotency(caller, target, key), digest(self.raw.decode(errors="replace")))

    def limit(self, most: int = 200) -> int:
        """The `limit` of a list, 50 unless said."""
        text = self.query.get("limit", "50")
        if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= most:
            raise invalid_field("limit", "out_of_range", f"must be a whole number from 1 to {most}")
        return int(text)

    def cursor(self) -> dict[str, str] | None:
        """Where a list goes on, as `next` of the page before gave it to this account, for this very list."""
        text = self.query.get("cursor")
        if not text:
            return None
        try:
            sealed = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        except (ValueError, binascii.Error):
            sealed = b""
        place = sealed[SEAL_BYTES:]
        if not hmac.compare_digest(sealed[:SEAL_BYTES], self._seal(place)):
            raise invalid_field("cursor", "invalid", BAD_CURSOR)
        found: dict[str, str] = json.loads(place)
        return found

    def next(self, place: Mapping[str, str] | None) -> str | None:
        """The cursor of a place in this list; None at its end."""
        if place is None:
            return None
        text = dumps(dict(place)).encode()
        return base64.urlsafe_b64encode(self._seal(text) + text).decode().rstrip("=")

    def _seal(self, place: bytes) -> bytes:
        """Whose cursor it is, of which list: the number of entries alone may change from page to page."""
        terms = {name: value for name, value in self.query.items() if name not in ("cursor", "limit")}
        bound = dumps([self.user, self.route, sorted(self.path.items()), sorted(terms.items())])
        key = keys.cursor_key(settings().hash_key)
        return hmac.new(key, bound.encode() + b"\0" + place, hashlib.sha256).digest()[:SEAL_BYTES]


@dataclass(frozen=True, slots=True)
class Response:
    """body: JSON, or text under a content type of its own."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def listed(request: Request, found: Found, **beside: Any) -> Response:
    """A page of a list, and what the list says besides."""
    return Response(200, {**found.body, "next": request.next(found.next), **beside})


def unless_known(request: Request, body: Any) -> Response:
    """The answer with its ETag; 304 without it to who has this very one."""
    etag = f'"{digest(body)}"'
    known = request.headers.get("if-none-match", "").split(",")
    if etag in (each.strip().removeprefix("W/") for each in known):
        return Response(304, headers={"etag": etag})
    return Response(200, body, {"etag": etag})


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the API. body: the schema of what it takes. query: every parameter that it knows.

    answers: what each status means. most_bytes: of a body. origins: whose pages may read an answer; the company's
    unless said. refused: answers what is wrong before `handle` is called; else that is a problem document.
    """

    route: str
    handle: Callable[[Request], Response | Answer]
    summary: str
    answers: Mapping[int, str]
    body: "type[BaseModel] | None" = None
    query: tuple[str, ...] = ()
    public: bool = False
    most_bytes: int = MAX_BODY
    origins: "Callable[[Mapping[str, str]], Sequence[str]] | None" = None
    refused: "Callable[[Request, Problem], Response | Answer] | None" = None

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks, before a page's request, if it may send that: any address, with any parameters."""
        return self.route.startswith("OPTIONS ")


OPERATIONS: dict[str, Operation] = {}


def operation(
    route: str,
    summary: str,
    *,
    answers: Mapping[int, str] | None = None,
    body: "type[BaseModel] | None" = None,
    query: tuple[str, ...] = (),
    public: bool = False,
    most_bytes: int = MAX_BODY,
    origins: Callable[[Mapping[str, str]], Sequence[str]] | None = None,
    refused: Callable[[Request, Problem], Response | Answer] | None = None,
) -> Callable[[Callable[[Request], Response | Answer]], Callable[[Request], Response | Answer]]:
    """Register a function as the operation of a route (`POST /v1/leads/{id}/notes`)."""

    def register(handle: Callable[[Request], Response | Answer]) -> Callable[[Request], Response | Answer]:
        OPERATIONS[route] = Operation(
            route,
            handle,
            summary,
            answers or {200: "Done."},
            body,
            query,
            public,
            most_bytes,
            origins,
            refused,
        )
        return handle

    return register


def dispatch(event: Mapping[str, Any], then: Callable[[Request], None] = lambda _: None) -> dict[str, Any]:
    """Answer one API Gateway event (payload format 2.0). Nothing is raised: what is unexpected is logged, and 500.

    then: called with each request that was carried out.
    """
    request_id = event["requestContext"].get("requestId", "")
    logger.set_correlation_id(request_id)
    try:
        request = _request(event)
        response = _carried_out(request, then)
    except Exception as failure:  # noqa: BLE001 - the last resort: logged with its correlation id, answered without details
        response = _problem(problem_of(failure, event["routeKey"], request_id))
    headers = {
        "cache-control": "no-store",
        **_readable_by(event),
        **getattr(response, "headers", {}),
    }
    rendered: dict[str, Any] = {"statusCode": response.status, "headers": headers}
    if response.body is not None:
        headers.setdefault("content-type", "application/json")
        rendered["body"] = response.body if isinstance(response.body, str) else dumps(response.body)
    return rendered


def _carried_out(request: Request, then: Callable[[Request], None]) -> Response | Answer:
    operation = OPERATIONS[request.route]
    try:
        _check(request, operation)
    except Problem as wrong:
        if operation.refused is None:
            raise
        return operation.refused(request, wrong)
    response = operation.handle(request)
    then(request)
    return response


def _readable_by(event: Mapping[str, Any]) -> Mapping[str, str]:
    """What the answer says to the browser of a page that may read it."""
    origins = OPERATIONS[event["routeKey"]].origins
    allowed = origins(event.get("pathParameters") or {}) if origins else settings().allowed_origins
    return cors.headers((event.get("headers") or {}).get("origin"), allowed)


def problem_of(failure: Exception, route: str, request_id: str) -> Problem:
    """What is answered for anything that was raised. What is no problem itself is counted and logged."""
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, BadStart):
        return invalid_field("cursor", "invalid", BAD_CURSOR)
    if isinstance(failure, NewerLayout):
        log_failure("the table is of a newer release", failure, route=route)
        return Problem(503, "newer_layout", "The data are of a newer release than what runs here.")
    if is_outage(failure):
        count("Outages")
        logger.warning("the table could not be used", route=route, error=type(failure).__name__)
        return Problem(503, "try_again", "We could not do this just now; please try again.")
    count("InternalErrors")
    log_failure("request failed", failure, route=route)
    return Problem(
        500, "internal", f"Something went wrong on our side. Quote {request_id} when you ask about it."
    )


def _request(event: Mapping[str, Any]) -> Request:
    body = event.get("body") or ""
    context = event["requestContext"]
    claims = context.get("authorizer", {}).get("jwt", {}).get("claims", {})
    return Request(
        event["routeKey"],
        event.get("pathParameters") or {},
        event.get("queryStringParameters") or {},
        {name.lower(): value for name, value in (event.get("headers") or {}).items()},
        base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        str(claims.get(settings().account_claim, "")),
        context.get("requestId", ""),
        context.get("http", {}).get("sourceIp", ""),
    )


def _check(request: Request, operation: Operation) -> None:
    """Raises a Problem for what no operation, or not this one, takes."""
    most = operation.most_bytes
    if len(request.raw) > most:
        raise Problem(413, "too_large", f"The body has more than {most // 1024} KB.")
    if not operation.is_preflight and not all(
        name in FREE_TEXT or IDENTIFIER.fullmatch(each) for name, each in request.path.items()
    ):
        if request.route.startswith("PUT"):
            raise invalid_field("id", "invalid", NO_IDENTIFIER)
        raise not_found("thing")
    if not operation.public and not IDENTIFIER.fullmatch(request.user):
        raise Problem(
            403, "no_account", f"Your token does not name an account in {settings().account_claim}."
        )
    unknown = sorted(request.query.keys() - set(operation.query))
    if unknown and not operation.is_preflight:
        wrong = [FieldError(each, "unknown_parameter", "is no parameter of this call") for each in unknown]
        raise Problem(
            422, "unknown_parameter", "The address has parameters that this call does not know.", wrong
        )


def document(problem: Problem) -> dict[str, Any]:
    """The problem document (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"urn:lead-routing:problem:{problem.code}",
        "title": TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = told([problem])[0]
    return body


def _problem(problem: Problem) -> Response:
    headers = {"content-type": "application/problem+json", **problem.headers}
    return Response(problem.status, document(problem), headers)


_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_key",
    "literal_error": "not_allowed",
    "string_pattern_mismatch": "invalid",
}
_TAGS = frozenset({"criterion", "group", "[key]"})


def checked(model: "type[Model]", body: Mapping[str, Any]) -> "Model":
    """The body as the model. A 422 problem that names every wrong field, and what was expected of it."""
    from pydantic import ValidationError

    try:
        return model.model_validate(body)
    except ValidationError as wrong:
        raise Problem(
            422, "invalid", "The request has invalid fields.", [_field_error(each) for each in wrong.errors()]
        ) from None


def _field_error(error: Mapping[str, Any]) -> FieldError:
    path = ""
    for part in error["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in _TAGS:
            path += f".{part}" if path else str(part)
    kind = str(error["type"])
    code = _CODES.get(kind, kind)
    if kind.endswith(("_type", "_parsing")) or kind == "model_attributes_type":
        code = "wrong_type"
    elif kind.startswith(("greater_than", "less_than", "too_", "string_too")):
        code = "out_of_range"
    return FieldError(path, code, _message(kind, error))


_MESSAGES = {
    "missing": "must be given",
    "extra_forbidden": "is not known here",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_pattern_mismatch": "does not have the form that it needs ({pattern})",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "date_type": "must be a date (YYYY-MM-DD)",
    "date_parsing": "must be a date (YYYY-MM-DD)",
    "date_from_datetime_parsing": "must be a date (YYYY-MM-DD)",
}
"""What was expected, in the words of the API; what its own checks say is so already."""


def _message(kind: str, error: Mapping[str, Any]) -> str:
    said = _MESSAGES.get(kind)
    return str(error["msg"]) if said is None else said.format_map(error.get("ctx", {}))
