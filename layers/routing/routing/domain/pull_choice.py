"""The choice of a pull: the most important of the leads that were read and may be lent; or what to read on.

The queues are read page by page, so a lead that nobody has read yet might go before all that were found. How far they
are read does not grow with what they hold: `MOST_LOOKED_AT`, `MOST_DUE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.pull import lent_until, next_lent, serving_strategy
from routing.domain.strategies import PullStrategy

MOST_LOOKED_AT = 200
"""How many entries of one rank a pull looks at in a queue; those that are closed at the moment, or about to be filed
anew, are not counted."""
MOST_CLOSED = 1000
"""How many closed entries of a queue a pull reads past before it passes over the rest of the rank they are in."""
MOST_STALE = 1000
"""How many entries of a queue that were filed under an earlier set-up it reads past before it does so: a job is about
to file them anew."""
MOST_DUE = 64
"""How many leads that are due, and not yet moved to the ready side, compete with those that are, by due time: whoever
is not among them is moved within a minute."""
MOST_DUE_BEFORE_NOTHING = 1000
"""How many of them a pull looks at that has found nothing else."""


@dataclass(frozen=True, slots=True)
class Lendable:
    """A lead that may be lent to the user: under which strategy (None: a callback that none serves), until when."""

    head: Head
    strategy: PullStrategy | None
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A lead that is due and may not be lent to the user: why, and until when (None: nobody knows)."""

    reason: Literal["calling_hours", "own_limit"]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unread:
    """The rest of a side of a queue. tail: it goes after this key. in_order_of_time: the waiting side, of which so many
    entries have been `read`.
    """

    tail: str
    in_order_of_time: bool = False
    read: int = 0


@dataclass(frozen=True, slots=True)
class NeedMore:
    """Which of the unread rests could hold a lead that goes before all that were found, by their numbers."""

    of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The leads of the best rank that the user may have, in order; none when there are none.

    None of them goes after what is unread: whoever picks at random among the first few passes over those few at most.
    """

    among: tuple[Lendable, ...]


def judged(
    head: Head, user: str, company: Company, reached: Mapping[str, datetime | None], now: datetime
) -> Lendable | KeptBack | None:
    """What a filed lead is to the user now. None: not due, or not theirs.

    reached: the strategies whose limit of pulls the user has reached, and until when.
    """
    if head.due is not None and head.due > now:
        return None
    strategy = serving_strategy(head.matched, user, head.owner, company, reached)
    if strategy is None:
        full = serving_strategy(head.matched, user, head.owner, company) if reached else None
        return KeptBack("own_limit", reached[full.id]) if full is not None else None
    until = lent_until(head.calling_class, strategy, head.owner, company, now)
    if until is None:
        return KeptBack("calling_hours", next_lent(head.calling_class, strategy, head.owner, company, now))
    return Lendable(head, strategy, until)


def choose(candidates: Sequence[Lendable], user: str, unread: Sequence[Unread]) -> NeedMore | Choice:
    """The leads to pick among. Who gave one back is offered it only when nothing else of that rank is left, and who
    held one last only when all that are left are theirs.
    """
    ordered = sorted(candidates, key=lambda each: key_of(each.head))
    best = rank_in(key_of(ordered[0].head)) if ordered else None
    same = [each for each in ordered if rank_in(key_of(each.head)) == best]
    not_last = [each for each in same if each.head.last_holder != user]
    others = [each for each in not_last if user not in each.head.given_back_by]
    first = key_of(others[0].head) if others else None
    behind = tuple(at for at, each in enumerate(unread) if _may_precede(each, first, best))
    if behind:
        return NeedMore(behind)
    among = others or not_last or same
    tails = [rest.tail for rest in unread if not rest.in_order_of_time]
    return Choice(tuple(each for each in among if all(key_of(each.head) <= tail for tail in tails)))


def _may_precede(rest: Unread, first: str | None, best: str | None) -> bool:
    """Whether an unread rest could hold a lead that goes before all that were found.

    The waiting side is in order of time, so any of it could: of what competes. On the ready side the rest is after its
    tail.
    """
    if rest.in_order_of_time:
        return rest.read < (MOST_DUE if best is not None else MOST_DUE_BEFORE_NOTHING)
    if best is None:
        return True
    return rest.tail < first if first is not None else rank_in(rest.tail) <= best


def key_of(head: Head) -> str:
    """Where the lead stands in the order of its queue."""
    return f"{head.ready_key}#{head.id}"


def rank_in(key: str) -> str:
    return key.split("#", 1)[0]


def after_rank(rank: str) -> str:
    """After every key of the rank, and before those of the next."""
    return f"{rank}$"
