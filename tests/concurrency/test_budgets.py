"""The budgets of the storage design, held by the handlers on a warm container."""

import uuid
from collections.abc import Iterator, Mapping

import pytest

from bench.budgets import BUDGETS, CONTACTS, DEDUPED, DUPLICATE, Measured, largest, measure
from bench.company import Company
from bench.costs import bills, in_short
from tests.concurrency.conftest import Engine
from tools.engines import ROOT, create_table, dynamodb_client
from tools.local_api.container import container
from tools.request_units import WRITE_BYTES

Results = tuple[Mapping[str, Measured], Mapping[str, int]]


@pytest.fixture(scope="module")
def results(engine: Engine) -> Iterator[Results]:
    """All the work, metered once, and the largest item of each kind that it left."""
    table = f"budgets-{uuid.uuid4()}"
    create_table(engine.endpoint, table)
    looker = dynamodb_client(engine.endpoint)
    with container(engine.endpoint, table):
        measured = {each.work: each for each in measure(Company(looker, table))}
    yield measured, largest(looker, table)
    looker.delete_table(TableName=table)
    looker.close()


@pytest.mark.parametrize("work", BUDGETS)
def test_work_stays_within_its_budget(results: Results, work: str) -> None:
    measured = results[0][work]
    assert measured.is_within, f"{measured.round_trips} round trips, {measured.each}\n{measured.trace}"


def test_the_larger_the_batch_the_less_a_push_costs_and_never_another_trip(results: Results) -> None:
    batches = [each for name, each in results[0].items() if name.startswith("push")]
    assert [each.leads for each in batches] == [1, 10, 25, 48]
    assert {each.round_trips for each in batches} == {2}
    each_lead = [each.each.write for each in batches]
    assert each_lead == sorted(each_lead, reverse=True)


def test_two_dedupe_rules_cost_eight_write_units_and_no_round_trip_more(results: Results) -> None:
    without, deduped = results[0][CONTACTS], results[0][DEDUPED]
    assert deduped.round_trips <= without.round_trips, deduped.trace
    assert deduped.each.write <= without.each.write + 8, deduped.trace
    assert deduped.each.index <= without.each.index, deduped.trace
    assert deduped.each.read == without.each.read, deduped.trace


def test_a_duplicate_reads_once_more_at_most(results: Results) -> None:
    without, duplicate = results[0][CONTACTS], results[0][DUPLICATE]
    assert duplicate.each.read <= without.each.read + 1, duplicate.trace
    assert duplicate.round_trips <= without.round_trips + 1, duplicate.trace


@pytest.mark.parametrize("kind", ["lead head", "event assigned", "strategy state"])
def test_what_routing_writes_fits_one_write_unit(results: Results, kind: str) -> None:
    """The head of a 2 KB lead through its whole life; an explanation and the counts of fifty recipients."""
    assert results[1][kind] < WRITE_BYTES


def test_what_the_documentation_says_of_costs_is_what_is_measured(results: Results) -> None:
    text = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    together = bills(results[0])
    for row in in_short(together).rows:
        assert f"| {' | '.join(row)} |" in text
    at_once, alone, pulls, calls = (each.dollars for each in together)
    assert (
        f"about ${at_once + 2 * pulls:.0f} to ${alone + 2 * pulls:.0f}, and ${2 * calls:.0f} more"
        in " ".join(text.split())
    )
