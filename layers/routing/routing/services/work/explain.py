"""What would happen to a lead that does not exist: the very functions that decide, without a write."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Source
from routing.domain.decisions import filing_json, push_json
from routing.domain.intake import ParsedLead
from routing.domain.intervals import whole_second
from routing.domain.leads import Lead
from routing.domain.pull import ANY_HOURS, file, next_lent, serving_strategy
from routing.services.core import views
from routing.services.core.disclosure import filing_for, is_in_charge, push_for
from routing.services.core.store import Store
from routing.services.push.route import read


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


def explain(
    store: Store,
    source: Source,
    found: ParsedLead,
    as_user: str | None,
    at: datetime,
    asker: Account | None = None,
) -> dict[str, Any]:
    """What would happen to a lead at `at`; nothing is written, counted or moved.

    asker: who is told; of strategies that are not in their charge only where the lead went. None is told all.
    """
    lead = made_up(source, found, at)
    company, state_by_id, presence = read(store, lambda held: push.needs(lead, held, at))
    decision, _ = push.decide(lead, company, state_by_id, presence, at)
    owner = decision.final_account or source.owner
    filing = file(replace(lead, owner=owner), company, at)
    serving = serving_strategy(filing.matched, as_user, owner, company) if as_user is not None else None
    available = whole_second(at + timedelta(minutes=found.pull_delay_minutes or 0))
    best = company.pull_strategies.get(filing.matched[0]) if filing.matched else None
    hours = None if filing.group == ANY_HOURS else filing.calling_class
    available = next_lent(hours, best, owner, company, available) or available
    filed = filing_json(filing, views.time(available))
    if decision.outcome == "held":
        filed |= {"filed": False, "available_at": None, "reason": "held"}
    if as_user is not None:
        filed["serving_strategy"] = serving.id if serving and filed["filed"] else None
    if asker is None:
        return {"push": push_json(decision), "pull": filed}
    if serving is not None and not is_in_charge(asker, serving.id, company):
        filed["serving_strategy"] = None
    return {
        "push": push_for(asker, push_json(decision), source.owner, company),
        "pull": filing_for(asker, filed, company),
    }
