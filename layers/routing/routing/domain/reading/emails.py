"""E-mail addresses as people and mail programs write them."""

import re

from routing.domain.reading.text import MAX_TEXT, text_of, unwrapped

MAX_EMAIL = 254
_EMAIL = re.compile(r"[^@\s,;:<>\"()\[\]\\]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])")
_INSIDE = re.compile(r"<([^<>]*)>")
_NOTE = re.compile(r"[(\[][^()\[\]@]*[)\]]")
_LABEL = re.compile(r"(?:mailto|e-?mail(?: address)?|smtp) ?: ?")


def emails(value: object) -> list[str]:
    """The addresses in a text, in lower case and in order, each once: `Ann <ann@b.com>; mailto:c@d.com` has two.

    Other words beside an address make it none: who knows whether they belong to it.
    """
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return []
    lowered = unwrapped(text).lower()
    alone = _address(lowered)
    if alone:
        return [alone]
    inside = [each for each in _INSIDE.findall(lowered) if "@" in each]
    pieces = inside or re.split(r"[;,|/<>]", _NOTE.sub(" ", lowered.replace("\\", " ")))
    found: dict[str, None] = {}
    for piece in pieces:
        tight = _LABEL.sub("", piece.strip()).replace(" @", "@").replace("@ ", "@").split("?", 1)[0]
        words = tight.split()
        if not all("@" in each for each in words):
            continue
        for word in words:
            address = _address(word)
            if address:
                found[address] = None
    return list(found)


def _address(word: str) -> str | None:
    found = word.strip("'\"`.,:*").removeprefix("mailto:")
    return found if len(found) <= MAX_EMAIL and _EMAIL.fullmatch(found) else None


def email(value: object) -> str | None:
    """The first address in a text; None when there is none."""
    return next(iter(emails(value)), None)


def part(value: object) -> str | None:
    """A piece of an address, as `starts_with` and `contains` take it; None for what no address has."""
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return None
    lowered = unwrapped(text).lower().removeprefix("mailto:")
    return lowered if lowered and not re.search(r"[\s,;<>\"]", lowered) else None
