"""How fast the rules decide, without any storage, and how that grows with recipients and with strategies."""

import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bench import matching
from bench.matching import LEADS, NOW, RECORD_TYPE
from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.criteria import Criterion
from routing.domain.presence import Presence
from routing.domain.strategies import Method, PushStrategy, Recipient
from routing.domain.strategy_state import StrategyState

RECIPIENTS = (5, 10, 20, 50, 100, 200, 500)
STRATEGIES = (10, 50, 200, 1000)
METHODS: tuple[Method, ...] = ("round_robin", "weighted")
_SECONDS = 0.75
_CRITERIA = (
    Criterion("fields.loan_amount", "between", [1, 900_000]),
    Criterion("state", "not_in", ["PR", "GU", "VI", "AS", "MP"]),
    Criterion("channel", "in", ["web", "call", "chat", "mail"]),
    Criterion("created_at", "within_last", "PT72H"),
    Criterion("campaign", "is_not_empty"),
)
"""Every lead that is made up here meets these."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Decisions a second and core, of this method, over so many recipients and strategies."""

    method: Method
    recipients: int
    strategies: int
    per_second: float


def by_recipients() -> list[Speed]:
    """One strategy, whose criteria each lead meets, with ever more recipients who may all have the next lead."""
    return [
        Speed(method, size, 1, _per_second(_decisions(_one_strategy(method, size))))
        for method in METHODS
        for size in RECIPIENTS
    ]


def by_strategies() -> list[Speed]:
    """Ever more strategies of five recipients, most of which a lead does not match."""
    return [
        Speed(method, 5, size, _per_second(_decisions(matching.company(size, weighted=method == "weighted"))))
        for method in METHODS
        for size in STRATEGIES
    ]


def _one_strategy(method: Method, size: int) -> Company:
    users = [f"user-{at:03d}" for at in range(size)]
    chance = random.Random(size)  # noqa: S311 - made-up weights
    weights = [chance.randrange(1, 100) if method == "weighted" else None for _ in users]
    recipients = tuple(Recipient(each, weight) for each, weight in zip(users, weights, strict=True))
    strategy = PushStrategy(
        "web",
        "Web",
        "lead",
        "corporate",
        recipients,
        date(2026, 3, 2),
        criteria=_CRITERIA,
        method=method,
    )
    return Company(
        accounts={
            "corporate": Account("corporate", "corporate", "Corporate"),
            **{each: Account(each, "user", each, "corporate", role="rep") for each in users},
        },
        record_types={"lead": RECORD_TYPE},
        push_strategies={"web": strategy},
    )


def _decisions(company: Company) -> Callable[[], push.PushDecision]:
    """What the push function does for one lead between its two round trips; the counts go on from lead to lead."""
    states: dict[str, StrategyState] = {}
    presence: Mapping[str, Presence] = {each: Presence() for each in company.accounts}
    leads = itertools.cycle([matching.lead(number) for number in range(LEADS)])

    def decide() -> push.PushDecision:
        lead = next(leads)
        push.needs(lead, company, NOW)
        decision, changed = push.decide(lead, company, states, presence, NOW)
        states.update(changed)
        return decision

    outcomes = {decide().outcome for _ in range(LEADS)}
    if "assigned" not in outcomes or "held" in outcomes:
        raise RuntimeError(f"The decisions that are timed came out as {outcomes}")
    return decide


def _per_second(call: Callable[[], object]) -> float:
    """How often in a second of this thread's processor time."""
    done, began = 0, time.thread_time()
    while (took := time.thread_time() - began) < _SECONDS:
        call()
        done += 1
    return done / took
