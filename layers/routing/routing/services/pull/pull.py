"""Pull: the most important ready lead, lent to one user.

Two serial round trips. The first reads, side by side, the user's slot, the registry of queues, the version of the
set-up, and the front of every queue that serves the user. The second takes the slot and the lead in one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from routing.domain.heads import Head
from routing.domain.pull import lent_until, next_lent, serving_strategy
from routing.domain.pull_choice import Lendable, judged
from routing.services.core.access import acting
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.phones import lent_with_others
from routing.services.core.problems import invalid_field
from routing.services.core.store import Store
from routing.services.jobs import enqueue
from routing.services.pull import filing
from routing.services.pull.claim import claim, lent
from routing.services.pull.snapshot import Front, candidates, read, version_of
from routing.services.pull.why_empty import why_empty
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.heads import not_erased
from routing.storage.idempotency import answer_about
from routing.storage.presence import release_slot
from routing.storage.table import RANDOM, ConditionFailed, Contended

ATTEMPTS = 40
SKEW = timedelta(minutes=1)
"""By how much clocks may differ."""
CONFIRMED = 50
"""How many leads at the front are looked at together when one of them was filed before the set-up changed, or has a
phone that is lent."""
MOST_CONFIRMED = 400
"""Each time that they stand wrong twice as many are looked at, up to these."""
MOST_PROMISED = 256
"""How many of their own due callbacks a user's pull looks at before it goes on to the queues."""
MOST_REFILED = 50
"""So many leads a pull files anew: it needs one of them, and a job sees to the rest."""


def pull(store: Store, user: str, record_type: str | None, now: datetime, once: Once | None = None) -> Answer:
    """Lend the user the best lead, or answer why there is none. Pulling while holding answers the same lead."""
    passed: set[str] = set()
    refiled: set[str] = set()
    gone: str | None = None
    for _ in range(ATTEMPTS):
        front = read(store, user, record_type, now, once)
        acting(user, front.company)
        if record_type is not None and record_type not in front.company.record_types:
            raise invalid_field("record_type", "unknown", "must be the id of a record type")
        if once and (given := once.answered(front.answered, now)):
            return given
        if front.presence.holds(now):
            held = _held(store, front)
            if held is not None:
                again = held()
                if once is None or _recorded(store, front.presence.lead or "", once, again, now):
                    return again
                continue  # the same request's twin was quicker, or its person has just been erased
            if front.presence.lease_token == gone:
                # Whoever lets go of a lead empties the slot with it; so a faster clock has seen the lease end.
                now = _as_of_its_end(store, front)
            gone = front.presence.lease_token
            continue
        answer = _serve(store, front, record_type, passed, refiled, once)
        if answer is not None:
            _park(store, front)
            return answer
    raise Contended


def _recorded(store: Store, lead: str, once: Once, answer: Answer, now: datetime) -> bool:
    """Keep what was answered of a lead that the user holds, with the lead; whether it could be."""
    writes = [once.record(answer, now), answer_about(lead, once.key, now), not_erased(lead)]
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return False
    return True


def _park(store: Store, front: Front) -> None:
    """Have long rows of leads that nobody may call now stand aside, for the pulls to come."""
    for each in front.sides:
        if each.is_long:
            store.table.write(enqueue.park(each.queue.triple, front.now))


def _as_of_its_end(store: Store, front: Front) -> datetime:
    """The time that a pull goes on as of. No clock is a minute ahead: then the slot names a lead by mistake."""
    ends, token = front.presence.lease_expires, front.presence.lease_token
    if ends is not None and ends - front.now <= SKEW:
        return ends
    if token is not None:
        with suppress(ConditionFailed):  # it was let go of meanwhile
            store.table.write(release_slot(front.user, token))
    return front.now


def _serve(
    store: Store,
    front: Front,
    record_type: str | None,
    passed: set[str],
    refiled: set[str],
    once: Once | None,
) -> Answer | None:
    """Claim the user's callback, else the best lead. None: what was read is out of date; read again.

    passed: the versions of leads that cannot be had, which the index may go on showing for a while. refiled: the
    leads that this pull has filed anew.
    """
    for callback in _callbacks(store, front, record_type, passed):
        answer = claim(store, front, callback, once)
        if isinstance(answer, Answer):
            return answer
        if answer == "barred":
            front.kept_back["call_limit"].append(None)
        if answer == "lent":
            _pass_over(store, front, [callback.head], passed)
        passed.add(version_of(callback.head))
    confirmed: set[str] = set()
    together = CONFIRMED
    while among := candidates(store, front, passed):
        chosen = RANDOM.choice(among[: store.spread.size])
        head = chosen.head
        if _is_stale(front, head) and version_of(head) not in confirmed:
            stale = {
                each.head.id: each.head for each in (chosen, *among[:together]) if _is_stale(front, each.head)
            }
            wrong, useful = _displaced(store, front, list(stale.values()))
            again = [each for each in useful if each not in refiled][: MOST_REFILED - len(refiled)]
            if again:
                filing.refile(store, again, front.now)
                refiled |= set(again)
                return None  # they stand in another place of the queues now, maybe before all others
            passed |= wrong
            confirmed |= {version_of(each) for each in stale.values()} - wrong
            together = min(MOST_CONFIRMED, 2 * together)
            continue
        answer = claim(
            store,
            front,
            replace(chosen, head=replace(head, filing_version=front.company.filing_version)),
            once,
        )
        if isinstance(answer, Answer):
            store.spread.won()
            return answer
        if answer == "slot":
            return None
        if answer == "lent":
            _pass_over(store, front, [head, *(each.head for each in among[:CONFIRMED])], passed)
        passed.add(version_of(head))
        if answer == "taken":
            # Where one lead of a front was taken, others were: each further claim on it would fail more likely.
            store.spread.lost()
            return None
    body = why_empty(store, front)
    return answered_once(store.table, once, front.now, lambda: Answer(200, body))


def _pass_over(store: Store, front: Front, among: Sequence[Head], passed: set[str]) -> None:
    """Leave out those whose phone is lent with another lead; of a front that has one the others are looked at too."""
    lent = lent_with_others(store.table, among, front.now)
    passed |= {version_of(each) for each in among if each.id in lent}
    front.kept_back["phone_lent"] += lent.values()


def _is_stale(front: Front, head: Head) -> bool:
    """Whether the lead was filed under an earlier set-up, or an age that was to change its filing has been reached."""
    is_aged = head.valid_until is not None and head.valid_until <= front.now
    return is_aged or head.filing_version != front.company.filing_version


def _displaced(store: Store, front: Front, stale: Sequence[Head]) -> tuple[set[str], list[str]]:
    """The versions of those of these leads that should stand elsewhere; and those of them that the user may have there.

    Where the index lags behind the table a lead may be claimed as it is, for the claim then fails.
    """
    seen = {each.id: each.version for each in stale}
    wrong: set[str] = set()
    useful: list[str] = []
    for each in filing.read_candidates(store.table, list(seen)):
        if each.head.version != seen[each.head.id]:
            continue
        after = filing.displaced(each, front.company, front.now)
        if after is not None:
            wrong.add(version_of(each.head))
            if isinstance(judged(after, front.user, front.company, front.reached, front.now), Lendable):
                useful.append(each.head.id)
    return wrong, useful


def _callbacks(store: Store, front: Front, record_type: str | None, passed: set[str]) -> Iterator[Lendable]:
    """The user's own callbacks that are due, the earliest first, of those that are looked at."""
    looked_at = 0
    for leads in front.callbacks():
        found = store.table.get_many([keys.head(lead) for lead in leads])
        looked_at += len(leads)
        for head in (head_from(found[key]) for lead in leads if (key := keys.head(lead)) in found):
            if (
                head.callback_for != front.user
                or head.callback_at is None
                or head.callback_at > front.now
                or record_type not in (None, head.record_type)
                or version_of(head) in passed
            ):
                continue
            strategy = serving_strategy(head.matched, front.user, head.owner, front.company)
            until = lent_until(head.calling_class, strategy, head.owner, front.company, front.now)
            if until is not None:
                yield Lendable(head, strategy, until)
            else:
                opens = next_lent(head.calling_class, strategy, head.owner, front.company, front.now)
                front.kept_back["calling_hours"].append(opens)
        if looked_at >= MOST_PROMISED:
            return


def _held(store: Store, front: Front) -> Callable[[], Answer] | None:
    """The lead that the user holds, once more. None when its slot and its head no longer agree."""
    presence, now = front.presence, front.now
    found = filing.read_candidates(store.table, [presence.lead or ""])
    if not found or found[0].head.lease is None or found[0].head.lease.token != presence.lease_token:
        return None
    head = found[0].head
    granted = found[0].head.lease
    reason = {"strategy": granted.strategy or None, "why": "already_held", "matched": list(head.matched)}
    return lambda: lent(store, head, found[0].submission, front.company, granted, reason, now)
