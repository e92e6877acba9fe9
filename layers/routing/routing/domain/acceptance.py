"""What a source's leads have to be, and how many of them and for how much money, so that they are taken.

Money is counted in ten-thousandths, rounded up, so that a sum of whole numbers is never less than what is paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from routing.domain.calling_rules import Window
from routing.domain.criteria import AnyOf, Entry, Reading, Result, evaluate
from routing.domain.leads import Lead, RecordType
from routing.domain.reading import numbers

Period = Literal["day", "month"]
Reason = Literal[
    "duplicate", "outside_criteria", "over_cap", "over_budget", "out_of_hours", "no_consent", "do_not_call"
]
PARTS = 10_000
MAX_COST = 1_000_000
CONSENT = "consent."
"""Fields of this group say what a person agreed to: who lacks them is refused for that."""

MAGIC: Mapping[str, Reason | None] = {
    "00001": None,
    "00002": "duplicate",
    "00003": "outside_criteria",
    "00004": "over_cap",
    "00005": "no_consent",
}
"""Postal codes that a test key tries each answer with."""


def in_parts(cost: object) -> int:
    """An amount in ten-thousandths, rounded up; 0 for what is no number."""
    return _parts(cost, ROUND_CEILING)


def _parts(amount: object, rounding: str) -> int:
    found = numbers.number(amount)
    return 0 if found is None else int((found * PARTS).to_integral_value(rounding))


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many leads, and for so much (in ten-thousandths), in each local day or month. None is no limit."""

    per: Period
    leads: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """hours: the window of each weekday, Monday first; None is always."""

    criteria: tuple[Entry, ...] = ()
    caps: tuple[Cap, ...] = ()
    hours: tuple[Window | None, ...] | None = None
    refuse_duplicates: bool = False


def cap(per: Period, leads: int | None, cost: float | None) -> Cap:
    return Cap(per, leads, None if cost is None else _parts(str(cost), ROUND_FLOOR))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one period of a source has room for: the least of its caps. stamp: `2026-03-04`, or `2026-03`."""

    per: Period
    stamp: str
    leads: int | None
    cost: int | None

    def full(self, leads: int, spent: int, cost: int) -> Reason | None:
        """Why one more lead at this cost would pass a cap, after so many leads and so much spent."""
        if self.leads is not None and leads >= self.leads:
            return "over_cap"
        if self.cost is not None and spent + cost > self.cost:
            return "over_budget"
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a lead is wanted, but for how many there are: `reason` is None then.

    allowances: of each period that a cap counts. cost: of this lead, in ten-thousandths.
    """

    reason: Reason | None
    criteria: tuple[Result, ...]
    allowances: tuple[Allowance, ...]
    cost: int


def judge(
    accepts: Acceptance, lead: Lead, record_type: RecordType, is_suppressed: bool, now: datetime, zone: str
) -> Verdict:
    """Decide on a lead of a source whose owner is in this zone."""
    results = evaluate(accepts.criteria, Reading(lead, record_type), now)
    found = allowances(accepts.caps, now, zone)
    cost = in_parts(lead.values.get("cost"))
    reason = _unwanted(accepts, results, is_suppressed, now, zone)
    if reason is None:
        reason = next((why for each in found if (why := each.full(0, 0, cost))), None)
    return Verdict(reason, results, found, cost)


def _unwanted(
    accepts: Acceptance, results: Sequence[Result], is_suppressed: bool, now: datetime, zone: str
) -> Reason | None:
    if is_suppressed:
        return "do_not_call"
    missed = [entry for entry, each in zip(accepts.criteria, results, strict=True) if not each.held]
    if missed:
        return "no_consent" if all(map(_is_of_consent, missed)) else "outside_criteria"
    return None if accepts.hours is None or _is_open(accepts.hours, now, zone) else "out_of_hours"


def _is_of_consent(entry: Entry) -> bool:
    named = entry.criteria if isinstance(entry, AnyOf) else (entry,)
    return all(each.field.startswith(CONSENT) for each in named)


def _is_open(hours: Sequence[Window | None], now: datetime, zone: str) -> bool:
    local = now.astimezone(ZoneInfo(zone))
    window = hours[local.weekday()]
    return window is not None and window[0] <= local.hour * 60 + local.minute < window[1]


def allowances(caps: Sequence[Cap], now: datetime, zone: str) -> tuple[Allowance, ...]:
    """What `now`'s local day and month have room for, each where a cap is on it."""
    today = now.astimezone(ZoneInfo(zone)).date().isoformat()
    stamps: Mapping[Period, str] = {"day": today, "month": today[:7]}
    return tuple(
        Allowance(per, stamp, _least(each.leads for each in of), _least(each.cost for each in of))
        for per, stamp in stamps.items()
        if (of := [each for each in caps if each.per == per])
    )


def _least(limits: Any) -> int | None:
    return min((each for each in limits if each is not None), default=None)


def priced(
    posted: object, cost: float | None, is_trusted: bool
) -> tuple[int | float | str | None, tuple[str, str] | None]:
    """What a lead costs, given what was posted and what its source says; and a code and message of what was not used.

    Only for a source that says something of money.
    """
    own = None if cost is None else numbers.as_json(Decimal(str(cost)))
    if posted is None:
        return own, None
    found = numbers.number(posted)
    if not is_trusted and cost is not None:
        warned = ("not_trusted", "is what the source's set-up says; what was posted is kept as received")
        return own, None if found == Decimal(str(cost)) else warned
    if found is None or not 0 <= found <= MAX_COST:
        return own, ("dropped", f"is not an amount from 0 to {MAX_COST:,}; it was not used")
    return numbers.as_json(found), None
