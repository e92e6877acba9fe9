"""Routing as one person would do it with a list and a pencil: no table, no versions, one thing after another.

It knows the company of `world.COMPANY` and no other.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

PARENT = {"e1": "east", "e2": "east", "e3": "east", "w1": "west", "w2": "west", "boss": "corporate"}
USERS = tuple(PARENT)
LEASE = timedelta(minutes=15)
GRACE = timedelta(minutes=60)
COOL_DOWN = {"fresh": timedelta(minutes=240), "again": timedelta(minutes=60)}
MAX_ATTEMPTS = 3
AFTER_ALL = timedelta(days=365)
RECYCLES = ("no-answer", "return")
CLOSES = ("sold", "do-not-call")


@dataclass
class Lead:
    """at: new, held, open, callback, assigned or closed. due: not to be pulled before."""

    id: str
    state: str
    created: datetime
    owner: str = "corporate"
    at: str = "new"
    since: datetime | None = None
    due: datetime | None = None
    attempts: int = 0
    pulls: int = 0
    last_holder: str | None = None
    given_back_by: list[str] = field(default_factory=list)
    last_disposition: str | None = None
    token: str | None = None
    holder: str | None = None
    strategy: str | None = None
    expires: datetime | None = None
    counts_from: datetime | None = None
    callback_for: str | None = None
    callback_at: datetime | None = None

    @property
    def rank(self) -> str | None:
        """The best pull strategy that sees it; None when its attempts are used up."""
        return "fresh" if self.attempts == 0 else "again" if self.attempts < MAX_ATTEMPTS else None

    def free(self) -> None:
        self.token = self.holder = self.strategy = self.expires = None
        self.callback_for = self.callback_at = None


@dataclass
class Turns:
    """A push strategy: whose turn it is. used: before that there is no turn for an edit to keep."""

    recipients: list[str]
    daily: bool
    next: int = 0
    used: bool = False
    day: date | None = None

    def enter(self, today: date) -> None:
        if self.daily and today != self.day:
            self.next, self.day = 0, today
        self.used = True

    def take(self, who_may: set[str], today: date) -> str | None:
        self.enter(today)
        for step in range(len(self.recipients)):
            at = (self.next + step) % len(self.recipients)
            if self.recipients[at] in who_may:
                self.next = (at + 1) % len(self.recipients)
                return self.recipients[at]
        return None

    def edit(self, recipients: list[str]) -> None:
        if not self.used:
            self.recipients = recipients
        elif recipients != self.recipients:
            order = self.recipients[self.next :] + self.recipients[: self.next]
            self.next = next((recipients.index(each) for each in order if each in recipients), 0)
            self.recipients = recipients


@dataclass
class Model:
    """pending: what the log has and the stream has not brought: (owner, when, leads or None to retry the held).

    What an edit asks for starts a walk when the stream brings it: the walk comes after all that is in the log by then.
    """

    leads: dict[str, Lead] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    pending: list[tuple[str, datetime, list[str] | None]] = field(default_factory=list)
    chain: Turns = field(default_factory=lambda: Turns(["east", "west"], daily=True))
    east: Turns = field(default_factory=lambda: Turns(["e1", "e2", "e3"], daily=True))
    straight: Turns = field(default_factory=lambda: Turns(["w1", "w2", "e1"], daily=False))

    # Push

    def submit(self, lead: Lead) -> None:
        self.leads[lead.id] = lead
        self.pending.append(("corporate", lead.created, [lead.id]))

    def deliver(self, now: datetime) -> None:
        for owner, _, asked in sorted(self.pending, key=lambda each: (each[0], each[1])):
            leads = asked
            if leads is None:
                held = [each for each in self.leads.values() if (each.owner, each.at) == (owner, "held")]
                leads = [each.id for each in sorted(held, key=lambda each: (each.since, each.id))]
            for each in leads:
                if self.leads[each].at in ("new", "held") and self.leads[each].owner == owner:
                    self._route(self.leads[each], now)
        self.pending = []

    def _route(self, lead: Lead, now: datetime) -> None:
        there, today = set(USERS) - self.away, now.date()
        to: str | None = lead.owner
        if lead.owner == "corporate" and lead.state == "CO":
            branches = {"west"} | ({"east"} if there & {"e1", "e2", "e3"} else set())
            to = self.chain.take(branches, today)
            if to == "east":
                to = self.east.take(there, today)
        elif lead.owner == "corporate" and lead.state == "UT":
            to = self.straight.take(there, today)
        elif lead.owner == "east":
            to = self.east.take(there, today)
        if to is None:
            lead.at, lead.since = "held", lead.since if lead.at == "held" else now
        elif to in USERS:
            lead.owner, lead.at, lead.due = to, "assigned", None
        else:
            lead.owner, lead.at = to, "open"

    def come_back(self, who: str, now: datetime) -> None:
        if who in self.away:
            self.away.discard(who)
            above = ["corporate", PARENT[who]]
            self.pending += [(owner, now, None) for owner in dict.fromkeys(above)]

    def edit(self, recipients: list[str], now: datetime) -> None:
        if recipients != self.straight.recipients:
            self.straight.edit(recipients)
            self.pending.append(("corporate", now + AFTER_ALL, None))

    # Pull and work

    def held_by(self, who: str, now: datetime) -> Lead | None:
        return next(
            (
                each
                for each in self.leads.values()
                if each.holder == who and each.expires and each.expires > now
            ),
            None,
        )

    def next_for(self, who: str, now: datetime) -> Lead | None:
        """The lead that a pull must give."""
        if (held := self.held_by(who, now)) is not None:
            return held
        mine = [each for each in self.leads.values() if each.callback_for == who and each.callback_at <= now]
        if mine:
            return min(mine, key=lambda each: (each.callback_at, each.id))
        above = {"corporate", PARENT[who]}
        ready = [
            each
            for each in self.leads.values()
            if each.at in ("open", "callback")
            and each.rank
            and each.owner in above
            and (each.expires is None or each.expires <= now)
            and (each.due is None or each.due <= now)
        ]
        best = min((each.rank for each in ready), key=["fresh", "again"].index, default=None)
        same = [each for each in ready if each.rank == best]
        not_last = [each for each in same if each.last_holder != who]
        others = [each for each in not_last if who not in each.given_back_by]
        return min(
            others or not_last or same,
            key=lambda each: (each.pulls, -each.created.timestamp(), each.id),
            default=None,
        )

    def pulled(self, lead: Lead, who: str, token: str, now: datetime) -> None:
        if lead.token == token:
            return
        serving = None if lead.owner in USERS else lead.rank
        if lead.callback_for != who or (lead.owner not in USERS and lead.due <= now):
            lead.free()
            lead.at, lead.due = "open", None
        lead.token, lead.holder, lead.strategy, lead.expires = token, who, serving, now + LEASE
        lead.counts_from = now
        lead.pulls, lead.last_holder = lead.pulls + 1, who

    def dispose(
        self, lead: Lead, who: str, disposition: str, now: datetime, callback_at: datetime | None
    ) -> None:
        serving = lead.strategy or lead.rank
        lead.free()
        lead.attempts += disposition != "return"
        lead.pulls = max(0, lead.pulls - (disposition == "return"))
        lead.last_disposition = disposition
        lead.given_back_by = [*lead.given_back_by, who] if disposition == "return" else []
        if disposition in RECYCLES:
            span = timedelta(0) if disposition == "return" else COOL_DOWN[serving or "fresh"]
            lead.due = now + span
            lead.at = "assigned" if lead.owner in USERS else "open"
        elif disposition == "contacted":
            lead.owner, lead.at, lead.due = who, "assigned", None
        elif callback_at is not None:
            lead.at, lead.callback_for, lead.callback_at = "callback", who, callback_at
            lead.due = callback_at if lead.owner in USERS else callback_at + GRACE
        else:
            lead.at, lead.due = "closed", None

    def sweep(self, now: datetime) -> None:
        """Idle strategies enter their day, missed callbacks are everybody's again, the held are tried again."""
        for turns in (self.chain, self.east, self.straight):
            turns.enter(now.date())
        for lead in self.leads.values():
            is_held = lead.expires is not None and lead.expires > now
            if lead.at == "callback" and lead.owner not in USERS and lead.due <= now and not is_held:
                lead.at, lead.callback_for, lead.callback_at = "open", None, None
        self.pending += [
            (owner, now, None)
            for owner in ("corporate", "east")
            if any((each.owner, each.at) == (owner, "held") for each in self.leads.values())
        ]

    def transfer(self, lead: Lead, to: str, distribute: bool, now: datetime) -> None:
        lead.free()
        if distribute or to in USERS:
            lead.given_back_by = []
        lead.owner, lead.due = to, None
        lead.at = "new" if distribute else "assigned" if to in USERS else "open"
        if distribute:
            lead.last_holder = None
            self.pending.append((to, now, [lead.id]))
