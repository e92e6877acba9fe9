"""Two at once, without luck: what another container does between one's reading and writing, or what its memory hides.

Each condition under which something is written has a test here that fails without it; tools/mutants.py takes them
away, one at a time.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing.services.company import set_up
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.sweep import sweep
from routing.services.work import leases, notes, transfer
from routing.storage.table import Write
from tests.concurrency import invariants
from tests.concurrency.invariants import assignments, kinds
from tests.concurrency.world import ADMIN, COMPANY, World, complete, once, push_strategy, user

pytestmark = pytest.mark.one_after_another


def interrupted(world: World, action: Callable[[], Any]) -> Store:
    """A container whose first transaction comes right after `action`."""
    store = world.container()
    transact, waiting = store.table.transact, [action]

    def after_action(writes: Iterable[Write]) -> None:
        if waiting:
            waiting.pop()()
        transact(list(writes))

    store.table.transact = after_action  # type: ignore[method-assign]
    return store


def test_two_deliveries_count_both_of_their_leads(world: World) -> None:
    """The state's version condition."""
    world.ingest("UT"), world.ingest("UT")
    first, second = world.undelivered()
    world.handle([first], interrupted(world, lambda: world.handle([second], world.container())))
    world.deliver()
    assert assignments(invariants.check(world), "straight") == {"w1": 1, "w2": 1}


def test_two_deliveries_of_one_lead_assign_it_once(world: World) -> None:
    """The head's condition, for what push writes."""
    world.ingest("UT")
    entries = world.undelivered()
    world.handle(entries, interrupted(world, lambda: world.handle(entries, world.container())))
    world.deliver()
    assert assignments(invariants.check(world), "straight") == {"w1": 1}


def test_two_users_who_want_the_same_lead_get_one_each(world: World) -> None:
    """The head's condition, for what a pull writes."""
    for _ in range(2):
        world.routed("NV")
    other: list[Any] = []
    mine = world.pull("e1", interrupted(world, lambda: other.append(world.pull("e2", world.container()))))
    invariants.check(world)
    assert mine["lead"]["id"] != other[0]["lead"]["id"]


def test_a_second_tap_while_the_first_is_under_way_gives_the_same_lead(world: World) -> None:
    """The slot's condition: the second finds a lead that has just come in, and is better than what the first saw."""
    seen = world.routed("NV")
    other: list[Any] = []

    def second_tap() -> None:
        world.later(seconds=1)
        world.routed("NV")
        other.append(world.pull("e1", world.container()))
        assert other[0]["lead"]["id"] != seen

    mine = world.pull("e1", interrupted(world, second_tap))
    invariants.check(world)
    assert (mine["lead"]["id"], mine["lease"]) == (other[0]["lead"]["id"], other[0]["lease"])


def _lapsed(world: World) -> tuple[str, str]:
    """A lead whose lease `e1` let lapse, and another lead that is ready."""
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    world.later(minutes=16)
    world.routed("NV", phone="+17205550000")
    return lead, token


def test_a_late_disposition_leaves_alone_the_lead_that_its_user_holds_by_now(world: World) -> None:
    """The token, in the slot that a disposition empties."""
    lead, token = _lapsed(world)
    store = interrupted(world, lambda: world.pull("e1", world.container()))
    assert world.dispose("e1", lead, "no-answer", token, store).status == 200
    invariants.check(world)
    held = world.pull("e1")
    assert kinds(invariants.check(world), held["lead"]["id"])[-1] == "pulled"


def test_a_late_extension_leaves_alone_the_lead_that_its_user_holds_by_now(world: World) -> None:
    """The token, in the slot that an extension prolongs."""
    lead, token = _lapsed(world)
    store = interrupted(world, lambda: world.pull("e1", world.container()))
    with pytest.raises(Problem) as refused:
        leases.extend(store, "e1", lead, token, world.now, None)
    assert refused.value.status == 409
    invariants.check(world)


def test_a_token_of_an_earlier_lease_ends_no_later_one(world: World) -> None:
    lead = world.routed("NV")
    old = world.pull("e1")["lease"]["token"]
    world.later(minutes=16)
    new = world.pull("e1")["lease"]["token"]
    assert new != old
    with pytest.raises(Problem) as refused:
        world.dispose("e1", lead, "sold", old)
    assert refused.value.status == 409
    table = invariants.check(world)
    assert table.heads[lead].lease is not None
    assert table.heads[lead].lease.token == new


def test_nothing_is_pulled_before_it_is_due_by_the_clock_of_who_pulls(world: World) -> None:
    """The sweep's clock is ahead: what it has put on the ready side is not yet due for a slower clock."""
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    world.dispose("e1", lead, "no-answer", token)
    due = world.later(minutes=240)
    sweep(world.container(), due)
    world.now = due - timedelta(seconds=1)
    assert world.pull("e2")["lead"] is None
    world.now = due
    assert world.pull("e2")["lead"]["id"] == lead


def test_who_has_lost_a_lead_by_a_faster_clock_gets_another(world: World) -> None:
    """By their own clock they hold it still, and their slot says so; the lead is somebody else's."""
    lapsed = world.routed("NV")
    ends = datetime.fromisoformat(world.pull("e1")["lease"]["expires_at"])
    world.now = ends
    taken = world.pull("e2", world.container())
    assert taken["lead"]["id"] == lapsed
    world.now = ends - timedelta(seconds=1)
    other = world.routed("NV")
    mine = world.pull("e1")
    assert (mine["lead"]["id"], mine["reason"]["why"]) == (other, "most_important")
    table = invariants.check(world)
    held = {who: slot["held_lead"] for who, slot in table.slots.items() if "held_lead" in slot}
    assert held == {"e1": other, "e2": lapsed}


def test_nothing_is_pulled_during_its_cool_down(world: World) -> None:
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    world.dispose("e1", lead, "no-answer", token)
    world.later(minutes=239)
    assert world.pull("e2")["lead"] is None


def test_those_who_are_away_do_not_disturb_the_turns_of_the_others(world: World) -> None:
    """The cursor: with `n mod size` the one after the absent would get three times as many."""
    five = ["w1", "w2", "e1", "e2", "e3"]
    world.put(push_strategy("straight", "corporate", five, "UT"))
    for each in ("w2", "e1"):
        world.switch(each, False)
    world.deliver()
    world.load(30, ("UT",))
    world.deliver()
    assert assignments(invariants.check(world), "straight") == {"w1": 10, "e2": 10, "e3": 10}


def test_a_clock_that_is_behind_counts_into_the_later_day(world: World) -> None:
    """Periods never go backwards: midnight has passed for one container, and not yet for another."""
    world.put(push_strategy("straight", "corporate", ["w1", "w2", "e1"], "UT"))
    world.deliver()
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    for seconds in (1, -2, 3):
        world.now = midnight + timedelta(seconds=seconds)
        world.routed("UT")
    state = invariants.read(world).states["straight"]
    assert (state.day, state.day_counts, state.interval_counts) == ("2026-03-03", (1, 1, 1), (1, 1, 1))


def test_a_container_that_has_been_up_for_long_sees_who_is_disabled(world: World) -> None:
    """The set-up is trusted by its version, as read with the state."""
    world.routed("UT")
    store = world.container()
    set_up.put(store, *_body(user("w1", "west", enabled=False)), ADMIN, None, world.now)
    set_up.put(store, *_body(user("e1", "east", enabled=False)), ADMIN, None, world.now)
    for _ in range(4):
        world.routed("UT")
    assert assignments(invariants.check(world), "straight") == {"w1": 1, "w2": 4}


def _body(resource: tuple[Any, Any]) -> tuple[Any, Any]:
    return resource[0], complete(*resource)


def test_a_container_that_has_been_up_for_long_sees_who_has_left(world: World) -> None:
    """Presence is read with the state, whatever was read before."""
    for _ in range(3):
        world.routed("UT")
    world.switch("w1", False, world.container())
    for _ in range(4):
        world.routed("UT")
    assert assignments(invariants.check(world), "straight") == {"w1": 1, "w2": 3, "e1": 3}


def test_a_container_that_has_been_up_for_long_finds_a_queue_that_is_new(world: World) -> None:
    """The registry is read with the slot, whatever was read before."""
    assert world.pull("w1")["lead"] is None
    other = world.container()
    transfer.transfer(other, ADMIN, world.routed("UT"), "west", world.now, None)
    assert world.pull("w1")["lead"] is not None


def test_a_strategy_that_is_saved_while_a_batch_is_decided_decides_it(world: World) -> None:
    """The state goes with a version of its strategy."""
    world.ingest("UT")
    edited = push_strategy("straight", "corporate", ["e3"], "UT", reset_interval="never")
    world.handle(world.undelivered(), interrupted(world, lambda: world.put(edited, world.container())))
    world.deliver()
    assert assignments(invariants.check(world), "straight") == {"e3": 1}


def test_two_who_set_up_at_once_do_not_undo_what_the_other_was_checked_against(world: World) -> None:
    """The set-up's version condition: a recipient is not deleted while a strategy comes to name it."""
    named = push_strategy("new", "corporate", ["boss"], "TX")
    store = interrupted(world, lambda: world.put(named, world.container()))
    with pytest.raises(Problem) as refused:
        set_up.delete(store, "accounts", "boss", ADMIN, None, world.now)
    assert refused.value.code == "in_use"
    assert world.container().configuration.load().company.push_strategies["new"].accounts == ("boss",)


def test_a_repeat_under_the_same_key_while_the_first_is_under_way_answers_the_same(world: World) -> None:
    """The idempotency record's condition."""
    lead = world.routed("NV")
    token = world.pull("e1")["lease"]["token"]
    arguments = ("e1", lead, "spoke to them", world.now, once("note"))
    other: list[Any] = []
    store = interrupted(world, lambda: other.append(notes.note(world.container(), *arguments)))
    mine = notes.note(store, *arguments)
    assert (mine.status, mine.body) == (other[0].status, other[0].body)
    assert kinds(invariants.check(world), lead).count("note") == 1
    assert token


def test_the_company_of_these_tests_is_a_right_one(world: World) -> None:
    """It is put in place without the checks of the set-up API, which would refuse a wrong one."""
    for each in COMPANY:
        assert not world.put(each).created
