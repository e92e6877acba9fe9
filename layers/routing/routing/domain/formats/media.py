"""Content types and character sets, as senders name them."""

import re
from dataclasses import dataclass

from routing.domain.formats.post import Unreadable

_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')
_LONGEST = 1000
_BOM = b"\xef\xbb\xbf"
_CHARSETS = {
    "utf8": "utf-8", "usascii": "utf-8", "ascii": "utf-8", "utf16": "utf-16", "utf16le": "utf-16-le",
    "utf16be": "utf-16-be", "iso88591": "cp1252", "latin1": "cp1252", "windows1252": "cp1252", "cp1252": "cp1252",
    "iso885915": "iso8859-15", "windows1250": "cp1250", "windows1251": "cp1251", "iso88592": "iso8859-2",
}  # fmt: skip
"""Senders who say Latin-1 mean Windows-1252, as browsers read it."""


@dataclass(frozen=True, slots=True)
class Media:
    """A Content-Type. name: in lower case. charset: the codec, None where none is named."""

    name: str
    charset: str | None = None
    boundary: str = ""


def media(content_type: str | None) -> Media:
    """What a Content-Type says, JSON where there is none. Raises Unreadable for a character set that nobody sends."""
    text = ("application/json" if content_type is None else content_type)[:_LONGEST]
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(text)}
    name, named = text.partition(";")[0].strip().lower(), parameters.get("charset")
    if "json" in name:  # it is in UTF-8 whatever is said
        named = None
    return Media(
        name,
        codec(named) if named else None,
        parameters.get("boundary", ""),
    )


def codec(charset: str) -> str:
    """The codec of a character set. Raises Unreadable for one that is not known."""
    found = _CHARSETS.get(re.sub(r"[^a-z0-9]", "", charset.lower()))
    if found is None:
        raise Unreadable(415, "charset", "Send the body in UTF-8: its character set is not known here.")
    return found


def decoded(raw: bytes, charset: str | None = None) -> tuple[str, bool]:
    """The text of bytes, and whether they were not what they should be: then they are read as Windows-1252."""
    if charset is None or charset == "utf-8":
        try:
            return raw.removeprefix(_BOM).decode("utf-8"), False
        except UnicodeDecodeError:
            return _of_windows(raw), True
    try:
        return raw.decode(charset), False
    except UnicodeDecodeError:
        return raw.decode(charset, errors="replace"), True


def _of_windows(raw: bytes) -> str:
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
