"""A company whose pull strategies keep calling hours, limit their users, and bring to the front what waits too long."""

from datetime import timedelta

from tests.concurrency.world import account, pull_strategy, push_strategy, user

PULLERS = ("boss", "n1", "s1")
LIMITS = {"first": (2, 4), "again": (3, None)}
"""Pulls of one user in an hour and in a day."""
MAX_ATTEMPTS = 4
MAX_WAIT = timedelta(hours=3)
TAKE_BACK = timedelta(minutes=30)


def first(spares: str | None = None):
    """New leads, to everybody; but not of the state that it spares."""
    criteria = [{"field": "attempts", "operator": "equals", "value": 0}]
    if spares:
        criteria.append({"field": "state", "operator": "not_equals", "value": spares})
    hourly, daily = LIMITS["first"]
    return pull_strategy(
        "first",
        "corporate",
        ["corporate"],
        priority=1,
        criteria=criteria,
        calling_hours=True,
        hourly_limit=hourly,
        daily_limit=daily,
    )


def again(calling_hours: bool = True):
    """All leads, to the branches but not to the boss."""
    return pull_strategy(
        "again",
        "corporate",
        ["north", "s1"],
        priority=2,
        lease_minutes=10,
        cool_down_minutes=60,
        max_attempts=MAX_ATTEMPTS,
        max_wait=f"PT{MAX_WAIT // timedelta(hours=1)}H",
        calling_hours=calling_hours,
        hourly_limit=LIMITS["again"][0],
    )


LATER = {
    "id": "later",
    "name": "Later",
    "outcome": "recycle",
    "cool_down_minutes": 60,
    "cool_down_in": "open_minutes",
}
COMPANY = (
    account("north", "branch", "corporate"),
    user("boss", "corporate", role="manager"),
    user("n1", "north"),
    user("s1", "corporate"),
    ("dispositions", LATER),
    push_strategy(
        "georgia",
        "corporate",
        ["n1", "s1"],
        "GA",
        reset_interval="never",
        take_back_after_minutes=TAKE_BACK // timedelta(minutes=1),
    ),
    first(),
    again(),
)
