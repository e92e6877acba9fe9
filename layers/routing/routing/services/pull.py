"""Pull: the most important ready lead, lent to one user.

Two serial round trips. The first reads, side by side, the user's slot, the registry of queues, the version of the
set-up, and the front of every queue that serves the user. The second takes the slot and the lead in one transaction.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from routing.domain.heads import Head
from routing.domain.pull import lent_until, next_lent, serving_strategy
from routing.services import filing
from routing.services.access import acting
from routing.services.claim import claim, lent
from routing.services.front import Candidate, Front, candidates, read, version_of
from routing.services.idempotency import Answer, Once, answered_once
from routing.services.nothing import why_nothing
from routing.services.store import Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.table import CHANCE, Contended

ATTEMPTS = 40


def pull(store: Store, user: str, record_type: str | None, now: datetime, once: Once | None = None) -> Answer:
    """Lend the user the best lead, or answer why there is none. Pulling while holding answers the same lead."""
    passed: set[str] = set()
    for _ in range(ATTEMPTS):
        front = read(store, user, record_type, now, once)
        acting(user, front.company)
        if once and (given := once.answered(front.answered, now)):
            return given
        if front.presence.holds(now):
            held = _held(store, front)
            if held is not None:
                return answered_once(store.table, once, now, held)
            continue
        answer = _serve(store, front, record_type, passed, once)
        if answer is not None:
            return answer
    raise Contended


def _serve(
    store: Store, front: Front, record_type: str | None, passed: set[str], once: Once | None
) -> Answer | None:
    """Claim the user's callback, else the best lead. None: what was read is out of date; read again.

    passed: the versions of leads that cannot be had, which the index may go on showing for a while.
    """
    for callback in _callbacks(store, front, record_type, passed):
        if isinstance(answer := claim(store, front, callback, once), Answer):
            return answer
        passed.add(version_of(callback.head))
    while among := candidates(store, front, passed):
        chosen = CHANCE.choice(among[: store.spread.size])
        head = chosen.head
        is_aged = head.valid_until is not None and head.valid_until <= front.now
        if head.filing_version != front.company.filing_version or is_aged:
            if not _confirm(store, front, head):
                return None
            head = replace(head, filing_version=front.company.filing_version)
        answer = claim(store, front, replace(chosen, head=head), once)
        if isinstance(answer, Answer):
            store.spread.won()
            return answer
        if answer == "slot":
            return None
        passed.add(version_of(head))
        if answer == "taken":
            # Where one lead of a front was taken, others were: each further claim on it would fail more likely.
            store.spread.lost()
            return None
    body = why_nothing(store, front)
    return answered_once(store.table, once, front.now, lambda: Answer(200, body))


def _confirm(store: Store, front: Front, head: Head) -> bool:
    """Whether a lead that was filed under an earlier set-up, or before an age was reached, still stands there."""
    found = filing.read_candidates(store.table, [head.id])
    if not found or found[0].head.version != head.version:
        return True  # the index lags behind the table: the claim's own condition decides
    if filing.still_holds(found[0], front.company, front.now):
        return True
    filing.refile(store, [head.id], front.now)
    return False


def _callbacks(store: Store, front: Front, record_type: str | None, passed: set[str]) -> list[Candidate]:
    """The user's own callbacks that are due, the earliest first."""
    if not front.callbacks:
        return []
    found = store.table.get_many([keys.head(lead) for lead in front.callbacks])
    mine = [head_from(found[key]) for lead in front.callbacks if (key := keys.head(lead)) in found]
    due = [
        head
        for head in mine
        if head.callback_for == front.user
        and head.callback_at is not None
        and head.callback_at <= front.now
        and record_type in (None, head.record_type)
        and version_of(head) not in passed
    ]
    lendable: list[Candidate] = []
    for head in due:
        strategy = serving_strategy(head.matched, front.user, head.owner, front.company)
        until = lent_until(head.calling_class, strategy, head.owner, front.company, front.now)
        if until is not None:
            lendable.append(Candidate(head, strategy, until))
        else:
            opens = next_lent(head.calling_class, strategy, head.owner, front.company, front.now)
            front.kept_back["calling_hours"].append(opens)
    return lendable


def _held(store: Store, front: Front) -> Callable[[], Answer] | None:
    """The lead that the user holds, once more. None when its slot and its head no longer agree."""
    presence, now = front.presence, front.now
    found = filing.read_candidates(store.table, [presence.lead or ""])
    if not found or found[0].head.lease is None or found[0].head.lease.token != presence.lease_token:
        return None
    head = found[0].head
    granted = found[0].head.lease
    reason = {"strategy": granted.strategy or None, "why": "already_held", "matched": list(head.matched)}
    return lambda: lent(head, found[0].submission, front.company, granted, reason, now)
