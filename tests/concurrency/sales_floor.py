"""A sales floor under load: its company, what its reps do, and what must be true of everything that they were told.

Every step is recorded with its virtual time and with when it began and ended by a tick that is the same for all who
work at once: of two steps, the one that ended at a lower tick than the other began was over before it. From these
records alone follows which leads were ready for certain, and for how long.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Protocol

from routing.domain.intervals import whole_second
from routing.domain.spread import MOST
from routing.services.core.store import Store
from routing.services.pull.pull import pull
from routing.services.work.dispositions import DispositionInput, dispose
from tests.concurrency import invariants
from tests.concurrency.world import World, account, pull_strategy, user

USERS = 200
STATES = (*("FL", "NV", "CA", "TX") * 7, "RI", "OH")
"""Of one lead after another; Ohio's go before all others, and are few."""
TURN = datetime(2026, 3, 5, 0, 58, tzinfo=UTC)
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
LENT: Mapping[str, tuple[datetime, datetime]] = {
    # Florida closes at 20:00, which is 01:00 in UTC, and nothing is lent in the last two minutes.
    "FL": (EVER[0], TURN),
    # Nevada opens at 16:58, by a rule of the company's.
    "NV": (TURN, EVER[1]),
    # Rhode Island has been closed since 18:00.
    "RI": (EVER[1], EVER[0]),
}
"""From when until when leads of a state are lent, both included; of the others all evening."""
LEASE = COOL_DOWN = timedelta(minutes=1)
OHIO_ONLY = "b3"
"""The branch whose users are served nothing but Ohio's leads, which soon run out."""


class Clock(Protocol):
    """tick: the order of what happens, over all who work at once. at: virtual time."""

    def tick(self) -> float: ...

    def begin(self) -> tuple[float, datetime]: ...


class Watched:
    """The client of one container. claims: the transactions sent through it. sent: the tick of the last one."""

    def __init__(self, client: Any, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self.claims = 0
        self.sent = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.sent = self._clock.tick()
        self.claims += 1
        return self._client.transact_write_items(**request)


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull and its answer. sent: the tick just before the claim that won. claims: transactions sent for it.

    lead, token, until: what was lent, and how long. again: the user held it already.
    """

    user: str
    at: datetime
    began: float
    sent: float
    ended: float
    claims: int
    lead: str | None = None
    token: str = ""
    until: datetime = EVER[0]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Disposed:
    lead: str
    token: str
    disposition: str
    at: datetime
    ended: float


@dataclass(frozen=True, slots=True)
class Stay:
    """A lead's wait to be pulled: ready for certain from the tick `since` and the time `due` on, until `until`.

    key: its place in the queue. last: who had it before.
    """

    lead: str
    key: tuple[int, int, str]
    since: float
    due: datetime
    until: float
    last: str | None

    def stood(self, asked: Pull) -> bool:
        """Whether it stood in the queue, nobody's and due, for all the time that the pull took."""
        return self.since < asked.began and self.due <= asked.at and self.until > asked.ended

    def was_ready(self, asked: Pull) -> bool:
        """Whether the user could have had it for all the time that the pull took."""
        is_served = state_of(self.lead) == "OH" or branch_of(asked.user) != OHIO_ONLY
        return is_served and self.stood(asked) and is_lent(self.lead, asked.at)


def users() -> list[str]:
    return [f"u{at:03d}" for at in range(USERS)]


def branch_of(who: str) -> str:
    return f"b{int(who[1:]) % 4}"


def state_of(lead: str) -> str:
    return STATES[int(lead[1:]) % len(STATES)]


def is_lent(lead: str, at: datetime) -> bool:
    since, until = LENT.get(state_of(lead), EVER)
    return since <= at <= until


def furnish(world: World, leads: int) -> None:
    """The company, and so many new leads in six calling classes, filed some hours before."""
    world.now = TURN - timedelta(hours=5)
    rule = {"windows": {"mon-fri": ["16:58", "21:00"]}, "source": "of the test"}
    hours: Mapping[str, Any] = {"calling_hours": True, "lease_minutes": 1, "cool_down_minutes": 1}
    ohio = [{"field": "state", "operator": "equals", "value": "OH"}]
    branches = [f"b{at}" for at in range(4)]
    world.install(
        *(account(each, "branch", "corporate") for each in branches),
        *(user(each, branch_of(each)) for each in users()),
        pull_strategy("ohio", "corporate", ["corporate"], priority=1, criteria=ohio, **hours),
        pull_strategy(
            "all", "corporate", [each for each in branches if each != OHIO_ONLY], priority=2, **hours
        ),
        ("calling-rules", {"id": "us-nv", "name": "Nevada", "country": "US", "state": "NV", **rule}),
    )
    world.load(leads, STATES)
    world.deliver()


def pull_once(store: Store, who: str, watched: Watched, clock: Clock) -> Pull:
    before = watched.claims
    began, at = clock.begin()
    body = pull(store, who, None, at).body
    asked = (who, at, began, watched.sent, clock.tick(), watched.claims - before)
    if body["lead"] is None:
        return Pull(*asked)
    lease, again = body["lease"], body["reason"]["why"] == "already_held"
    return Pull(
        *asked, body["lead"]["id"], lease["token"], datetime.fromisoformat(lease["expires_at"]), again
    )


def dispose_once(store: Store, held: Pull, disposition: str, clock: Clock) -> Disposed:
    _, at = clock.begin()
    assert held.lead is not None
    status = dispose(store, held.user, held.lead, DispositionInput(disposition, None, held.token), at).status
    assert status == 200, f"{held.user} disposed of {held.lead} within the lease: {status}"
    return Disposed(held.lead, held.token, disposition, at, clock.tick())


@dataclass(frozen=True, slots=True)
class Place:
    """Where the lead that a pull was served stood: how many of its rank it was served before, and how many leads that
    may not be called stood before it, in all queues together."""

    passed_over: int
    closed_before: int


def judged(
    world: World, leads: int, pulls: Sequence[Pull], disposed: Iterable[Disposed]
) -> Mapping[str, Place]:
    """All of it must be true: nothing lent twice, lost, lent early, denied though it was ready, or out of order.

    Answers with the place of what was lent, by its token.
    """
    world.now = max(each.at for each in pulls) + timedelta(milliseconds=1)
    table = invariants.check(world, leads=leads)
    served = [each for each in pulls if each.lead is not None and not each.again]
    told = {(each.lead, each.user, each.token) for each in served}
    lent = {
        (lead, event.detail["holder"], event.detail["token"]): event.at
        for lead in table.heads
        for event in invariants.history(table, lead)
        if event.kind == "pulled"
    }
    assert len(told) == len(served)
    assert told == lent.keys(), "what people were told they hold is not what the timelines tell"
    assert told >= {(each.lead, each.user, each.token) for each in pulls if each.again}
    ends = {each.token: each for each in disposed}
    sold = {each.lead for each in ends.values() if each.disposition == "sold"}
    assert {lead for lead, head in table.heads.items() if head.standing == "closed"} == sold
    # Later than it was asked for where a pull has learnt from a faster clock that the lease before was over.
    served = [replace(each, at=lent[str(each.lead), each.user, each.token]) for each in served]
    wrong, stays = _lives(table.heads, served, ends)
    for each in pulls:
        if each.lead is None and (ready := [stay.lead for stay in stays if stay.was_ready(each)]):
            wrong.append(f"{each.user} got nothing at {each.at}, though there were {ready[:5]}")
    own = {stay.until: stay.key for stay in stays}
    places: dict[str, Place] = {}
    for each in served:
        rank = own[each.sent][0]
        before = [stay for stay in stays if stay.key < own[each.sent] and stay.stood(each)]
        ready = [stay for stay in before if stay.was_ready(each)]
        if better := [stay.lead for stay in ready if stay.key[0] < rank]:
            wrong.append(
                f"{each.user} got {each.lead} at {each.at}, though {better[:5]} are of a better rank"
            )
        # Who had a lead last gets it only after all others of its rank.
        passed = sum(stay.key[0] == rank and stay.last != each.user for stay in ready)
        if passed > MOST:
            wrong.append(f"{each.user} got {each.lead} at {each.at} before {passed} others of its rank")
        places[each.token] = Place(passed, sum(not is_lent(stay.lead, each.at) for stay in before))
    assert not wrong, f"{len(wrong)} wrongs\n" + "\n".join(wrong[:20])
    return places


def _lives(
    leads: Iterable[str], served: Iterable[Pull], ends: Mapping[str, Disposed]
) -> tuple[list[str], list[Stay]]:
    """What was lent when it may not be, and every lead's waits one after another."""
    of_lead: dict[str, list[Pull]] = defaultdict(list)
    for each in sorted(served, key=lambda each: each.sent):
        of_lead[str(each.lead)].append(each)
    wrong: list[str] = []
    stays: list[Stay] = []
    for lead in leads:
        rank = 1 if state_of(lead) == "OH" else 2
        since, due, last = -inf, EVER[0], None
        for count, each in enumerate(of_lead[lead]):
            stays.append(Stay(lead, (rank, count, lead), since, due, each.sent, last))
            if not is_lent(lead, each.at):
                wrong.append(f"{lead} of {state_of(lead)} was lent at {each.at}, outside its hours")
            if each.at < due:
                wrong.append(f"{lead} was lent to {each.user} at {each.at}; {last} had it, due {due}")
            last, end = each.user, ends.get(each.token)
            since = end.ended if end else each.ended
            due = each.until if end is None else whole_second(end.at + COOL_DOWN)
            if end is not None and end.disposition == "sold":
                due = EVER[1]
        stays.append(Stay(lead, (rank, len(of_lead[lead]), lead), since, due, inf, last))
    return wrong, stays
