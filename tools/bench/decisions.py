"""How fast the rules decide, without any storage: one push decision, and the criteria of many strategies."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.criteria import Criterion, all_hold, evaluate
from routing.domain.leads import CustomField, Lead, RecordType
from routing.domain.presence import Presence
from routing.domain.rotation import initial
from routing.domain.strategies import PushStrategy, Recipient

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
RECIPIENTS = (5, 50, 500)
STRATEGIES = 200
_SECONDS = 1.0
_RECORD_TYPE = RecordType("lead", "Lead", (CustomField("loan_amount", "number"),))
_LEAD = Lead(
    "L1",
    "lead",
    "corporate",
    NOW,
    values={"channel": "web", "state": "CO", "source": "web-form", "postal_code": "80202"},
    fields={"loan_amount": 325_000},
)
_CRITERIA = (
    Criterion("channel", "equals", "web"),
    Criterion("state", "in", ["CO", "UT", "TX", "AZ", "WA", "CA", "IL", "MA", "GA", "NM"]),
    Criterion("fields.loan_amount", "between", [100_000, 750_000]),
    Criterion("created_at", "within_last", "PT24H"),
    Criterion("postal_code", "starts_with", "80"),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """How often something was done in a second; relative: its time as a multiple of the first row's."""

    what: str
    per_second: float
    relative: float


def speeds() -> list[Speed]:
    """A push decision at each number of recipients, then all criteria of 200 strategies on one lead."""
    timed = [(f"push decision, {size} recipients", _per_second(_decision(size))) for size in RECIPIENTS]
    timed.append(
        (f"criteria of {STRATEGIES} strategies x {len(_CRITERIA)}, one lead", _per_second(_criteria()))
    )
    first = timed[0][1]
    return [Speed(what, rate, first / rate) for what, rate in timed]


def _decision(size: int) -> Callable[[], object]:
    users = [f"user-{at:03d}" for at in range(size)]
    strategy = PushStrategy(
        "web",
        "Web",
        "lead",
        "corporate",
        tuple(Recipient(each) for each in users),
        date(2026, 3, 2),
        criteria=_CRITERIA,
    )
    company = Company(
        accounts={
            "corporate": Account("corporate", "corporate", "Corporate"),
            **{each: Account(each, "user", each, "corporate", role="rep") for each in users},
        },
        record_types={"lead": _RECORD_TYPE},
        push_strategies={"web": strategy},
    )
    states = {"web": initial(size, 1)}
    presence = {each: Presence() for each in users}
    decision, _ = push.decide(_LEAD, company, states, presence, NOW)
    if decision.outcome != "assigned":
        raise RuntimeError(f"The decision that is timed came out as {decision.outcome}")
    return lambda: push.decide(_LEAD, company, states, presence, NOW)


def _criteria() -> Callable[[], object]:
    def every_strategy() -> int:
        return sum(all_hold(evaluate(_CRITERIA, _LEAD, _RECORD_TYPE, NOW)) for _ in range(STRATEGIES))

    if every_strategy() != STRATEGIES:
        raise RuntimeError("The criteria that are timed did not all hold")
    return every_strategy


def _per_second(call: Callable[[], object]) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < _SECONDS:
        call()
        done += 1
    return done / took
