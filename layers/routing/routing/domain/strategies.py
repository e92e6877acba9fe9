"""Push and pull strategies as a manager sets them up."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from routing.domain.catch_up import CatchUp
from routing.domain.criteria import Entry
from routing.domain.intervals import ResetInterval

Method = Literal["round_robin", "weighted"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """weight: relative to the others', None under round robin. Limits: None is none, 0 is never.

    hold_at_branch: a branch takes the lead even when nobody in it can, and keeps it for them.
    """

    account: str
    weight: int | None = None
    hourly_limit: int | None = None
    daily_limit: int | None = None
    hold_at_branch: bool = False


@dataclass(frozen=True, slots=True)
class PushStrategy:
    """Tried by (`order`, `id`) within its account. `starts_on`: the local day that 7-day spans count from.

    catch_up: under weights, how who was away gets what they missed of the interval. pull_after: how long a lead that
    nobody could take is held before pull may have it too; None is for ever. take_back_after: how long a user may leave
    a lead of this strategy unworked before it goes back and is filed for pull; None is for ever.
    """

    id: str
    name: str
    record_type: str
    distributed_from: str
    recipients: tuple[Recipient, ...]
    starts_on: date
    enabled: bool = True
    order: int = 100
    criteria: tuple[Entry, ...] = ()
    method: Method = "round_robin"
    reset_interval: ResetInterval = "daily"
    active_within: timedelta | None = None
    catch_up: CatchUp = "paced"
    pull_after: timedelta | None = None
    take_back_after: timedelta | None = None
    version: int = 1

    @property
    def weights(self) -> tuple[int, ...]:
        """By position; only under weights."""
        return tuple(each.weight or 0 for each in self.recipients)

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(each.account for each in self.recipients)


@dataclass(frozen=True, slots=True)
class OrderBy:
    field: str
    direction: Literal["asc", "desc"] = "asc"


DEFAULT_ORDER = (OrderBy("pull_count", "asc"), OrderBy("created_at", "desc"))


@dataclass(frozen=True, slots=True)
class PullStrategy:
    """Strategies rank by (`priority`, `id`), 1 first. `recipients` are accounts; one stands for all users below it.

    max_wait: a lead that has been ready for longer goes before all others. calling_hours: whether leads are lent only
    while they may be called. Limits: of pulls per user; None is none, 0 is never.
    """

    id: str
    name: str
    record_type: str
    distributed_from: str
    recipients: tuple[str, ...]
    enabled: bool = True
    priority: int = 100
    criteria: tuple[Entry, ...] = ()
    order_by: tuple[OrderBy, ...] = DEFAULT_ORDER
    lease_minutes: int = 15
    cool_down_minutes: int = 240
    max_attempts: int = 6
    max_wait: timedelta | None = None
    calling_hours: bool = True
    hourly_limit: int | None = None
    daily_limit: int | None = None
    max_lease_lengths: int = 4
    version: int = 1

    @property
    def lease(self) -> timedelta:
        return timedelta(minutes=self.lease_minutes)

    @property
    def cool_down(self) -> timedelta:
        return timedelta(minutes=self.cool_down_minutes)
