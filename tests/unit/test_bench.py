"""The bench's arithmetic and tables; what it measures depends on the machine, and is asserted nowhere."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import decisions, matching, plot, postgres, pull_report, pulling, report, simulated_queue
from bench.budgets import CALL, INGEST, PULL, PUSH, RECYCLE, Measured
from bench.costs import bills
from bench.decisions import Speed
from bench.matching import OURS, Matching
from bench.one_strategy import Batch
from bench.rates import Rate
from bench.reps import LEASE, Load, Simulation
from bench.side_by_side import Side
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
    together, alone, pulled, called = bills({each.work: each for each in WORK})
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
    rows = {row[0]: row for row in report.of_budgets(WORK).rows}
    assert rows[RECYCLE] == (RECYCLE, "3", "6 + 2", "4", "2; 6 + 2", "3", "EXCEEDED")
    assert rows[PUSH][2:4] == ("4.08 + 2", "2.08")


def test_what_is_saved_can_be_read_by_people_and_programs(tmp_path: Path) -> None:
    rates = [Rate("ingest", 1, 100.0, 500.0), Rate("ingest", 8, 250.0, 500.0)]
    sections = [report.of_budgets(WORK), report.of_rates(rates)]
    results = {"budgets": WORK, "rates": rates}
    report.save(
        tmp_path / "build",
        "Measured here",
        sections,
        results,
        "Assumed: much.",
        {"bench.svg": ("Growth", "<svg/>")},
    )
    text = (tmp_path / "build/bench.md").read_text()
    assert text.startswith("# Measured here\n")
    assert "| work | a second, 1 thread | in bare requests | a second, 8 threads | in bare requests |" in text
    assert "| ingest | 100 | 5.0 | 250 | 2.0 |" in text
    assert "![Growth](bench.svg)\n" in text
    assert text.endswith("Assumed: much.\n")
    assert (tmp_path / "build/bench.svg").read_text() == "<svg/>"
    kept = json.loads((tmp_path / "build/bench.json").read_text())
    assert kept["budgets"][1]["total"] == {"write": 102, "index": 50, "read": 52}


def test_a_strategy_has_the_same_rule_in_every_language() -> None:
    found = {each.operator: each for number in range(20) for each in matching.criteria(number)}
    assert {"equals", "not_equals", "in", "between", "within_last", "starts_with", "contains"} == set(found)
    assert matching._in_rule_engine(matching.Criterion("created_at", "within_last", "PT4H")) == (
        'created_at >= now - t"PT4H"'
    )
    assert (
        matching._in_cel(matching.Criterion("created_at", "within_last", "PT4H"))
        == 'created_at >= now - duration("4h")'
    )
    between = matching.Criterion("fields.loan_amount", "between", [1, 2])
    assert matching._in_cel(between) == "loan_amount >= 1 && loan_amount <= 2"
    assert matching._in_rule_engine(between) == "loan_amount >= 1 and loan_amount <= 2"
    contains = matching.Criterion("campaign", "contains", "fall")
    assert matching._in_cel(contains) == 'campaign.contains("fall")'
    assert matching._in_rule_engine(contains) == '"fall" in campaign'


def test_an_engine_that_is_not_installed_is_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_SECONDS", 0.0001)
    for name in ("celpy", "rule_engine"):
        monkeypatch.setitem(sys.modules, name, None)
    found = matching.matchings([20, matching.STRATEGIES + 1])
    assert [(each.engine, each.strategies) for each in found] == [
        (OURS, 20),
        ("rule-engine", 20),
        ("cel-python", 20),
        (OURS, matching.STRATEGIES + 1),
    ]
    ours, skipped, *_ = report.of_matching(found, 20, 1.0, 2.0).rows
    assert ours[0] == OURS
    assert skipped[0] == "rule-engine"
    assert skipped[1].startswith("skipped, not installed: ")


def test_an_engine_that_finds_other_strategies_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_SECONDS", 0.0001)
    monkeypatch.setattr(
        matching, "_PEERS", {"wrong": lambda size, leads: lambda one: frozenset({"strategy-none"})}
    )
    with pytest.raises(RuntimeError, match=r"wrong and lead-routing differ on .*strategy-none"):
        matching.matchings([5])


def test_few_of_many_strategies_match_and_some_do() -> None:
    matched, looked_at = matching.shares(matching.STRATEGIES)
    assert 0 < matched < matching.STRATEGIES / 10
    assert 1 < looked_at < matching.CRITERIA


def test_decisions_are_timed_at_every_size_with_either_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "_SECONDS", 0.0001)
    found = decisions.by_recipients()
    assert {5, 50, 500} <= {each.recipients for each in found}
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
    found = [Matching(OURS, 10, 60000.0), Matching("peer", 10, 500.0), Matching(OURS, 50, 20000.0)]
    assert report.of_strategies(speeds, found).rows == [
        ("10", "9,000", "1.0", "8,000", "1.0", "60,000", "1.0"),
        ("50", "3,000", "3.0", "2,000", "4.0", "20,000", "3.0"),
    ]
    _, strategies = report.growth(speeds, speeds, [*found, Matching("absent", 10, 0.0, "not installed")])
    assert [each.name for each in strategies.lines] == [
        "decision, round robin",
        "decision, weighted",
        f"matching, {OURS}",
        "matching, peer",
    ]
    assert strategies.lines[3].points == ((10, 2000.0),)


def test_batches_are_shown_beside_the_first() -> None:
    found = [Batch(1, 1, 2, Units(6, 2, 52), 40.0), Batch(98, 2, 3, Units(4.04, 2, 0.53), 300.0)]
    section = report.of_batches(found)
    assert section.rows[1] == ("98", "2", "3", "4.04 + 2", "0.53", "300", "7.5")
    assert "A transaction holds 100 items" in section.note


def test_a_plot_is_a_picture_whose_points_lie_where_they_should() -> None:
    line = plot.Line("a < b", ((1, 1), (10, 10), (100, 100)))
    drawn = plot.svg([plot.Panel("One", "across", "up", (line,)), plot.Panel("Two", "across", "up", (line,))])
    picture = ElementTree.fromstring(drawn)  # noqa: S314 - drawn here
    space = "{http://www.w3.org/2000/svg}"
    panels = picture.findall(f"{space}g")
    assert len(panels) == 2
    texts = [each.text for each in panels[0].iter(f"{space}text")]
    assert {"One", "across", "up", "a < b", "1", "10", "100"} <= set(texts)
    spots = [
        (float(each.get("cx", 0)), float(each.get("cy", 0))) for each in panels[0].iter(f"{space}circle")
    ]
    low, middle, high = spots[:3]
    assert low[0] < middle[0] < high[0]
    assert low[1] > middle[1] > high[1]
    assert middle == pytest.approx(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2), abs=0.2)


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
    found = {spread: pulling.run(pulling.burst(300, within=4), spread) for spread in ("1", "25")}
    assert found["1"].claims > 2 > 1.3 > found["25"].claims
    assert found["1"].p99 > found["25"].p99
    assert found["1"].most_passed_over == 0 < found["25"].most_passed_over < 25
    row = pull_report.of_simulated(found.values()).rows[0]
    assert row[:2] == ("burst, 300 reps", "1")
    slowest, claims = pull_report.curves(list(found.values()))
    assert slowest.lines[0].points == ((300, found["1"].p99),)
    assert claims.lines[2].points == ((300, found["25"].claims),)


def test_a_partition_that_takes_no_more_holds_claims_up_but_loses_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulated_queue, "PARTITION_UNITS", 40.0)
    rush = pulling.run(pulling.burst(100, within=1), "25")
    assert rush.throttled > 0
    assert rush.busiest <= 80
    assert rush.p99 > 200
    assert rush.wrong == 0


def test_a_machine_without_postgresql_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(postgres.PostgresMissingError, match="not installed"), postgres.cluster():
        pass


def test_two_queues_stand_side_by_side_or_one_alone() -> None:
    ours = Side(
        "ours", 2, 2, 107.7, {1: 8.2, 16: 4.6}, {1: 170, 16: 145}, {1: 528, 16: 865}, {1: 1, 16: 1.42}
    )
    theirs = Side(
        "theirs", 1, 1, 0.7, {1: 269, 16: 1742}, {1: 270, 16: 2101}, {1: 7489, 16: 13773}, {1: 1, 16: 1}
    )
    both = pull_report.of_sides([ours, theirs], "")
    assert both.columns == ("", "ours", "theirs")
    assert both.rows[0] == ("serial round trips of a pull", "2", "1")
    assert ("pulls a second, 16 threads", "5", "1,742") in both.rows
    alone = pull_report.of_sides([ours], "its server is not installed")
    assert alone.note.startswith("PostgreSQL is left out: its server is not installed. ")
    assert ("claims a pull, 16 threads", "1.42") in alone.rows
