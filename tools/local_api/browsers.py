"""What a browser on this machine may do with the local runner, and what nobody else's page may make it do.

A page from anywhere can post to a loopback address, and a name of its own can be made to lead there. So the `Host`
must be this machine, and so must the `Origin` where there is one. Intake is open to other origins: the sources' own
`allowed_origins` decide.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from tools.local_api.gateway import Request, Response, refusal

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
INTAKE = "/v1/intake/"
WELCOME = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Lead Routing</title>
<h1>Lead Routing runs on this machine</h1>
<p>Its screens have not been built here: <code>make console</code> does, then open this page anew.</p>
<p>It is an HTTP API too. As a user, send <code>Authorization: Bearer dev:&lt;account&gt;</code>; <code>dev:admin</code>
always exists:</p>
<pre>curl -H 'Authorization: Bearer dev:admin' {url}/v1/me</pre>
<p>The whole API is described at <code>/v1/openapi.json</code>, for whoever has a token;
<a href="/v1/health">/v1/health</a> needs none.</p>
</html>
"""


def _is_here(address: str) -> bool:
    try:
        return urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False


def refused(request: Request) -> Response | None:
    """The answer to a request that is meant for another host, or made by another host's page."""
    given = {name.lower(): value for name, value in request.headers}
    if "host" in given and not _is_here(f"//{given['host']}"):
        return refusal(HTTPStatus.FORBIDDEN, "This runner answers to the names of this machine only.")
    origin = given.get("origin")
    if origin is not None and not _is_here(origin) and not request.target.startswith(INTAKE):
        return refusal(HTTPStatus.FORBIDDEN, "This runner answers to pages of this machine only.")
    return None


def readable(request: Request, response: Response) -> Response:
    """The response, so that a page of this machine may read it also where no function has answered."""
    given: Mapping[str, str] = {name.lower(): value for name, value in request.headers}
    is_said = any(name == "access-control-allow-origin" for name, _ in response.headers)
    if is_said or not _is_here(given.get("origin", "")):
        return response
    shared = [
        ("access-control-allow-origin", given["origin"]),
        ("access-control-expose-headers", "etag, link, retry-after"),
        ("vary", "origin"),
    ]
    return Response(response.status, response.body, [*response.headers, *shared])


def welcome(url: str) -> Response:
    """For who opens the address in a browser."""
    return Response(
        HTTPStatus.OK,
        WELCOME.format(url=url).encode(),
        [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")],
    )
