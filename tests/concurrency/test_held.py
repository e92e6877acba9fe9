"""Held leads by signature: what can be placed now is read, nothing else, and none of it is overlooked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from routing.services.company import set_up
from routing.services.jobs import enqueue
from routing.services.push import held
from routing.services.sweep import RETRY_ALL_EVERY_MINUTES, StepsFailed, sweep
from routing.storage import keys, signatures
from routing.storage.heads import from_item, to_item
from routing.storage.presence import switch as switch_write
from routing.storage.table import ConditionFailed, Write
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.world import Crashed, World, pull_strategy, push_strategy
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
        assert listed(world).is_whole
        assert event_kinds(world, lead) == ["held", "held"]
        go(world, "w1", back=True)
        minute(world)
        assert owners(world, [lead]) == ["w1"]


def others(world: World) -> signatures.Others | None:
    return signatures.others_from(world.store.table.get(keys.others("corporate")))


def listed(world: World) -> signatures.Listed:
    return signatures.from_item(world.store.table.get(keys.signatures("corporate")))


@pytest.mark.parametrize("bound", ["MOST", "MOST_NAMED", "MOST_STRATEGIES"])
def test_leads_of_signatures_beyond_the_list_are_found(
    world: World, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(push_strategy("boss-only", "corporate", ["boss"], "TX"))
    go(world, "boss")
    without_anybody(world)
    monkeypatch.setattr(signatures, bound, 0 if bound == "MOST_STRATEGIES" else 1)
    lead = world.routed("TX")
    invariants.check(world, at_rest=False)
    go(world, "boss", back=True)
    minute(world)
    assert owners(world, [lead]) == ["boss"]
    assert (len(listed(world).strategies), others(world) is not None) == (1, True)


YOUNG = [{"field": "created_at", "operator": "within_last", "value": "P7D"}]


def unfound(world: World, by: str) -> str:
    """A lead held for boss alone, who is away, that no signature finds; the others are there for others' leads."""
    criteria = [{"field": "state", "operator": "equals", "value": "TX"}]
    if by == "age":
        world.put(push_strategy("boss-only", "corporate", ["boss"], criteria=[*criteria, *YOUNG]))
    else:
        terms = {"when_nobody": {"pull_after_minutes": 60}, "criteria": criteria}
        world.put(push_strategy("boss-only", "corporate", ["boss"], **terms))
        world.put(pull_strategy("young", "corporate", ["corporate"], priority=3, criteria=YOUNG))
    world.deliver()
    go(world, "boss")
    lead = without_anybody(world, "TX")
    go(world, "w1", "w2", "e1", back=True)
    world.settle()
    return lead


@pytest.mark.parametrize("by", ["age", "timer"])
def test_a_lead_that_no_signature_finds_goes_to_who_comes_back(world: World, by: str) -> None:
    lead = unfound(world, by)
    invariants.check(world)
    assert others(world) is not None
    world.switch("boss", True)
    world.deliver()
    assert owners(world, [lead]) == ["boss"]


@pytest.mark.parametrize("by", ["age", "timer"])
def test_a_minute_costs_the_same_however_many_no_signature_finds(
    world: World, by: str, read_units: Callable[[Callable[[], object]], float]
) -> None:
    """Of a thousand places a hundred leads are tried at most: of those only whom a signature does not rule out."""
    lead = unfound(world, by)
    copies(world, lead, 0, 1_200)
    few = read_units(lambda: minute(world))
    copies(world, lead, 1_200, 2_400)
    assert read_units(lambda: minute(world)) <= few + 5
    assert few <= {"age": 200, "timer": 60}[by]


def test_those_that_no_signature_finds_are_walked_bit_by_bit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_TRIED", 2)
    monkeypatch.setattr(held, "MOST_WALKED", 3)
    lead = unfound(world, "timer")
    copies(world, lead, 0, 4)
    world.store.table.write(signatures.walked("corporate", replace(others(world), place=None, begun=None)))

    def walked(*names: str) -> list[str]:
        found = others(world)
        assert found is not None
        leads, kept = held.walk_others(world.store, "corporate", listed(world), names, found, world.now)
        world.store.table.write(kept)
        return leads

    everybody = list(listed(world).strategies)
    seen = [walked(*everybody) for _ in range(4)]
    assert seen == [[lead, "C00000"], ["C00001", "C00002"], ["C00003", lead], ["C00000", "C00001"]]
    assert [walked(), walked()] == [[], []]


@pytest.mark.parametrize("passes", ["walk_others", "look_over"])
def test_a_pass_that_fails_where_it_asks_for_its_leads_asks_for_them_again(
    world: World, passes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_TRIED", 2)
    monkeypatch.setattr(held, "LOOKED_OVER", 2)
    lead = unfound(world, "timer")
    copies(world, lead, 0, 4)
    world.store.table.write(signatures.walked("corporate", replace(others(world), place=None, begun=None)))
    if passes == "look_over":
        world.later(minutes=RETRY_ALL_EVERY_MINUTES - world.now.minute % RETRY_ALL_EVERY_MINUTES)
    else:
        go(world, "boss", back=True)
        world.later(minutes=1)
    asked: list[Sequence[str]] = []

    def fails(_table: object, _owner: str, leads: Sequence[str], _now: object) -> None:
        asked.append(leads)
        raise EndpointConnectionError(endpoint_url="the table")

    monkeypatch.setattr(enqueue, "ask_some", fails)
    for _ in range(2):
        with suppress(Crashed, StepsFailed):
            sweep(world.store, world.now)
            world.deliver()
    assert asked == [[lead, "C00000"]] * 2


def test_once_no_lead_is_held_that_no_signature_finds_none_is_looked_for(world: World) -> None:
    lead = unfound(world, "timer")
    without_anybody(world)
    go(world, "boss", "e2", back=True)
    minute(world)
    assert owners(world, [lead]) == ["boss"]
    assert others(world) is not None
    for _ in range(6):
        minute(world)
    assert others(world) is None
    another = world.routed("TX")
    assert (owners(world, [another]), others(world)) == (["boss"], None)
    go(world, "boss")
    assert owners(world, [world.routed("TX")]) == ["corporate"]
    assert others(world) is not None


def test_a_lead_that_is_about_to_be_held_meanwhile_is_looked_for(world: World) -> None:
    """A pass that met none ends beside it; what it saw of the note has moved."""
    unfound(world, "age")
    before = others(world)
    assert before is not None
    world.later(minutes=30)
    world.store.table.write(signatures.others("corporate", world.now))
    with pytest.raises(ConditionFailed):
        world.store.table.write(signatures.no_others("corporate", before))
    assert others(world) is not None


def test_a_signature_whose_strategy_is_gone_is_taken_off_the_list(world: World) -> None:
    world.put(push_strategy("boss-only", "corporate", ["boss"], "TX"))
    go(world, "boss")
    without_anybody(world, "TX")
    world.routed("UT")
    set_up.delete(world.store, "push-strategies", "boss-only", "admin", None, world.now)
    world.deliver()
    minute(world)
    assert list(listed(world).strategies.values()) == [frozenset({"straight"})]


def test_all_are_looked_over_bit_by_bit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "LOOKED_OVER", 2)
    lead = without_anybody(world)
    copies(world, lead, 0, 4)

    def looked_over() -> list[str]:
        leads, kept = held.look_over(world.store, "corporate", listed(world))
        for each in kept:
            world.store.table.write(each)
        return leads

    seen = [looked_over() for _ in range(4)]
    assert seen == [[lead, "C00000"], ["C00001", "C00002"], ["C00003"], [lead, "C00000"]]
