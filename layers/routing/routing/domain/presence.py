"""Whether a user is there to take a lead, and the one lead that they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.domain.pull_limits import PullCount


@dataclass(frozen=True, slots=True)
class Presence:
    """`available` is the user's own switch, on until they turn it off. `last_active` None means never seen.

    The lease fields are the pull slot: the lead that the user holds, until `lease_expires`; `lease_since` is None where
    an earlier release lent it. pulls: how often they pulled lately, by strategy, under those that have a limit. pulled,
    worked: how many leads they pulled, and how many dispositions they recorded, by local day; of the last day of each.
    """

    available: bool = True
    last_active: datetime | None = None
    lead: str | None = None
    lease_token: str | None = None
    lease_expires: datetime | None = None
    lease_since: datetime | None = None
    pulls: Mapping[str, PullCount] = field(default_factory=dict)
    pulled: Mapping[str, int] = field(default_factory=dict)
    worked: Mapping[str, int] = field(default_factory=dict)

    def active_since(self, instant: datetime) -> bool:
        return self.last_active is not None and self.last_active >= instant

    def holds(self, now: datetime) -> bool:
        return self.lease_expires is not None and self.lease_expires > now
