"""What would become of a lead, push and pull together, in a company as it is or as a draft would make it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain import push
from routing.domain.company import Company
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.pull import Filing, file
from routing.domain.push import PushDecision
from routing.domain.strategy_state import StrategyState


@dataclass(frozen=True, slots=True)
class Fate:
    """owner: where the lead comes to rest. is_held: it waits there for push. states: those that it changes."""

    decision: PushDecision
    filing: Filing
    owner: str
    is_held: bool
    states: Mapping[str, StrategyState]


def fate(
    lead: Lead,
    company: Company,
    states: push.States,
    presence: Mapping[str, Presence],
    now: datetime,
    last_holder: str | None = None,
) -> Fate:
    """What push makes of a new lead, and pull of what push leaves.

    last_holder: who had it last gets it again only when neither push nor pull would bring it to anybody else.
    """
    decision, changed = push.decide(lead, company, states, presence, now, last_holder)
    found = _fate(lead, decision, changed, company, now)
    if last_holder is None or not found.is_held:
        return found
    if found.filing.filed:
        return replace(found, is_held=False)
    return _fate(lead, *push.decide(lead, company, states, presence, now), company, now)


def _fate(
    lead: Lead,
    decision: PushDecision,
    changed: Mapping[str, StrategyState],
    company: Company,
    now: datetime,
) -> Fate:
    owner = decision.final_account or lead.owner
    filing = file(replace(lead, owner=owner), company, now)
    return Fate(decision, filing, owner, decision.last.outcome == "held", changed)
