"""Walks over held leads: however many ask, one is under way and one is to follow, and everybody who asked was seen."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from routing.services.core.store import Store
from routing.services.jobs import run, walks
from routing.services.people import presence
from routing.services.sweep import sweep
from routing.storage import keys
from routing.storage.presence import switch as switch_write
from routing.storage.table import Item, Write
from tests.concurrency import invariants
from tests.concurrency.world import World, push_strategy, user

REPS = [f"rep{number:03d}" for number in range(200)]
FEW = 5


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PAGE", FEW)


def everybody(world: World, available: bool) -> None:
    """The recipients of `straight` come or go, and nobody notices yet."""
    for each in ("w1", "w2", "e1"):
        world.store.table.write(switch_write(each, available, world.now))


def held(world: World, count: int) -> list[str]:
    """So many leads that nobody was there for, oldest first."""
    everybody(world, False)
    leads = []
    for _ in range(count):
        leads.append(world.routed("UT"))
        world.later(seconds=1)
    return leads


def pages(world: World) -> list[Item]:
    """Every page of every walk over the company's own leads."""
    return [each for each in world.log() if (each["PK"], each["kind"]) == ("INTAKE#corporate", "walk")]


def begun(world: World) -> int:
    """How many walks have been started so far."""
    return len({each["SK"].partition("+")[0] for each in pages(world)})


def bring(world: World, count: int = 1, store: Store | None = None) -> None:
    """The stream brings the next so many entries, each by itself."""
    for _ in range(count):
        entry = world.undelivered()[0]
        world.handle([entry], store)
        world.delivered.add((entry["PK"], entry["SK"]))


def owners(world: World, leads: list[str]) -> list[str]:
    table = invariants.check(world, at_rest=False)
    return [table.heads[each].owner for each in leads]


def sign_in(world: World) -> Counter[str]:
    """Two hundred reps, idle since yesterday, in eight containers at once. What they call, by operation."""
    stores = [world.container() for _ in range(8)]
    for each in stores:
        each.configuration.load()
    with world.faults.plan(lambda *_: None) as seen, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: presence.seen(stores[at % 8], REPS[at], world.now), range(len(REPS))))
    return Counter(seen.calls)


def test_two_hundred_who_sign_in_at_once_have_the_held_leads_walked_once(world: World) -> None:
    world.install(*(user(each, "east") for each in REPS))
    world.put(push_strategy("straight", "corporate", REPS, "UT", active_within_minutes=30))
    leads = world.load(3 * FEW - 2, ("UT",))
    world.deliver()
    before = len(pages(world))
    calls = sign_in(world)
    assert len(pages(world)) == before + 1
    # Each notes that they are active, reads one mark, and at most a few find that another has just asked.
    assert (calls["UpdateItem"], calls["BatchGetItem"]) == (200, 200)
    assert calls["TransactWriteItems"] <= 8
    assert calls.total() <= 410
    world.deliver()
    assert len(pages(world)) == before + 3
    assert len(set(owners(world, leads))) == len(leads)


def test_who_signs_in_while_a_walk_is_under_way_has_one_more_follow_it(world: World) -> None:
    world.install(*(user(each, "east") for each in REPS))
    world.put(push_strategy("straight", "corporate", REPS, "UT", active_within_minutes=30))
    leads = world.load(3 * FEW, ("UT",))
    world.deliver()
    before = begun(world)
    walks.ask(world.store.table, ["corporate"], world.now, unmatched=True)
    bring(world, 2)
    calls = sign_in(world)
    assert calls["TransactWriteItems"] == 0
    assert calls.total() <= 600
    bring(world)
    assert owners(world, leads[: 2 * FEW]) == ["corporate"] * 2 * FEW
    world.deliver()
    assert "corporate" not in owners(world, leads)
    assert begun(world) == before + 2
    assert world.store.table.get(keys.walk("corporate")) is None


def test_leads_that_a_walk_had_passed_go_to_who_came_back_late_in_it(world: World) -> None:
    leads = held(world, 2 * FEW)
    walks.ask(world.store.table, ["corporate"], world.now)
    bring(world)
    world.switch("w1", True)
    world.switch("w1", False)
    world.switch("w1", True)
    world.deliver()
    assert set(owners(world, leads)) == {"w1"}
    assert begun(world) == 2


def test_the_oldest_are_assigned_up_to_the_capacity_within_one_sweep(world: World) -> None:
    leads = held(world, 3 * FEW)
    limited = push_strategy("straight", "corporate", ["w1"], "UT")
    limited[1]["recipients"][0]["daily_limit"] = 2 * FEW - 3
    world.put(limited)
    world.deliver()
    everybody(world, True)
    sweep(world.container(), world.now)
    world.deliver()
    got = owners(world, leads)
    assert got == ["w1"] * (2 * FEW - 3) + ["corporate"] * (FEW + 3)


def test_a_walk_that_died_holds_the_next_up_until_the_sweep_after(world: World) -> None:
    leads = held(world, FEW + 1)
    walks.ask(world.store.table, ["corporate"], world.now)
    bring(world)
    world.skip()
    everybody(world, True)
    world.later(seconds=49)
    sweep(world.container(), world.now)
    world.deliver()
    assert begun(world) == 1
    world.later(minutes=1)
    sweep(world.container(), world.now)
    world.deliver()
    assert "corporate" not in owners(world, leads)


def test_what_a_dead_walk_was_to_do_with_unmatched_leads_is_done_by_the_next(world: World) -> None:
    walks.ask(world.store.table, ["corporate"], world.now, unmatched=True)
    world.skip()
    world.later(minutes=2)
    walks.ask(world.store.table, ["corporate"], world.now)
    bring(world)
    assert [each.get("standing") for each in world.undelivered()] == ["unmatched"]


def test_a_walk_that_waited_in_a_long_log_is_walked_until_its_successor_has_begun(world: World) -> None:
    """The stream is behind: a walk expires before its turn comes, and so would each be after it."""
    leads = held(world, 4 * FEW - 1)
    everybody(world, True)
    for _ in range(2):
        walks.ask(world.store.table, ["corporate"], world.now)
        world.later(minutes=1)
    first, second = pages(world)
    world.handle([first])
    assert "corporate" not in owners(world, leads[:FEW])
    assert "corporate" in owners(world, leads[FEW:])
    world.handle([second])
    page = next(each for each in pages(world) if each["SK"] == f"{first['SK']}+1")
    world.handle([page])
    assert set(owners(world, leads[2 * FEW :])) == {"corporate"}
    world.deliver()
    assert "corporate" not in owners(world, leads)
    assert world.store.table.get(keys.walk("corporate")) is None


# Two at once


def before(world: World, action: str, done: Callable[[], Any]) -> Store:
    """A container whose first single write of this kind comes right after `done`."""
    store = world.container()
    write, waiting = store.table.write, [done]

    def after_done(what: Write) -> Item:
        if what.action == action and waiting:
            waiting.pop()()
        return write(what)

    store.table.write = after_done  # type: ignore[method-assign]
    return store


def test_who_asks_just_before_a_walk_is_over_has_one_more_follow_it(world: World) -> None:
    """The condition under which the mark goes."""
    leads = held(world, 2)
    walks.ask(world.store.table, ["corporate"], world.now)
    bring(world, 1, before(world, "Delete", lambda: world.switch("w1", True, world.container())))
    world.deliver()
    assert set(owners(world, leads)) == {"w1"}


def test_who_asks_just_after_a_walk_was_over_starts_one(world: World) -> None:
    """The condition under which word is left: it is not left where nobody will hear it."""
    leads = held(world, 2 * FEW - 1)
    walks.ask(world.store.table, ["corporate"], world.now)
    bring(world)
    everybody(world, True)
    walks.ask(before(world, "Update", lambda: bring(world)).table, ["corporate"], world.now)
    world.deliver()
    assert "corporate" not in owners(world, leads)
    assert begun(world) == 2


def test_two_who_ask_at_once_start_one_walk(world: World) -> None:
    """The condition under which a walk starts."""
    leads = held(world, 2)
    store = world.container()
    get_many = store.table.get_many

    def overtaken(wanted: Any) -> Any:
        found = get_many(wanted)
        walks.ask(world.container().table, ["corporate"], world.now)
        return found

    store.table.get_many = overtaken  # type: ignore[method-assign]
    walks.ask(store.table, ["corporate"], world.now)
    assert begun(world) == 1
    assert leads
