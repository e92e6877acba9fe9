"""Which pages may read an answer in a browser: of the origins that the company, or a source, allows.

API Gateway's own CORS would put its headers in the place of these, for every route alike.
"""

from collections.abc import Collection, Mapping

from routing.domain import origins

ANY = "*"
READABLE = "etag, link, retry-after"
METHODS = "GET, POST, PUT, PATCH, DELETE"
ASKED_WITH = "authorization, content-type, idempotency-key, if-match, if-none-match, x-activity, x-api-key"
REMEMBERED_FOR = "600"
"""Seconds that a browser does not ask again."""


def headers(origin: str | None, allowed: Collection[str]) -> dict[str, str]:
    """What an answer says to a browser, for a page of `origin`. No cookie or other credential of a browser counts."""
    if not origin or not allowed:
        return {}
    if ANY in allowed:
        return {"access-control-allow-origin": ANY, "access-control-expose-headers": READABLE}
    if not origins.is_among(origin, allowed):
        return {"vary": "origin"}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": READABLE,
        "vary": "origin",
    }


def permission(methods: str = METHODS, asked_with: str = ASKED_WITH) -> Mapping[str, str]:
    """What a browser asks for before a request that a form could not make; `headers` say to whom it is given."""
    return {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": asked_with,
        "access-control-max-age": REMEMBERED_FOR,
    }
