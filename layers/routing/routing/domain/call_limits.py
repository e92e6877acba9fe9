"""How often a phone may be called in 24 hours, over all its leads, where the law of a state says so.

Each pull counts one call at its instant; a disposition that is no attempt gives it back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

SPAN = timedelta(hours=24)
Calls = Mapping[str, datetime]
"""The instants of calls, each under a name of its own."""


def recent(calls: Calls, now: datetime) -> dict[str, datetime]:
    """Those of the last 24 hours."""
    return {name: at for name, at in calls.items() if at > now - SPAN}


def next_call(calls: Calls, limit: int, now: datetime) -> datetime | None:
    """When the phone may be called again; None when it may be now."""
    instants = sorted(recent(calls, now).values())
    return instants[len(instants) - limit] + SPAN if len(instants) >= limit > 0 else None
