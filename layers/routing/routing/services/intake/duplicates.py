"""Ingest where a record type dedupes: a lead is made with all that it claims, or not at all.

Head, log entry and every claim are one transaction. Who loses a claim learns all the winners at once. One winner: the
lead becomes a receipt, which push merges into the winner's lead by how that stands then; the receipt, what it claims
beside, and the request for it are one transaction too. Several winners, or a source that links: a lead of its own,
which names them, with the claims that nobody has.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain.company import Company
from routing.domain.dedupe import claims
from routing.domain.leads import Dedupe, OnDuplicate
from routing.services.core.store import Store
from routing.storage import contacts, dedupe, receipts
from routing.storage.dedupe import Claimant
from routing.storage.leads import Submission
from routing.storage.receipts import Caps, Receipt
from routing.storage.table import ConditionFailed, Item, Key, Write


@dataclass(frozen=True, slots=True)
class Made:
    """A lead: it is whole."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class Merged:
    """A receipt of a lead that is there. told: the lead id to answer with."""

    told: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """The id is taken. there: what stands in the place of its head, a lead's or a receipt's."""

    there: Item


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written in the transaction that takes a lead in, or neither is. counts: only where a lead is made; of a
    receipt that becomes one later it is counted then, as caps says.
    """

    counts: Sequence[Write] = ()
    always: Sequence[Write] = ()
    caps: Caps = "within"

    def with_lead(self) -> list[Write]:
        return [*self.counts, *self.always]


class Duplicate(Exception):
    """Somebody's lead is there already, and the source wants no other."""


class NotBeside(Exception):
    """Nothing was written: the conditions of these writes beside the lead did not hold, each with the item found."""

    def __init__(self, failed: Mapping[int, Item | None]) -> None:
        super().__init__(f"beside the lead: {sorted(failed)}")
        self.failed = failed


class Abandoned(Exception):
    """The lead took so long to arrive that the sweep has given it up, and its log key with it."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission.lead)
        self.submission = submission


@dataclass(frozen=True, slots=True)
class Offered:
    """A lead on its way in. contacts: the keys of its phones and e-mails. first: what makes its head and what happened
    to it. claims: of the lead under its record type's rule. is_refused: where it is a duplicate.
    """

    submission: Submission
    brought_by: str
    rule: Dedupe
    on_duplicate: OnDuplicate
    claims: Sequence[Key]
    contacts: Sequence[str]
    first: Callable[[Submission], tuple[Write, list[Write]]]
    fills_only: bool = False
    is_refused: bool = False


def claims_of(store: Store, submission: Submission, company: Company) -> list[Key]:
    """What a lead claims under its record type's rule; nothing where it has none, or a rep has brought it."""
    record_type = company.record_type(submission.record_type)
    if record_type.dedupe is None or submission.is_owned:
        return []
    values = {**submission.values, "source": submission.source}
    found = claims(values, submission.fields, record_type.dedupe.rules, record_type)
    return dedupe.claim_keys(store.hash_key, submission.record_type, found)


def take_in(
    store: Store, offered: Offered, now: datetime, beside: Beside | None = None
) -> Made | Merged | Repeated:
    """beside: what is written with the lead, or with the receipt, or not at all; then nothing is written before.

    Raises NotBeside when that cannot be, Duplicate when the lead is refused as one, and Abandoned when its place in the
    log is given up.
    """
    if beside is None:
        rows = _found_by(offered)
        store.table.run_parallel(*(lambda each=each: store.table.write(each) for each in rows))
    attempts = store.table.attempts()
    while True:
        found = _once(store, offered, now, beside)
        if found is not None:
            return found
        attempts.again(first_at_once=True)


def _found_by(offered: Offered) -> list[Write]:
    return [contacts.lead_of(each, offered.submission.lead) for each in offered.contacts]


def _once(
    store: Store, offered: Offered, now: datetime, beside: Beside | None
) -> Made | Merged | Repeated | None:
    """None when what a winner claimed has moved meanwhile."""
    submission, rule = offered.submission, offered.rule
    by = Claimant(submission.lead, submission.key[0], offered.brought_by)
    winners: dict[str, Claimant] = {}
    lost: set[Key] = set()
    also = beside.with_lead() if beside is not None else []
    while True:
        free = [each for each in offered.claims if each not in lost]
        told = (each.lead for each in winners.values() if each.brought_by == offered.brought_by)
        linked = replace(submission, linked_to=tuple(winners), links_told=tuple(told))
        head, happened = offered.first(linked)
        taken = [dedupe.take(each, by, now, rule.within, now) for each in free]
        own = [head, linked.put_new(), *taken, *happened, *(_found_by(offered) if beside is not None else [])]
        try:
            store.table.transact([*own, *also])
        except ConditionFailed as refused:
            failed = refused.failed
        else:
            return Made(linked)
        if (there := failed.get(0)) is not None:
            return Repeated(there)
        if 1 in failed:
            raise Abandoned(submission)
        others = {
            key: dedupe.claimant(item)
            for at, key in enumerate(free, 2)
            if (item := failed.get(at)) is not None
        }
        if not others:
            raise NotBeside({at - len(own): item for at, item in failed.items()})
        if offered.is_refused:
            raise Duplicate
        lost |= others.keys()
        winners |= {each.lead: each for each in others.values()}
        if len(winners) == 1 and offered.on_duplicate == "merge":
            return _receive(store, offered, next(iter(winners.values())), lost, now, beside)


def _receive(
    store: Store,
    offered: Offered,
    winner: Claimant,
    lost: set[Key],
    now: datetime,
    beside: Beside | None,
) -> Merged | Repeated | None:
    submission = offered.submission
    receipt = Receipt(
        submission=replace(submission, key=(winner.intake, submission.key[1])),
        of=winner.lead,
        owner=submission.key[0],
        brought_by=offered.brought_by,
        told=winner.lead if winner.brought_by == offered.brought_by else submission.lead,
        gained=() if offered.fills_only else tuple(each for each in offered.claims if each not in lost),
        fills_only=offered.fills_only,
        caps=beside.caps if beside is not None and beside.counts else None,
    )
    heard_of = [each for each in offered.claims if each in (*lost, *receipt.gained)]
    claimed = [dedupe.take(each, winner, now, offered.rule.within, now) for each in heard_of]
    always, counts = (beside.always, len(beside.counts)) if beside is not None else ((), 0)
    gone = [] if beside is not None else [contacts.no_lead_of(each, receipt.id) for each in offered.contacts]
    own = [receipts.mark(receipt, now), receipt.put_new(now), *claimed, *gone]
    try:
        store.table.transact([*own, *always])
    except ConditionFailed as refused:
        failed = refused.failed
    else:
        return Merged(receipt.told)
    if (there := failed.get(0)) is not None:
        return Repeated(there)
    if 1 in failed:
        raise Abandoned(submission)
    if min(failed) >= len(own):
        raise NotBeside({at - len(own) + counts: item for at, item in failed.items()})
    return None


def repeated(store: Store, lead: str, found_by: Sequence[str], mark: Item) -> Item | None:
    """A receipt has come again: its entry in the log, while that is kept. It leaves no trace where leads are found."""
    with suppress(ConditionFailed):  # it is a lead by now
        store.table.transact([receipts.still(lead), *(contacts.no_lead_of(each, lead) for each in found_by)])
    return store.table.get(receipts.entry_of(mark))
