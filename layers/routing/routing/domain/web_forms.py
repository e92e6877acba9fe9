"""What a web form says besides the lead: where to send its browser afterwards, and what only a robot fills in."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from routing.domain.formats.form_post import REDIRECTS
from routing.domain.origins import of_address, of_text

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where to send the browser: when the lead was taken, and when it was not. wrong: what leads elsewhere, by name."""

    taken: str | None = None
    not_taken: str | None = None
    wrong: tuple[str, ...] = ()


def destinations(given: Mapping[str, str], allowed: Collection[str]) -> Destinations:
    """What a form asks for, as far as it is below one of the origins that are allowed: same scheme, host and port."""
    origins = {of_text(each) for each in allowed} - {None}
    asked = {name.lower(): address for name, address in given.items() if name.lower() in REDIRECTS}
    right = {name: address for name, address in asked.items() if of_address(address) in origins}
    taken, not_taken = (right.get(each) for each in REDIRECTS)
    return Destinations(
        taken, not_taken, tuple(name for name in REDIRECTS if name in asked.keys() - right.keys())
    )


def location(address: str, error: str | None = None, fields: Collection[str] = ()) -> str:
    """The address as a header says it; with what went wrong in which fields, and never with what was in them."""
    parts = urlsplit(address)
    if error is not None:
        named = dict.fromkeys(each for each in fields if NAME.fullmatch(each))
        said = {"error": error, **({"field": ",".join(named)} if named else {})}
        parts = parts._replace(query="&".join(filter(None, (parts.query, urlencode(said)))))
    return quote(urlunsplit(parts), safe=PRINTABLE)


def is_robot(honeypot: str | None, given: Mapping[str, Any]) -> bool:
    """Whether the field is filled in that people do not see. given: what was posted, by the sender's own names."""
    return honeypot is not None and any(
        name.lower() == honeypot.lower()
        and not (value is None or (isinstance(value, str) and not value.strip()))
        for name, value in given.items()
    )
