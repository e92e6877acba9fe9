"""Pull inside calling hours as one person would do it: a list of leads, clocks on the wall, and a pencil.

It knows the company of `pull_company.COMPANY` and no other, and works out when a lead may be called from `CLOCKS`
alone. What has waited too long is at the front within a sweep: until one has passed it may be there or not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.concurrency.pull_company import LIMITS, MAX_ATTEMPTS, MAX_WAIT, TAKE_BACK

CLOCKS = {
    "Florida, east": ("America/New_York", 8, 20),
    "Florida, west": ("America/Chicago", 8, 20),
    "California": ("America/Los_Angeles", 8, 21),
    "Oklahoma": ("America/Chicago", 8, 20),
    "Georgia": ("America/New_York", 8, 21),
    # What binds of all the states: Hawaii and the Aleutians open last, Rhode Island closes first.
    "Hawaii": ("Pacific/Honolulu", 8, 21),
    "Aleutians": ("America/Adak", 8, 21),
    "Rhode Island": ("America/New_York", 9, 18),
}
"""Place -> its zone, and between which hours of its wall clock it may be called."""
OF_STATE = {
    "FL": {"Florida, east", "Florida, west"},
    "CA": {"California"},
    "OK": {"Oklahoma"},
    "GA": {"Georgia"},
}
OF_AREA_CODE = {"305": {"Florida, east"}, "213": {"California"}, "405": {"Oklahoma"}, "404": {"Georgia"}}
OF_POSTAL_CODE = {"325": {"Florida, west"}, "731": {"Oklahoma"}, "900": {"California"}}
ANYWHERE = {"Hawaii", "Aleutians", "Rhode Island"}
"""Of a lead of which nothing is known; not at weekends, when some state or other lets nobody call at those hours."""
THREE_CALLS = {"Florida, east", "Florida, west", "Oklahoma", "Rhode Island"}
"""Three calls in 24 hours, a phone; of a lead that may be anywhere, as in the strictest state."""
NO_HOLIDAY_BEFORE = datetime(2026, 4, 3, tzinfo=UTC)
BEGIN = datetime(2026, 3, 6, 18, 30, tzinfo=UTC)
"""A Friday on which everything is open, two days before the clocks change."""

LEASE = {"first": timedelta(minutes=15), "again": timedelta(minutes=10)}
OWN_LEASE = timedelta(minutes=15)
COOL_DOWN = {"first": timedelta(minutes=240), "again": timedelta(minutes=60)}
GRACE = timedelta(minutes=60)
LEAST_WINDOW = timedelta(minutes=2)
DAY = timedelta(hours=24)
CALL = timedelta(hours=1)
"""How long a call is taken to last of which nothing is recorded."""


@dataclass
class Lease:
    """phone: the one that is lent. call: the same, while it counts as a call. counts_from: see `longest`."""

    token: str
    holder: str
    strategy: str | None
    expires: datetime
    phone: str | None
    call: str | None
    counts_from: datetime

    def longest(self, length: timedelta, now: datetime) -> datetime:
        """Until when it can be extended: four lengths, times for which it had lapsed left out."""
        return self.counts_from + max(now - self.expires, timedelta(0)) + 4 * length


@dataclass
class Lead:
    """at: open, callback, assigned or closed. due: not to be pulled before. since: when it came to `at`.

    looked_at: when it was last filed, or a sweep passed. worked_by: when its owner must have worked it. made: calls, by
    whom and when, of which nothing was recorded.
    """

    id: str
    created: datetime
    state: str | None
    phones: list[str]
    owner: str = "corporate"
    at: str = "open"
    since: datetime = BEGIN
    due: datetime | None = None
    looked_at: datetime = BEGIN
    worked_by: datetime | None = None
    attempts: int = 0
    pulls: int = 0
    last_holder: str | None = None
    given_back_by: list[str] = field(default_factory=list)
    last_disposition: str | None = None
    lease: Lease | None = None
    callback_for: str | None = None
    callback_at: datetime | None = None
    over_limit: bool = False
    first_call: datetime | None = None
    made: list[tuple[str, datetime]] = field(default_factory=list)
    postal_code: str | None = None

    @property
    def is_owned(self) -> bool:
        return self.owner != "corporate"

    @property
    def places(self) -> frozenset[str]:
        """Wherever its facts put it; a postal code inside the state says where in it."""
        by_state, by_code = OF_STATE.get(self.state or "", set()), self._of_postal_code
        return frozenset((by_state & by_code or by_state | by_code) | self._of_area_code)

    @property
    def known_state(self) -> str | None:
        """As given, or as the postal code says where the phone says nothing else."""
        among = self._of_postal_code | self._of_area_code
        named = (state for state, places in OF_STATE.items() if self._of_postal_code and among <= places)
        return self.state or next(named, None)

    @property
    def _of_postal_code(self) -> set[str]:
        return OF_POSTAL_CODE.get((self.postal_code or "")[:3], set())

    @property
    def _of_area_code(self) -> set[str]:
        return set().union(*(OF_AREA_CODE.get(each[2:5], set()) for each in self.phones))

    @property
    def free_from(self) -> datetime:
        """From when nothing but its hours keeps a filed lead from being pulled."""
        ends = [each for each in (self.due, self.lease and self.lease.expires) if each is not None]
        return max(ends, default=self.since)

    def come_to(self, at: str, now: datetime) -> None:
        if self.at != at:
            self.at, self.since = at, now

    def free(self) -> None:
        self.lease = self.callback_for = self.callback_at = None
        self.over_limit = False


def windows(places: frozenset[str], around: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When all of the places may be called, from the day before on, one after the other."""
    assert around < NO_HOLIDAY_BEFORE
    for ahead in range(-1, 15):
        day = around.date() + timedelta(days=ahead)
        if not places and day.weekday() > 4:
            continue
        spans = [
            tuple(datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC) for hour in hours)
            for zone, *hours in (CLOCKS[each] for each in places or ANYWHERE)
        ]
        opens, closes = max(span[0] for span in spans), min(span[1] for span in spans)
        if opens < closes:
            yield opens, closes


@dataclass
class Model:
    """Every lead, what was pulled, who was called when, and who may not be called.

    calls: each under its phone and a name of its own. unasked: phones of which a call was recorded that nobody had
    asked for. lent: the phones that each lease's lead had. with_lead: the lead and lease that each phone was last lent
    with.
    """

    leads: dict[str, Lead] = field(default_factory=dict)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    calls: dict[tuple[str, str], datetime] = field(default_factory=dict)
    unasked: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)
    lent: dict[str, list[str]] = field(default_factory=dict)
    with_lead: dict[str, tuple[str, str]] = field(default_factory=dict)
    turn: int | None = 0
    spares: str | None = None
    has_hours: bool = True

    # The rules

    def matched(self, lead: Lead) -> list[str]:
        """The strategies that see the lead, the best first."""
        if lead.is_owned:
            return []
        new = lead.attempts == 0 and (self.spares is None or lead.known_state != self.spares)
        return ["first"] * new + ["again"] * (lead.attempts < MAX_ATTEMPTS)

    def serving(self, lead: Lead, who: str, now: datetime, *, within_limits: bool = True) -> str | None:
        for name in self.matched(lead):
            named = name == "first" or who != "boss"
            if named and not (within_limits and self.is_full(who, name, now)):
                return name
        return None

    def is_full(self, who: str, name: str, now: datetime) -> bool:
        hour, day = f"{now:%Y-%m-%d %H}", f"{now:%Y-%m-%d}"
        hourly, daily = LIMITS[name]
        return self.counts[who, name, hour] >= hourly or (
            daily is not None and self.counts[who, name, day] >= daily
        )

    def closing(self, lead: Lead, strategy: str | None, now: datetime) -> datetime | None:
        """When its window closes, for ever where no hours bind; None when it may not be lent at this moment."""
        if (strategy == "again" and not self.has_hours) or (strategy is None and not lead.places):
            return datetime.max.replace(tzinfo=UTC)
        for opens, closes in windows(lead.places, now):
            if opens <= now < closes and closes - now >= LEAST_WINDOW:
                return closes
        return None

    def not_listed(self, lead: Lead) -> list[str]:
        return [each for each in lead.phones if each not in self.suppressed]

    def is_barred(self, lead: Lead) -> bool:
        """Whether it has phones, and none that may be called."""
        return bool(lead.phones) and not self.not_listed(lead)

    def in_limit(self, lead: Lead, now: datetime) -> list[str]:
        return [each for each in self.not_listed(lead) if self.next_call(lead, each, now) is None]

    def is_callable(self, lead: Lead, now: datetime) -> bool:
        return not lead.phones or bool(self.in_limit(lead, now))

    def next_call(self, lead: Lead, phone: str, now: datetime) -> datetime | None:
        """When a phone that has been called as often as it may be can be called again."""
        if not (lead.places or ANYWHERE) & THREE_CALLS:
            return None
        last = sorted(at for (each, _), at in self.calls.items() if each == phone and at > now - DAY)
        return last[-3] + DAY if len(last) >= 3 else None

    def is_free(self, lead: Lead, phone: str | None, now: datetime) -> bool:
        """Whether nobody holds another lead with this phone."""
        other, token = self.with_lead.get(phone or "", (lead.id, ""))
        found = self.leads[other]
        is_live = found.lease is not None and found.lease.token == token and found.lease.expires > now
        return other == lead.id or not is_live or phone not in found.phones

    def to_lend(self, lead: Lead, now: datetime) -> list[str]:
        """The phones with which it may be lent."""
        return [each for each in self.in_limit(lead, now) if self.is_free(lead, each, now)]

    def may_be_lent(self, lead: Lead, now: datetime) -> bool:
        return not lead.phones or bool(self.to_lend(lead, now))

    def to_call(self, lead: Lead) -> str | None:
        """The phone that is lent, else the first, of those that are not on the list."""
        among = self.not_listed(lead)
        lent = lead.lease.phone if lead.lease else None
        return lent if lent in among else next(iter(among), None)

    def lend(self, lead: Lead, phone: str | None) -> None:
        if phone and lead.lease:
            self.with_lead[phone] = (lead.id, lead.lease.token)

    # Pull

    def held_by(self, who: str, now: datetime) -> Lead | None:
        live = (each for each in self.leads.values() if each.lease and each.lease.expires > now)
        return next((each for each in live if each.lease.holder == who), None)

    def may_get(self, who: str, now: datetime) -> set[str | None]:
        """The leads of which a pull must give one; several only while no sweep has said who waited too long."""
        if (held := self.held_by(who, now)) is not None:
            return {held.id}
        mine = [each for each in self.leads.values() if self._is_promised(each, who, now)]
        if mine:
            return {min(mine, key=lambda each: (each.callback_at, each.id)).id}
        ready = [each for each in self.leads.values() if self.is_lendable(each, who, now)]
        waited = {each.id for each in ready if self._front_at(each) <= now}
        sure = {each for each in waited if self._front_at(self.leads[each]) <= self.leads[each].looked_at}
        return {self._choose(ready, who, sure | {each}) for each in (*waited, *sure)} | (
            set() if sure else {self._choose(ready, who, set())}
        )

    def _is_promised(self, lead: Lead, who: str, now: datetime) -> bool:
        """Whether it is the user's own callback and due; a limit of their pulls does not stop that."""
        if lead.callback_for != who or lead.callback_at > now or not self.may_be_lent(lead, now):
            return False
        return self.closing(lead, self.serving(lead, who, now, within_limits=False), now) is not None

    def is_lendable(self, lead: Lead, who: str, now: datetime) -> bool:
        if lead.at not in ("open", "callback") or lead.free_from > now:
            return False
        serving = self.serving(lead, who, now) if self.may_be_lent(lead, now) else None
        return serving is not None and self.closing(lead, serving, now) is not None

    @staticmethod
    def _front_at(lead: Lead) -> datetime:
        return lead.free_from + MAX_WAIT

    def _choose(self, ready: list[Lead], who: str, front: set[str]) -> str | None:
        if not ready:
            return None
        rank = {
            each.id: 0 if each.id in front else {"first": 1, "again": 2}[self.matched(each)[0]]
            for each in ready
        }
        best = min(rank.values())
        same = [each for each in ready if rank[each.id] == best]
        not_last = [each for each in same if each.last_holder != who]
        among = [each for each in not_last if who not in each.given_back_by] or not_last or same
        if best == 0:
            return min(among, key=lambda each: (each.free_from, each.id)).id
        return min(among, key=lambda each: (each.pulls, -each.created.timestamp(), each.id)).id

    def pulled(self, lead: Lead, who: str, token: str, now: datetime) -> None:
        if lead.lease and lead.lease.token == token:
            return
        is_promised = self._is_promised(lead, who, now)
        serving = self.serving(lead, who, now, within_limits=not is_promised)
        closes = self.closing(lead, serving, now)
        assert closes is not None
        expires = min(now + (LEASE[serving] if serving else OWN_LEASE), closes)
        call = next(iter(self.to_lend(lead, now)), None)
        if serving and not is_promised:
            self.counts[who, serving, f"{now:%Y-%m-%d %H}"] += 1
            self.counts[who, serving, f"{now:%Y-%m-%d}"] += 1
        if call:
            self.calls[call, token] = now
        if lead.callback_for != who or (not lead.is_owned and lead.due <= now):
            lead.free()
            lead.due = None
            lead.come_to("open", now)
        lead.lease, self.lent[token] = Lease(token, who, serving, expires, call, call, now), [*lead.phones]
        self.lend(lead, call)
        lead.pulls, lead.last_holder = lead.pulls + 1, who

    def passed_over(self, lead: Lead, now: datetime, *, is_closed: bool) -> None:
        """A pull came to the lead and could not have it: it is closed, or waits for its phone's next call.

        It may wait though its phone has been listed: the leads of a phone are closed a moment later.
        """
        if is_closed:
            self.close(lead, now)
        else:
            among = self.not_listed(lead) or lead.phones
            again = [at for each in among if (at := self.next_call(lead, each, now)) is not None]
            lead.due, lead.over_limit = min(again), True

    # Calls

    def called_on(self, lead: Lead, now: datetime) -> str:
        """The phone that is called when none is named."""
        if lead.lease and lead.lease.expires > now:
            return self.to_call(lead) or lead.phones[0]
        return next(iter((*self.in_limit(lead, now), *self.not_listed(lead), *lead.phones)))

    def refusal(self, lead: Lead, phone: str, now: datetime) -> str | None:
        """Why the phone is not called now by who holds the lead, else by its owner, else by an admin."""
        lease = lead.lease if lead.lease and lead.lease.expires > now else None
        strategy = None
        if lease is not None:
            strategy = lease.strategy or self.serving(lead, lease.holder, now, within_limits=False)
        if phone in self.suppressed:
            return "do_not_call"
        if self._is_closed(lead, strategy, now):
            return "outside_calling_hours"
        has_reserved = (
            lease is not None and lease.call == phone and self.calls[lease.call, lease.token] > now - DAY
        )
        if not has_reserved and self.next_call(lead, phone, now) is not None:
            return "call_limit"
        is_another = lease is not None and lease.phone != phone
        return "phone_lent" if is_another and not self.is_free(lead, phone, now) else None

    def _is_closed(self, lead: Lead, strategy: str | None, now: datetime) -> bool:
        if (strategy == "again" and not self.has_hours) or (
            strategy is None and lead.is_owned and not lead.places
        ):
            return False
        return not any(opens <= now < closes for opens, closes in windows(lead.places, now))

    def called(self, lead: Lead, phone: str, who: str, now: datetime) -> None:
        """The call that the lease has reserved is made now; any other is one more. Another phone is lent too."""
        lease = lead.lease if lead.lease and lead.lease.expires > now else None
        if lease and lease.phone != phone:
            self.lend(lead, phone)
        if lease and lease.call == phone and self.calls[lease.call, lease.token] > now - DAY:
            del self.calls[lease.call, lease.token]
            lease.call = None
        self.calls[phone, f"{lead.id} {now}"] = now
        lead.first_call = lead.first_call or now
        lead.made = [*(each for each in lead.made if each[1] > now - DAY), (who, now)][-4:]
        if lead.at == "assigned" and lead.worked_by:
            lead.worked_by = max(lead.worked_by, now + CALL)

    def _recorded(self, lead: Lead, who: str, disposition: str, now: datetime) -> None:
        """What is recorded is of the user's last call, or of the one that the lease reserved, or of one unasked for."""
        own = [each for each in lead.made if each[0] == who and each[1] > now - DAY]
        if own:
            lead.made.remove(own[-1])
        lease = lead.lease
        is_reserved = lease and lease.call and self.calls[lease.call, lease.token] > now - DAY
        if disposition == "return":
            if lease and lease.call:
                self.calls.pop((lease.call, lease.token))
            return
        lead.first_call = lead.first_call or now
        if lead.phones and not own and not is_reserved and disposition != "do-not-call":
            phone = self.to_call(lead) or lead.phones[0]
            self.calls[phone, f"{lead.id} {now}"] = now
            self.unasked.add(phone)

    # Work

    def working(self, lead: Lead) -> str | None:
        """The strategy whose cool-down and hours count for what is recorded."""
        return (lead.lease and lead.lease.strategy) or next(iter(self.matched(lead)), None)

    def dispose(
        self, lead: Lead, who: str, disposition: str, now: datetime, callback_at: datetime | None
    ) -> None:
        serving, lease = self.working(lead), lead.lease
        self._recorded(lead, who, disposition, now)
        lead.attempts += disposition != "return"
        lead.pulls = max(0, lead.pulls - (disposition == "return"))
        lead.last_disposition, lead.looked_at = disposition, now
        lead.given_back_by = [*lead.given_back_by, who] if disposition == "return" else []
        lead.worked_by = None
        lead.free()
        if disposition == "do-not-call":
            self.suppressed |= {*(self.lent[lease.token] if lease else lead.phones)}
        if self.is_barred(lead):
            self.close(lead, now)
        elif disposition in ("no-answer", "return", "later"):
            cool_down = COOL_DOWN[serving] if serving else timedelta(minutes=240)
            lead.due = {"no-answer": now + cool_down, "return": now}.get(disposition)
            if lead.due is None:
                lead.due = self._after_an_open_hour(lead, serving, now)
            lead.come_to("assigned" if lead.is_owned else "open", now)
        elif disposition == "contacted":
            lead.owner, lead.due = who, None
            lead.come_to("assigned", now)
        elif callback_at is not None:
            lead.callback_for, lead.callback_at = who, callback_at
            lead.due = callback_at if lead.is_owned else callback_at + GRACE
            lead.come_to("callback", now)
        else:
            self.close(lead, now)

    def _after_an_open_hour(self, lead: Lead, strategy: str | None, now: datetime) -> datetime:
        left, at = timedelta(minutes=60), now
        if self.closing(lead, strategy, now) == datetime.max.replace(tzinfo=UTC):
            return now + left
        for opens, closes in windows(lead.places, now):
            at = max(now, opens)
            if at + left <= closes:
                return at + left
            left -= max(closes - at, timedelta(0))
        raise AssertionError("no hour in two weeks")

    def close(self, lead: Lead, now: datetime) -> None:
        lead.free()
        lead.due = None
        lead.come_to("closed", now)

    def is_over(self, lead: Lead, now: datetime) -> bool:
        """Whether its last lease cannot be extended: lapsed when it closed, had for too long, or its phone is listed
        or lent."""
        serving, lease = self.working(lead), lead.lease
        is_closed = self.closing(lead, serving, now) is None and lease.expires <= now
        length = LEASE[serving] if serving else OWN_LEASE
        has_had_all = max(lease.expires, now) >= lease.longest(length, now)
        is_lent = not self.is_free(lead, self.to_call(lead), now)
        return self.is_barred(lead) or is_closed or has_had_all or is_lent

    def extend(self, lead: Lead, now: datetime) -> None:
        serving, lease = self.working(lead), lead.lease
        closes = self.closing(lead, serving, now) or lease.expires
        length = LEASE[serving] if serving else OWN_LEASE
        last = lease.longest(length, now)
        lease.counts_from += max(now - lease.expires, timedelta(0))
        lease.expires = max(lease.expires, min(now + length, closes, last))
        lease.phone = self.to_call(lead)
        self.lend(lead, lease.phone)

    # What comes in, and what time brings

    def submit(self, lead: Lead) -> None:
        self.leads[lead.id] = lead
        if self.is_barred(lead):
            self.close(lead, lead.created)
        elif lead.state == "GA":
            assert self.turn is not None
            self.push(lead, ("n1", "s1")[self.turn], lead.created)

    def push(self, lead: Lead, to: str, now: datetime) -> None:
        lead.owner, self.turn = to, 1 - ("n1", "s1").index(to)
        lead.at, lead.since, lead.due, lead.worked_by = "assigned", now, None, now + TAKE_BACK

    def edit(self, lead: Lead, changes: Mapping[str, Any], now: datetime) -> bool:
        """Whether it is edited: not while somebody holds it, and another one with the phone that it would get.

        A new phone is put in the place of the first.
        """
        edited = replace(lead)
        for name, value in changes.items():
            if name == "phone":
                edited.phones = [value, *(each for each in lead.phones[1:] if each != value)]
            else:
                setattr(edited, name, list(value) if name == "phones" else value)
        lease = lead.lease
        if lease and lease.expires > now and edited.phones and lease.phone not in edited.phones:
            if not self.is_free(edited, edited.phones[0], now):
                return False
            lease.phone = edited.phones[0]
            self.lend(edited, lease.phone)
        lead.state, lead.postal_code, lead.phones = edited.state, edited.postal_code, edited.phones
        lead.looked_at = now
        if lead.over_limit:
            lead.due, lead.over_limit = None, False
        return True

    def transfer(self, lead: Lead, to: str, now: datetime) -> None:
        """What a manager gives is nobody's to take back; a closed lead is open again."""
        lead.free()
        lead.due = lead.worked_by = None
        lead.owner, lead.looked_at = to, now
        if lead.is_owned:
            lead.given_back_by, lead.at, lead.since = [], "assigned", now
        else:
            lead.come_to("open", now)

    def list_phone(self, phone: str, now: datetime) -> None:
        """Its leads that have no other to call are closed, but those that somebody holds: what they record closes them,
        or a sweep."""
        if phone in self.suppressed:
            return
        self.suppressed.add(phone)
        for lead in self.leads.values():
            is_lent = lead.lease is not None and lead.lease.expires > now
            if phone in lead.phones and self.is_barred(lead) and lead.at != "closed" and not is_lent:
                self.close(lead, now)

    def refiled(self, now: datetime) -> None:
        for lead in self.leads.values():
            lead.looked_at = now

    def sweep(self, now: datetime) -> None:
        turns: set[int | None] = set()
        for lead in self.leads.values():
            lead.looked_at = now
            if lead.at == "callback" and not lead.is_owned and lead.free_from <= now:
                lead.callback_for = lead.callback_at = None
                lead.come_to("open", now)
            is_lent = lead.lease is not None and lead.lease.expires > now
            if lead.at == "assigned" and lead.worked_by and lead.worked_by <= now and not is_lent:
                self.take_back(lead, now)
                turns.add(self.turn)
            if lead.over_limit and lead.free_from <= now:
                lead.over_limit = False
        if len(turns) > 1:
            self.turn = None  # leads of one moment are routed in any order

    def take_back(self, lead: Lead, now: datetime) -> None:
        """A lead of Georgia's goes on to the other user, any other into the queues."""
        lead.last_holder, lead.owner = lead.owner, "corporate"
        lead.free()
        lead.worked_by = lead.due = None
        if lead.state != "GA":
            lead.come_to("open", now)
        elif self.is_barred(lead):
            self.close(lead, now)
        else:
            self.push(lead, "s1" if lead.last_holder == "n1" else "n1", now)
