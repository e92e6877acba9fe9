"""What of a decision somebody is told: everything for an admin, for others what lies in their charge.

Of other strategies they are told only where the lead went: criteria, counts and recipients are others' business.
"""

from collections.abc import Mapping
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.services.core.access import oversees

Json = Mapping[str, Any]


def event_for(asker: Account, event: Json, company: Company) -> dict[str, Any]:
    """An entry of a timeline, with its decision, its filing or its pull as the asker may know them."""
    told = dict(event)
    if asker.role == "admin":
        return told
    if event["event"] == "pulled":
        told |= _pull_for(asker, event, company)
    if "decision" in event:
        told["decision"] = push_for(asker, event["decision"], event.get("from"), company)
    if "filing" in event:
        told["filing"] = filing_for(asker, event["filing"], company)
    return told


def push_for(asker: Account, decision: Json, account: str | None, company: Company) -> dict[str, Any]:
    """A push decision, hop by hop; `account` is where its first hop starts, None where nobody knows."""
    following = decision["next"]
    if following is not None:
        following = push_for(asker, following, decision["account"], company)
    if asker.role == "admin" or (account is not None and oversees(asker, account, company)):
        return {**decision, "next": following}
    is_to_asker = decision["account"] == asker.id
    return {
        "outcome": decision["outcome"],
        "account": decision["account"],
        "strategy": decision["strategy"] if is_to_asker else None,
        "strategies": [],
        "next": following,
    }


def filing_for(asker: Account, filing: Json, company: Company) -> dict[str, Any]:
    """A filing for pull. Its rank is the best strategy's, so it goes with that."""
    if asker.role == "admin":
        return dict(filing)
    shown = [each for each in filing["strategies"] if is_in_charge(asker, each["id"], company)]
    best = next((each for each in filing["strategies"] if each["matched"]), None)
    told = {name: value for name, value in filing.items() if name != "strategies_more"}
    return {**told, "strategies": shown, "rank": filing["rank"] if best is None or best in shown else None}


def _pull_for(asker: Account, event: Json, company: Company) -> dict[str, Any]:
    """By which strategy a lead was pulled, for who pulled it and who has that in charge; of others only theirs."""
    strategy, reason = event["strategy"], event["reason"]
    theirs = [each for each in reason["matched"] if is_in_charge(asker, each, company)]
    if event["holder"] == asker.id or strategy is None or is_in_charge(asker, strategy, company):
        matched = [each for each in reason["matched"] if each == strategy or each in theirs]
        return {"reason": {**reason, "matched": matched}}
    return {"strategy": None, "reason": {**reason, "strategy": None, "priority": None, "matched": theirs}}


def is_in_charge(asker: Account, strategy: str, company: Company) -> bool:
    """Whether the pull strategy of this id distributes from an account in the asker's charge."""
    found = company.pull_strategies.get(strategy)
    return found is not None and oversees(asker, found.distributed_from, company)
