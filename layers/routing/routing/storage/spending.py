"""How many leads of a source were taken in a local day or month, and for how much.

Counted in the transaction that makes the lead, or not at all.
"""

from datetime import datetime, timedelta

from routing.domain.acceptance import Allowance, Reason
from routing.storage import keys
from routing.storage.table import Item, Key, Write

KEPT = timedelta(days=400)
Taken = tuple[int, int]
"""Leads, and what they cost in ten-thousandths."""


def key(source: str, allowance: Allowance) -> Key:
    return keys.spending(source, allowance.per, allowance.stamp)


def taken(item: Item | None) -> Taken:
    found = item or {}
    return int(found.get("leads", 0)), int(found.get("cost", 0))


def count(source: str, allowance: Allowance, cost: int, now: datetime, *, within: bool = True) -> Write:
    """Count one lead at this cost; only while there is room, unless somebody has decided to take it anyhow."""
    conditions, limits = [], {}
    if within and allowance.leads is not None:
        conditions.append("(attribute_not_exists(#leads) OR #leads < :most_leads)")
        limits[":most_leads"] = allowance.leads
    if within and allowance.cost is not None:
        conditions.append("(attribute_not_exists(#cost) OR #cost <= :spent)")
        limits[":spent"] = allowance.cost - cost
    return Write(
        "Update",
        key=key(source, allowance),
        update="SET expires = if_not_exists(expires, :expires) ADD #leads :one, #cost :cost",
        condition=" AND ".join(conditions) or None,
        names={"#leads": "leads", "#cost": "cost"},
        values={":one": 1, ":cost": cost, ":expires": int((now + KEPT).timestamp()), **limits},
    )


def full(item: Item | None, allowance: Allowance, cost: int) -> Reason:
    """Why `count` was refused, by the item that was found."""
    return allowance.full(*taken(item), cost) or "over_cap"
