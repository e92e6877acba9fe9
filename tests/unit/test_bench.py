"""The bench's arithmetic and tables; what it measures depends on the machine, and is asserted nowhere."""

import json
from pathlib import Path

import pytest

from tools.bench import report
from tools.bench.budgets import INGEST, PULL, PUSH, RECYCLE, Measured
from tools.bench.costs import bills
from tools.bench.rates import Rate
from tools.request_units import Units

WORK = [
    Measured(INGEST, 1, 3, Units(write=4, index=1, read=2), ""),
    Measured(PUSH, 25, 2, Units(write=102, index=50, read=52), ""),
    Measured("push, 1 at once", 1, 2, Units(write=6, index=2, read=52), ""),
    Measured(PULL, 1, 2, Units(write=8, index=2, read=8.5), ""),
    Measured(RECYCLE, 1, 3, Units(write=6, index=2, read=4), "the trace"),
]


def test_a_bill_is_the_units_times_the_prices() -> None:
    together, alone, pulled = bills({each.work: each for each in WORK})
    dollars = {each.what: each.dollars for each in together.lines}
    assert dollars["write units, indexes included"] == pytest.approx((5 + 6.08) * 0.625)
    assert dollars["read units"] == pytest.approx((2 + 2.08) * 0.125)
    assert dollars["Lambda requests"] == pytest.approx(1.04 * 0.20)
    assert dollars["HTTP API"] == pytest.approx(1.00)
    assert together.dollars == pytest.approx(sum(dollars.values()))
    assert alone.dollars > together.dollars
    assert {each.what: each.dollars for each in pulled.lines}["HTTP API"] == pytest.approx(2.00)


def test_a_budget_is_exceeded_by_trips_alone() -> None:
    assert [each.is_within for each in WORK] == [True, True, True, True, False]
    rows = {row[0]: row for row in report.of_budgets(WORK).rows}
    assert rows[RECYCLE] == (RECYCLE, "3", "6 + 2", "4", "2; 6 + 2", "3", "EXCEEDED")
    assert rows[PUSH][2:4] == ("4.08 + 2", "2.08")


def test_what_is_saved_can_be_read_by_people_and_programs(tmp_path: Path) -> None:
    rates = [Rate("ingest", 1, 100.0, 500.0), Rate("ingest", 8, 250.0, 500.0)]
    sections = [report.of_budgets(WORK), report.of_rates(rates)]
    report.save(
        tmp_path / "build", "Measured here", sections, {"budgets": WORK, "rates": rates}, "Assumed: much."
    )
    text = (tmp_path / "build/bench.md").read_text()
    assert text.startswith("# Measured here\n")
    assert "| work | a second, 1 thread | in bare requests | a second, 8 threads | in bare requests |" in text
    assert "| ingest | 100 | 5.0 | 250 | 2.0 |" in text
    assert text.endswith("Assumed: much.\n")
    kept = json.loads((tmp_path / "build/bench.json").read_text())
    assert kept["budgets"][1]["total"] == {"write": 102, "index": 50, "read": 52}
