"""What a save costs, and a container's reading after it, does not grow with the set-up; every copy is exact."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from routing.domain.resources import Body, Kind
from routing.services.company import set_up
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.configuration import LAYOUT, MOST_BEHIND, NewerLayout, SetUp
from routing.storage.table import Write
from tests.concurrency.conftest import Engine
from tests.concurrency.faults import Fault
from tests.concurrency.world import ADMIN, World, account, opened, pull_strategy, push_strategy, user
from tools.engines import dynamodb_client
from tools.meter import Meter

FEW, MANY = 60, 600
RULE: tuple[Kind, Body] = (
    "calling-rules",
    {"id": "us-nv", "country": "US", "state": "NV", "windows": {"mon-fri": ["09:00", "20:00"]}},
)


@dataclass
class Metered:
    world: World
    looker: Any

    def put(self, resource: tuple[Kind, Body]) -> Meter:
        with Meter(self.world.client, self.looker) as meter:
            self.world.put(resource)
        return meter

    def reload(self, store: Store) -> Meter:
        with Meter(self.world.client, self.looker) as meter:
            store.configuration.load()
        return meter


@pytest.fixture
def metered(engine: Engine, table: str) -> Iterator[Metered]:
    looker = dynamodb_client(engine.endpoint)
    with opened(engine.endpoint, table) as world:
        yield Metered(world, looker)
    looker.close()


@pytest.fixture
def world(metered: Metered) -> World:
    metered.world.install(account("east", "branch", "corporate"), user("ana", "east"), user("ben", "east"))
    return metered.world


def exact(store: Store, world: World) -> SetUp:
    """The set-up of this container, which is just what one finds that has read everything."""
    found, fresh = store.configuration.load(), world.container().configuration.load()
    assert found == fresh
    assert list(found.resources) == list(fresh.resources)
    assert list(found.company.accounts) == list(fresh.company.accounts)
    return found


def test_what_a_save_and_the_reading_after_it_cost_does_not_grow_with_the_set_up(metered: Metered) -> None:
    costs = []
    for number, count in ((1, FEW), (2, MANY)):
        world = metered.world
        world.install(
            account("east", "branch", "corporate"),
            *(user(f"user-{number}-{at:03d}", "east") for at in range(count)),
            *(
                pull_strategy(f"pull-{number}-{at:03d}", "corporate", ["east"], enabled=False)
                for at in range(count // 6)
            ),
        )
        other = world.container()
        other.configuration.load()
        world.store.configuration.load()
        saves = (
            account("west", "branch", "corporate", name=f"West {number}"),
            user(f"user-{number}-000", "east", name=f"U {number}"),
            push_strategy("turns", "east", [f"user-{number}-001"], order=number),
            pull_strategy("all", "corporate", ["east"], priority=number),
        )
        costs += [(count, metered.put(each)) for each in saves]
        costs.append((count, metered.reload(other)))
        exact(other, world)
    half = len(costs) // 2
    for (_, few), (_, many) in zip(costs[:half], costs[half:], strict=True):
        assert many.units.read <= few.units.read + 0.5, many.trace()
        assert many.units.write <= few.units.write + 2, many.trace()
        assert many.round_trips <= few.round_trips, many.trace()


def test_a_container_that_is_behind_comes_to_just_what_the_others_have(world: World) -> None:
    behind = world.container()
    exact(behind, world)
    for resource in (
        user("cy", "east"),
        user("ana", "east", name="Ana Maria"),
        push_strategy("turns", "east", ["ben"]),
        RULE,
        ("calling-rules", {**RULE[1], "effective_from": "2026-06-01"}),
        ("dispositions", {"id": "sold", "name": "Sold!", "outcome": "close"}),
    ):
        world.put(resource)
    set_up.delete(world.store, "accounts", "cy", ADMIN, None, world.now)
    assert set(exact(behind, world).company.accounts) >= {"ana", "ben"}
    set_up.delete(world.store, "calling-rules", "us-nv", ADMIN, None, world.now)
    assert not exact(behind, world).company.versions_of("us-nv")
    world.put(user("cy", "east"))
    assert "cy" in exact(behind, world).company.since
    world.put(RULE)
    assert len(exact(behind, world).company.versions_of("us-nv")) == 1


def test_what_an_earlier_release_saves_is_read_though_it_notes_no_change(world: World) -> None:
    """Its table as a whole, and its saves between those of this release while a deployment is under way."""
    behind = world.container()
    exact(behind, world)
    world.put(user("ana", "east", name="Ours"))
    world.put(user("ben", "east", name="Theirs"))
    version = world.store.configuration.load().company.version
    world.store.table.write(Write("Delete", key=keys.change(version)))
    world.put(user("ana", "east", name="Ours again"))
    assert exact(behind, world).company.accounts["ben"].name == "Theirs"


def test_a_container_that_is_behind_reads_nothing_more_when_a_newer_release_takes_over(world: World) -> None:
    behind = world.container()
    behind.configuration.load()
    world.put(user("ana", "east", name="Ana Maria"))
    mark = {"PK": keys.FORMAT.pk, "SK": keys.FORMAT.sk, "layout": LAYOUT + 1}
    world.store.table.write(Write("Put", item=mark))
    with pytest.raises(NewerLayout):
        behind.configuration.load()


def test_a_container_too_far_behind_reads_everything(world: World) -> None:
    behind = world.container()
    behind.configuration.load()
    for number in range(MOST_BEHIND + 1):
        world.put(user("ana", "east", name=f"Ana {number}"))
    asked: list[str] = []
    world.client.meta.events.register(
        "provide-client-params.dynamodb.Query",
        lambda params, **_: asked.append(params["ExpressionAttributeValues"][":pk"]["S"]),
    )
    exact(behind, world)
    assert "CHANGES" not in asked


def test_a_container_that_starts_while_others_save_needs_no_second_reading(world: World) -> None:
    saved = iter(range(1000))
    reads: list[str] = []

    def meanwhile(params: Any, **_: Any) -> None:
        """Somebody saves before the set-up is read, and after: no two readings of the version agree."""
        reads.append(params["ExpressionAttributeValues"][":pk"]["S"])
        if reads[-1] == "CONFIG":
            world.client.meta.events.unregister("provide-client-params.dynamodb.Query", meanwhile)
            world.put(user("ben", "east", name=f"Ben {next(saved)}"))
            world.client.meta.events.register("provide-client-params.dynamodb.Query", meanwhile)

    late = world.container()
    world.client.meta.events.register("provide-client-params.dynamodb.Query", meanwhile)
    late.configuration.load()
    world.client.meta.events.unregister("provide-client-params.dynamodb.Query", meanwhile)
    assert reads == ["CONFIG", "CHANGES"]
    assert exact(late, world).company.accounts["ben"].name == "Ben 0"


def test_two_who_save_at_once_are_both_in_every_copy(world: World) -> None:
    first, second, behind = world.container(), world.container(), world.container()
    for each in (first, second, behind):
        each.configuration.load()
    world.put(user("ana", "east", name="A"), first)
    world.put(user("ben", "east", name="B"), second)
    for store in (first, second, behind):
        names = exact(store, world).company.accounts
        assert (names["ana"].name, names["ben"].name) == ("A", "B")


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNANSWERED])
def test_a_save_that_broke_off_is_there_whole_or_not_at_all(world: World, fault: Fault) -> None:
    behind = world.container()
    behind.configuration.load()
    wanted = user("ana", "east", name="Ana Maria")
    with (
        world.faults.plan(lambda _, operation, __: fault if operation == "TransactWriteItems" else None),
        pytest.raises(BotoCoreError),
    ):
        world.put(wanted)
    is_there = fault is Fault.UNANSWERED
    assert (exact(behind, world).company.accounts["ana"].name == "Ana Maria") == is_there
    saved = world.put(wanted)
    assert saved.resource.version == 2
    assert exact(behind, world).company.accounts["ana"].name == "Ana Maria"
