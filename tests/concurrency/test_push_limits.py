"""Eight deliveries at once over one strategy with limits: every count exact, no limit passed by one, no lead twice.

Each delivery runs in a container of its own and brings every batch, each in another order, so that each entry of the
log is decided eight times over and by all at the same moment.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from routing.services.core.store import Store
from routing.services.push import route
from routing.services.sweep import sweep
from routing.services.work import edit
from routing.storage import keys, states
from routing.storage.table import Item
from tests.concurrency import invariants
from tests.concurrency.faults import WRITES, Choice, Fault, at_random
from tests.concurrency.world import ADMIN, Crashed, World, push_strategy

DELIVERIES = 8
BATCH = 25
STATE = "TX"
"""The state of the country whose leads these tests' strategies take."""
LIMITS = {"e1": (3, 5), "e2": (2, None), "w1": (None, 4), "w2": (1, 1), "e3": (0, None), "boss": (None, 0)}
"""(hourly, daily) of each recipient; two of them take nothing."""
FIRST_HOUR = {"e1": 3, "e2": 2, "w1": 4, "w2": 1}
SECOND_HOUR = {"e1": 2, "e2": 2}
"""What the limits leave room for, in this hour and the next of one day."""


def strategy(recipients: Iterable[dict[str, Any]], method: str):
    """The strategy of these tests, first in order."""
    kind, body = push_strategy("capped", "corporate", [], STATE, method=method, order=0)
    return kind, {**body, "recipients": list(recipients)}


def capped(method: str = "round_robin"):
    weight = {"weight": 10} if method == "weighted" else {}
    return strategy(
        (
            {"account": name, "hourly_limit": hourly, "daily_limit": daily, **weight}
            for name, (hourly, daily) in LIMITS.items()
        ),
        method,
    )


def rush(
    world: World, entries: Sequence[Item], containers: list[Store] | None = None, size: int = BATCH
) -> int:
    """All deliveries at once, each again until it is through, as the stream does; how many were cut short.

    containers: those of an earlier rush, which are warm. One whose delivery was cut short is replaced.
    """
    containers = containers or [world.container() for _ in range(DELIVERIES)]
    batches = [entries[at : at + size] for at in range(0, len(entries), size)]
    together = Barrier(DELIVERIES)

    def deliver(number: int) -> int:
        crashes = 0
        together.wait()
        for at in range(len(batches)):
            for again in count():
                try:
                    world.handle(batches[(at + number) % len(batches)], containers[number])
                    break
                except (Crashed, BotoCoreError, ClientError):
                    assert again < 30
                    crashes += 1
                    containers[number] = world.container()
        return crashes

    with ThreadPoolExecutor(DELIVERIES) as threads:
        crashed = sum(threads.map(deliver, range(DELIVERIES)))
    world.delivered |= {(each["PK"], each["SK"]) for each in entries}
    return crashed


def rush_all(world: World) -> None:
    """Everything new in the log, and what follows from it."""
    while entries := world.undelivered():
        rush(world, entries)


def received(world: World, leads: Sequence[str]) -> Counter[str]:
    """Who owns these leads."""
    heads = world.store.table.get_many([keys.head(each) for each in leads])
    return Counter(each["OPK"] for each in heads.values())


def counted(world: World, strategy: str = "capped") -> dict[str, tuple[int, int, int]]:
    """Each recipient's (hour, day, interval) as stored."""
    item = world.store.table.get(keys.strategy_state(strategy))
    assert item is not None
    state = states.from_item(item)
    accounts = world.container().configuration.load().company.push_strategies[strategy].accounts
    return dict(
        zip(
            accounts,
            zip(state.hour_counts, state.day_counts, state.interval_counts, strict=True),
            strict=True,
        )
    )


def doubled(table: invariants.Table, leads: Sequence[str]) -> list[str]:
    return [each for each in leads if invariants.kinds(table, each).count("assigned") > 1]


@pytest.mark.parametrize("method", ["round_robin", "weighted"])
def test_eight_deliveries_fill_every_limit_exactly_hour_by_hour(world: World, method: str) -> None:
    world.put(capped(method))
    world.deliver()
    leads = [world.ingest(STATE) for _ in range(60)]
    rush_all(world)
    assert received(world, leads) == {**FIRST_HOUR, "corporate": 50}
    world.later(hours=1)
    sweep(world.store, world.now)
    rush_all(world)
    assert received(world, leads) == Counter(FIRST_HOUR) + Counter(SECOND_HOUR) + Counter(corporate=46)
    world.later(hours=11)  # midnight
    sweep(world.store, world.now)
    rush_all(world)
    both_days = Counter(FIRST_HOUR) + Counter(SECOND_HOUR) + Counter(FIRST_HOUR)
    assert received(world, leads) == both_days + Counter(corporate=36)
    assert counted(world) == {name: (got := FIRST_HOUR.get(name, 0), got, got) for name in LIMITS}
    table = invariants.check(world, leads=60)
    assert doubled(table, leads) == []
    assert invariants.assignments(table, "capped") == both_days


@pytest.mark.parametrize("size", [BATCH, 100])
def test_eight_deliveries_with_weights_keep_the_ratio_to_the_lead(world: World, size: int) -> None:
    """size: of a batch; a hundred leads are more than one transaction takes."""
    weights = {"e1": 60, "e2": 20, "w1": 20}
    world.put(strategy(({"account": name, "weight": each} for name, each in weights.items()), "weighted"))
    world.deliver()
    leads = [world.ingest(STATE) for _ in range(100)]
    rush(world, world.undelivered(), size=size)
    assert received(world, leads) == weights
    table = invariants.check(world, leads=100)
    assert doubled(table, leads) == []


@pytest.mark.parametrize("items", [route.MAX_TRANSACTION_ITEMS, 9])
def test_eight_deliveries_of_leads_of_their_own_lose_none(
    world: World, monkeypatch: pytest.MonkeyPatch, items: int
) -> None:
    """Nobody else brings what a delivery gave up. items: of a transaction; nine are four leads."""
    monkeypatch.setattr(route, "MAX_TRANSACTION_ITEMS", items)
    world.put(capped("weighted"))
    world.deliver()
    leads = [world.ingest(STATE) for _ in range(80)]
    entries = world.undelivered()
    together = Barrier(DELIVERIES)

    def deliver(number: int) -> None:
        store = world.container()
        together.wait()
        world.handle(entries[number::DELIVERIES], store)

    with ThreadPoolExecutor(DELIVERIES) as threads:
        list(threads.map(deliver, range(DELIVERIES)))
    assert received(world, leads) == {**FIRST_HOUR, "corporate": 70}
    world.delivered |= {(each["PK"], each["SK"]) for each in entries}
    table = invariants.check(world, leads=80)
    assert {each.standing for each in table.heads.values()} == {"assigned", "held"}


def nth_of(operations: frozenset[str], number: int, fault: Fault, attempts: int) -> Choice:
    """Spoil the call of this number among those of these operations, for so many of its attempts."""
    calls: list[int] = []

    def choose(call: int, operation: str, attempt: int) -> Fault | None:
        if operation in operations and call not in calls:
            calls.append(call)
        return fault if calls[number - 1 : number] == [call] and attempt <= attempts else None

    return choose


READS = frozenset({"BatchGetItem", "GetItem", "Query"})
PLANS = {
    "lost-read": lambda number: nth_of(READS, number, Fault.LOST, 10),
    "lost": lambda number: nth_of(WRITES, number, Fault.LOST, 10),
    "unanswered": lambda number: nth_of(WRITES, number, Fault.UNANSWERED, 10),
    "unanswered-once": lambda number: nth_of(WRITES, number, Fault.UNANSWERED, 1),
    "conflict": lambda number: nth_of(WRITES, number, Fault.CONFLICT, 10),
}
"""Trouble at one call: for good, so that its delivery is cut short and comes again; or once, which botocore mends; or
a conflict, which the service itself tries again."""
CALLS = 12
"""Each delivery's first call is among these, and the second of those that lost the first race."""


@pytest.mark.parametrize("plan", PLANS)
def test_eight_deliveries_with_trouble_at_any_call_pass_no_limit(world: World, plan: str) -> None:
    world.put(capped())
    world.deliver()
    containers = [world.container() for _ in range(DELIVERIES)]
    total = cut_short = spoiled = 0
    for number in range(1, CALLS + 1):
        world.later(days=1)
        world.settled_until = keys.sortable(world.now)
        leads = [world.ingest(STATE) for _ in range(11)]
        total += 11
        entries = world.undelivered()
        with world.faults.plan(PLANS[plan](number)):
            cut_short += rush(world, entries, containers)
        spoiled += world.faults.happened > 0
        assert received(world, leads) == {**FIRST_HOUR, "corporate": 1}, number
        assert counted(world) == {name: (got := FIRST_HOUR.get(name, 0), got, got) for name in LIMITS}
    table = invariants.check(world, leads=total)
    assert doubled(table, list(table.heads)) == []
    assert spoiled >= DELIVERIES
    assert (cut_short > 0) == (plan in ("lost-read", "lost", "unanswered"))


@pytest.mark.parametrize("seed", range(3))
def test_eight_deliveries_in_a_storm_pass_no_limit(world: World, seed: int) -> None:
    world.put(capped())
    world.deliver()
    leads = [world.ingest(STATE) for _ in range(40)]
    entries = world.undelivered()
    with world.faults.plan(at_random(seed, 0.35)):
        rush(world, entries)
    assert world.faults.happened > 5
    rush_all(world)
    assert received(world, leads) == {**FIRST_HOUR, "corporate": 30}
    table = invariants.check(world, leads=40)
    assert doubled(table, leads) == []


def test_deliveries_while_the_strategy_is_edited_pass_no_limit(world: World) -> None:
    """Somebody takes a recipient out and puts them back, again and again, while leads come in."""
    world.put(capped())
    world.deliver()
    leads = [world.ingest(STATE) for _ in range(40)]
    entries = world.undelivered()
    without = capped()
    without[1]["recipients"] = [each for each in without[1]["recipients"] if each["account"] != "e1"]

    def edit_again_and_again() -> None:
        store = world.container()
        for each in (without, capped()) * 4:
            world.put(each, store)

    with ThreadPoolExecutor(1) as editor:
        edits = editor.submit(edit_again_and_again)
        rush(world, entries)
        edits.result()
    rush_all(world)
    assert received(world, leads) == {**FIRST_HOUR, "corporate": 30}
    table = invariants.check(world, leads=40)
    assert doubled(table, leads) == []


def test_an_edit_of_an_assigned_lead_assigns_nothing_again(world: World) -> None:
    """Nor does the same lead's entry, delivered once more after the edit."""
    world.put(capped())
    lead = world.ingest(STATE)
    entries = world.undelivered()
    world.deliver()
    owner = received(world, [lead])
    edit.edit(world.store, ADMIN, lead, {"first_name": "Lou", "state": STATE}, world.now)
    rush_all(world)
    rush(world, entries)
    assert received(world, [lead]) == owner == {"e1": 1}
    table = invariants.check(world, leads=1)
    assert invariants.kinds(table, lead).count("assigned") == 1
    assert counted(world)["e1"] == (1, 1, 1)
