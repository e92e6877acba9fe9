"""What a rep records after working a lead, and what each outcome does to it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Outcome = Literal["recycle", "keep", "callback", "close", "do_not_call"]


@dataclass(frozen=True, slots=True)
class Disposition:
    """cool_down_minutes: None means the strategy's. in_open_minutes: they run only while the lead may be called.

    release: an owned lead goes back to where it came from.
    give_back_pull: the pull does not count (the peers' "decrement the pull count on release").
    sale: the lead is sold: who asks again is a new lead.
    """

    id: str
    name: str
    outcome: Outcome
    cool_down_minutes: int | None = None
    counts_as_attempt: bool = True
    contact_made: bool = False
    release: bool = False
    grace_minutes: int = 60
    give_back_pull: bool = False
    in_open_minutes: bool = False
    sale: bool = False
    version: int = 1

    @property
    def cool_down(self) -> timedelta | None:
        return None if self.cool_down_minutes is None else timedelta(minutes=self.cool_down_minutes)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)
