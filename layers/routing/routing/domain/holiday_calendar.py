"""Public holidays, computed with their observed days; the one module that knows the `holidays` package."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=512)
def public_holidays(country: str, state: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year by date, with their names; none for a country that is not known.

    Where a state moves a holiday from a weekend both days count: the day itself, and the one that it is observed on.
    """
    if not is_known(country):
        return {}
    known = state if state in holidays.country_holidays(country).subdivisions else None
    found = holidays.country_holidays(country, subdiv=known, years=year, observed=True)
    return {day: name for day, name in found.items() if day.year == year}


def is_known(country: str) -> bool:
    """Whether the public holidays of a country can be computed."""
    return country in holidays.list_supported_countries()
