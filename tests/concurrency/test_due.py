"""Leads that are due at one moment: however many, they move in few round trips, and none waits for another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.services import sweep as sweeping
from routing.services.sweep import sweep
from routing.storage import keys
from routing.storage.heads import from_item, replace_head
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World
from tools.engines import dynamodb_client
from tools.meter import Meter

LATENCY = 0.02
"""Seconds that a call takes at the least, so that what is sent at once overlaps."""


@pytest.fixture
def meter(engine: Engine, world: World) -> Iterator[Meter]:
    looker = dynamodb_client(engine.endpoint)
    yield Meter(world.client, looker, LATENCY)
    looker.close()


def delayed(world: World, count: int) -> list[str]:
    """So many leads that may be pulled in ten minutes."""
    leads = world.load(count)
    world.deliver()
    found = world.store.table.get_many([keys.head(each) for each in leads])
    heads = [from_item(item) for item in found.values()]
    at = world.now + timedelta(minutes=10)
    waiting = [replace(each, version=each.version + 1, available_at=at) for each in heads]
    writes = [replace_head(*each, world.now) for each in zip(heads, waiting, strict=True)]
    for first in range(0, len(writes), 100):
        world.store.table.transact(writes[first : first + 100])
    world.later(minutes=10)
    return leads


def ready(world: World, leads: Sequence[str]) -> int:
    table = invariants.check(world, at_rest=False)
    return sum(entry["QPK"].startswith("READY#") for each in leads for entry in table.queue[each])


def test_two_hundred_due_leads_move_in_few_round_trips(world: World, meter: Meter) -> None:
    """Two pages of the queue, each read, looked up on the do-not-call list, and moved 32 at a time."""
    leads = delayed(world, 200)
    with meter:
        assert sweep(world.store, world.now).returned == 200
    assert meter.round_trips <= 40
    assert ready(world, leads) == 200


def test_what_one_run_leaves_the_next_moves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PAGE", 3)
    monkeypatch.setattr(sweeping, "MOST_DUE", 6)
    leads = delayed(world, 15)
    assert [sweep(world.store, world.now).returned for _ in range(4)] == [6, 6, 3, 0]
    assert ready(world, leads) == 15
