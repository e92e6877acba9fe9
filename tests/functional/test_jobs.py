"""What a save has done later to the leads that are there: nothing where they stay, else once, after new ones."""

from typing import Any

import pytest

from tests.functional.backend import Backend

PULL = {
    "name": "All",
    "record_type": "lead",
    "distributed_from": "corporate",
    "recipients": ["corporate"],
    "calling_hours": False,
    "cool_down_minutes": 60,
}
PUSH = {
    "name": "Turns",
    "record_type": "lead",
    "distributed_from": "corporate",
    "method": "round_robin",
    "recipients": [{"account": "ana"}],
    "criteria": [{"field": "state", "operator": "equals", "value": "CO"}],
}


def filing_version(backend: Backend) -> int:
    return int(backend.items()["CONFIG", "VERSION"]["filing"])


def leads_and_log(backend: Backend) -> dict[tuple[str, str], Any]:
    return {key: item for key, item in backend.items().items() if key[0].split("#")[0] in ("LEAD", "INTAKE")}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Renamed"},
        {"lease_minutes": 20},
        {"max_lease_lengths": 2},
        {"cool_down_minutes": 5},
        {"hourly_limit": 3},
        {"daily_limit": 30},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_only_counts_when_a_lead_is_lent_moves_no_lead(sales: Backend, changed: dict[str, Any]) -> None:
    sales.lead(1)
    before, version = leads_and_log(sales), filing_version(sales)
    assert sales.put("/v1/pull-strategies/all", {**PULL, **changed}).status == 200
    sales.settle()
    assert (leads_and_log(sales), filing_version(sales)) == (before, version)


@pytest.mark.parametrize(
    "changed",
    [
        {"priority": 3},
        {"criteria": [{"field": "attempts", "operator": "equals", "value": 0}]},
        {"order_by": [{"field": "created_at"}]},
        {"recipients": ["denver"]},
        {"max_attempts": 2},
        {"max_wait": "PT1H"},
        {"calling_hours": True},
        {"enabled": False},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_leads_are_filed_by_has_them_filed_anew(sales: Backend, changed: dict[str, Any]) -> None:
    lead = sales.lead(1)
    version = filing_version(sales)
    assert sales.put("/v1/pull-strategies/all", {**PULL, **changed}).status == 200
    sales.settle()
    assert version < filing_version(sales) == sales.items()[f"LEAD#{lead}", "HEAD"]["filing_version"]


def test_other_names_and_a_strategy_that_is_not_in_use_move_no_lead(sales: Backend) -> None:
    sales.save("push-strategies", "turns", **PUSH)
    sales.save("pull-strategies", "later", **{**PULL, "enabled": False})
    sales.save("record-types", "lead", name="Lead")
    sales.settle()
    sales.lead(1)
    before, version = leads_and_log(sales), filing_version(sales)
    sales.save("push-strategies", "turns", **{**PUSH, "name": "In turn"})
    sales.save("pull-strategies", "later", **{**PULL, "enabled": False, "priority": 1})
    sales.save("record-types", "lead", name="Prospect")
    sales.settle()
    assert (leads_and_log(sales), filing_version(sales)) == (before, version)
