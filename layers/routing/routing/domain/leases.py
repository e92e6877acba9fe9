"""Leases: until when a lead is lent, who may go on having it, and how it is extended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from routing.domain.company import Company
from routing.domain.heads import Head, Lease
from routing.domain.intervals import whole_second
from routing.domain.pull import serves, serving_strategy
from routing.domain.strategies import PullStrategy

CALLBACK_LEASE = timedelta(minutes=15)
"""How long a user holds a callback of their own that no pull strategy serves."""
CALLBACK_LEASE_LENGTHS = 4
"""How long such a callback is held at most, in lengths of its lease."""
Refused = Literal["lease_limit", "outside_calling_hours"]


def length_of(strategy: PullStrategy | None) -> timedelta:
    """How long the strategy lends a lead; None is a callback that none serves."""
    return strategy.lease if strategy else CALLBACK_LEASE


def expiry(strategy: PullStrategy | None, closes: datetime, now: datetime) -> datetime:
    """When a lease that begins now ends: after its length, or with the calling window that closes before."""
    return min(whole_second(now + length_of(strategy)), closes)


def lending(head: Head, lease: Lease, company: Company) -> PullStrategy | None:
    """The strategy that goes on lending the lead to its holder: the lease's own while it serves them, else another.

    The lease's own does so though the lead has left its criteria: by being pulled, for instance.
    """
    over = {each.id: each for each in company.pull_strategies_over(head.owner, head.record_type)}
    own = over.get(lease.strategy)
    if own is not None and serves(own, lease.holder, head.owner, company):
        return own
    return serving_strategy(head.matched, lease.holder, head.owner, company)


def extended(
    lease: Lease, strategy: PullStrategy | None, closes: datetime | None, now: datetime
) -> Lease | Refused:
    """The lease at its full length again, from now; never past its window or its greatest length.

    closes: when the calling window does, None while it is closed. Times for which the lease had lapsed do not count
    towards its greatest length.
    """
    length = length_of(strategy)
    lengths = strategy.max_lease_lengths if strategy else CALLBACK_LEASE_LENGTHS
    counts_from = lease.counts_from or lease.expires - length
    counts_from += max(now - lease.expires, timedelta(0))
    last = whole_second(counts_from + lengths * length)
    if max(lease.expires, now) >= last:
        return "lease_limit"
    until = closes or lease.expires
    expires = max(lease.expires, min(whole_second(now + length), until, last))
    return (
        replace(lease, expires=expires, counts_from=counts_from) if expires > now else "outside_calling_hours"
    )
