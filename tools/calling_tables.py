"""Where a lead may be: the table of postal codes, area codes and countries that calling hours are found by.

`make calling-tables` writes it from the packages `zipcodes` (the zone of each five-digit code in use), `phonenumbers`
(region and zones of each area code) and `tzdata` (which zones a country has, and how they behave).
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

from routing.domain.reading import states

TARGET = Path(__file__).parents[1] / "layers/routing/routing/domain/calling_places.txt"
PACKAGES = ("zipcodes", "phonenumbers", "tzdata")
FIRST_DAY, LAST_DAY = datetime(2024, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
TERRITORIES = frozenset({"PR", "GU", "VI", "AS", "MP"})
MILITARY = frozenset({"AA", "AE", "AP"})
"""Post to them goes to wherever the forces are: a code of theirs says nothing of where it is read."""
MENDED = {"89883": "America/Denver", "89825": "America/Denver"}
"""West Wendover and Jackpot keep Utah's and Idaho's time: `zipcodes` has them with the rest of Nevada."""
NOT_THERE = frozenset({("AK", "Pacific/Honolulu")})
"""`phonenumbers` says Hawaii for Adak, whose own zone has summer time."""
WELL_SPREAD = range(200, 1000, 7)
"""Exchanges of numbers that are tried to learn which region has an area code."""
NPA_DIGITS = 4
"""Of a prefix that names an area code: the country's 1 and three more."""
FULL_NAMES = {"washington state": "WA", "washington d.c.": "DC"}

Zones = Mapping[str, str]
"""The zones of one country, each as the one that stands for all of the same behaviour there."""


def behaviour(zone: str) -> tuple[tuple[datetime, timedelta | None], ...]:
    """The zone's offset at the start of the span, and each later one with the second from which it counts."""
    tz = ZoneInfo(zone)
    found = [(FIRST_DAY, FIRST_DAY.astimezone(tz).utcoffset())]
    day = FIRST_DAY
    while day < LAST_DAY:
        before, after = day, day + timedelta(days=1)
        if after.astimezone(tz).utcoffset() != found[-1][1]:
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) // 2
                if middle.astimezone(tz).utcoffset() == found[-1][1]:
                    before = middle
                else:
                    after = middle
            found.append((after.replace(microsecond=0), after.astimezone(tz).utcoffset()))
        day += timedelta(days=1)
    return tuple(found)


def zones_by_country() -> dict[str, dict[str, str]]:
    """Per ISO country: zone -> the zone that stands for it, the first of its behaviour in tzdata's `zone.tab`."""
    found: dict[str, dict[str, str]] = {}
    first: dict[tuple[str, object], str] = {}
    table = files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            stands = first.setdefault((country, behaviour(zone)), zone)
            found.setdefault(country, {})[zone] = stands
    return found


def place(country: str, state: str | None, zone: str, zones: Mapping[str, Zones]) -> str | None:
    """`US-FL@America/New_York`, or `CA@America/Toronto` elsewhere; None for a zone that the country does not have."""
    if country in TERRITORIES:
        country, state = "US", country
    own = zones.get(state if state in TERRITORIES else country, {})
    if zone not in own or (state, zone) in NOT_THERE:
        return None
    return f"{country}-{state}@{own[zone]}" if state else f"{country}@{own[zone]}"


def _codes() -> Iterator[tuple[str, str, str, list[str]]]:
    """Each postal code in use: itself, its state (or freely associated country), its zone, its area codes."""
    import zipcodes

    for each in zipcodes.list_all():
        if each["active"]:
            code = each["zip_code"]
            yield code, each["state"], MENDED.get(code, each["timezone"]), each["area_codes"]


def by_prefix(zones: Mapping[str, Zones]) -> tuple[dict[str, set[str]], int]:
    """The places of each three-digit prefix of US postal codes, and how many codes had no usable zone."""
    found: dict[str, set[str]] = defaultdict(set)
    military, skipped = set(), 0
    for code, state, zone, _ in _codes():
        is_state = state in states.STATES
        where = place("US" if is_state else state, state if is_state else None, zone, zones)
        if state in MILITARY:
            military.add(code[:3])
        elif where is None:
            skipped += 1
        else:
            found[code[:3]].add(where)
    return {prefix: places for prefix, places in found.items() if prefix not in military}, skipped


def _zones_of_codes() -> dict[str, set[str]]:
    """The zones of the numbers under each area code of +1."""
    from phonenumbers.tzdata import TIMEZONE_DATA

    found: dict[str, set[str]] = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= NPA_DIGITS:
            found[prefix[1:NPA_DIGITS]] |= set(zones)
    return found


def _states_of_codes() -> dict[str, str]:
    """The state of each area code in a state: the one that most of its exchanges' descriptions name."""
    from phonenumbers.geodata import GEOCODE_DATA

    named: dict[str, Counter[str]] = defaultdict(Counter)
    for prefix, texts in GEOCODE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= NPA_DIGITS:
            text = texts.get("en", "")
            state = FULL_NAMES.get(text.lower()) or states.state(text.rsplit(", ", 1)[-1])
            if state is not None:
                named[prefix[1:NPA_DIGITS]][state] += 1
    return {code: counts.most_common(1)[0][0] for code, counts in named.items()}


def _region_of_code(code: str) -> str | None:
    """The country or territory that has an area code of +1, as phone numbers are assigned."""
    import phonenumbers

    for exchange in WELL_SPREAD:
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}{exchange}0123"))
        if region := phonenumbers.region_code_for_number(number):
            return region
    return None


def by_area_code(zones: Mapping[str, Zones]) -> dict[str, set[str]]:
    """The places of each geographic area code of +1. A code without zones (toll-free, personal) is left out."""
    states = _states_of_codes()
    served: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, postal_state, zone, area_codes in _codes():
        for code in area_codes:
            served[code, postal_state].add(zone)
    found: dict[str, set[str]] = {}
    for code, zones_of_code in sorted(_zones_of_codes().items()):
        country = _region_of_code(code)
        state: str | None = states.get(code) if country == "US" else None
        if country is None or (country == "US" and state is None):
            continue
        own = zones_of_code | (served[code, state] if state else set())
        if places := {each for zone in own if (each := place(country, state, zone, zones))}:
            found[code] = places
    return found


def _ranges(keys: Iterable[str]) -> str:
    """`320-323,326` for consecutive numbers of three digits."""
    runs: list[list[int]] = []
    for number in sorted(int(key) for key in keys):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a:03d}" if a == b else f"{a:03d}-{b:03d}" for a, b in runs)


def _grouped(kind: str, places_by_key: Mapping[str, set[str]]) -> Iterator[str]:
    keys_by_places: dict[str, list[str]] = defaultdict(list)
    for key, places in places_by_key.items():
        keys_by_places[",".join(sorted(places))].append(key)
    for named, keys in sorted(keys_by_places.items()):
        yield f"{kind} {named} {_ranges(keys)}"


def _countries(zones: Mapping[str, Zones]) -> Iterator[str]:
    for country, stands in sorted(zones.items()):
        same: dict[str, list[str]] = defaultdict(list)
        for zone, representative in stands.items():
            same[representative].append(zone)
        yield f"country {country} {' '.join('='.join(group) for group in same.values())}"


def table() -> tuple[str, int]:
    """The whole table as text, and how many postal codes were skipped for want of a zone."""
    reset_tzpath(())  # the packaged zones, whose version the header names, and not the machine's
    ZoneInfo.clear_cache()
    zones = zones_by_country()
    prefixes, skipped = by_prefix(zones)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    lines = [
        f"# Generated by tools/calling_tables.py (make calling-tables) from {versions}. Do not edit.",
        "# zip and area: the places that a postal code's first three digits, or an area code of +1, may be in.",
        "# country: its zones, each with those that behave like it from 2024 to 2040.",
        *_grouped("zip", prefixes),
        *_grouped("area", by_area_code(zones)),
        *_countries(zones),
    ]
    return "\n".join(lines) + "\n", skipped


def main() -> int:
    text, skipped = table()
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {len(text)} bytes; {skipped} postal codes had no known zone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
