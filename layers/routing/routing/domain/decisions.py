"""Decisions as JSON: the form that the timeline, `explain` and a pull's answer show.

A decision is said in full while it is short. A larger one says less of what matters less, step by step, until it fits:
whatever the size of the set-up, it can be stored and answered. What is left out is counted.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from routing.domain.criteria import AnyResult, CriterionResult, Result
from routing.domain.pull import Filing, PullMatch
from routing.domain.push import PushDecision, RecipientResult, StrategyResult

IN_FULL = 32 * 1024
"""Bytes of JSON up to which everything is said."""
MOST = 150 * 1024
"""Bytes of a whole push decision."""
MOST_OF_FILING = 50 * 1024
FIRST = 20
LONG_VALUE = 1000
"""Characters of a criterion's value; a longer one is not copied."""
LEAST_PART = 80
"""Characters that a recipient or a strategy takes at the least."""

Json = dict[str, Any]
_Tried = TypeVar("_Tried", StrategyResult, PullMatch)


@dataclass(frozen=True, slots=True)
class _Detail:
    """How many of each are named, None for all. branches: what is said of branches that have nobody for the lead."""

    recipients: int | None = None
    criteria: int | None = None
    strategies: int | None = None
    branches: Literal["as_here", "counts", "left_out"] = "as_here"

    @property
    def within(self) -> "_Detail":
        """How branches are said."""
        return _SUMMARY if self.branches == "counts" else self


_SUMMARY = _Detail(recipients=0, criteria=0, branches="left_out")
_LAST = _Detail(recipients=0, criteria=0, strategies=1, branches="left_out")
_STEPS = (
    _Detail(recipients=FIRST),
    _Detail(recipients=FIRST, criteria=FIRST, branches="counts"),
    _Detail(recipients=FIRST, criteria=5, strategies=50, branches="left_out"),
    _Detail(recipients=FIRST, criteria=1, strategies=FIRST, branches="left_out"),
)


def push_json(decision: PushDecision) -> Json:
    """A push decision, hop within hop, of at most MOST bytes.

    Where something is left out: `recipients_more` counts the other recipients by reason, `strategies_more` the other
    strategies by whether they matched, `criteria_more` and `any_more` the other criteria, `value_more` the other
    values of a list.
    """
    return _fitting(lambda detail: _push(decision, detail), MOST, lambda detail: _parts(decision, detail))


def filing_json(filing: Filing, available_at: str | None) -> Json:
    """A filing for pull, of at most MOST_OF_FILING bytes; it leaves out as a push decision does."""

    def shown(detail: _Detail) -> Json:
        kept, more = _strategies(filing.strategies, detail.strategies, next(iter(filing.matched), None))
        return {
            "filed": filing.filed,
            "strategies": [
                {"id": each.id, "matched": each.matched, **_criteria(each.criteria, each.matched, detail)}
                for each in kept
            ],
            **more,
            "rank": filing.rank,
            "calling_class": filing.calling_class,
            "available_at": available_at if filing.filed else None,
            "reason": filing.reason,
        }

    return _fitting(shown, MOST_OF_FILING, lambda _: 0)


def _fitting(shown: Callable[[_Detail], Json], most: int, parts: Callable[[_Detail], int]) -> Json:
    """The fullest form that fits. parts: how many a form has, so that none is made that cannot fit."""
    for detail, limit in ((_Detail(), IN_FULL), *((each, most) for each in _STEPS)):
        if parts(detail) * LEAST_PART <= limit:
            found = shown(detail)
            if len(json.dumps(found)) <= limit:
                return found
    return shown(_LAST)


def _parts(decision: PushDecision, detail: _Detail) -> int:
    """How many strategies and recipients this form names at the least."""
    number = 0
    for strategy in decision.strategies[: detail.strategies]:
        named = strategy.recipients[: detail.recipients]
        number += 1 + len(named)
        if detail.branches != "left_out":
            number += sum(_parts(each.next, detail.within) for each in named if each.next)
    return number + (_parts(decision.next, detail) if decision.next else 0)


def _push(decision: PushDecision, detail: _Detail) -> Json:
    kept, more = _strategies(decision.strategies, detail.strategies, decision.strategy)
    return {
        "outcome": decision.outcome,
        "account": decision.account,
        "strategy": decision.strategy,
        "strategies": [
            _push_strategy(each, decision.account if each.id == decision.strategy else None, detail)
            for each in kept
        ],
        **more,
        "next": _push(decision.next, detail) if decision.next else None,
    }


def _strategies(results: Sequence[_Tried], most: int | None, chosen: str | None) -> tuple[list[_Tried], Json]:
    """The first of them and the chosen one; and how many others there are."""
    kept = [each for at, each in enumerate(results) if most is None or at < most or each.id == chosen]
    if len(kept) == len(results):
        return kept, {}
    left = Counter(each.matched for each in results)
    left.subtract(each.matched for each in kept)
    return kept, {"strategies_more": {"matched": left[True], "not_matched": left[False]}}


def _push_strategy(result: StrategyResult, chosen: str | None, detail: _Detail) -> Json:
    kept = [
        each
        for at, each in enumerate(result.recipients)
        if detail.recipients is None or at < detail.recipients or each.account == chosen
    ]
    found = {
        "id": result.id,
        "version": result.version,
        "matched": result.matched,
        **_criteria(result.criteria, result.matched, detail),
        "recipients": [_recipient(each, detail) for each in kept],
    }
    if result.is_make_up:
        found["make_up"] = True
    if len(kept) < len(result.recipients):
        left = Counter(each.reason for each in result.recipients)
        left.subtract(each.reason for each in kept)
        found["recipients_more"] = {reason: number for reason, number in left.items() if number}
    return found


def _recipient(result: RecipientResult, detail: _Detail) -> Json:
    found: Json = {
        "account": result.account,
        "eligible": result.eligible,
        "reason": result.reason,
        "hour": result.hour,
        "day": result.day,
        "interval": result.interval,
    }
    if result.turns != result.interval:
        found["turns"] = result.turns
    if result.owed:
        found["owed"] = result.owed
    if result.next and detail.branches != "left_out":
        found["next"] = _push(result.next, detail.within)
    return found


def _criteria(results: Sequence[Result], matched: bool, detail: _Detail) -> Json:
    """Of a strategy that does not match, what failed goes first."""
    if detail.criteria is None or len(results) <= detail.criteria:
        return {"criteria": [_result(each, detail) for each in results]}
    telling = results if matched else sorted(results, key=lambda each: each.held)
    kept = telling[: detail.criteria]
    return {"criteria": [_result(each, detail) for each in kept], "criteria_more": len(results) - len(kept)}


def criteria_json(results: Sequence[Result]) -> list[Json]:
    """Every criterion, what became of it, and why."""
    return [_result(each, _Detail()) for each in results]


def _result(result: Result, detail: _Detail) -> Json:
    if not isinstance(result, AnyResult):
        return _criterion(result)
    within = sorted(result.results, key=lambda each: not each.held) if detail.criteria else result.results
    kept = within[: detail.criteria]
    more = len(within) - len(kept)
    return {
        "any": [_criterion(each) for each in kept],
        **({"any_more": more} if more else {}),
        "held": result.held,
    }


def _criterion(result: CriterionResult) -> Json:
    return {
        "field": result.field,
        "operator": result.operator,
        **_value(result),
        "held": result.held,
        "reason": result.reason,
    }


def _value(result: CriterionResult) -> Json:
    """The criterion's value; of a long list only the one that the lead has, and how many others there are."""
    value = result.value
    if isinstance(value, list):
        if sum(_lengths(value)) <= LONG_VALUE:
            return {"value": value}
        kept = [] if result.member is None else [_short(result.member)]
        return {"value": kept, "value_more": len(value) - len(kept)}
    return {"value": _short(value)}


def _lengths(values: Sequence[object]) -> Iterator[int]:
    """Of the values as JSON, about; of very many only the first, which are long enough."""
    return (len(str(each)) + 4 for each in values[:LONG_VALUE])


def _short(value: object) -> object:
    return f"{value[:LONG_VALUE]}…" if isinstance(value, str) and len(value) > LONG_VALUE else value
