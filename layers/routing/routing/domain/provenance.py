"""Consent and attribution: what a lead was told and agreed to, and by which advertisement it came.

Both are kept as they came: a click id whose letters have changed is worth nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from routing.domain.origins import of_address
from routing.domain.reading.text import folded, identity, text_of
from routing.domain.reading.times import instant

Fact = Literal["consent", "attribution"]
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id")
_CLICKS = ("gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id")
_PAGES = ("landing_page", "referrer")
_BROWSERS = ("fbc", "fbp")
_FIRST_CLICKS, _FIRST_PAGES = (tuple(f"first_{each}" for each in among) for among in (_CLICKS, _PAGES))
FIRST = (*(f"first_{each}" for each in _UTM), *_FIRST_CLICKS, *_FIRST_PAGES)
"""Of the first visit, where the rest of an attribution is of the last."""
CLICKS = (*_CLICKS, *_BROWSERS, *_FIRST_CLICKS)
"""What ad platforms know a click, or a browser, by."""
KEYS: Mapping[Fact, tuple[str, ...]] = {
    "consent": ("text", "at", "ip", "page", "certificate"),
    "attribution": (*_UTM, *_CLICKS, *_BROWSERS, *_PAGES, *FIRST),
}
MOST_BYTES: Mapping[str, int] = {
    "text": 8192,
    **dict.fromkeys(("page", "certificate", *_PAGES, *_FIRST_PAGES), 2048),
}
MOST_BYTES_OF_OTHERS = 512

_FLAT: Mapping[str, tuple[str, ...]] = {
    "consent.text": (
        "consent text", "consent language", "consent disclosure", "tcpa text", "tcpa language", "tcpa disclosure",
        "tcpa consent text", "tcpa consent language", "opt in text",
    ),
    "consent.at": (
        "consent at", "consent time", "consent timestamp", "consent date", "consent date time", "tcpa timestamp",
        "tcpa consent at", "tcpa consent timestamp", "opt in at", "opt in time", "opt in date", "opt in timestamp",
    ),
    "consent.ip": (
        "consent ip", "consent ip address", "ip", "ip address", "client ip", "user ip", "lead ip", "opt in ip",
    ),
    "consent.page": ("consent page", "consent url", "consent page url", "page url", "form url", "opt in url"),
    "consent.certificate": (
        "consent certificate", "consent certificate url", "certificate url", "xx trusted form cert url",
        "trusted form cert url", "trusted form certificate url", "trusted form url", "trusted form certificate",
        "trusted form cert", "trusted form", "xx trusted form token", "universal lead id", "lead id token",
        "jornaya lead id", "jornaya token", "jornaya",
    ),
    **{f"attribution.{each}": (each,) for each in KEYS["attribution"] if each not in _PAGES},
    "attribution.landing_page": ("landing page", "landing page url", "landing url", "entry page", "entry url"),
    "attribution.referrer": (
        "referrer", "referer", "referrer url", "referer url", "referring url", "http referrer", "http referer",
    ),
}  # fmt: skip
"""Under which names a post that has no objects gives them, best first."""
_WITHIN: Mapping[str, tuple[str, ...]] = {
    "consent.text": ("language", "disclosure", "statement"),
    "consent.at": ("time", "timestamp", "date"),
    "consent.page": ("url",),
    "consent.certificate": ("cert",),
}
"""What they may be called in the object besides."""
DERIVED = {"channel": "utm_medium", "campaign": "utm_campaign"}
"""What a lead that does not say it takes from its attribution."""
Warn = Callable[[str, str, str], None]
"""Takes a field, a code and a message."""


def _folded(name: str) -> str:
    return re.sub(r"[ _-]", "", folded(name[:100]) or "")


_NAMED = {field: (field, *names) for field, names in _FLAT.items()}
_FIELDS = {_folded(name): field for field, names in _NAMED.items() for name in names}
_PLACES = {_folded(name): place for names in _NAMED.values() for place, name in enumerate(names)}
_IN_OBJECT: Mapping[Fact, Mapping[str, str]] = {
    fact: {
        **{name: field for name, field in _FIELDS.items() if field.startswith(f"{fact}.")},
        **{
            _folded(name): field
            for field, names in _WITHIN.items()
            if field.startswith(f"{fact}.")
            for name in names
        },
        **{_folded(key): f"{fact}.{key}" for key in own},
    }
    for fact, own in KEYS.items()
}
TARGETS = frozenset({*_FLAT, *(names[0].replace(" ", "_") for names in _FLAT.values())})
"""What a mapping may send something to: `consent.text`, `consent_text`, `attribution.gclid`, `gclid`."""


def field_of(key: str) -> str | None:
    """The field (`consent.text`, `attribution.gclid`) that a flat name such as `xxTrustedFormCertUrl` stands for."""
    return _FIELDS.get(_folded(key))


def flat_name(key: str) -> str | None:
    """The best flat name of what a name stands for: `TCPA Text` is `consent_text`."""
    field = field_of(key)
    return None if field is None else _FLAT[field][0].replace(" ", "_")


def read(given: Mapping[str, Any], warn: Warn) -> dict[str, dict[str, str]]:
    """The consent and the attribution in a lead's JSON object; of each what it says, and none that says nothing.

    What stands in the objects goes before flat names. What cannot be used is left out, with a warning.
    """
    found: dict[str, dict[str, str]] = {}
    for name, field, value in _values(given, warn):
        fact, key = field.split(".")
        text, known = _usable(key, value), found.get(fact, {}).get(key)
        if text is None:
            what = _WHAT.get(key, f"text of at most {_most(key)} bytes that says something")
            warn(name, "dropped", f"is not {what}; it is kept as received")
        elif known is None:
            found.setdefault(fact, {})[key] = text
        elif text != known:
            warn(name, "repeated_key", "names what another key names too; it is kept as received")
    return found


def witnessed(given: Mapping[str, Any], address: str, referrer: str | None) -> dict[str, str]:
    """What the request of a visitor's own browser shows of their consent, by flat names: address, page without query.

    Nothing where no text of a consent is given, and nothing that is.
    """
    said = read(given, lambda *_: None).get("consent", {})
    if "text" not in said:
        return {}
    shown = {"ip": _usable("ip", address), "page": _page(referrer or "")}
    return {f"consent.{key}": value for key, value in shown.items() if value is not None and key not in said}


def _page(address: str) -> str | None:
    if of_address(address) is None:
        return None
    return _usable("page", urlsplit(address)._replace(query="", fragment="").geturl())


def _values(given: Mapping[str, Any], warn: Warn) -> Iterator[tuple[str, str, object]]:
    """(name as it came, field, value) of each, the best named first."""
    for fact in KEYS:
        inside = given.get(fact)
        if isinstance(inside, Mapping):
            for name, value in inside.items():
                field = _IN_OBJECT[fact].get(_folded(name))
                if field is None:
                    warn(f"{fact}.{name}", "unknown_key", f"is not a key of {fact}; it is kept as received")
                elif not _is_blank(value):
                    yield f"{fact}.{name}", field, value
        elif fact == "consent" and isinstance(inside, str):
            yield fact, "consent.text", inside
        elif inside is not None:
            warn(fact, "dropped", "is not an object; it is kept as received")
    flat = [(_PLACES[_folded(name)], name) for name in given if _folded(name) in _FIELDS]
    for _, name in sorted(flat, key=lambda each: each[0]):
        if not _is_blank(given[name]):
            yield name, _FIELDS[_folded(name)], given[name]


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _usable(key: str, value: object) -> str | None:
    text = text_of(value)
    if text is None or identity(text) is None:
        return None
    text = text.strip()
    if key == "at":
        return _moment(text)
    if key == "ip":
        try:
            return str(ip_address(text))
        except ValueError:
            return None
    return text if len(text.encode(errors="replace")) <= _most(key) else None


def _moment(text: str) -> str | None:
    """RFC 3339 in UTC, of seconds and milliseconds since 1970 too."""
    try:
        if _EPOCH.fullmatch(text):
            found: datetime | None = datetime.fromtimestamp(int(text[:10]), UTC)
        else:
            found = instant(text)
        return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found is not None else None
    except (OverflowError, ValueError):
        return None


def _most(key: str) -> int:
    return MOST_BYTES.get(key, MOST_BYTES_OF_OTHERS)


_WHAT = {"at": "a date-time (RFC 3339)", "ip": "an IP address"}
_EPOCH = re.compile(r"[1-9]\d{9}(?:\d{3})?", re.ASCII)


def kept(values: Mapping[str, Any], fact: Fact) -> dict[str, Any] | None:
    """A lead's consent or attribution as it is shown: every key of it; None where the lead has none."""
    said = values.get(fact)
    return None if not said else {key: said.get(key) for key in KEYS[fact]}


def of_receipt(received: Mapping[str, Any]) -> dict[str, Any]:
    """The consent and the attribution that one post brought, as they are shown."""
    found = read(received, lambda *_: None)
    return {fact: kept(found, fact) for fact in KEYS}
