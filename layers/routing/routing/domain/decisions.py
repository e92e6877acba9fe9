"""Decisions as JSON: the form that the timeline, `explain` and a pull's answer show."""

from typing import Any

from routing.domain.criteria import AnyResult, CriterionResult, Result
from routing.domain.pull import Filing
from routing.domain.push import PushDecision, StrategyResult


def _result(result: Result) -> dict[str, Any]:
    if isinstance(result, AnyResult):
        return {"any": [_criterion(each) for each in result.results], "held": result.held}
    return _criterion(result)


def _criterion(result: CriterionResult) -> dict[str, Any]:
    return {
        "field": result.field,
        "operator": result.operator,
        "value": result.value,
        "held": result.held,
        "reason": result.reason,
    }


def _push_strategy(result: StrategyResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "version": result.version,
        "matched": result.matched,
        "criteria": [_result(each) for each in result.criteria],
        "recipients": [
            {
                "account": each.account,
                "eligible": each.eligible,
                "reason": each.reason,
                "hour": each.hour,
                "day": each.day,
                "interval": each.interval,
                **({"next": push_json(each.next)} if each.next else {}),
            }
            for each in result.recipients
        ],
    }


def push_json(decision: PushDecision) -> dict[str, Any]:
    """A push decision, hop within hop."""
    return {
        "outcome": decision.outcome,
        "account": decision.account,
        "strategy": decision.strategy,
        "strategies": [_push_strategy(each) for each in decision.strategies],
        "next": push_json(decision.next) if decision.next else None,
    }


def filing_json(filing: Filing, available_at: str | None) -> dict[str, Any]:
    """A filing for pull."""
    return {
        "filed": filing.filed,
        "strategies": [
            {"id": each.id, "matched": each.matched, "criteria": [_result(one) for one in each.criteria]}
            for each in filing.strategies
        ],
        "rank": filing.rank,
        "calling_class": filing.calling_class,
        "available_at": available_at if filing.filed else None,
        "reason": filing.reason,
    }


def why_held(decision: PushDecision) -> str:
    """The reasons of a held lead without their counts, so that a repeat of the same reasons can be told."""
    parts = []
    for strategy in decision.strategies:
        if strategy.matched:
            inner = ",".join(
                f"{each.account}={each.reason}" + (f"({why_held(each.next)})" if each.next else "")
                for each in strategy.recipients
            )
            parts.append(f"{strategy.id}@{strategy.version}:{inner}")
    return ";".join(parts)
