"""Calling rules: when the law, or the company, lets people of a state or a country be called."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Confidence = Literal["H", "M", "L"]
Ambiguous = Literal["strictest", "company"]
Window = tuple[int, int]
"""From the first minute of the local day that is inside it to the first one that is not."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = "holiday"
COUNTRY_RULE = "us"
"""The built-in rule of the whole country; what it says of ambiguous places is for the company."""
FEDERAL_WINDOW: Window = (8 * 60, 21 * 60)
"""08:00 to 21:00 at the called party's location: 47 CFR 64.1200(c)(1)."""


ALWAYS = "always"
"""In the key of a rule's version that has no `effective_from`."""


@dataclass(frozen=True, slots=True)
class CallingRule:
    """The windows of a country, or of one state of the United States.

    windows: Monday to Sunday; None means no calls that day. holiday: on public holidays, where `has_holidays`;
    otherwise they are as the weekday. closed_on: the company's own days without calls. also_holidays: days of each
    year (month, day) beside the computed ones. effective_from: the first local day on which it counts; None means
    always. exempt_with_consent, exempt_with_relationship: whom the law lets be called outside them; shown, never
    acted on. ambiguous: what counts for a lead that could be in several zones. is_built_in: it came with the product,
    and counts only while no version of the company's own does.
    """

    id: str
    name: str
    country: str
    state: str | None
    windows: tuple[Window | None, ...]
    has_holidays: bool = False
    holiday: Window | None = None
    closed_on: frozenset[date] = frozenset()
    also_holidays: frozenset[tuple[int, int]] = frozenset()
    calls_per_24h: int | None = None
    effective_from: date | None = None
    source: str = ""
    confidence: Confidence = "H"
    exempt_with_consent: bool = False
    exempt_with_relationship: bool = False
    ambiguous: Ambiguous = "strictest"
    version: int = 1
    is_built_in: bool = False

    @property
    def has_built_in_id(self) -> bool:
        """Whether it is, or stands in the place of, the rule that comes with the product: `us`, `us-fl`."""
        region = [self.country, *([self.state] if self.state else [])]
        return self.id == "-".join(region).lower()

    @property
    def key(self) -> str:
        return version_id(self.id, self.effective_from.isoformat() if self.effective_from else None)

    @property
    def precedence(self) -> tuple[bool, date]:
        """Of the versions of one rule that count on a day, the greatest decides."""
        return not self.is_built_in, self.effective_from or date.min

    def counts_on(self, day: date) -> bool:
        return self.effective_from is None or self.effective_from <= day


def version_id(rule: str, effective_from: str | None) -> str:
    """The key of one dated version of a rule: `us-ut#2027-01-01`."""
    return f"{rule}#{effective_from or ALWAYS}"


def rule_id(version_id: str) -> str:
    """Whose version a key names; the key itself where it names none."""
    return version_id.partition("#")[0]


def in_turn(versions: Collection[CallingRule], today: date) -> list[CallingRule]:
    """The versions of one rule that count today or will: first the one that does, then each later one by its date.

    Where none counts yet, the first is the next that will.
    """
    present = max(
        (each for each in versions if each.counts_on(today)), key=lambda each: each.precedence, default=None
    )
    later = [
        each
        for each in versions
        if not each.counts_on(today) and (present is None or each.precedence > present.precedence)
    ]
    return [*([present] if present else []), *sorted(later, key=lambda each: each.effective_from or date.min)]


def presumes(versions: Iterable[CallingRule]) -> bool:
    """Whether leads that could be in several zones count as being in the company's: every version of `us` says so.

    Those of the company's own, where it has any. It holds at once and on every day, for leads are filed by it.
    """
    found = list(versions)
    own = [each for each in found if not each.is_built_in] or found
    return bool(own) and all(each.ambiguous == "company" for each in own)


def federal(country: str) -> CallingRule:
    """What counts where no rule does: the federal window every day, for other countries too."""
    return CallingRule(
        id="federal",
        name="Federal window",
        country=country,
        state=None,
        windows=(FEDERAL_WINDOW,) * 7,
        source="47 CFR 64.1200(c)(1)",
    )


def days_of(key: str) -> tuple[int, ...] | None:
    """The weekdays that a key of windows names (`sat`, `mon-fri`), Monday 0; None when it names none."""
    first, dash, last = key.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        return None
    start, stop = DAYS.index(first), DAYS.index(last or first)
    return tuple(range(start, stop + 1)) if start < stop or not dash else None


def minutes_of(text: str) -> int:
    """`13:30` as minutes of the day; `24:00` is its end."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def weekly(windows: Mapping[str, Sequence[str] | None]) -> tuple[Window | None, ...]:
    """The window of each weekday, Monday first. `windows` has no problems; a weekday that it leaves out has none."""
    found: list[Window | None] = [None] * len(DAYS)
    for key, value in windows.items():
        for day in days_of(key) or ():
            found[day] = window(value)
    return tuple(found)


def window(value: Sequence[str] | None) -> Window | None:
    return None if value is None else (minutes_of(value[0]), minutes_of(value[1]))


def problems(windows: Mapping[str, Sequence[str] | None]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with windows of well-formed times: the key, a stable code, and what was expected."""
    taken: dict[int, str] = {}
    for key, value in windows.items():
        days = days_of(key)
        if key != HOLIDAY and days is None:
            listed = ", ".join(DAYS)
            yield key, "unknown_day", f"must be one of {listed}, a range such as mon-fri, or {HOLIDAY}"
            continue
        if other := next((taken[day] for day in days or () if day in taken), None):
            yield key, "repeated", f"has a day that {other} has already"
        taken.update(dict.fromkeys(days or (), key))
        if value is not None and minutes_of(value[0]) >= minutes_of(value[1]):
            yield key, "empty_window", "must start before it stops; say null for no calls"
