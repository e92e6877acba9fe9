"""One queue of leads as DynamoDB would keep it, in simulated time: heads under versions, an index that lags behind.

Seconds throughout. Nothing here decides which lead a pull takes; see `reps`.
"""

import heapq
import math
import random
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

Process = Generator[float, None, None]
"""Gives the seconds until it wants to go on."""
_P99 = 2.3263478740408408
"""Standard deviations from the median to the 99th percentile."""
PARTITION_UNITS = 1000.0
"""Write units a second that one partition of an index takes; a second of rest is saved up, no more."""


class Clock:
    """Runs processes in the order of simulated time; those of one moment as they came."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Process]] = []
        self._serial = 0

    def start(self, process: Process, after: float = 0.0) -> None:
        self._serial += 1
        heapq.heappush(self._waiting, (self.now + after, self._serial, process))

    def run(self, until: float) -> None:
        """What is not over by then is left as it stands."""
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, process = heapq.heappop(self._waiting)
            pause = next(process, None)
            if pause is not None:
                self.start(process, pause)
        self.now = until


class Latency:
    """Log-normal, by its median and 99th percentile."""

    def __init__(self, chance: random.Random, p50: float, p99: float) -> None:
        self._chance = chance
        self._mu, self._sigma = math.log(p50), math.log(p99 / p50) / _P99

    def draw(self) -> float:
        return self._chance.lognormvariate(self._mu, self._sigma)


@dataclass(slots=True)
class Lead:
    """What the table holds of a lead. due: when it can be pulled, by its lease or cool-down; None: closed.

    locked_until: a transaction on it is under way.
    """

    id: int
    rank: int
    pull_count: int = 0
    version: int = 1
    due: float | None = 0.0
    holder: int | None = None
    last_holder: int | None = None
    locked_until: float = 0.0
    shown_at: float = 0.0

    @property
    def key(self) -> tuple[int, int, int]:
        """By rank, then the default order: least pulled, then newest, which here is the smallest id."""
        return self.rank, self.pull_count, self.id


class Entry(NamedTuple):
    """A lead as the index shows it: `key` of the lead, then the rest."""

    key: tuple[int, int, int]
    version: int
    due: float
    last_holder: int | None


class Index:
    """The ready and the waiting side of one queue, as a query finds them: a lag behind the table."""

    def __init__(self) -> None:
        self._ready: list[Entry] = []
        self._waiting: list[tuple[float, Entry]] = []
        self._shown: dict[int, tuple[bool, Entry]] = {}

    def show(self, lead: int, entry: Entry | None, *, is_ready: bool) -> None:
        """The entry takes the place of what was shown of the lead; None: nothing does."""
        if lead in self._shown:
            was_ready, old = self._shown.pop(lead)
            if was_ready:
                del self._ready[bisect_left(self._ready, old)]
            else:
                del self._waiting[bisect_left(self._waiting, (old.due, old))]
        if entry is not None:
            self._shown[lead] = is_ready, entry
            if is_ready:
                insort(self._ready, entry)
            else:
                insort(self._waiting, (entry.due, entry))

    def ready(self, after: Entry | None, limit: int) -> list[Entry]:
        first = bisect_right(self._ready, after) if after is not None else 0
        return self._ready[first : first + limit]

    def waiting(self, after: Entry | None, limit: int, now: float) -> list[Entry]:
        """Of what is due by `now`, the longest due first."""
        first = bisect_right(self._waiting, (after.due, after)) if after is not None else 0
        return [entry for due, entry in self._waiting[first : first + limit] if due <= now]


@dataclass(slots=True)
class Partition:
    """How much the index still takes, and what it took. Throttled writes fail; the table's write with them."""

    left: float = PARTITION_UNITS
    at: float = 0.0
    throttled: int = 0
    by_second: Counter[int] = field(default_factory=Counter)

    def take(self, units: int, now: float) -> bool:
        self.left = min(PARTITION_UNITS, self.left + (now - self.at) * PARTITION_UNITS)
        self.at = now
        if self.left < units:
            self.throttled += 1
            return False
        self.left -= units
        self.by_second[int(now)] += units
        return True


class SimulatedQueue:
    """The table's heads of one queue, its index, and the truth of what can be pulled at this moment."""

    def __init__(self, clock: Clock, lag: Latency, ranks: list[int]) -> None:
        """ranks: one for each lead; all are ready."""
        self._clock, self._lag = clock, lag
        self.leads = [Lead(at, rank) for at, rank in enumerate(ranks)]
        self.index = Index()
        self.partition = Partition()
        self._open = sorted(each.key for each in self.leads)
        self._later: list[tuple[float, int, int]] = []
        for each in self.leads:
            self.index.show(each.id, Entry(each.key, 1, 0.0, None), is_ready=True)

    def commit(self, lead: Lead, due: float | None, *, holder: int | None = None) -> None:
        """Write a lead's next version. It can be pulled from `due` on; None: never again."""
        now = self._clock.now
        self._settle()
        at = bisect_left(self._open, lead.key)
        if at < len(self._open) and self._open[at] == lead.key:
            del self._open[at]
        lead.version += 1
        lead.due = due
        if holder is not None:
            lead.pull_count += 1
            lead.last_holder = holder
        lead.holder = holder
        entry = None
        if due is not None:
            heapq.heappush(self._later, (due, lead.id, lead.version))
            entry = Entry(lead.key, lead.version, due, lead.last_holder)
        lead.shown_at = max(lead.shown_at, now + self._lag.draw())
        self._clock.start(
            self._reach_index(lead.id, entry, due is not None and due <= now), lead.shown_at - now
        )

    def _reach_index(self, lead: int, entry: Entry | None, is_ready: bool) -> Process:
        self.index.show(lead, entry, is_ready=is_ready)
        yield from ()

    def _settle(self) -> None:
        """Leases and cool-downs that are over are over, whoever has noticed."""
        while self._later and self._later[0][0] <= self._clock.now:
            _, identifier, version = heapq.heappop(self._later)
            lead = self.leads[identifier]
            if lead.version == version:
                insort(self._open, lead.key)

    def before(self, lead: Lead, user: int, since: float) -> tuple[int, int]:
        """How many leads go before this one that the user could have had since then and that nobody is just taking:
        of better ranks, and of its own."""
        self._settle()
        ranks = 0
        own = 0
        for key in self._open[: bisect_left(self._open, lead.key)]:
            other = self.leads[key[2]]
            if self._is_free(other, since) and other.last_holder != user:
                if key[0] < lead.rank:
                    ranks += 1
                else:
                    own += 1
        return ranks, own

    def is_any_ready(self, since: float) -> bool:
        """Whether some lead could have been pulled since then, and still can."""
        self._settle()
        return any(self._is_free(self.leads[key[2]], since) for key in self._open)

    def _is_free(self, lead: Lead, since: float) -> bool:
        return lead.due is not None and lead.due <= since and lead.locked_until <= self._clock.now
