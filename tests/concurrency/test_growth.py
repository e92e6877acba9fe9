"""The measures of what grows go on measuring what they say, whatever is changed beneath them."""

from collections import Counter

import pytest

from bench import growth
from bench.budgets import START
from bench.company import Company, on_table
from bench.growth import Measure
from routing.runtime import clock
from routing.services import sweep
from tests.concurrency.conftest import Engine

SIZE = 3
STANDING = {"held leads": "held", "ready leads": "open"}


def named(measure: Measure) -> str:
    return measure.prepare.__name__


def leads(company: Company) -> dict[str, str]:
    """Every lead's standing."""
    pages = company.looker.get_paginator("scan").paginate(TableName=company.table)
    heads = [item for page in pages for item in page["Items"] if item["SK"]["S"] == "HEAD"]
    return {each["lead"]["S"]: each["standing"]["S"] for each in heads}


@pytest.mark.parametrize("measure", growth.MEASURES, ids=named)
def test_every_work_of_a_measure_can_be_done_and_is_metered(engine: Engine, measure: Measure) -> None:
    for cost in growth.costs(engine, measure, SIZE).values():
        assert cost.size == SIZE
        assert cost.read > 0
        assert cost.round_trips > 0


@pytest.mark.parametrize("measure", [each for each in growth.MEASURES if each.of in STANDING], ids=named)
def test_copies_stand_where_the_lead_stands_and_are_the_products_leads(
    engine: Engine, measure: Measure
) -> None:
    clock.fix(START)
    with on_table(engine) as company:
        works = measure.prepare(company, SIZE)
        work = next(works)
        assert Counter(leads(company).values()) == {STANDING[measure.of]: SIZE}
        work.do()
        assert Counter(leads(company).values()) == {STANDING[measure.of]: SIZE}
        for lead in leads(company):
            assert company.call("GET", f"/v1/leads/{lead}", user="admin")["first_name"] == "Ana"


def test_the_minutes_until_all_are_moved_are_counted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PAGE", 2), ("MOST_DUE", 2)):
        monkeypatch.setattr(sweep, name, value)
    (due,) = [each for each in growth.MEASURES if named(each) == "_due"]
    *_, until_moved = growth.costs(engine, due, 2 * SIZE).values()
    assert until_moved.minutes == SIZE
