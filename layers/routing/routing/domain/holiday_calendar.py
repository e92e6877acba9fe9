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
    try:
        return dict(holidays.country_holidays(country, subdiv=state, years=year, observed=True))
    except NotImplementedError:  # how the package says that it does not know the country
        return {}
