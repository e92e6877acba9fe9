"""The bench's arithmetic and tables; what it measures depends on the machine, and is asserted nowhere."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import costs, decisions, flood, growth, pulls, simulated_queue
from bench.budgets import CALL, INGEST, PULL, PUSH, RECYCLE, Measured, of_budgets
from bench.decisions import Speed
from bench.drawing import Line, Panel, svg
from bench.flood import Batch
from bench.reports import Report, Section
from bench.reps import LEASE, Load, Simulation
from routing.domain.spread import Spread
from tools.request_units import Units

WORK = [
    Measured(INGEST, 1, 3, Units(write=4, index=1, read=2), ""),
    Measured(PUSH, 25, 2, Units(write=102, index=50, read=52), ""),
    Measured("push, 1 at once", 1, 2, Units(write=6, index=2, read=52), ""),
    Measured(PULL, 1, 2, Units(write=8, index=2, read=8.5), ""),
    Measured(CALL, 1, 3, Units(write=6, index=1, read=5), ""),
    Measured(RECYCLE, 1, 3, Units(write=6, index=2, read=4), "the trace"),
]


def test_a_bill_is_the_units_times_the_prices() -> None:
    together, alone, pulled, called = costs.bills({each.work: each for each in WORK})
    dollars = {each.what: each.dollars for each in together.lines}
    assert dollars["write units, indexes included"] == pytest.approx((5 + 6.08) * 0.625)
    assert dollars["read units"] == pytest.approx((2 + 2.08) * 0.125)
    assert dollars["Lambda requests"] == pytest.approx(1.04 * 0.20)
    assert dollars["HTTP API"] == pytest.approx(1.00)
    assert together.dollars == pytest.approx(sum(dollars.values()))
    assert alone.dollars > together.dollars
    assert {each.what: each.dollars for each in pulled.lines}["HTTP API"] == pytest.approx(2.00)
    assert {each.what: each.dollars for each in called.lines}[
        "write units, indexes included"
    ] == pytest.approx(7 * 0.625)


def test_a_budget_is_exceeded_by_trips_alone() -> None:
    assert [each.is_within for each in WORK] == [True, True, True, True, True, False]
    rows = {row[0]: row for row in of_budgets(WORK).rows}
    assert rows[RECYCLE] == (RECYCLE, "3", "6 + 2", "4", "2; 6 + 2", "3", "EXCEEDED")
    assert rows[PUSH][2:4] == ("4.08 + 2", "2.08")


def test_what_a_part_found_can_be_read_by_people_and_programs(tmp_path: Path) -> None:
    table = Section("Costs", ("work", "units"), [("ingest", "3")], "Metered.")
    written = Report([table], {"budgets": WORK}).save(tmp_path / "build", "costs", "Measured here")
    assert {each.name for each in written} == {"costs.md", "costs.json"}
    text = (tmp_path / "build/costs.md").read_text()
    assert text.startswith("# Measured here\n\n## Costs\n\n| work | units |\n| --- | --- |\n| ingest | 3 |\n")
    assert text.endswith("\nMetered.\n")
    kept = json.loads((tmp_path / "build/costs.json").read_text())
    assert kept["budgets"][1]["total"] == {"write": 102, "index": 50, "read": 52}


def test_curves_are_drawn_beside_one_another_and_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is in the group dev: `make test` installs it")
    line = Line("a < b", ((1, 1), (10, 10), (100, 100)))
    panels = [Panel("One", "across", "up", (line,)), Panel("Two", "across", "up", (line,))]
    Report([], {}, panels).save(tmp_path, "pulls", "Curves")
    drawn = (tmp_path / "pulls.svg").read_text()
    assert "![One; Two](pulls.svg)\n" in (tmp_path / "pulls.md").read_text()
    texts = [each.text for each in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - drawn here
    assert {"One", "Two", "across", "up", "a < b", "1", "10", "100"} <= set(texts)
    assert texts.count("a < b") == 2
    assert drawn == svg(panels)
    assert "<dc:date>" not in drawn


def test_decisions_are_timed_at_every_size_with_either_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_SECONDS", 0.0001)
    found = [*decisions.by_recipients(), *decisions.by_strategies()]
    assert {5, 50, 500} <= {each.recipients for each in found}
    assert {1, 10, 1000} <= {each.strategies for each in found}
    assert {each.method for each in found} == {"round_robin", "weighted"}
    assert all(each.per_second > 0 for each in found)


def test_growth_has_a_row_for_each_size_and_columns_for_each_method() -> None:
    speeds = [
        Speed(method, 5, size, rate)
        for method, size, rate in (
            ("round_robin", 10, 9000.0),
            ("round_robin", 50, 3000.0),
            ("weighted", 10, 8000.0),
            ("weighted", 50, 2000.0),
        )
    ]
    assert decisions.of_strategies(speeds).rows == [
        ("10", "9,000", "1.0", "8,000", "1.0"),
        ("50", "3,000", "3.0", "2,000", "4.0"),
    ]
    _, strategies = decisions.panels(speeds, speeds)
    assert [each.name for each in strategies.lines] == ["round robin", "weighted"]
    assert strategies.lines[1].points == ((10, 125.0), (50, 500.0))


def test_a_flood_takes_one_batch_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood.template, "functions", lambda: {"push_assign": {"MemorySize": 1769 / 2}})
    few, many = Batch(1, 2, Units(6, 2, 53), 0.002), Batch(25, 2, Units(4, 2, 3), 0.012)
    assert few.seconds == pytest.approx(0.016 + 0.004)  # half a processor takes twice as long
    assert flood.seconds(1, [few, many]) == pytest.approx(0.25 + 0.020)
    assert flood.seconds(25, [few, many]) == pytest.approx(0.25 + 0.040)
    assert flood.seconds(1001, [few, many]) == pytest.approx(0.25 + 41 * 0.040)


def test_growth_is_the_larger_by_the_smaller_and_nothing_has_none() -> None:
    found = growth.Growth("a pull", "leads", growth.Cost(100, 10, 0, 2), growth.Cost(1000, 95, 4, 2))
    assert growth.of_growths([found], "an engine").rows == [
        ("a pull", "100 and 1,000 leads", "10, 95 (9.5)", "0, 4", "2, 2 (1.0)", "", "")
    ]


def test_a_question_over_its_bound_at_either_size_is_exceeded() -> None:
    bound = growth.Bound(10, 2, 100)
    within = growth.Cost(1, 10, 0, 2, answer=100, bound=bound)
    assert within.is_within
    assert not replace(within, read=10.5).is_within
    assert not replace(within, round_trips=3).is_within
    assert not replace(within, answer=101).is_within


def _worked_off(seed: int) -> Simulation:
    """Forty reps who all begin at once close a hundred leads; some are never heard of again."""
    load = Load("small", 40, 0.5, 7200, (10, 30, 60), closed=1.0, lapsed=0.05)
    simulation = Simulation(load, Spread, seed)
    simulation.run()
    return simulation


def test_no_simulated_lead_is_lost_or_with_two_reps() -> None:
    simulation = _worked_off(1)
    assert [each.due for each in simulation.queue.leads] == [None] * 100
    last: dict[int, float] = {}
    for lead, _, at in simulation.leases:
        assert at - last.get(lead, -LEASE) >= LEASE  # only what lapsed is lent again
        last[lead] = at
    assert len(simulation.leases) > len(last) == 100
    assert len(simulation.leases) == sum(each.lead is not None for each in simulation.pulls)


def test_simulated_reps_collide_and_yet_find_what_there_is() -> None:
    pulls = _worked_off(1).pulls
    served = [each for each in pulls if each.lead is not None]
    assert sum(each.claims for each in served) > len(served)
    assert len(served) < len(pulls)
    assert not any(each.is_wrong or each.is_busy for each in pulls)


def test_a_simulation_is_the_same_for_the_same_seed() -> None:
    assert _worked_off(1).leases == _worked_off(1).leases != _worked_off(2).leases


def test_strict_order_costs_claims_and_spread_costs_order() -> None:
    runs = {spread: pulls.run(pulls.burst(300, within=4), spread) for spread in pulls.SPREADS}
    strict, adaptive = runs[pulls.STRICT], runs[pulls.ADAPTIVE]
    assert strict.claims > 2 > 1.3 > adaptive.claims
    assert strict.p99 > adaptive.p99
    assert strict.most_passed_over == 0 < adaptive.most_passed_over < 64
    assert pulls.of_simulated(runs.values()).rows[0][:2] == ("burst, 300 reps", "strict order")
    slowest, claims = pulls.panels(list(runs.values()))
    assert slowest.lines[0].points == ((300, strict.p99),)
    assert claims.lines[1].points == ((300, adaptive.claims),)


def test_a_partition_that_takes_no_more_holds_claims_up_but_loses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulated_queue, "PARTITION_UNITS", 40.0)
    rush = pulls.run(pulls.burst(100, within=1), pulls.ADAPTIVE)
    assert rush.throttled > 0
    assert rush.busiest <= 80
    assert rush.p99 > 200
    assert rush.wrong == 0
