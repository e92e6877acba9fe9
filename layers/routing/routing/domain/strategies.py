"""Push and pull strategies as a manager sets them up."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from routing.domain.criteria import Entry
from routing.domain.intervals import ResetInterval


@dataclass(frozen=True, slots=True)
class Recipient:
    account: str


@dataclass(frozen=True, slots=True)
class PushStrategy:
    """Tried by (`order`, `id`) within its account. `starts_on`: the local day that 7-day spans count from."""

    id: str
    name: str
    record_type: str
    distributed_from: str
    recipients: tuple[Recipient, ...]
    starts_on: date
    enabled: bool = True
    order: int = 100
    criteria: tuple[Entry, ...] = ()
    reset_interval: ResetInterval = "daily"
    version: int = 1

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
    """Strategies rank by (`priority`, `id`), 1 first. `recipients` are accounts; one stands for all users below it."""

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
    version: int = 1

    @property
    def lease(self) -> timedelta:
        return timedelta(minutes=self.lease_minutes)

    @property
    def cool_down(self) -> timedelta:
        return timedelta(minutes=self.cool_down_minutes)
