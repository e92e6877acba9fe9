"""What a save has done later to the leads that are there: nothing where they stay, else once, after new ones."""

import io
from typing import Any

import pytest

from routing.domain import pull
from routing.services.pull import filing
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


def test_a_lead_that_cannot_be_filed_anew_is_reported_and_stops_no_other(
    sales: Backend, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = sales.lead(1), sales.lead(2)

    def file(lead: Any, *rest: Any) -> Any:
        if lead.id == bad:
            raise ZeroDivisionError
        return pull.file(lead, *rest)

    monkeypatch.setattr(filing, "file", file)
    sales.save("pull-strategies", "all", **{**PULL, "priority": 7})
    sales.settle()
    assert sales.of("JOBS#") == []
    filed = {each: sales.items()[f"LEAD#{each}", "HEAD"]["filing_version"] for each in (bad, good)}
    assert filed[bad] < filed[good] == filing_version(sales)
    assert bad in log.getvalue()
    assert '"InternalErrors":[1' in capsys.readouterr().out.replace(" ", "")


def test_what_is_asked_of_many_leads_never_stands_in_the_log(sales: Backend) -> None:
    """Between new leads there is only what push decides."""
    sales.user("eve", "denver")
    sales.lead(1, user="ana", phone="+13035550101", owner="me")
    sales.save("pull-strategies", "all", **{**PULL, "priority": 7})
    sales.put("/v1/do-not-call/%2B13035550101", {})
    assert sales.post("/v1/do-not-call/imports", {"phones": ["+13035550102"]}).status == 202
    assert sales.post("/v1/accounts/ana/reassign", {"to": "ben"}).status == 200
    assert sales.delete("/v1/accounts/eve").status == 204
    kinds = [each["SK"].partition("#")[0] for each in sales.of("JOBS#")]
    assert sorted(kinds) == ["close", "import", "reassign", "reassign", "refile"]
    (entry,) = sales.undelivered()
    assert entry["dynamodb"]["NewImage"]["kind"] == {"S": "retry_all"}, "whether others may take what is held"
    sales.settle()
    assert sales.of("JOBS#") == []
