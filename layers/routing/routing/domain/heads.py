"""A lead's head: the small part that routing changes, and every change that it can go through.

A change is a function from one head to the next; storage writes the new one under the condition that the old one's
version still stands, so of two changes that race exactly one happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from routing.domain.call_limits import SPAN, Reserved
from routing.domain.dispositions import Disposition
from routing.domain.intervals import whole_second
from routing.domain.leads import Status
from routing.domain.pull import ANY_HOURS, OVERDUE_RANK, Filing, FilingReason

Standing = Literal["new", "held", "assigned", "open", "callback", "unmatched", "spent", "closed"]
"""What a head's status is at rest. `open`, filed for pull, reads as ready, leased or cooling by the clock."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A borrowed lead: to whom, under which strategy, until when. `token` names the head version that granted it.

    call: the call that it reserved of the phone, until that is made. counts_from: from when its length counts, times
    for which it had lapsed left out; None for a lease of before that was kept. phone_key: the contact key of the phone
    that is lent with it.
    """

    token: str
    holder: str
    strategy: str
    expires: datetime
    call: Reserved | None = None
    counts_from: datetime | None = None
    phone_key: str | None = None


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call of which nothing has been recorded yet. id: the head version that it made."""

    id: int
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Who left a lead unworked, or missed their callback, and when."""

    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The last time that a lead's person asked again: how often it had been pulled and tried by then."""

    at: datetime
    pulls: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Head:
    """One lead's routing state.

    submission: the (owner, time id) key of its entry in the intake log, where its fields are. available_at: not
    pulled before. given_by: the account that distributed the last hop. kept_from: the owner before a `keep`.
    phone_keys: the contact keys of its phones, in their order. matched: pull strategies, best first. pool: the
    queue's name. valid_until, filing_version: until when, and for which set-up, the filing holds; of a user's lead,
    until when it may stay unworked. calling_class, group: what decides when it may be called, and the zone group of
    its queue. over_call_limit: `available_at` is when its phone may be called again. given_back_by: who gave it
    back unworked since somebody last worked it, the last few. left: whose it was until they left it unworked, or
    missed their callback; nobody has had it since. held_because: a digest of the reasons last recorded.
    reassigned_by: the request that last took it from a leaver. first_call_at: when it was first called, or an
    attempt was first recorded. calls: those of the last 24 hours of which nothing has been recorded, the last few,
    latest last. parked_until: until when it stands aside in its queue because nobody may call it, though others of
    its zone group may be called. asked: when its person asked again. erased_at: since
    when nothing is kept of its person.
    """

    id: str
    version: int
    record_type: str
    source: str
    created_at: datetime
    owner: str
    submission: tuple[str, str]
    standing: Standing = "new"
    since: datetime | None = None
    pull_count: int = 0
    attempts: int = 0
    last_disposition: str | None = None
    last_holder: str | None = None
    given_back_by: tuple[str, ...] = ()
    left: Left | None = None
    lease: Lease | None = None
    available_at: datetime | None = None
    given_by: str | None = None
    kept_from: str | None = None
    callback_for: str | None = None
    callback_at: datetime | None = None
    phone_keys: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    pool: str | None = None
    ready_key: str | None = None
    valid_until: datetime | None = None
    filing_version: int = 0
    calling_class: str | None = None
    group: str = ANY_HOURS
    over_call_limit: bool = False
    held_because: str | None = None
    reassigned_by: str | None = None
    first_call_at: datetime | None = None
    calls: tuple[CallMade, ...] = ()
    parked_until: datetime | None = None
    asked: Asked | None = None
    erased_at: datetime | None = None

    @property
    def wanted_since(self) -> datetime:
        """When its person last asked."""
        return self.asked.at if self.asked is not None else self.created_at

    @property
    def pulls_since_asked(self) -> int:
        return max(0, self.pull_count - self.asked.pulls) if self.asked is not None else self.pull_count

    @property
    def attempts_since_asked(self) -> int:
        return max(0, self.attempts - self.asked.attempts) if self.asked is not None else self.attempts

    @property
    def phone_key(self) -> str | None:
        """The first phone's."""
        return self.phone_keys[0] if self.phone_keys else None

    def status_at(self, now: datetime) -> Status:
        """The status that people see. What has expired is over, whether or not a job has passed."""
        if self.lease_at(now) is not None:
            return "leased"
        if self.standing == "callback" and self.pool and self.available_at and self.available_at <= now:
            return "ready"
        cools_down = self.standing == "open" or (
            self.standing == "unmatched" and self.last_disposition is not None
        )
        if cools_down and self.due is not None and self.due > now:
            return "cooling"
        return "ready" if self.standing == "open" else self.standing

    def lease_at(self, now: datetime) -> Lease | None:
        """The lease, while it is live."""
        return self.lease if self.lease is not None and self.lease.expires > now else None

    @property
    def ready_since(self) -> datetime | None:
        """Since, or from, when a filed lead can be pulled, its calling hours aside."""
        return self.due or (self.since if self.standing == "open" else None)

    @property
    def due(self) -> datetime | None:
        """When a filed lead can next be pulled: the end of its lease, and of its cool-down, delay or call limit."""
        ends = [self.lease.expires if self.lease is not None else None, self.available_at]
        return max((each for each in ends if each is not None), default=None)

    @property
    def waits_until(self) -> datetime | None:
        """Until when it stands on the waiting side of its queue."""
        return max((each for each in (self.due, self.parked_until) if each is not None), default=None)


def advanced(before: Head, after: Head, now: datetime) -> Head:
    """`after` as the successor of `before`: the next version, and since when it has its standing. It is not parked."""
    since = before.since if after.standing == before.standing and before.since else now
    return replace(after, version=before.version + 1, since=since, parked_until=None)


def parked(head: Head, until: datetime, now: datetime) -> Head:
    """Its successor, which stands aside in its queue; nothing else about it changes."""
    return replace(advanced(head, head, now), parked_until=until)


def _at_rest(head: Head) -> Head:
    """Out of every queue."""
    return replace(
        head,
        matched=(),
        pool=None,
        ready_key=None,
        valid_until=None,
        lease=None,
        available_at=None,
        over_call_limit=False,
        held_because=None,
        given_back_by=(),
        left=None,
        callback_for=None,
        callback_at=None,
    )


def assigned(
    head: Head, user: str, given_by: str | None, *, unless_worked_by: datetime | None = None
) -> Head:
    """A user owns the lead. unless_worked_by: when it is taken back if they have recorded nothing on it."""
    return replace(
        _at_rest(head),
        standing="assigned",
        owner=user,
        given_by=given_by,
        kept_from=None,
        valid_until=unless_worked_by,
    )


def taken_back(head: Head, account: str, now: datetime) -> Head:
    """A lead that its owner left unworked, with the account that it goes back to, where it is to be filed.

    Who pulls has waited for it since now only, however long its owner had it.
    """
    owner = head.owner
    head = replace(_at_rest(head), last_holder=owner, since=None)
    return replace(rests_with(head, account, None), standing="open", left=Left(owner, now))


def missed(head: Head, now: datetime) -> Head:
    """A callback of the company's that its user did not keep is promised no more."""
    left = Left(head.callback_for, now) if head.callback_for is not None else None
    return replace(head, left=left, callback_for=None, callback_at=None)


def promised(head: Head, user: str, callback_at: datetime, available_at: datetime) -> Head:
    """A callback that somebody else was to make is now this user's, who owns the lead."""
    return replace(
        head, standing="callback", callback_for=user, callback_at=callback_at, available_at=available_at
    )


def held(head: Head, because: str) -> Head:
    """Wanted by a push strategy, but nobody was eligible."""
    return replace(
        _at_rest(head),
        standing="held",
        held_because=because,
        available_at=head.available_at,
        left=head.left,
    )


def held_for_pull_too(head: Head, filing: Filing, filing_version: int, at: datetime, now: datetime) -> Head:
    """Held, and from `at` on filed for pull as well: whoever comes first, push or pull, gets it."""
    return replace(
        filed(head, filing, filing_version, now),
        standing="held",
        held_because=head.held_because,
        available_at=at,
    )


def renewed(head: Head, owner: str) -> Head:
    """To be routed again from `owner`, as if it were new: whoever had it may have it again."""
    return replace(
        _at_rest(head), standing="new", owner=owner, given_by=None, kept_from=None, last_holder=None
    )


def rests_with(head: Head, account: str, given_by: str | None) -> Head:
    """The lead moves to a branch or the company, where it is to be filed. Nobody holds or is promised it."""
    return replace(
        head,
        owner=account,
        given_by=given_by,
        kept_from=None,
        lease=None,
        left=None,
        callback_for=None,
        callback_at=None,
    )


def asked_again(head: Head, at: datetime, available_at: datetime | None = None) -> Head:
    """Its person has asked again: what was done before is not counted against it. available_at: not pulled before.

    A phone that has been called as often as the law allows is not called sooner for it.
    """
    until = head.available_at if head.over_call_limit else available_at
    return replace(head, asked=Asked(at, head.pull_count, head.attempts), available_at=until)


def reopened(head: Head, owner: str, at: datetime, available_at: datetime | None) -> Head:
    """A closed lead whose person has asked again, to be routed from `owner` as if it were new."""
    return replace(asked_again(renewed(head, owner), at), available_at=available_at)


STANDING_OF: Mapping[FilingReason, Standing] = {
    "filed": "open",
    "spent": "spent",
    "unmatched": "unmatched",
    "owned": "assigned",
}


def filed(head: Head, filing: Filing, filing_version: int, now: datetime) -> Head:
    """Filed for pull as `filing` says, or at rest as unmatched or spent. A lease, cool-down or delay goes on."""
    standing = STANDING_OF[filing.reason]
    if head.callback_for is not None:
        standing = "callback"
    looks = [filing.valid_until]
    if filing.reason in ("spent", "unmatched"):
        # In no queue: a timer looks at it when its lease, its promise or its cool-down is over.
        lease_ends = head.lease.expires if head.lease is not None else None
        rests_until = head.due if filing.reason == "unmatched" else lease_ends
        if head.callback_for is not None and head.due is not None:
            looks.append(max(head.due, now))
        elif rests_until is not None and rests_until > now:
            looks.append(rests_until)
    valid_until = min((each for each in looks if each is not None and each >= now), default=None)
    return replace(
        head,
        standing=standing,
        matched=filing.matched,
        pool=filing.pool,
        ready_key=filing.ready_key,
        valid_until=valid_until,
        filing_version=filing_version,
        calling_class=filing.calling_class,
        group=filing.group,
        held_because=None,
    )


def claimed(head: Head, lease: Lease, owner_is_user: bool, now: datetime) -> Head:
    """Lent to one user. Whoever waits for it next finds it when the lease expires.

    One that had waited too long is filed anew before it is lent again. A callback stays promised to the user who pulls
    it, until they record something or its grace is over: one that is pulled and left is not kept. It may be on a lead
    that no pull strategy sees; it is looked at again when the lease is over.
    """
    is_promised = owner_is_user or head.available_at is None or head.available_at > now
    is_own_callback = head.callback_for == lease.holder and is_promised
    standing: Standing = "callback" if is_own_callback else "open" if head.pool else "unmatched"
    is_in_no_queue = head.pool is None and not owner_is_user
    return replace(
        head,
        standing=standing,
        valid_until=lease.expires if is_in_no_queue else head.valid_until,
        pull_count=head.pull_count + 1,
        last_holder=lease.holder,
        lease=lease,
        available_at=head.available_at if is_own_callback else None,
        over_call_limit=False,
        held_because=None,
        left=None,
        callback_for=head.callback_for if is_own_callback else None,
        callback_at=head.callback_at if is_own_callback else None,
        filing_version=0 if is_at_front(head) else head.filing_version,
    )


def extended(head: Head, lease: Lease) -> Head:
    """The holder's lease lasts longer. Had it lapsed, the lead may have come to the front since: it waits anew."""
    return replace(head, lease=lease, filing_version=0 if is_at_front(head) else head.filing_version)


CALL_LASTS = timedelta(hours=1)
"""A call of which nothing was recorded is under way for so long at most."""
MOST_CALLS = 4
"""A head stays under a kilobyte. Who calls more often before they record anything has the earlier ones forgotten."""


def called(head: Head, user: str, at: datetime, now: datetime, *, as_reserved: bool) -> Head:
    """The user calls the lead, or says that they have at `at`. as_reserved: with the call that their lease reserved,
    which nothing gives back now.

    One that is to be taken back if it stays unworked is not while the call is under way.
    """
    made = CallMade(head.version + 1, user, now)
    before = [each for each in head.calls if each.at > now - SPAN]
    lease = replace(head.lease, call=None) if head.lease and as_reserved else head.lease
    calls = (*before, made)[-MOST_CALLS:]
    valid_until = head.valid_until
    if head.standing == "assigned" and valid_until is not None:
        valid_until = max(valid_until, whole_second(now + CALL_LASTS))
    first = head.first_call_at or at
    return replace(head, lease=lease, calls=calls, first_call_at=first, valid_until=valid_until)


def call_of(head: Head, user: str, call: int | None, now: datetime) -> CallMade | None:
    """The call that what the user records now is of, while nothing was recorded of it.

    call: names it; None is their latest of the last 24 hours.
    """
    own = [each for each in reversed(head.calls) if each.user == user]
    if call is not None:
        return next((each for each in own if each.id == call), None)
    return next((each for each in own if each.at > now - SPAN), None)


def is_at_front(head: Head) -> bool:
    """Whether the lead has waited longer than a strategy lets it, and goes before all others."""
    return head.ready_key is not None and head.ready_key.startswith(OVERDUE_RANK)


@dataclass(frozen=True, slots=True)
class Work:
    """What a user records on a lead.

    due: when a recycled lead may be pulled, or is due, again. came_from: where a released lead goes back to.
    is_listed: the lead's phone is on the do-not-call list, so that whatever is recorded closes it. at: when it was
    recorded. call: the call that it is of.
    """

    disposition: Disposition
    user: str
    due: datetime
    came_from: str
    at: datetime
    call: CallMade | None = None
    callback_at: datetime | None = None
    is_listed: bool = False


def worked(head: Head, work: Work, owner_is_user: bool) -> Head:
    """The lead after a disposition. One that is still `open` or a company's `callback` is filed anew by the caller."""
    disposition = work.disposition
    head = replace(
        head,
        attempts=head.attempts + (1 if disposition.counts_as_attempt else 0),
        pull_count=max(0, head.pull_count - (1 if disposition.give_back_pull else 0)),
        first_call_at=head.first_call_at or (work.at if disposition.counts_as_attempt else None),
        calls=tuple(each for each in head.calls if each != work.call),
        last_disposition=disposition.id,
        given_back_by=_given_back_by(head, work.user) if disposition.give_back_pull else (),
        over_call_limit=False,
        valid_until=None,
        lease=None,
        left=None,
        callback_for=None,
        callback_at=None,
    )
    if work.is_listed:
        return closed(head)
    match disposition.outcome:
        case "recycle" if owner_is_user and not disposition.release:
            return replace(head, standing="assigned", available_at=work.due)
        case "recycle" if owner_is_user:
            back = rests_with(head, work.came_from, None)
            return replace(back, standing="open", available_at=work.due, last_holder=work.user)
        case "recycle":
            return replace(head, standing="open", available_at=work.due)
        case "keep":
            kept_from = head.kept_from if owner_is_user else head.owner
            return replace(
                assigned(head, work.user, head.given_by if owner_is_user else None), kept_from=kept_from
            )
        case "callback":
            if work.callback_at is None:
                raise ValueError("a callback needs its time")
            back_in_pool = whole_second(work.callback_at + disposition.grace)
            return replace(
                head,
                standing="callback",
                callback_for=work.user,
                callback_at=work.callback_at,
                available_at=work.callback_at if owner_is_user else back_in_pool,
            )
        case _:
            return closed(head)


MOST_REMEMBERED = 5


def _given_back_by(head: Head, user: str) -> tuple[str, ...]:
    others = (each for each in head.given_back_by if each != user)
    return (*others, user)[-MOST_REMEMBERED:]


def closed(head: Head) -> Head:
    """Done with: sold, refused, unreachable, or not to be called."""
    return replace(_at_rest(head), standing="closed")


def erased(head: Head, now: datetime) -> Head:
    """Closed for good, and without anything that comes from its person."""
    return replace(closed(head), phone_keys=(), calling_class=None, calls=(), erased_at=head.erased_at or now)
