"""Whole names, as lists have them in one column."""

import re

from routing.domain.reading.text import cleaned

_SUFFIX = re.compile(r"(jr|sr|i{2,3}|iv|v|md|phd|esq)\.?", re.IGNORECASE)


def split(text: str) -> tuple[str, str]:
    """First and last name: `Ana Ortiz`, `Ortiz, Ana`, `Ana Ortiz Jr.`. One word is the first name."""
    before, comma, after = (each.strip() for each in cleaned(text).partition(","))
    if comma and before and after and not _SUFFIX.fullmatch(after):
        return after, before
    words = cleaned(text).replace(",", " ").split()
    suffixes = 1 if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else 0
    at = len(words) - 1 - suffixes
    return (" ".join(words[:at]), " ".join(words[at:])) if at > 0 else (" ".join(words), "")
