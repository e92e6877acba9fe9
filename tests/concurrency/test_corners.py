"""Meetings of two rare things, each replayed in order."""

import pytest

from routing.services.company import set_up
from routing.services.sweep import sweep
from routing.services.work import edit, transfer
from tests.concurrency import invariants
from tests.concurrency.faults import Fault, nth
from tests.concurrency.invariants import kinds
from tests.concurrency.test_faults import attempt
from tests.concurrency.world import ADMIN, World, pull_strategy, push_strategy

pytestmark = pytest.mark.one_after_another


def test_a_leased_lead_that_no_strategy_sees_any_more_stays_with_its_holder(world: World) -> None:
    """Its pull strategies go, and a push strategy comes that wants it, while somebody is talking to the person."""
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    for each in ("fresh", "again"):
        set_up.delete(world.store, "pull-strategies", each, ADMIN, None, world.now)
    world.deliver()
    invariants.check(world)
    world.put(push_strategy("late", "corporate", ["w1", "w2"], "NV"))
    world.deliver()
    invariants.check(world)
    assert world.dispose("e1", lead, "contacted", token).status == 200
    world.settle()
    assert invariants.check(world).heads[lead].owner == "e1"


def test_a_lead_that_nobody_sees_any_more_is_pushed_when_its_lease_is_over(world: World) -> None:
    lead = world.routed("NV")
    world.pull("e1")
    for each in ("fresh", "again"):
        set_up.delete(world.store, "pull-strategies", each, ADMIN, None, world.now)
    world.deliver()
    world.put(push_strategy("late", "corporate", ["w1", "w2"], "NV"))
    world.deliver()
    world.later(minutes=16)
    world.settle()
    world.settle()
    assert invariants.check(world).heads[lead].owner == "w1"


def test_a_leased_lead_edited_out_of_every_strategy_stays_with_its_holder(world: World) -> None:
    world.put(
        pull_strategy(
            "fresh",
            "corporate",
            ["corporate"],
            criteria=[{"field": "state", "operator": "equals", "value": "NV"}],
        )
    )
    world.put(
        pull_strategy(
            "again",
            "corporate",
            ["corporate"],
            criteria=[{"field": "state", "operator": "equals", "value": "NV"}],
        )
    )
    world.settle()
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    edit.edit(world.store, ADMIN, lead, {"state": "UT"}, world.now)
    world.settle()
    invariants.check(world)
    assert world.dispose("e1", lead, "contacted", token).status == 200
    world.settle()
    assert invariants.check(world).heads[lead].owner == "e1"


@pytest.mark.parametrize("call", range(1, 7))
def test_a_repeat_that_says_something_else_completes_what_a_crash_left_and_agrees_with_itself(
    world: World, call: int
) -> None:
    """The client corrects the phone number and sends the lead again, because the first answer was an error."""
    body = world.body("NV")
    attempt(world, lambda: world.submit(body), nth(call, Fault.LOST, 10))
    answer = world.submit({**body, "phone": "+13035559999"})
    world.deliver()
    table = invariants.check(world, leads=1)
    assert table.submissions[answer.body["lead_id"]][0].received["phone"] in (body["phone"], "+13035559999")


def test_a_slot_whose_lease_was_transferred_away_takes_the_next_lead_at_once(world: World) -> None:
    first, second = world.routed("NV"), world.routed("NV")
    held = world.pull("e1")["lead"]["id"]
    transfer.transfer(world.store, ADMIN, held, "e3", world.now, None)
    assert world.pull("e1")["lead"]["id"] == ({first, second} - {held}).pop()
    invariants.check(world)


def test_a_lead_is_never_answered_as_missing_because_a_sweep_moved_it(world: World) -> None:
    """The sweep returns a cooled lead between the reading and the claim of a pull."""
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    world.dispose("e1", lead, "no-answer", token)
    world.later(hours=5)
    store = world.container()
    transact = store.table.transact
    moved: list[bool] = []

    def after_a_sweep(writes):
        if not moved:
            moved.append(True)
            sweep(world.container(), world.now)
        transact(writes)

    store.table.transact = after_a_sweep
    assert world.pull("e2", store)["lead"]["id"] == lead
    assert kinds(invariants.check(world), lead).count("pulled") == 2
