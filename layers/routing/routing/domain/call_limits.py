"""How often a phone may be called in 24 hours, over all its leads, where the law of a state says so.

Every pull counts one call at its instant, and so does every call that is made besides. They are counted wherever the
phone is: another lead of it may be in a state with a limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

SPAN = timedelta(hours=24)
LEAST_KEPT = 16
"""As many calls are kept of a phone without a limit, at least: enough for any that a rule may have tomorrow."""
Calls = Mapping[Decimal, datetime]
"""The instants of calls, each under a mark of its own."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A call that was counted and not made yet: the contact key of the phone, and the call's mark there, which begins
    with the milliseconds of when it was counted.
    """

    contact: str
    mark: Decimal

    def counts_at(self, now: datetime) -> bool:
        """Whether that was in the last 24 hours."""
        return datetime.fromtimestamp(int(self.mark) / 1000, UTC) > now - SPAN


def recent(calls: Calls, now: datetime) -> dict[Decimal, datetime]:
    """Those of the last 24 hours."""
    return {mark: at for mark, at in calls.items() if at > now - SPAN}


def next_call(calls: Calls, limit: int | None, now: datetime) -> datetime | None:
    """When the phone may be called again; None when it may be now. limit: None where there is none."""
    instants = sorted(recent(calls, now).values())
    return instants[len(instants) - limit] + SPAN if limit and len(instants) >= limit else None


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls a phone's count holds. limit: of the lead's places. greatest: of any place."""

    limit: int | None
    greatest: int

    @property
    def most(self) -> int:
        """With so many nothing is added before those of the last 24 hours have been looked at."""
        return self.limit or 2 * self._kept

    @property
    def _kept(self) -> int:
        return max(LEAST_KEPT, self.greatest)

    def after(self, calls: Calls, mark: Decimal, now: datetime) -> frozenset[Decimal]:
        """The marks once one more is counted: those of the last 24 hours, no more than any limit has to know of."""
        latest = sorted(recent(calls, now).items(), key=lambda each: each[1])
        return frozenset([*(mark for mark, _ in latest[-self._kept :]), mark])
