"""What a pull reads does not grow with the company's branches and leads: metered small, and ten times as large."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from routing.domain.calling_hours import GROUPS
from routing.domain.company import MOST_POOLS
from routing.domain.heads import Head
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, account, opened, pull_strategy, user
from tools.engines import dynamodb_client
from tools.meter import Meter

LATENCY = 0.01
"""Seconds; far above what an engine here takes, so that what is sent at once overlaps."""
FEW, MANY = 20, 200


@dataclass
class Metered:
    """A world whose pulls are metered."""

    world: World
    looker: Any

    def pull(self, who: str) -> tuple[Any, Meter]:
        with Meter(self.world.client, self.looker, LATENCY) as meter:
            answer = self.world.pull(who)
        return answer, meter


@pytest.fixture
def metered(engine: Engine, table: str) -> Iterator[Metered]:
    looker = dynamodb_client(engine.endpoint)
    with opened(engine.endpoint, table) as world:
        yield Metered(world, looker)
    looker.close()


def ten_times(at: Callable[[int], Meter]) -> None:
    """The same reads in the same trips at FEW and at MANY."""
    few, many = at(FEW), at(MANY)
    assert many.round_trips <= few.round_trips, many.trace()
    assert many.units.read <= few.units.read, many.trace()


def test_what_is_listed_of_other_branches_costs_a_pull_nothing(metered: Metered) -> None:
    """As many branches, each with eight pools and all zone groups; one item for all would be 90 KB, and 900 KB."""
    world = metered.world
    world.install(
        *(account(f"branch-{at:03d}", "branch", "corporate") for at in range(MANY)),
        user("ana", "branch-000"),
        pull_strategy("all", "corporate", ["branch-000"]),
    )

    def at(branches: int) -> Meter:
        world.store.queues.register(
            Head("L", 1, "lead", "api", world.now, f"branch-{branch:03d}", ("", ""), pool=pool, group=group)
            for branch in range(branches)
            for pool in (f"pool-{number}" for number in range(MOST_POOLS))
            for group in GROUPS
        )
        world.pull("ana")
        return metered.pull("ana")[1]

    ten_times(at)
