"""States of the United States, however they are written: two letters of the postal service."""

import re
from collections.abc import Mapping

from routing.domain.reading.text import bare, text_of

MAX_STATE = 100

NAMES: Mapping[str, str] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "american samoa": "AS",
    "guam": "GU", "northern mariana islands": "MP", "virgin islands": "VI",
}  # fmt: skip
STATES = frozenset(NAMES.values())

_SHORT: Mapping[str, str] = {
    "AL": "ala", "AK": "alas", "AZ": "ariz", "AR": "ark", "CA": "calif, cal", "CO": "colo, col", "CT": "conn",
    "DC": "washington dc, wash dc", "DE": "del", "FL": "fla", "ID": "ida", "IL": "ill, ills", "IN": "ind",
    "KS": "kan, kans, kas", "KY": "ken, kent", "MA": "mass", "MI": "mich", "MN": "minn", "MS": "miss", "MT": "mont",
    "NE": "neb, nebr", "NV": "nev", "NH": "n hamp", "NJ": "n jersey", "NM": "n mex, n mexico, new mex",
    "NY": "n york", "NC": "n car, n carolina, no carolina", "ND": "n dak, n dakota, no dak, no dakota, nodak",
    "OK": "okla", "OR": "ore, oreg", "PA": "penn, penna", "RI": "r island", "SC": "s car, s carolina, so carolina",
    "SD": "s dak, s dakota, so dak, so dakota, sodak", "TN": "tenn", "TX": "tex", "WA": "wash",
    "WV": "w va, wva, w virginia, west va", "WI": "wis, wisc", "WY": "wyo", "AS": "amer samoa",
    "MP": "cnmi, northern marianas, n mariana islands, commonwealth of the northern mariana islands",
    "VI": "usvi, us virgin islands, united states virgin islands, virgin islands us",
}  # fmt: skip
"""The abbreviations of the Associated Press and the traditional ones, without dots; initials are joined (`n y`)."""

_WORDS: Mapping[str, str] = {
    **NAMES,
    **{short: code for code, many in _SHORT.items() for short in many.split(", ")},
    **{each.lower(): each for each in STATES},
}
"""Whatever stands for a state, in lower case and without dots."""
_LIKE_WORDS = frozenset(
    ["AL", "AS", "CO", "DE", "HI", "ID", "IN", "LA", "MA", "ME", "MO", "OH", "OK", "OR", "PA"]
)
"""Codes that are words or parts of towns' names too (`La Crosse`, `ask me`)."""
_COUNTRY = re.compile(
    r"\b(?:united states of america|united states|u ?s ?a|u ?s)$|^(?:u ?s ?a|u ?s)\b(?!.*islands)"
)
_ELSEWHERE = frozenset({
    "ontario", "quebec", "québec", "alberta", "manitoba", "saskatchewan", "newfoundland", "labrador",
    "yukon", "nunavut", "canada", "on", "bc", "qc", "ab", "mb", "sk", "ns", "nb", "nl", "pe", "pei", "yt",
    "nt", "nu", "not", "no", "non", "outside", "except", "and", "&",
})  # fmt: skip
"""Words with which a text means no state of ours, or not one alone."""
_NOT_BEFORE = frozenset({
    "port", "fort", "ft", "mount", "mt", "lake", "george", "martha", "new", "old", "baja", "lower",
    "sierra", "grand", "little", "point", "cape", "camp", "british",
})  # fmt: skip
"""Before a state's name these make it another place's: `Port Washington`, `Baja California`."""
_DIVIDED = re.compile(r"[()\[\]{}/|:;_-]")
_ZIP = re.compile(r"\b\d{5}(?:-\d{4})?\b", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def state(value: object) -> str | None:
    """A US state or territory as two letters.

    Its postal, AP or traditional abbreviation or its name, with or without dots, alone or beside the other (`TX -
    Texas`), a country (`US-TX`), a town (`Dallas, TX`) or a postal code. None for what names none, or more than one.
    """
    if isinstance(value, str) and value in STATES:
        return value
    text = text_of(value)
    if text is None or len(text) > MAX_STATE:
        return None
    written = _ZIP.sub(
        " ", bare(text).translate(_DASHES).replace(".", " ").replace("'", " ").replace('"', " ")
    )
    found = _WORDS.get(_joined(_without_country(_DIVIDED.sub(" ", written.replace(",", " ")))))
    if found is not None:
        return found
    by_commas = [each for each in written.split(",") if each.strip()]
    named = [_of_part(each) for each in by_commas]
    if any(each is None for each in named):
        return None
    sure = [each for each in named if each]
    if not sure:
        return None
    if len(set(sure)) == 1:
        return sure[0]
    *towns, last = (each for each in by_commas if _without_country(each))
    return _after_a_town(towns, last)


def _after_a_town(towns: list[str], last: str) -> str | None:
    """`California, MD` is a town in Maryland; of two names, or two codes, neither is sure."""
    code = _joined(_without_country(last))
    is_town = len(code) == 2 and all(_joined(_without_country(each)) in NAMES for each in towns)
    return _WORDS.get(code) if is_town else None


def _joined(text: str) -> str:
    """Letters that dots or blanks stood between, together: `n y` is `ny`, `w va` stays."""
    text = " ".join(text.split())
    return re.sub(r"\b([a-z]) (?=[a-z]\b)", r"\1", text)


def _without_country(part: str) -> str:
    return " ".join(_COUNTRY.sub(" ", " ".join(part.lower().split())).split())


def _of_part(part: str) -> str | None:
    """The state that a part between commas names; empty for none, None for several or for none of ours."""
    found = {each for piece in _DIVIDED.split(part) if (each := _of_phrase(piece)) != ""}
    return None if None in found or len(found) > 1 else next(iter(found), "")


def _of_phrase(phrase: str) -> str | None:
    words = _without_country(phrase)
    exact = _WORDS.get(_joined(words))
    if exact is not None:
        return exact
    plain = re.sub(
        r"^(?:the )?(?:state|commonwealth|territory) of (?:the )?|(?: state| province)$", "", words
    )
    exact = _WORDS.get(_joined(plain))
    if exact is not None:
        return exact
    split = plain.split()
    if not _ELSEWHERE.isdisjoint(split) or "or" in split[1:-1]:
        return None
    capitals = {each for each in phrase.split() if each.isupper()}
    for size in range(min(4, len(split) - 1), 0, -1):  # a town, then its state
        before, name = split[:-size], " ".join(split[-size:])
        code = _WORDS.get(_joined(name))
        if code is None or (name in NAMES and before[-1] in _NOT_BEFORE):
            continue
        if name.upper() in _LIKE_WORDS and name.upper() not in capitals:
            continue
        other = _WORDS.get(_joined(" ".join(before)))
        is_town = len(name) == 2 and " ".join(before) in NAMES
        return code if other in (None, code) or is_town else None
    first = split[0].upper() if split else ""
    is_code = first in STATES and first not in _LIKE_WORDS and first in capitals
    return first if is_code and len(split) > 1 else ""


def part(value: object) -> str | None:
    """Letters of a state's two, as `starts_with` and `contains` take them; a whole state is its two letters."""
    found = state(value)
    if found is not None:
        return found
    text = text_of(value)
    letters = bare(text).upper() if text is not None and len(text) <= MAX_STATE else ""
    return letters if len(letters) == 1 and any(letters in each for each in STATES) else None
