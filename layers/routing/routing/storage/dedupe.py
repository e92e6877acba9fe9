"""Claims: under a record type, which lead stands for a person, by each rule and value that tell one.

A claim lapses by itself when nothing of the person has come for as long as the record type looks back; then whoever
comes next takes it over. That is decided by the condition of each write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.dedupe import Claim
from routing.storage import keys
from routing.storage.table import Item, Key, Write

KEPT_LONGER = timedelta(days=1)
"""TTL deletes what has lapsed for so long; whether it has is asked in the conditions."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A lead that stands for a person. intake: in whose log it stands. brought_by: the source, and who of it."""

    lead: str
    intake: str
    brought_by: str


def claim_keys(hash_key: str, record_type: str, claims: Iterable[Claim]) -> list[Key]:
    return [keys.dedupe(hash_key, record_type, each) for each in claims]


def claimant(item: Item) -> Claimant:
    return Claimant(item["lead"], item["intake"], item["brought_by"])


def stands(item: Item | None, since: datetime) -> bool:
    """Whether a claim as read has not lapsed. since: the beginning of the look-back."""
    return item is not None and int(item["last_receipt"]) >= keys.millis(since)


def take(
    key: Key, by: Claimant, at: datetime, within: timedelta, now: datetime, former: Sequence[str] = ()
) -> Write:
    """Claim it from a receipt at `at` on, if nobody does, the claim has lapsed, or it is the lead's already.

    former: leads that it is taken over from.
    """
    leads = (by.lead, *former)
    names = [f":lead{at}" for at in range(len(leads))]
    return Write(
        "Put",
        item=_item(key, by, at, within),
        condition=f"attribute_not_exists(PK) OR last_receipt < :since OR #lead IN ({', '.join(names)})",
        names={"#lead": "lead"},
        values={":since": keys.millis(now - within), **dict(zip(names, leads, strict=True))},
    )


def take_found(key: Key, by: Claimant, at: datetime, within: timedelta, now: datetime) -> Write:
    """Claim it for a lead that was there, last heard of at `at`: of several such the one that was heard of last.

    What was won by a post, or moved by one, is left.
    """
    return Write(
        "Put",
        item={**_item(key, by, at, within), "by_job": True},
        condition="attribute_not_exists(PK) OR last_receipt < :since OR (by_job = :true AND last_receipt < :at)",
        values={":since": keys.millis(now - within), ":true": True, ":at": keys.millis(at)},
    )


def give_back(key: Key, lead: str) -> Write:
    """The lead claims it no more, if it does."""
    return Write(
        "Delete",
        key=key,
        condition="attribute_not_exists(PK) OR #lead = :lead",
        names={"#lead": "lead"},
        values={":lead": lead},
    )


def _item(key: Key, by: Claimant, at: datetime, within: timedelta) -> Mapping[str, object]:
    return {
        "PK": key.pk,
        "SK": key.sk,
        "lead": by.lead,
        "intake": by.intake,
        "brought_by": by.brought_by,
        "last_receipt": keys.millis(at),
        "expires": int((at + within + KEPT_LONGER).timestamp()),
    }
