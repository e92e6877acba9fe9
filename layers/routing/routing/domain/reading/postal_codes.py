"""Postal codes: of the United States as five digits, of another country in capitals."""

import re

from routing.domain.reading.text import MAX_TEXT, bare, text_of, unwrapped

_FIVE = re.compile(r"(\d{3,5})(?:[ -]?\d{4}|-)?", re.ASCII)
_LONGER = re.compile(r"\d{6,8}", re.ASCII)
_FOREIGN = re.compile(r"(?=.*\d)[A-Z0-9](?:[ -]?[A-Z0-9]){1,9}", re.ASCII)
_CANADIAN = re.compile(r"([A-Z]\d[A-Z])[ -]?(\d[A-Z]\d)", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def _upper(value: object) -> str | None:
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return None
    return re.sub(r"(?<=\d)\.0+$", "", unwrapped(text)).translate(_DASHES).upper()


def postal_code(value: object) -> str | None:
    """A US code as five digits, a leading zero that a spreadsheet dropped put back; another country's in capitals.

    A word without a digit is no code.
    """
    if isinstance(value, str) and len(value) == 5 and value.isascii() and value.isdigit():
        return value
    compact = _upper(value)
    if compact is None:
        return None
    match = _FIVE.fullmatch(compact) if not _LONGER.fullmatch(compact) else None
    if match:
        return match[1].zfill(5)
    match = _CANADIAN.fullmatch(compact)
    if match:
        return f"{match[1]} {match[2]}"
    return compact if len(compact) <= 10 and _FOREIGN.fullmatch(compact) else None


def lost_its_zero(value: object) -> bool:
    """Whether `postal_code` put a leading zero back."""
    found = postal_code(value)
    return found is not None and found.isdigit() and not (_upper(value) or "").startswith(found)


def comparable(code: str) -> str:
    """A code as it is compared: however it is spaced."""
    return code.replace(" ", "").replace("-", "")


def part(value: object) -> str | None:
    """A piece of a code, as `starts_with` and `contains` take it; None for what no code has."""
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return None
    compact = comparable(bare(text).translate(_DASHES).upper())
    if re.fullmatch(r"\d{9}", compact):
        compact = compact[:5]
    return compact if re.fullmatch(r"[A-Z0-9]{1,10}", compact) else None
