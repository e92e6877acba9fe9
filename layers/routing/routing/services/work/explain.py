"""What would happen to a lead: the very functions that decide, without a write."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Company, Source
from routing.domain.decisions import filing_json, push_json
from routing.domain.drafts import NO_DRAFT, Draft
from routing.domain.heads import Head
from routing.domain.intake import ParsedLead
from routing.domain.intervals import whole_second
from routing.domain.leads import Lead
from routing.domain.pull import ANY_HOURS, next_lent, serving_strategy
from routing.domain.what_if import fate
from routing.services.core import views
from routing.services.core.disclosure import filing_for, is_in_charge, push_for
from routing.services.core.store import Store
from routing.services.push.route import read
from routing.storage.leads import Submission, lead_of


@dataclass(frozen=True, slots=True)
class Supposed:
    """A lead as rules would look at it. available_at: not pulled before. last_holder: who is not to get it again."""

    lead: Lead
    available_at: datetime
    last_holder: str | None = None


def made_up(source: Source, found: ParsedLead, at: datetime) -> Lead:
    """The lead that rules would look at, if this came from the source at `at`."""
    return Lead(
        "explained",
        source.record_type,
        source.owner,
        at,
        values={**found.values, "source": source.id},
        fields=found.fields,
    )


def of_source(source: Source, found: ParsedLead, at: datetime) -> Supposed:
    """As if this came from the source at `at`."""
    available = whole_second(at + timedelta(minutes=found.pull_delay_minutes or 0))
    return Supposed(made_up(source, found, at), available)


def as_it_stands(head: Head, submission: Submission, at: datetime) -> Supposed:
    """A lead of the company's as if it stood, at `at`, with the account that it came in at; a held one where it is."""
    is_held = head.standing == "held"
    owner = head.owner if is_held else submission.key[0]
    lead = replace(lead_of(head, submission, at), owner=owner, status="new")
    available = max(submission.available_at or at, at)
    return Supposed(lead, whole_second(available), head.last_holder if is_held else None)


def explain(
    store: Store,
    supposed: Supposed,
    as_user: str | None,
    at: datetime,
    asker: Account | None = None,
    draft: Draft = NO_DRAFT,
) -> dict[str, Any]:
    """What would happen to a lead at `at`; nothing is written, counted or moved.

    asker: who is told; of strategies that are not in their charge only where the lead went. None is told all.
    draft: strategies as they are not yet.
    """
    lead = supposed.lead

    def needs(held: Company) -> push.Needs:
        return push.needs(lead, draft.applied(held), at)

    held, state_by_id, presence = read(store, needs)
    company = draft.applied(held)
    found = fate(lead, company, draft.states(state_by_id), presence, at, supposed.last_holder)
    filing, owner = found.filing, found.owner
    serving = serving_strategy(filing.matched, as_user, owner, company) if as_user is not None else None
    best = company.pull_strategies.get(filing.matched[0]) if filing.matched else None
    hours = None if filing.group == ANY_HOURS else filing.calling_class
    available = supposed.available_at
    available = next_lent(hours, best, owner, company, available) or available
    filed = filing_json(filing, views.time(available))
    if found.is_held:
        filed |= {"filed": False, "available_at": None, "reason": "held"}
    if as_user is not None:
        filed["serving_strategy"] = serving.id if serving and filed["filed"] else None
    decision = push_json(found.decision)
    if asker is None:
        return {"push": decision, "pull": filed}
    if serving is not None and not is_in_charge(asker, serving.id, company):
        filed["serving_strategy"] = None
    return {
        "push": push_for(asker, decision, lead.owner, company),
        "pull": filing_for(asker, filed, company),
    }
