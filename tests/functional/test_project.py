"""Projections: what happened, as metrics."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.functional.backend import Backend


def metrics(text: str) -> Counter[str]:
    """The sum of each metric in what was written in CloudWatch's embedded format."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        for directive in entry.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"] == "LeadRouting"
            for each in directive["Metrics"]:
                found[each["Name"]] += sum(entry[each["Name"]])
    return found


def worked(backend: Backend) -> None:
    """One lead each that is assigned, held, unmatched, and pulled and disposed of twice."""
    colorado = [{"field": "state", "operator": "equals", "value": "CO"}]
    utah = [{"field": "state", "operator": "equals", "value": "UT"}]
    backend.push("users", ["ana"], criteria=colorado)
    backend.pull_strategy("all", criteria=utah, cool_down_minutes=0)
    backend.settle()
    backend.lead(1, state="CO")
    backend.put("/v1/presence", {"available": False}, user="ana")
    backend.lead(2, state="CO")
    backend.lead(3)
    backend.lead(4, state="UT")
    backend.at("2026-03-04T15:01:00Z")
    for user in ("ben", "cho"):
        pulled = backend.pull(user)
        token = pulled["lease"]["token"]
        backend.dispose(pulled["lead"]["id"], "no-answer", user, lease_token=token)
    backend.pull("dee")
    backend.at("2026-03-04T15:16:00Z")
    backend.tick()


def test_events_are_counted_and_first_waits_measured(
    company: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    worked(company)
    capsys.readouterr()
    assert company.project() == {"batchItemFailures": []}
    found = metrics(capsys.readouterr().out)
    assert found == {
        "LeadsAssigned": 1,
        "LeadsHeld": 1,
        "LeadsUnmatched": 1,
        "LeadsPulled": 3,
        "Dispositions": 2,
        "LeasesExpired": 1,
        "SecondsToFirstPull": 60,
        "SecondsToAssign": 0,
    }


def test_a_batch_of_nothing_that_counts_writes_nothing(
    company: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = company.lead(1)
    company.post(f"/v1/leads/{lead}/notes", {"note": "x"})
    notes = [item for (_, sk), item in company.typed().items() if sk.startswith("EVENT#") and "#" in sk[6:]]
    assert len(notes) == 1
    capsys.readouterr()
    assert company.project(notes) == {"batchItemFailures": []}
    assert not metrics(capsys.readouterr().out)


def test_projecting_changes_no_lead_and_no_count(company: Backend) -> None:
    worked(company)
    before = company.of("LEAD#"), company.of("STRATEGY#"), company.of("PRESENCE#")
    company.project()
    company.project()
    assert (company.of("LEAD#"), company.of("STRATEGY#"), company.of("PRESENCE#")) == before


def test_a_record_that_cannot_be_read_raises_and_lambda_bisects_to_it(company: Backend) -> None:
    company.lead(1)
    (event,) = [item for (_, sk), item in company.typed().items() if sk.startswith("EVENT#")]
    broken: dict[str, Any] = {**event, "detail": {"B": "bm8gemxpYg=="}}
    with pytest.raises(Exception, match="header"):
        company.project([broken])
