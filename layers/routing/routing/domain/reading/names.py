"""Whole names, as lists have them in one column."""

import re
import unicodedata

from routing.domain.reading.text import cleaned, folded

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


def words(text: object) -> tuple[str, ...]:
    """The words of a name as they are searched for: without case, accents and signs. `O'Brien` is `o`, `brien`."""
    return tuple(re.findall(r"[^\W_]+", _plain(text)))


def begins(asked: tuple[str, ...], *names: object) -> bool:
    """Whether each of the words begins a word of these names; `obrien` finds `O'Brien`."""
    found = {word for name in names for word in words(name)}
    found |= {re.sub(r"[\W_]+", "", part) for name in names for part in _plain(name).split()}
    return all(any(word.startswith(each) for word in found) for each in asked)


def _plain(text: object) -> str:
    apart = unicodedata.normalize("NFKD", folded(text) or "")
    return "".join(each for each in apart if not unicodedata.combining(each))
