"""The console's files on the API's own origin, with the headers that CloudFront sends in AWS."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tools.local_api.gateway import Request, Response

BUILT = Path(__file__).resolve().parents[2] / "console" / "dist"
CONFIG = {"sign_in": "local"}
PAGE = "/index.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_PACKED = (".css", ".html", ".js", ".json", ".svg", ".webmanifest")
SECURITY = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin-allow-popups"),
)
"""Beside the policy below; CloudFront adds that the address is only ever to be asked over TLS."""


def content_policy(connect: Sequence[str] = ()) -> str:
    """What the page may load and call: its own origin alone, and `connect` (files, the sign-in page's host)."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # The components' one <style> element.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@dataclass(frozen=True)
class _File:
    content: bytes
    packed: bytes | None
    headers: Sequence[tuple[str, str]]


class Site:
    """What was built in `folder`, read as a whole, so that no path leaves it; again when it was built anew."""

    def __init__(self, folder: Path, connect: Sequence[str] = ()) -> None:
        self._folder = folder
        self._policy = content_policy(connect)
        self._built_at = 0
        self._files: dict[str, _File] = {}

    def answer(self, request: Request) -> Response | None:
        """The file, or the page for a path of its own; None where nothing is built and for what is the API's."""
        path = request.target.partition("?")[0]
        if request.method not in ("GET", "HEAD") or path.startswith(("/v1/", "/_local/")) or not self._read():
            return None
        if path == "/config.json":
            return self._response(json.dumps(CONFIG).encode(), self._headers("/config.json"))
        found = self._files.get(path)
        if found is None:
            # An account's id, in the address of its page, may have a dot.
            if path.startswith("/assets/") or ("." in path and path.rindex("/") == 0):
                return self._response(b"Not Found", self._headers(".txt"), HTTPStatus.NOT_FOUND)
            found = self._files[PAGE]
        accepted = next((value for name, value in request.headers if name.lower() == "accept-encoding"), "")
        if found.packed is not None and "gzip" in accepted:
            return self._response(found.packed, [*found.headers, ("content-encoding", "gzip")])
        return self._response(found.content, found.headers)

    def _read(self) -> bool:
        try:
            built_at = (self._folder / PAGE[1:]).stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if built_at != self._built_at:
            paths = [each for each in self._folder.rglob("*") if each.is_file()]
            names = {f"/{each.relative_to(self._folder).as_posix()}": each for each in paths}
            self._files = {name: self._file(name, path) for name, path in names.items() if "/." not in name}
            self._built_at = built_at
        return True

    def _file(self, name: str, path: Path) -> _File:
        content = path.read_bytes()
        packed = gzip.compress(content, 6) if path.suffix in _PACKED else None
        vary = [("vary", "accept-encoding")] if packed else []
        return _File(content, packed, [*self._headers(name), *vary])

    def _headers(self, name: str) -> list[tuple[str, str]]:
        lasting = "public, max-age=31536000, immutable" if name.startswith("/assets/") else "no-cache"
        return [
            ("content-type", TYPES.get(Path(name).suffix, "text/plain; charset=utf-8")),
            ("cache-control", lasting),
            ("content-security-policy", self._policy),
            *SECURITY,
        ]

    @staticmethod
    def _response(
        content: bytes, headers: Sequence[tuple[str, str]], status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        return Response(status, content, headers)
