"""Leads that cost money: what a source's leads have to be, and how many are taken, so that they are leads at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain import acceptance
from routing.domain.acceptance import MAGIC, Acceptance, Reason, Verdict
from routing.domain.company import Company
from routing.domain.decisions import criteria_json
from routing.domain.intake import ParsedLead, keyed
from routing.domain.reading.text import text_of
from routing.services.core.idempotency import Answer, Once
from routing.services.core.store import Store
from routing.services.intake import posts
from routing.services.intake.duplicates import Beside
from routing.services.intake.ingest import Prevented, Refused, ingest
from routing.services.intake.offers import Offer, is_suppressed, lead_id, refuses_duplicates, warned
from routing.services.work.explain import explain, made_up, of_source
from routing.storage import keys, spending
from routing.storage.table import ConditionFailed, Item, Write


@dataclass(frozen=True, slots=True)
class _Judged:
    """A verdict, and what counts the lead."""

    verdict: Verdict
    counts: tuple[Write, ...]


def _judge(offer: Offer, found: ParsedLead, company: Company, now: datetime) -> _Judged:
    source = offer.source
    verdict = acceptance.judge(
        source.acceptance or Acceptance(),
        made_up(source, found, now),
        company.record_type(source.record_type),
        is_suppressed(offer, found),
        now,
        company.tree.timezone(source.owner),
    )
    counts = (spending.count(source.id, each, verdict.cost, now) for each in verdict.allowances)
    return _Judged(verdict, tuple(counts))


def take_in(
    store: Store,
    offer: Offer,
    found: ParsedLead,
    company: Company,
    now: datetime,
    once: Once | None,
    recorded: Item | None,
) -> Answer:
    """Take a source's lead in, or refuse it: 200 `refused`, with the reason, and the post is kept.

    What was taken once is answered as a repeat, whatever is wanted by now. The counts of its caps are written in the
    transaction that makes the lead, so none is passed, and none counts what was not made.
    """
    given = once.answered(recorded, now) if once is not None else None
    if offer.source.acceptance is None or given is not None:
        return ingest(store, offer, found, now, once, recorded)
    judged = _judge(offer, found, company, now)
    reason = judged.verdict.reason
    if reason is None or _is_there(store, offer):
        try:
            at_once = judged.counts or (found.dedupe is not None and refuses_duplicates(offer))
            beside = Beside(judged.counts) if at_once else None
            return ingest(store, offer, found, now, once, recorded, beside)
        except Refused as refused:
            reason = refused.reason
        except Prevented as full:
            reason = _why(full, judged.verdict)
    return _refuse(store, offer, found, judged.verdict, reason, company, now, once)


def _is_there(store: Store, offer: Offer) -> bool:
    """Whether the lead of this external id was taken before."""
    if keyed(offer.said).get("external_id") is None:
        return False
    return store.table.get(keys.head(lead_id(store, offer))) is not None


def _why(full: Prevented, verdict: Verdict) -> Reason:
    reasons = (spending.full(item, verdict.allowances[at], verdict.cost) for at, item in full.failed.items())
    return _worst(reasons) or "over_cap"


def _worst(reasons: Iterable[Reason | None]) -> Reason | None:
    """Of what several periods say: the number of leads before money."""
    return min(
        (each for each in reasons if each is not None), key=lambda each: each != "over_cap", default=None
    )


def _refuse(
    store: Store,
    offer: Offer,
    found: ParsedLead,
    verdict: Verdict,
    reason: Reason,
    company: Company,
    now: datetime,
    once: Once | None,
) -> Answer:
    answer = Answer(200, {"status": "refused", "reason": reason})
    record = [once.record(answer, now)] if once is not None else []
    try:
        posts.keep(store, offer.as_counts, "refused", reason, _missed(verdict), company, now, record)
    except ConditionFailed as twin:  # the same request, come twice at once
        return ingest(store, offer, found, now, once, twin.failed.get(1))
    return answer


def _missed(verdict: Verdict) -> list[dict[str, str]]:
    """Which criteria did not hold, in the words of a warning."""
    missed = []
    for entry, result in zip(criteria_json(verdict.criteria), verdict.criteria, strict=True):
        if not result.held:
            each = entry["any"][0] if "any" in entry else entry
            message = f"{each['operator']}: {each['reason']}" + (
                ", nor does any other" if "any" in entry else ""
            )
            missed.append({"field": each["field"], "code": "not_accepted", "message": message})
    return missed


def tried(store: Store, offer: Offer, found: ParsedLead, company: Company, now: datetime) -> Answer:
    """What the lead would be answered, for a test key: all is checked and explained, nothing written or counted."""
    judged = _judge(offer, found, company, now)
    magic = text_of(keyed(offer.body).get("postal_code"))
    accepts = offer.source.acceptance
    is_duplicate = False
    if magic is not None and magic.strip() in MAGIC:
        reason = MAGIC[magic.strip()]
        if reason == "duplicate" and (accepts is None or not accepts.refuse_duplicates):
            reason, is_duplicate = None, True
    else:
        reason = _expected(store, offer, judged)
    explained: dict[str, Any] = {"criteria": criteria_json(judged.verdict.criteria)} if accepts else {}
    if reason is not None:
        refused = {"status": "refused", "reason": reason, "test": True, "explanation": explained}
        return Answer(200, refused)
    return Answer(
        200 if is_duplicate else 201,
        {
            "lead_id": "test",
            "status": "closed" if is_suppressed(offer, found) else "new",
            "duplicate": is_duplicate,
            "warnings": warned(found),
            "test": True,
            "explanation": explain(store, of_source(offer.source, found, now), None, now) | explained,
        },
        costs=(found.values.get("cost"),),
    )


def expected(store: Store, offer: Offer, found: ParsedLead, company: Company, now: datetime) -> Reason | None:
    """Why the lead would be refused, by what has been counted so far; nothing is written or counted."""
    return _expected(store, offer, _judge(offer, found, company, now))


def _expected(store: Store, offer: Offer, judged: _Judged) -> Reason | None:
    if offer.source.acceptance is None:
        return None
    return judged.verdict.reason or _full(store, offer, judged.verdict)


def _full(store: Store, offer: Offer, verdict: Verdict) -> Reason | None:
    """Why the lead would pass a cap, by what has been counted so far."""
    places = [spending.key(offer.source.id, each) for each in verdict.allowances]
    items = store.table.get_many(places)
    reasons = [
        each.full(*spending.taken(items.get(place)), verdict.cost)
        for each, place in zip(verdict.allowances, places, strict=True)
    ]
    return _worst(reasons)
