"""Web origins: scheme, host and port of a page, as browsers name them, and addresses below one."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
NO_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
"""Browsers drop some of these, or take them for something else: an address with one leads who knows where."""


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def of_text(text: str) -> Origin | None:
    """The origin that a text names; None for one that is none."""
    found = of_address(text)
    return found if found is not None and re.fullmatch(r"https?://[^/?#]+", text, re.IGNORECASE) else None


def of_address(text: str) -> Origin | None:
    """The origin of an absolute http or https address; None for any other, and for one with a user's name in it."""
    if NO_ADDRESS.search(text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not text[len(parts.scheme) :].startswith("://"):
        return None
    if not host or "@" in parts.netloc or parts.netloc.endswith(":"):
        return None
    return Origin(parts.scheme, host, PORTS[parts.scheme] if port is None else port)


def is_among(text: str | None, allowed: Iterable[str]) -> bool:
    """Whether a text names one of these origins."""
    named = of_text(text or "")
    return named is not None and named in map(of_text, allowed)
