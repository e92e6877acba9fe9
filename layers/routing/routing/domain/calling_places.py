"""Where a lead may be, for calling hours: its calling class, from its address and its phone number.

A place is a region and its zone: `US-FL@America/New_York` for a state or territory of the United States (the codes of
ISO 3166-2), `GB@Europe/London` elsewhere. What is known of which postal code and area code is where comes from
`calling_places.txt`, which `make calling-tables` generates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

UNKNOWN = "unknown"
"""The class of a lead of which nothing is known: the 50 states and DC, with every zone of theirs.

Not the territories: in summer Guam's window opens as Rhode Island's closes, so that the intersection would be empty,
and a lead of which nothing is known could not be called for months. Their own codes say who is there.
"""
HOME = "US"
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})

_POSTAL_CODE = re.compile(r"(\d{3})\d{2}(?:-?\d{4})?")
_NORTH_AMERICAN = re.compile(r"\+1(\d{3})\d{7}")

Places = frozenset[str]
NOWHERE: Places = frozenset()


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
    state: str | None, postal_code: str | None, phone: str | None, company_zone: str | None = None
) -> str:
    """The places whose windows count for a lead, sorted and joined by `,`; or `unknown`.

    The postal code's first three digits say where the address is, else the state does. The places of the phone's area
    code (of +1), or every zone of the country that it belongs to, are added: a call must be inside the windows of
    both (Connecticut, Florida, Oklahoma and Oregon presume residence from the area code). What spans zones or states
    counts as all the places that it could be in; a state that is given narrows a postal code that spans several.
    Toll-free and personal numbers, and military post, say nothing.

    state: two letters. phone: E.164. company_zone: where leads are presumed to be when they could be in several zones,
    this among them, or anywhere; None presumes nothing.
    """
    address = _of_postal_code(postal_code, state) or _of_state(state)
    number = _of_phone(phone)
    if company_zone is not None:
        address, number = _presumed(address, company_zone), _presumed(number, company_zone)
        if not address and not number:
            address = _of_zone(company_zone)
    return ",".join(sorted(address | number)) or UNKNOWN


@lru_cache(maxsize=4096)
def places(calling_class: str) -> tuple[Place, ...]:
    """The places of a class, in the order of their names."""
    names = sorted(_everywhere()) if calling_class == UNKNOWN else calling_class.split(",")
    return tuple(place(each) for each in names)


@lru_cache(maxsize=4096)
def place(name: str) -> Place:
    region, zone = name.split("@")
    country, _, state = region.partition("-")
    return Place(name, country, state or None, zone)


def countries() -> frozenset[str]:
    """The countries that a calling rule may be for. A territory of the United States is a state here."""
    return frozenset(_tables().zones) - TERRITORIES


def _of_postal_code(postal_code: str | None, state: str | None) -> Places:
    match = _POSTAL_CODE.fullmatch(postal_code or "")
    found = _tables().by_prefix.get(match[1], NOWHERE) if match else NOWHERE
    return found & _of_state(state) or found


def _of_state(state: str | None) -> Places:
    return _tables().by_state.get(f"{HOME}-{state}", NOWHERE)


def _of_phone(phone: str | None) -> Places:
    if phone is None:
        return NOWHERE
    match = _NORTH_AMERICAN.fullmatch(phone)
    found = _tables().by_area_code.get(match[1]) if match else None
    if found is not None:
        return found
    from routing.domain.phones import region  # loads the number library, which few leads need here

    country = region(phone)
    # An American number that no area code places is toll-free, or newer than the table: it could be anywhere.
    return NOWHERE if country is None or country == HOME else _of_country(country)


def _of_country(country: str) -> Places:
    zones = set(_tables().zones.get(country, {}).values())
    return frozenset(_named(country, zone) for zone in zones)


def _of_zone(zone: str) -> Places:
    """The country that has the zone: without a state, so that the country's own rule counts."""
    for country, zones in _tables().zones.items():
        if zone in zones:
            return frozenset({_named(country, zones[zone])})
    return NOWHERE


def _named(country: str, zone: str) -> str:
    return f"{HOME}-{country}@{zone}" if country in TERRITORIES else f"{country}@{zone}"


def _presumed(found: Places, zone: str) -> Places:
    """Those in the company's zone, where it is one of them; otherwise all."""
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
