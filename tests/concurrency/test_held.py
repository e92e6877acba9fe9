"""Held leads by signature: what can be placed now is read, nothing else, and none of it is overlooked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.services.company import set_up
from routing.services.push import held
from routing.services.sweep import sweep
from routing.storage import keys, signatures
from routing.storage.heads import from_item, to_item
from routing.storage.presence import switch as switch_write
from routing.storage.table import Write
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, push_strategy
from tools.engines import dynamodb_client
from tools.meter import Meter

LATENCY = 0.001
FEW, MANY = 100, 5_000


@pytest.fixture
def read_units(engine: Engine, world: World) -> Iterator[Callable[[Callable[[], object]], float]]:
    looker = dynamodb_client(engine.endpoint)

    def units(do: Callable[[], object]) -> float:
        with Meter(world.client, looker, LATENCY) as meter:
            do()
        return meter.units.read

    yield units
    looker.close()


def go(world: World, *who: str, back: bool = False) -> None:
    """They come or go, and nobody notices yet."""
    for each in who:
        world.store.table.write(switch_write(each, back, world.now))


def without_anybody(world: World, state: str = "UT") -> str:
    """A lead of a state for which nobody is there, and that all held leads have their signature."""
    go(world, "w1", "w2", "e1")
    lead = world.routed(state)
    world.settle()
    return lead


def copies(world: World, lead: str, first: int, last: int) -> list[str]:
    """Held as this one is, each later than the one before: quicker than one by one."""
    head = from_item(world.store.table.get_many([keys.head(lead)])[keys.head(lead)])
    since = head.since or head.created_at
    made = [
        replace(head, id=f"C{number:05d}", since=since + timedelta(milliseconds=number + 1))
        for number in range(first, last)
    ]
    world.put_all([to_item(copy, world.now) for copy in made])
    return [copy.id for copy in made]


def minute(world: World) -> None:
    world.later(minutes=1)
    if world.now.minute % 10 == 0:
        world.later(minutes=1)
    sweep(world.store, world.now)
    world.deliver()


def owners(world: World, leads: Sequence[str]) -> list[str]:
    table = invariants.check(world, at_rest=False)
    return [table.heads[each].owner for each in leads]


def event_kinds(world: World, lead: str) -> list[str]:
    return invariants.kinds(invariants.read(world), lead)


def test_a_minute_costs_the_same_however_many_are_held_for_nobody(
    world: World, read_units: Callable[[Callable[[], object]], float]
) -> None:
    """Others of the company could take some lead, only not these."""
    lead = without_anybody(world)
    copies(world, lead, 0, FEW)
    few = read_units(lambda: minute(world))
    copies(world, lead, FEW, MANY)
    assert read_units(lambda: minute(world)) <= few + 2


def test_who_comes_back_has_those_read_that_they_can_take(
    world: World, read_units: Callable[[Callable[[], object]], float]
) -> None:
    world.put(push_strategy("boss-only", "corporate", ["boss"], "TX"))
    go(world, "boss")
    other = without_anybody(world, "TX")
    found = []
    for first, last in ((0, FEW), (FEW, 10 * FEW)):
        copies(world, other, first, last)
        go(world, "w1", "w2", "e1")
        leads = [world.routed("UT") for _ in range(3)]
        go(world, "w1", back=True)
        found.append(read_units(lambda: minute(world)))
        heads = world.store.table.get_many([keys.head(each) for each in leads])
        assert [each["OPK"] for each in heads.values()] == ["w1"] * 3
    few, many = found
    assert many <= few + 5


def test_the_oldest_of_all_placeable_signatures_come_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.jobs.run.PAGE", 2)
    one, two = (
        push_strategy("straight", "corporate", ["w1"], "UT"),
        push_strategy("other", "corporate", ["w1"], "TX"),
    )
    for each in (one, two):
        each[1]["recipients"][0]["daily_limit"] = 2
        world.put(each)
    without_anybody(world)
    go(world, "w1")
    leads = []
    for state in ("TX", "UT", "TX", "UT", "TX"):
        leads.append(world.routed(state))
        world.later(seconds=1)
    go(world, "w1", back=True)
    minute(world)
    assert owners(world, leads) == ["w1", "w1", "w1", "corporate", "corporate"]


def test_twenty_who_sign_out_and_in_leave_nothing_on_a_held_leads_timeline(world: World) -> None:
    lead = without_anybody(world)
    assert event_kinds(world, lead) == ["held"]
    for _ in range(10):
        for who in ("e2", "e3"):
            world.switch(who, False)
            world.switch(who, True)
        minute(world)
    assert event_kinds(world, lead) == ["held"]


def test_a_lead_that_a_strategy_begins_to_want_is_held_under_both(world: World) -> None:
    lead = without_anybody(world)
    world.put(push_strategy("boss-too", "corporate", ["boss"], "UT"))
    go(world, "boss")
    world.deliver()
    assert event_kinds(world, lead) == ["held", "held"]
    go(world, "boss", back=True)
    minute(world)
    assert owners(world, [lead]) == ["boss"]


def unsigned(world: World, lead: str) -> None:
    """As the release before left it."""
    item = dict(world.store.table.get_many([keys.head(lead)])[keys.head(lead)])
    del item["TPK"], item["TSK"]
    item["held_because"] = "0123456789abcdef"
    world.store.table.write(Write("Put", item=item))
    world.store.table.write(Write("Delete", key=keys.signatures("corporate")))
    world.store = world.container()


@pytest.mark.parametrize("back", [False, True])
def test_what_an_earlier_release_held_is_found_and_given_its_signature(world: World, back: bool) -> None:
    lead = without_anybody(world)
    unsigned(world, lead)
    go(world, "w1", back=back)
    minute(world)
    if back:
        assert owners(world, [lead]) == ["w1"]
    else:
        listed = signatures.from_item(world.store.table.get(keys.signatures("corporate")))
        assert listed.is_whole
        assert event_kinds(world, lead) == ["held", "held"]
        go(world, "w1", back=True)
        minute(world)
        assert owners(world, [lead]) == ["w1"]


@pytest.mark.parametrize("bound", ["MOST", "MOST_NAMED"])
def test_leads_of_signatures_beyond_the_list_are_found(
    world: World, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signatures, bound, 1)
    world.put(push_strategy("boss-only", "corporate", ["boss"], "TX"))
    go(world, "boss")
    without_anybody(world)
    lead = world.routed("TX")
    go(world, "boss", back=True)
    minute(world)
    assert owners(world, [lead]) == ["boss"]
    listed = signatures.from_item(world.store.table.get(keys.signatures("corporate")))
    assert (len(listed.strategies), listed.has_others) == (1, True)


def test_a_signature_whose_strategy_is_gone_is_taken_off_the_list(world: World) -> None:
    world.put(push_strategy("boss-only", "corporate", ["boss"], "TX"))
    go(world, "boss")
    without_anybody(world, "TX")
    world.routed("UT")
    set_up.delete(world.store, "push-strategies", "boss-only", "admin", None, world.now)
    world.deliver()
    minute(world)
    listed = signatures.from_item(world.store.table.get(keys.signatures("corporate")))
    assert list(listed.strategies.values()) == [frozenset({"straight"})]


def test_all_are_looked_over_bit_by_bit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "LOOKED_OVER", 2)
    lead = without_anybody(world)
    copies(world, lead, 0, 4)
    listed, seen = [], []
    for _ in range(4):
        found = signatures.from_item(world.store.table.get(keys.signatures("corporate")))
        listed.append(found.place)
        seen.append(held.look_over(world.store, "corporate", found))
    assert seen == [[lead, "C00000"], ["C00001", "C00002"], ["C00003"], [lead, "C00000"]]
