"""Where a lead may be, for calling hours: its calling class, from its address and its phone number.

A place is a region and its zone: `US-FL@America/New_York` for a state or territory of the United States (the codes of
ISO 3166-2), `GB@Europe/London` elsewhere. What is known of which postal code and area code is where comes from
`calling_places.txt`, which `make calling-tables` generates.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

UNKNOWN = "unknown"
"""Alone, the class of a lead of which nothing is known; beside places, that of one whose facts do not all say where.

It stands for the 50 states and DC, with every zone of theirs.

Not the territories: in summer Guam's window opens as Rhode Island's closes, so that the intersection would be empty,
and a lead of which nothing is known could not be called for months. Their own codes say who is there.
"""
HOME = "US"
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})

_POSTAL_CODE = re.compile(r"(\d{3})\d{2}(?:-?\d{4})?")
_CANADIAN_CODE = re.compile(r"([ABCEGHJ-NPRSTVXY])\d[A-Z](?: ?\d[A-Z]\d)?")
_CANADIAN_ZONES: Mapping[str, tuple[str, ...]] = {
    "A": ("St_Johns", "Goose_Bay"),
    "B": ("Halifax",),
    "C": ("Halifax",),
    "E": ("Moncton",),
    "G": ("Toronto", "Halifax", "Blanc-Sablon"),
    "H": ("Toronto",),
    "J": ("Toronto",),
    "K": ("Toronto",),
    "L": ("Toronto",),
    "M": ("Toronto",),
    "N": ("Toronto",),
    "P": ("Toronto", "Winnipeg", "Atikokan"),
    "R": ("Winnipeg",),
    "S": ("Regina", "Edmonton"),
    "T": ("Edmonton",),
    "V": ("Vancouver", "Creston", "Edmonton"),
    "X": ("Edmonton", "Cambridge_Bay", "Iqaluit", "Resolute", "Rankin_Inlet", "Atikokan"),
    "Y": ("Whitehorse",),
}
"""The zones (after `America/`) of what a Canadian postal code's first letter stands for."""
_PROVINCES: Mapping[str, str] = {
    "AB": "T", "BC": "V", "MB": "R", "NB": "E", "NL": "A", "NS": "B", "NT": "X", "NU": "X", "ON": "KLMNP",
    "PE": "C", "QC": "GHJ", "SK": "S", "YT": "Y",
}  # fmt: skip
"""The first letters of each province's postal codes."""
_NORTH_AMERICAN = re.compile(r"\+1(\d{3})\d{7}")
_LOST_ITS_COUNTRY = re.compile(r"\+([2-9]\d{2})[2-9]\d{6}")
"""An E.164 number of ten digits that would be one of +1, had its 1 been left out."""

Places = frozenset[str]
NOWHERE: Places = frozenset()
ANYWHERE: Places = frozenset({UNKNOWN})
"""Where something is that is given and that nothing places: a postal code of no known form, a new area code."""


@dataclass(frozen=True, slots=True)
class Place:
    """country: ISO 3166. state: of the United States; None elsewhere. zone: IANA's name."""

    name: str
    country: str
    state: str | None
    zone: str


@dataclass(frozen=True, slots=True)
class _Tables:
    """zones: per country, each zone's name -> the one that stands for its behaviour there."""

    by_prefix: Mapping[str, Places]
    by_area_code: Mapping[str, Places]
    by_state: Mapping[str, Places]
    zones: Mapping[str, Mapping[str, str]]


def calling_class(
    state: str | None, postal_code: str | None, *phones: str | None, company_zone: str | None = None
) -> str:
    """The places whose windows count for a lead, sorted and joined by `,`; `unknown` among them, or alone.

    Every fact counts, and none is believed before another: the lead may be wherever any of them puts it. A state and a
    postal code that agree are one fact, their common places; where they contradict each other both count. The places
    of each phone's area code (of +1), or every zone of the country that it belongs to, are added (Connecticut, Florida,
    Oklahoma and Oregon presume residence from the area code). A fact that nothing places could be anywhere. Only what
    is known to say nothing is left out: toll-free and personal numbers.

    So, from the first fact that says where a lead is, one more never removes a place, and thereby never widens the
    window or raises the call limit; but for a state and a postal code that agree, which narrow each other.

    state: two letters, a Canadian province's too; any other text could be anywhere. phones: E.164. company_zone: where
    leads are presumed to be when a fact leaves several zones, this among them, or says nothing; None presumes nothing.
    """
    by_state, by_code = _of_state(state), _of_postal_code(postal_code)
    agreed = by_state & by_code
    facts = [each for each in ((agreed,) if agreed else (by_state, by_code)) if each] + _of_phones(phones)
    if company_zone is not None:
        facts = [_presumed(each, company_zone) for each in facts or [ANYWHERE]]
    return ",".join(sorted(NOWHERE.union(*facts))) or UNKNOWN


def known_state(postal_code: str | None, *phones: str | None) -> str | None:
    """The state of a lead that gives none: its postal code's, if the phones' area codes allow no other. Else None.

    An area code alone names no state: a mobile number goes with its owner.
    """
    by_code = _of_postal_code(postal_code)
    states = {_state_of(name) for name in NOWHERE.union(by_code, *_of_phones(phones))}
    return states.pop() if by_code and len(states) == 1 else None


def known_zone(calling_class: str) -> str | None:
    """The one time zone that all places of a class are in, as IANA's name; None where they differ."""
    zones = {each.zone for each in places(calling_class)}
    return zones.pop() if len(zones) == 1 else None


def is_of(state: str, postal_code: str) -> bool:
    """Whether a postal code is known to be in use in a state, or in a Canadian province."""
    found = _of_postal_code(postal_code) & _of_state(state)
    return bool(found - ANYWHERE)


@lru_cache(maxsize=4096)
def places(calling_class: str) -> tuple[Place, ...]:
    """The places of a class, in the order of their names."""
    names = set(calling_class.split(","))
    if UNKNOWN in names:
        names = names - ANYWHERE | _everywhere()
    return tuple(place(each) for each in sorted(names))


@lru_cache(maxsize=4096)
def place(name: str) -> Place:
    region, zone = name.split("@")
    country, _, state = region.partition("-")
    return Place(name, country, state or None, zone)


def zones_of(country: str, state: str | None) -> frozenset[str]:
    """The zones of a country, or of a state of the United States."""
    if state is not None:
        return frozenset(place(name).zone for name in _of_state(state))
    return frozenset(_tables().zones.get(country, {}).values())


def countries() -> frozenset[str]:
    """The countries that a calling rule may be for. A territory of the United States is a state here."""
    return frozenset(_tables().zones) - TERRITORIES


def _of_postal_code(postal_code: str | None) -> Places:
    if not postal_code:
        return NOWHERE
    if match := _CANADIAN_CODE.fullmatch(postal_code):
        return _of_letters(match[1])
    match = _POSTAL_CODE.fullmatch(postal_code)
    return _tables().by_prefix.get(match[1], ANYWHERE) if match else ANYWHERE


def _of_state(state: str | None) -> Places:
    if not state:
        return NOWHERE
    if letters := _PROVINCES.get(state):
        return _of_letters(letters)
    return _tables().by_state.get(f"{HOME}-{state}", ANYWHERE)


def _of_letters(letters: str) -> Places:
    zones = _tables().zones["CA"]
    return frozenset(
        _named("CA", zones[f"America/{zone}"]) for each in letters for zone in _CANADIAN_ZONES[each]
    )


def _of_phones(phones: Iterable[str | None]) -> list[Places]:
    return [each for phone in phones for each in _of_phone(phone)]


def _of_phone(phone: str | None) -> list[Places]:
    """One fact, or two where a number can be read in two ways; none where it says nothing."""
    if phone is None:
        return []
    match = _NORTH_AMERICAN.fullmatch(phone)
    found = _tables().by_area_code.get(match[1]) if match else None
    if found is not None:
        return [found]
    from routing.domain import phones  # loads the number library, which few leads need here

    if phones.is_of_no_place(phone):
        return []
    country = phones.region(phone)
    # An American number that no area code places is newer than the table.
    own = ANYWHERE if country is None or country == HOME else _of_country(country) or ANYWHERE
    lost = _LOST_ITS_COUNTRY.fullmatch(phone)
    return [own, *([_tables().by_area_code[lost[1]]] if lost and lost[1] in _tables().by_area_code else [])]


def _of_country(country: str) -> Places:
    zones = set(_tables().zones.get(country, {}).values())
    return frozenset(_named(country, zone) for zone in zones)


def _of_zone(zone: str) -> Places:
    """The country that has the zone: without a state, so that the country's own rule counts."""
    for country, zones in _tables().zones.items():
        if zone in zones:
            return frozenset({_named(country, zones[zone])})
    return NOWHERE


def _state_of(name: str) -> str | None:
    """The state of a place's name; None elsewhere, and for what could be anywhere."""
    return None if name == UNKNOWN else place(name).state


def _named(country: str, zone: str) -> str:
    return f"{HOME}-{country}@{zone}" if country in TERRITORIES else f"{country}@{zone}"


def _presumed(found: Places, zone: str) -> Places:
    """Those in the company's zone, where it is one of them; otherwise all. What could be anywhere is in that zone."""
    if UNKNOWN in found:
        return _of_zone(zone) or found
    zones = _tables().zones
    there = {name for name in found if (of := place(name)).zone == zones.get(of.country, {}).get(zone, zone)}
    return frozenset(there) or found


@cache
def _everywhere() -> Places:
    by_state = _tables().by_state
    return frozenset().union(*(by_state[each] for each in by_state if each[3:] not in TERRITORIES))


@cache
def _tables() -> _Tables:
    """The table, read once: 18 KB in 3 ms."""
    by_key: dict[str, dict[str, Places]] = {"zip": {}, "area": {}}
    zones: dict[str, dict[str, str]] = {}
    by_state: dict[str, set[str]] = {}
    text = (files("routing.domain") / "calling_places.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        kind, name, *rest = line.split(" ")
        if kind == "country":
            zones[name] = {zone: group.split("=")[0] for group in rest for zone in group.split("=")}
        elif kind in by_key:
            found = frozenset(name.split(","))
            for first, _, last in (each.partition("-") for each in rest[0].split(",")):
                for number in range(int(first), int(last or first) + 1):
                    by_key[kind][f"{number:03d}"] = found
            for each in found:
                region = each.split("@")[0]
                if region.startswith(f"{HOME}-"):
                    by_state.setdefault(region, set()).add(each)
    states = {region: frozenset(found) for region, found in by_state.items()}
    return _Tables(by_key["zip"], by_key["area"], states, zones)
