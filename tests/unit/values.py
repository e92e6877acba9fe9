"""Small companies and leads for the tests of rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.criteria import Entry
from routing.domain.leads import CustomField, Lead, RecordType
from routing.domain.strategies import PullStrategy, PushStrategy, Recipient

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
STARTS_ON = date(2026, 3, 2)
TYPED = RecordType(
    "lead",
    "Lead",
    (
        CustomField("text", "string"),
        CustomField("amount", "number"),
        CustomField("vip", "boolean"),
        CustomField("birthday", "date"),
        CustomField("seen", "datetime"),
        CustomField("product", "choice", choices=("Purchase", "Refinance")),
    ),
)
"""A record type with one custom field of each type."""


def lead(**other: Any) -> Lead:
    return Lead(**{"id": "L1", "record_type": "lead", "owner": "corporate", "created_at": NOW, **other})


def user(name: str, parent: str = "corporate", **other: Any) -> Account:
    return Account(name, "user", name, parent, role="rep", **other)


def branch(name: str, parent: str = "corporate", **other: Any) -> Account:
    return Account(name, "branch", name, parent, **other)


def push_strategy(
    name: str,
    recipients: Sequence[str],
    source: str = "corporate",
    criteria: Sequence[Entry] = (),
    **other: Any,
) -> PushStrategy:
    return PushStrategy(
        name,
        name,
        "lead",
        source,
        tuple(Recipient(each) for each in recipients),
        STARTS_ON,
        criteria=tuple(criteria),
        **other,
    )


def pull_strategy(
    name: str,
    recipients: Sequence[str] = ("corporate",),
    source: str = "corporate",
    criteria: Sequence[Entry] = (),
    **other: Any,
) -> PullStrategy:
    return PullStrategy(name, name, "lead", source, tuple(recipients), criteria=tuple(criteria), **other)


def company(
    *parts: Account | PushStrategy | PullStrategy, zone: str = "UTC", record_type: RecordType = TYPED
) -> Company:
    """A company of these, below a corporate account in this time zone."""
    accounts = [Account("corporate", "corporate", "Corporate", timezone=zone)]
    accounts += [each for each in parts if isinstance(each, Account)]
    return Company(
        accounts={each.id: each for each in accounts},
        record_types={record_type.id: record_type},
        push_strategies={each.id: each for each in parts if isinstance(each, PushStrategy)},
        pull_strategies={each.id: each for each in parts if isinstance(each, PullStrategy)},
    )


def instants(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Instants of these years, in UTC. Hypothesis wants its bounds without a zone."""
    return st.datetimes(datetime(first, 1, 1), datetime(last, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
