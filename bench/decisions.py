"""How many recipients and strategies may a company have? What one decision takes, without any storage.

The rules are a lender's, made up: five criteria a strategy, in whatever order a manager wrote them down.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bench.drawing import Line, Panel
from bench.reports import Report, Section
from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.criteria import Criterion
from routing.domain.leads import CustomField, Lead, RecordType
from routing.domain.presence import Presence
from routing.domain.strategies import Method, PushStrategy, Recipient
from routing.domain.strategy_state import StrategyState

RECIPIENTS = (5, 50, 100, 200, 500)
STRATEGIES = (10, 50, 200, 1000)
METHODS: tuple[Method, ...] = ("round_robin", "weighted")
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
LEADS = 100
_FEW = 5
"""Recipients of each of many strategies."""
_SECONDS = 0.75
_STATES = (
    "AZ",
    "CA",
    "CO",
    "FL",
    "GA",
    "IL",
    "MA",
    "MI",
    "NC",
    "NJ",
    "NM",
    "NV",
    "NY",
    "OH",
    "OR",
    "PA",
    "TX",
    "UT",
    "WA",
)
_CHANNELS = ("web", "call", "chat", "mail")
_PRODUCTS = ("purchase", "refinance", "equity", "reverse")
_CAMPAIGNS = (
    "spring-search",
    "spring-display",
    "fall-search",
    "fall-mailing",
    "partner-search",
    "partner-radio",
)
_HOURS = (4, 12, 24, 72)
_RECORD_TYPE = RecordType(
    "lead",
    "Lead",
    (CustomField("loan_amount", "number"), CustomField("product", "choice", choices=_PRODUCTS)),
)
_ALWAYS_MET = (
    Criterion("fields.loan_amount", "between", [1, 900_000]),
    Criterion("state", "not_in", ["PR", "GU", "VI", "AS", "MP"]),
    Criterion("channel", "in", list(_CHANNELS)),
    Criterion("created_at", "within_last", "PT72H"),
    Criterion("campaign", "is_not_empty"),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Decisions a second and core, of this method, over so many recipients and strategies."""

    method: Method
    recipients: int
    strategies: int
    per_second: float

    @property
    def microseconds(self) -> float:
        """Of a core, for one lead."""
        return 1_000_000 / self.per_second


def report() -> Report:
    recipients, strategies = by_recipients(), by_strategies()
    return Report(
        [of_recipients(recipients), of_strategies(strategies)],
        {"by_recipients": recipients, "by_strategies": strategies},
        panels(recipients, strategies),
    )


def by_recipients() -> list[Speed]:
    """One strategy, whose criteria each lead meets, with ever more recipients who may all have the next lead."""
    return [
        Speed(
            method, size, 1, _per_second(_decisions(_company([_strategy("web", method, size, _ALWAYS_MET)])))
        )
        for method in METHODS
        for size in RECIPIENTS
    ]


def by_strategies() -> list[Speed]:
    """Ever more strategies of five recipients, most of which a lead does not match."""
    return [
        Speed(method, _FEW, size, _per_second(_decisions(_company(_strategies(method, size)))))
        for method in METHODS
        for size in STRATEGIES
    ]


def of_recipients(speeds: Sequence[Speed]) -> Section:
    note = (
        "Deciding one lead between the push function's two round trips, with every reason for every recipient. All "
        "may have it; the counts go on from lead to lead. A second of one core of this machine. Relative: time, to "
        "that of the fewest with the same method."
    )
    return _growth("Decisions by recipients of one strategy", "recipients", speeds, note)


def of_strategies(speeds: Sequence[Speed]) -> Section:
    note = (
        "The same with ever more strategies of five criteria and five recipients, of which few match. Up to the one "
        "that takes it, each strategy's every criterion is explained."
    )
    return _growth("Decisions by strategies", "strategies", speeds, note)


def panels(by_recipients: Iterable[Speed], by_strategies: Iterable[Speed]) -> list[Panel]:
    """Microseconds per lead over recipients, and over strategies."""
    up = "microseconds of a core per lead"
    return [
        Panel("One decision, by recipients", "recipients", up, _lines("recipients", by_recipients)),
        Panel("One decision, by strategies", "strategies", up, _lines("strategies", by_strategies)),
    ]


def _lines(of: str, speeds: Iterable[Speed]) -> tuple[Line, ...]:
    points: dict[str, list[tuple[float, float]]] = {}
    for each in speeds:
        points.setdefault(_named(each.method), []).append((getattr(each, of), each.microseconds))
    return tuple(Line(name, tuple(at)) for name, at in points.items())


def _growth(title: str, of: str, speeds: Sequence[Speed], note: str) -> Section:
    """A row for each number of recipients or strategies, with two columns for each method."""
    by_method: dict[Method, dict[int, Speed]] = {}
    for each in speeds:
        by_method.setdefault(each.method, {})[getattr(each, of)] = each
    rows = []
    for size in next(iter(by_method.values())):
        row = [f"{size:,}"]
        for by_size in by_method.values():
            fewest = next(iter(by_size.values()))
            row += [
                f"{by_size[size].per_second:,.0f}",
                f"{fewest.per_second / by_size[size].per_second:.1f}",
            ]
        rows.append(tuple(row))
    columns = [of]
    for method in by_method:
        columns += [f"{_named(method)}, a second and core", "relative"]
    return Section(title, tuple(columns), rows, note)


def _named(method: Method) -> str:
    return method.replace("_", " ")


def _strategies(method: Method, size: int) -> list[PushStrategy]:
    return [_strategy(f"strategy-{at:04d}", method, _FEW, _criteria(at)) for at in range(size)]


def _strategy(name: str, method: Method, recipients: int, criteria: tuple[Criterion, ...]) -> PushStrategy:
    chance = random.Random(recipients)  # noqa: S311 - made-up weights
    return PushStrategy(
        name,
        name,
        "lead",
        "corporate",
        tuple(
            Recipient(f"user-{at:03d}", chance.randrange(1, 100) if method == "weighted" else None)
            for at in range(recipients)
        ),
        date(2026, 3, 2),
        criteria=criteria,
        method=method,
    )


def _criteria(number: int) -> tuple[Criterion, ...]:
    """The criteria of the strategy of this number; the same in every run."""
    chance = random.Random(number)  # noqa: S311 - made-up rules
    least = chance.randrange(80, 600) * 1000
    criteria = [
        Criterion("state", "in", chance.sample(_STATES, 6)),
        Criterion("fields.loan_amount", "between", [least, least + 250_000]),
        Criterion("created_at", "within_last", f"PT{chance.choice(_HOURS)}H"),
        chance.choice(
            (
                Criterion("channel", "equals", chance.choice(_CHANNELS)),
                Criterion("channel", "not_equals", chance.choice(_CHANNELS)),
            )
        ),
        chance.choice(
            (
                Criterion("fields.product", "in", chance.sample(_PRODUCTS, 2)),
                Criterion("postal_code", "starts_with", str(chance.randrange(10))),
                Criterion("campaign", "contains", chance.choice(("spring", "search", "partner"))),
            )
        ),
    ]
    chance.shuffle(criteria)
    return tuple(criteria)


def _lead(number: int) -> Lead:
    """The lead of this number; the same in every run."""
    chance = random.Random(-number - 1)  # noqa: S311 - made-up leads
    return Lead(
        f"L{number}",
        "lead",
        "corporate",
        NOW - timedelta(minutes=chance.randrange(36 * 60)),
        values={
            "channel": chance.choice(_CHANNELS),
            "state": chance.choice(_STATES),
            "postal_code": f"{chance.randrange(100_000):05d}",
            "campaign": chance.choice(_CAMPAIGNS),
        },
        fields={"loan_amount": chance.randrange(80, 900) * 1000, "product": chance.choice(_PRODUCTS)},
    )


def _company(strategies: Iterable[PushStrategy]) -> Company:
    """A company with these push strategies and their recipients."""
    by_name = {each.id: each for each in strategies}
    users = {recipient.account for each in by_name.values() for recipient in each.recipients}
    return Company(
        accounts={
            "corporate": Account("corporate", "corporate", "Corporate"),
            **{each: Account(each, "user", each, "corporate", role="rep") for each in sorted(users)},
        },
        record_types={"lead": _RECORD_TYPE},
        push_strategies=by_name,
    )


def _decisions(company: Company) -> Callable[[], push.PushDecision]:
    """What the push function does for one lead between its two round trips; the counts go on from lead to lead."""
    states: dict[str, StrategyState] = {}
    presence: Mapping[str, Presence] = {each: Presence() for each in company.accounts}
    leads = itertools.cycle([_lead(number) for number in range(LEADS)])

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
    """How often in a second of this thread's processor time: a core that is shared is not held against it."""
    done, began = 0, time.thread_time()
    while (took := time.thread_time() - began) < _SECONDS:
        call()
        done += 1
    return done / took
