"""Which of many strategies match a lead: the product's own matching beside two rule libraries with the same rules.

The rules are a lender's, made up: five criteria a strategy, in whatever order a manager wrote them down. Text in the
rules and in the leads has one case and no blanks around it, because the libraries compare it as it is; ours folds and
trims it, so it does more. No value is missing and none is of a wrong type. What is timed is each library at its best:
rules compiled, leads already in its own types. Ours reads each lead's values anew each time, as the push function has
to, and lists the users who could get the lead as well.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any

from routing.domain import push
from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.criteria import Criterion, Reading, matches
from routing.domain.leads import CustomField, Lead, RecordType
from routing.domain.strategies import PushStrategy, Recipient

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
STRATEGIES = 200
CRITERIA = 5
LEADS = 100
OURS = "lead-routing"
_USERS = tuple(f"user-{at}" for at in range(5))
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
RECORD_TYPE = RecordType(
    "lead",
    "Lead",
    (CustomField("loan_amount", "number"), CustomField("product", "choice", choices=_PRODUCTS)),
)
_SECONDS = 1.5

Matcher = Callable[[Lead], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Matching:
    """Leads a second and core by one engine over so many strategies; why it was skipped, when it was."""

    engine: str
    strategies: int
    per_second: float
    skipped: str = ""


def criteria(number: int) -> tuple[Criterion, ...]:
    """The criteria of the strategy of this number; the same in every run."""
    chance = random.Random(number)  # noqa: S311 - made-up rules
    least = chance.randrange(80, 600) * 1000
    found = [
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
    chance.shuffle(found)
    return tuple(found)


def lead(number: int) -> Lead:
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


def company(strategies: int, *, weighted: bool = False) -> Company:
    """A company with so many push strategies, each for the same five users."""
    found = {}
    for number in range(strategies):
        recipients = tuple(Recipient(each, at + 1 if weighted else None) for at, each in enumerate(_USERS))
        name = f"strategy-{number:04d}"
        found[name] = PushStrategy(
            name,
            name,
            "lead",
            "corporate",
            recipients,
            date(2026, 3, 2),
            criteria=criteria(number),
            method="weighted" if weighted else "round_robin",
        )
    return Company(
        accounts={
            "corporate": Account("corporate", "corporate", "Corporate"),
            **{each: Account(each, "user", each, "corporate", role="rep") for each in _USERS},
        },
        record_types={"lead": RECORD_TYPE},
        push_strategies=found,
    )


def matchings(sizes: Sequence[int]) -> list[Matching]:
    """Every engine over so many strategies, after all of them have agreed on which of these match each lead.

    The others are not asked for more than STRATEGIES, with which they are slow enough. RuntimeError when two differ:
    then they do not do the same work.
    """
    leads = [lead(number) for number in range(LEADS)]
    found = []
    for size in sizes:
        ours = _ours(size)
        found.append(Matching(OURS, size, _per_second(ours, leads)))
        expected = {each.id: ours(each) for each in leads}
        for engine, build in _PEERS.items() if size <= STRATEGIES else ():
            try:
                match = build(size, leads)
            except ImportError as missing:
                found.append(Matching(engine, size, 0.0, f"not installed: {missing}"))
                continue
            for each in leads:
                if match(each) != expected[each.id]:
                    differing = sorted(match(each) ^ expected[each.id])
                    raise RuntimeError(f"{engine} and {OURS} differ on {each} in {differing}")
            found.append(Matching(f"{engine} {version(engine)}", size, _per_second(match, leads)))
    return found


def shares(strategies: int) -> tuple[float, float]:
    """How many strategies match a lead, and how many criteria of one decide that, on average."""
    leads = [lead(number) for number in range(LEADS)]
    held = company(strategies)
    matched = sum(len(push.needs(each, held, NOW).strategies) for each in leads) / LEADS
    rules = [criteria(number) for number in range(strategies)]
    looked_at = sum(_looked_at(rule, each) for each in leads for rule in rules) / LEADS / strategies
    return matched, looked_at


def _looked_at(rule: Sequence[Criterion], one: Lead) -> int:
    reading = Reading(one, RECORD_TYPE)
    failing = (at for at, each in enumerate(rule, 1) if not matches((each,), reading, NOW))
    return next(failing, len(rule))


def _ours(strategies: int) -> Matcher:
    held = company(strategies)
    return lambda one: push.needs(one, held, NOW).strategies


def _rule_engine(strategies: int, leads: Sequence[Lead]) -> Matcher:
    import rule_engine

    rules = {
        f"strategy-{number:04d}": rule_engine.Rule(" and ".join(map(_in_rule_engine, criteria(number))))
        for number in range(strategies)
    }
    things = {each.id: {**_flat(each), "now": NOW} for each in leads}

    def match(one: Lead) -> frozenset[str]:
        thing = things[one.id]
        return frozenset(name for name, rule in rules.items() if rule.matches(thing))

    return match


def _cel(strategies: int, leads: Sequence[Lead]) -> Matcher:
    import celpy
    from celpy import celtypes

    # Five times as fast as the interpreter that is its default.
    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    programs = {
        f"strategy-{number:04d}": environment.program(
            environment.compile(" && ".join(map(_in_cel, criteria(number))))
        )
        for number in range(strategies)
    }
    types = {str: celtypes.StringType, int: celtypes.IntType, datetime: celtypes.TimestampType}
    activations = {
        each.id: {name: types[type(value)](value) for name, value in {**_flat(each), "now": NOW}.items()}
        for each in leads
    }

    def match(one: Lead) -> frozenset[str]:
        activation = activations[one.id]
        return frozenset(name for name, program in programs.items() if program.evaluate(activation))

    return match


_PEERS: Mapping[str, Callable[[int, Sequence[Lead]], Matcher]] = {
    "rule-engine": _rule_engine,
    "cel-python": _cel,
}


def _flat(one: Lead) -> dict[str, Any]:
    return {**one.values, **one.fields, "created_at": one.created_at}


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _expression(criterion: Criterion, logical_and: str, span: str, starts_with: str, contains: str) -> str:
    """A criterion in a language of expressions, of which these four differ."""
    name, value = criterion.field.removeprefix("fields."), criterion.value
    match criterion.operator:
        case "equals":
            return f"{name} == {_literal(value)}"
        case "not_equals":
            return f"{name} != {_literal(value)}"
        case "in":
            return f"{name} in {_literal(value)}"
        case "between" if isinstance(value, list):
            return f"{name} >= {value[0]} {logical_and} {name} <= {value[1]}"
        case "within_last":
            return f"{name} >= now - {span.format(value)}"
        case "starts_with":
            return f"{name}.{starts_with}({_literal(value)})"
        case "contains":
            return contains.format(name, _literal(value))
    raise ValueError(criterion.operator)


def _in_rule_engine(criterion: Criterion) -> str:
    return _expression(criterion, "and", 't"{}"', "starts_with", "{1} in {0}")


def _in_cel(criterion: Criterion) -> str:
    if criterion.operator == "within_last":
        hours = str(criterion.value).removeprefix("PT").removesuffix("H")
        criterion = Criterion(criterion.field, criterion.operator, f"{hours}h")
    return _expression(criterion, "&&", 'duration("{}")', "startsWith", "{0}.contains({1})")


def _per_second(match: Matcher, leads: Sequence[Lead]) -> float:
    """Leads a second of this thread's processor time: a core that is shared with others is not held against it."""
    done, began = 0, time.thread_time()
    while (took := time.thread_time() - began) < _SECONDS:
        match(leads[done % len(leads)])
        done += 1
    return done / took
