"""Many at once, on a real engine: threads and processes that pull, push, work and set up the same leads."""

# ruff: noqa: B023 - what runs at once has ended before a loop goes on

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from routing.services.core.problems import Problem
from routing.services.sweep import sweep
from routing.services.work import calls, edit, leases, notes, transfer
from tests.concurrency import invariants, worker
from tests.concurrency.conftest import Engine
from tests.concurrency.invariants import kinds
from tests.concurrency.world import (
    ADMIN,
    World,
    once,
    opened,
    pull_strategy,
    push_strategy,
    user,
)

LEADS = 500
THREADS = 16
PROCESSES = 4
ROUNDS = 12
STATES = ("CO", "UT", "TX", "AZ")


@pytest.fixture
def empty(engine: Engine, table: str) -> Iterator[World]:
    """A company with nobody in it, for the test to fill."""
    with opened(engine.endpoint, table) as found:
        yield found


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run these at the same moment, each in a thread; what each returned, or the Problem it answered with."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def crowd(world: World, size: int) -> list[str]:
    """So many users below the company, whom one pull strategy serves."""
    users = [f"u{number:03d}" for number in range(size)]
    world.install(
        *(user(each, "corporate") for each in users), pull_strategy("all", "corporate", ["corporate"])
    )
    return users


def test_threads_that_pull_from_one_queue_get_a_lead_each(empty: World) -> None:
    users = crowd(empty, LEADS)
    leads = empty.load(LEADS)
    empty.deliver()

    def pull_for(at: int) -> list[str]:
        store = empty.container()
        return [empty.pull(each, store)["lead"]["id"] for each in users[at::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        pulled = [each for part in pool.map(pull_for, range(THREADS)) for each in part]
    assert sorted(pulled) == leads
    table = invariants.check(empty, leads=LEADS)
    assert {head.lease.holder for head in table.heads.values() if head.lease} == set(users)


def test_processes_that_pull_and_sell_until_the_queue_is_empty_sell_each_lead_once(
    engine: Engine, table: str, empty: World
) -> None:
    users = crowd(empty, 2 * THREADS)
    leads = empty.load(LEADS)
    empty.deliver()
    running = [
        worker.start(
            engine.endpoint, table, empty.now, at, THREADS // PROCESSES, "pull", *users[at::PROCESSES]
        )
        for at in range(PROCESSES)
    ]
    sold = [lead for each in running for lead in json.loads(each.communicate(timeout=120)[0])]
    assert sorted(sold) == leads
    table_after = invariants.check(empty, leads=LEADS)
    assert {head.standing for head in table_after.heads.values()} == {"closed"}


def test_deliveries_that_race_repeat_and_crash_assign_every_lead_once(
    engine: Engine, table: str, empty: World
) -> None:
    recipients = [f"u{number}" for number in range(7)]
    empty.install(
        *(user(each, "corporate") for each in recipients),
        *(push_strategy(f"of-{state}", "corporate", recipients, state) for state in STATES),
    )
    empty.load(1000, STATES)
    running = [worker.start(engine.endpoint, table, empty.now, at, 2, "push") for at in range(PROCESSES)]
    troubles = [json.loads(each.communicate(timeout=240)[0]) for each in running]
    assert sum(troubles) > 20
    empty.deliver()
    found = invariants.check(empty, leads=1000)
    assert {head.standing for head in found.heads.values()} == {"assigned"}
    for state in STATES:
        got = invariants.assignments(found, f"of-{state}")
        assert sum(got.values()) == 250
        assert max(got.values()) - min(got.values()) <= 1
        assert dict(zip(recipients, found.states[f"of-{state}"].interval_counts, strict=True)) == got


def test_a_strategy_edited_between_batches_never_mixes_its_positions(world: World) -> None:
    """Recipients change places all the while: what a decision counted for one is never counted for another."""
    orders = [["w1", "w2", "e1"], ["e2", "w1"], ["e1", "w2", "w1", "e3"], ["w2"]]
    world.load(200, ("UT",))
    entries = world.log()

    def push_all(seed: int) -> None:
        mine = random.Random(seed).sample(entries, len(entries))  # noqa: S311 - to be repeated
        store = world.container()
        for at in range(0, len(mine), 10):
            world.handle(mine[at : at + 10], store)

    def edit_all() -> None:
        store = world.container()
        for number in range(24):
            who = orders[number % len(orders)]
            world.put(push_strategy("straight", "corporate", who, "UT", reset_interval="never"), store)

    at_once(lambda: push_all(1), lambda: push_all(2), edit_all)
    world.deliver()
    table = invariants.check(world, leads=200)
    assert sum(invariants.assignments(table, "straight").values()) == 200


def test_the_same_external_id_from_many_threads_is_one_lead(world: World) -> None:
    for _ in range(ROUNDS):
        body = world.body("UT")
        answers = at_once(*(lambda: world.submit(body, world.container()) for _ in range(8)))
        assert len({each.body["lead_id"] for each in answers}) == 1
        # Whoever wrote the head says 201, and so may one that found a head without its lead, and completed it.
        assert {each.status for each in answers} <= {200, 201}
        assert 201 in {each.status for each in answers}
    world.deliver()
    invariants.check(world, leads=ROUNDS)


def test_the_same_idempotency_key_from_many_threads_is_one_lead(world: World) -> None:
    for number in range(ROUNDS):
        body = {**world.body("UT"), "external_id": None}
        answers = at_once(
            *(lambda: world.submit(body, world.container(), once(f"k{number}", body=body)) for _ in range(8))
        )
        assert len({(each.status, each.body["lead_id"]) for each in answers}) == 1
    world.deliver()
    invariants.check(world, leads=ROUNDS)


def test_a_double_tap_gives_one_lead(world: World) -> None:
    for _ in range(ROUNDS):
        world.routed("NV")
        world.routed("NV")
        answers = at_once(*(lambda: world.pull("e1", world.container()) for _ in range(6)))
        assert len({(each["lead"]["id"], each["lease"]["token"]) for each in answers}) == 1
        invariants.check(world)
        world.dispose("e1", answers[0]["lead"]["id"], "sold", answers[0]["lease"]["token"])


def test_twin_dispositions_record_one_and_answer_alike(world: World) -> None:
    for _ in range(ROUNDS):
        world.routed("NV")
        pulled = world.pull("e1")
        lead, token = pulled["lead"]["id"], pulled["lease"]["token"]
        answers = at_once(
            *(lambda: world.dispose("e1", lead, "no-answer", token, world.container()) for _ in range(6))
        )
        assert all((each.status, each.body) == (200, answers[0].body) for each in answers)
        assert kinds(invariants.check(world), lead) == ["filed", "pulled", "disposition"]


def test_of_two_different_dispositions_on_a_lease_one_is_recorded(world: World) -> None:
    for _ in range(ROUNDS):
        world.routed("NV")
        pulled = world.pull("e1")
        lead, token = pulled["lead"]["id"], pulled["lease"]["token"]
        first, second = at_once(
            lambda: world.dispose("e1", lead, "sold", token, world.container()),
            lambda: world.dispose("e1", lead, "no-answer", token, world.container()),
        )
        lost, won = (first, second) if isinstance(first, Problem) else (second, first)
        assert (lost.status, lost.code, lost.extra["recorded"]) == (
            409,
            "already_recorded",
            won.body["last_disposition"],
        )
    invariants.check(world)


def test_a_late_disposition_and_another_pull_do_not_both_win(world: World) -> None:
    winners = Counter[str]()
    for _ in range(ROUNDS):
        world.routed("NV")
        pulled = world.pull("e1")
        lead, token = pulled["lead"]["id"], pulled["lease"]["token"]
        world.later(minutes=16)
        disposed, other = at_once(
            lambda: world.dispose("e1", lead, "sold", token, world.container()),
            lambda: world.pull("e2", world.container()),
        )
        if isinstance(disposed, Problem):
            assert (disposed.status, disposed.code) == (409, "lease_superseded")
            assert other["lead"]["id"] == lead
            table = invariants.check(world)
            assert table.heads[lead].lease.holder == "e2"
            assert "late_disposition" in kinds(table, lead)
            world.dispose("e2", lead, "sold", other["lease"]["token"])
        else:
            assert (disposed.status, other["lead"]) == (200, None)
        winners["pull" if isinstance(disposed, Problem) else "disposition"] += 1
        invariants.check(world)


@pytest.mark.parametrize("distribute", [False, True])
def test_a_pull_and_a_transfer_of_the_same_lead_leave_it_with_one_person(
    world: World, distribute: bool
) -> None:
    for number in range(ROUNDS):
        lead = world.routed("NV")
        to = "east" if distribute else "e3"
        pulled, moved = at_once(
            lambda: world.pull("e1", world.container()),
            lambda: transfer.transfer(
                world.container(),
                "boss",
                lead,
                to,
                world.now,
                once(f"move-{number}"),
                distribute=distribute,
            ),
        )
        assert moved.status == 200
        assert pulled["lead"] is None or pulled["lead"]["id"] == lead
        world.deliver()
        table = invariants.check(world)
        assert table.heads[lead].owner in ("e1", "e2", "e3")
        assert table.heads[lead].lease is None
        assert world.pull("e1", world.container())["lead"] is None


def test_all_that_can_happen_to_a_leased_lead_at_once(world: World) -> None:
    """Its holder extends, disposes, notes and pulls on; it is edited; the sweep passes; others pull."""
    for number in range(ROUNDS):
        lead = world.routed("NV")
        token = world.pull("e1")["lease"]["token"]
        world.later(minutes=14 + number % 3)

        results = at_once(
            lambda: leases.extend(world.container(), "e1", lead, token, world.now, None),
            lambda: world.dispose("e1", lead, "return", token, world.container()),
            lambda: notes.note(world.container(), "e1", lead, "spoke", world.now, None),
            lambda: edit.edit(world.container(), ADMIN, lead, {"first_name": f"N{number}"}, world.now),
            lambda: sweep(world.container(), world.now),
            lambda: world.pull("e2", world.container()),
            lambda: world.pull("e1", world.container()),
        )
        assert [each for each in results if isinstance(each, Problem) and each.status not in (404, 409)] == []
        world.settle()
        invariants.check(world)
        for who in ("e1", "e2"):
            held = world.pull(who)
            if held["lead"] is not None:
                world.dispose(who, held["lead"]["id"], "sold", held["lease"]["token"])
        for who in ("e1", "e2"):
            held = world.pull(who)
            if held["lead"] is not None:
                world.dispose(who, held["lead"]["id"], "sold", held["lease"]["token"])
        assert invariants.check(world).heads[lead].standing == "closed"


def test_held_leads_are_assigned_once_when_everybody_comes_back_at_once(world: World) -> None:
    for who in ("w1", "w2", "e1"):
        world.switch(who, False)
    leads = world.load(60, ("UT",))
    world.deliver()
    at_once(
        *(lambda who=who: world.switch(who, True, world.container()) for who in ("w1", "w2", "e1")),
        lambda: sweep(world.container(), world.now + timedelta(seconds=1)),
    )
    entries = world.undelivered()
    assert len(entries) >= 3
    at_once(*(lambda each=each: world.handle([each], world.container()) for each in entries))
    world.deliver()
    table = invariants.check(world, leads=60)
    assert {kind for lead in leads for kind in kinds(table, lead)} == {"held", "assigned"}
    got = invariants.assignments(table, "straight")
    assert max(got.values()) - min(got.values()) <= 1


def test_calls_at_once_of_two_users_to_one_phone_never_pass_the_limit(world: World) -> None:
    """Two leads with one phone in a state that allows three calls in 24 hours, in the afternoon."""
    world.later(hours=8)
    leads = {who: world.routed("OK", phone="+14055550123") for who in ("e1", "e2")}
    for who, lead in leads.items():
        transfer.transfer(world.store, ADMIN, lead, who, world.now, None)
    taps = [(who, lead, world.container()) for who, lead in leads.items() for _ in range(4)]
    answers = at_once(*(lambda tap=tap: calls.call(tap[2], tap[0], tap[1], None, world.now) for tap in taps))
    refused = [each.code for each in answers if isinstance(each, Problem)]
    assert refused == ["call_limit"] * 5
    (counted,) = invariants.check(world).calls.values()
    assert len(counted) == 3


def test_users_that_pull_leads_of_one_phone_at_once_get_one_of_them(empty: World) -> None:
    users = crowd(empty, 8)
    for _ in users:
        empty.submit(empty.body("NV", phone="+17025550123"))
    empty.deliver()
    pulls = ((each, empty.container()) for each in users)
    answers = at_once(*(lambda pull=pull: empty.pull(*pull) for pull in pulls))
    assert [each["lead"] is not None for each in answers].count(True) == 1
    invariants.check(empty, leads=8)
