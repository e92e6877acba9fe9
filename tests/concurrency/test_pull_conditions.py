"""Under what a lead is lent, without luck: its hours, its phone's calls, its user's limit; and a claim that lands late.

As in test_interleavings.py, each rule and condition has a test here that fails without it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.do_not_call import listing
from routing.services.work import calls, edit, leases, transfer
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.faults import Fault
from tests.concurrency.invariants import kinds
from tests.concurrency.test_faults import attempt
from tests.concurrency.test_interleavings import interrupted
from tests.concurrency.world import ADMIN, World, account, opened, pull_strategy, user

pytestmark = pytest.mark.one_after_another

OKLAHOMA = "+14055550123"
CLOSES = datetime.fromisoformat("2026-03-03T02:00:00Z")
"""20:00 in Oklahoma."""


@pytest.fixture
def world(engine: Engine, table: str) -> Iterator[World]:
    """Everybody pulls inside calling hours, three leads an hour; nothing cools down. It is noon in Oklahoma."""
    strategy = {"calling_hours": True, "cool_down_minutes": 0, "hourly_limit": 3}
    with opened(engine.endpoint, table) as found:
        found.install(
            account("east", "branch", "corporate"),
            *(user(each, "east") for each in ("e1", "e2", "e3")),
            pull_strategy("all", "corporate", ["corporate"], **strategy),
        )
        found.now = CLOSES - timedelta(hours=8)
        yield found


def in_oklahoma(world: World) -> str:
    return world.routed("OK", phone=OKLAHOMA)


def called(world: World, who: str, disposition: str = "sold") -> str:
    """The user pulls a lead, and records this on it."""
    answer = world.pull(who)
    lead = str(answer["lead"]["id"])
    assert world.dispose(who, lead, disposition, answer["lease"]["token"]).status == 200
    return lead


def reasons(answer: Any) -> dict[str, int]:
    assert answer["lead"] is None
    return {each["reason"]: each["count"] for each in answer["why"]}


# -- rules ---------------------------------------------------------------------------------------------------------


def test_nothing_is_lent_outside_its_hours(world: World) -> None:
    in_oklahoma(world)
    world.now = CLOSES - timedelta(minutes=2) + timedelta(seconds=1)
    assert reasons(world.pull("e1")) == {"calling_hours": 1}


def test_a_lease_ends_with_the_window(world: World) -> None:
    in_oklahoma(world)
    world.now = CLOSES - timedelta(minutes=8)
    assert datetime.fromisoformat(world.pull("e1")["lease"]["expires_at"]) == CLOSES


def test_an_extended_lease_ends_with_the_window(world: World) -> None:
    lead = in_oklahoma(world)
    world.now = CLOSES - timedelta(minutes=20)
    token = world.pull("e1")["lease"]["token"]
    world.later(minutes=10)
    longer = leases.extend(world.store, "e1", lead, token, world.now, None)
    assert datetime.fromisoformat(longer.body["lease"]["expires_at"]) == CLOSES


def test_a_phone_is_called_three_times_and_no_fourth(world: World) -> None:
    for who in ("e1", "e2", "e3"):
        in_oklahoma(world)
        called(world, who)
        world.later(minutes=15)
    lead = in_oklahoma(world)
    assert reasons(world.pull("e1")) == {"call_limit": 1}
    assert kinds(invariants.check(world), lead) == ["filed", "call_limit"]


def test_who_put_a_lead_back_gets_another_before_it(world: World) -> None:
    leads = {world.routed("CO"), world.routed("CO")}
    put_back = called(world, "e1", "return")
    assert {called(world, "e1")} == leads - {put_back}
    assert called(world, "e1") == put_back


def test_a_suppressed_phone_is_called_by_nobody(world: World) -> None:
    first, second = (world.routed("CO", phone="+13035550123") for _ in range(2))
    closed = called(world, "e1", "do-not-call")
    world.later(minutes=15)
    assert world.pull("e2")["lead"] is None
    table = invariants.check(world)
    assert {table.heads[each].standing for each in (first, second)} == {"closed"}
    assert closed in (first, second)


# -- conditions ----------------------------------------------------------------------------------------------------


def test_two_leads_with_one_phone_are_not_lent_at_once(world: World) -> None:
    """Whoever holds the other one may have pulled it since the queue was read."""
    in_oklahoma(world), in_oklahoma(world)
    lost = world.pull("e1", interrupted(world, lambda: world.pull("e2", world.container())))
    assert reasons(lost)["phone_lent"] == 1
    assert [len(each) for each in invariants.check(world).calls.values()] == [1]


def test_a_phone_whose_lease_was_seen_to_be_over_is_lent_to_one_of_two(world: World) -> None:
    """What was said of the phone must still stand when it is lent."""
    in_oklahoma(world), in_oklahoma(world), in_oklahoma(world)
    called(world, "e3")
    store = world.container()
    transact, tries = store.table.transact, []

    def overtaken(writes: Any) -> None:
        tries.append(writes)
        if len(tries) == 2:  # the first one has learnt that the lease before is over
            assert world.pull("e2", world.container())["lead"] is not None
        transact(writes)

    store.table.transact = overtaken  # type: ignore[method-assign]
    assert reasons(world.pull("e1", store))["phone_lent"] >= 1
    assert [len(each) for each in invariants.check(world).calls.values()] == [2]


def held_elsewhere(world: World) -> str:
    """A lead that e1 holds, with another phone."""
    lead = world.routed("OK", phone="+14055550199")
    assert world.pull("e1")["lead"]["id"] == lead
    in_oklahoma(world)
    return lead


def test_a_phone_that_is_lent_meanwhile_is_given_to_no_leased_lead(world: World) -> None:
    lead = held_elsewhere(world)
    store = interrupted(world, lambda: world.pull("e2", world.container()))
    with pytest.raises(Problem) as refused:
        edit.edit(store, ADMIN, lead, {"phone": OKLAHOMA}, world.now)
    assert refused.value.code == "phone_lent"
    assert sum(head.lease is not None for head in invariants.check(world).heads.values()) == 2


def test_a_phone_that_a_leased_lead_is_given_meanwhile_is_not_lent(world: World) -> None:
    lead = held_elsewhere(world)
    change = {"phone": OKLAHOMA}
    store = interrupted(world, lambda: edit.edit(world.container(), ADMIN, lead, change, world.now))
    assert reasons(world.pull("e2", store))["phone_lent"] == 1
    invariants.check(world)


def test_a_lead_with_a_phone_left_is_lent_with_that_one(world: World) -> None:
    """The first is listed, or lent with another lead: which is learnt when it is claimed."""
    first, second = "+14055550188", "+14055550199"
    lead = world.routed("OK", phone=None, phones=[first, second])
    listing.put(world.store, ADMIN, first, listing.Terms(), world.now)
    world.deliver()
    assert invariants.check(world).heads[lead].standing == "open"
    assert world.pull("e1")["lease"]["phone"] == second
    world.dispose("e1", lead, "return", None)
    listing.lift(world.store, ADMIN, first, world.now)
    world.later(seconds=1)
    other = world.routed("OK", phone=first)
    lent = [
        world.pull("e2", interrupted(world, lambda: world.pull("e3", world.container()))),
        world.pull("e3"),
    ]
    assert {each["lead"]["id"]: each["lease"]["phone"] for each in lent} == {lead: second, other: first}
    invariants.check(world)


def test_a_second_phone_that_two_call_at_once_is_lent_to_one(world: World) -> None:
    shared = "+14055550177"
    leads = {}
    for who, own in (("e1", "+14055550188"), ("e2", "+14055550199")):
        leads[who] = world.routed("OK", phone=None, phones=[own, shared])
        assert world.pull(who)["lead"]["id"] == leads[who]

    def call(who: str, store: Store) -> int:
        return calls.call(store, who, leads[who], shared, world.now).status

    with pytest.raises(Problem) as refused:
        call("e1", interrupted(world, lambda: call("e2", world.container())))
    assert refused.value.code == "phone_lent"
    assert len(invariants.check(world).calls[world.store.contact_key(shared)]) == 1


def owned(world: World, who: str) -> str:
    lead = in_oklahoma(world)
    transfer.transfer(world.store, ADMIN, lead, who, world.now, None)
    return lead


def test_two_calls_to_a_phone_at_once_are_counted_both(world: World) -> None:
    """The calls that were read must still stand when one is added, the first ones too."""
    mine, theirs = owned(world, "e1"), owned(world, "e2")

    def other() -> None:
        calls.call(world.container(), "e2", theirs, None, world.now)

    calls.call(interrupted(world, other), "e1", mine, None, world.now)
    assert [len(each) for each in invariants.check(world).calls.values()] == [2]
    with pytest.raises(Problem, match="as often as it may be"):
        calls.call(interrupted(world, other), "e1", mine, None, world.now)
    assert [len(each) for each in invariants.check(world).calls.values()] == [3]


def test_a_reserved_call_that_was_given_back_meanwhile_is_not_made_in_its_place(world: World) -> None:
    """What the pull reserved of the phone is asked of the lease as it stands."""
    lead = in_oklahoma(world)
    token = world.pull("e1")["lease"]["token"]

    def given_back() -> None:
        world.dispose("e1", lead, "return", token, world.container())

    with pytest.raises(Problem, match="no such lead"):
        calls.call(interrupted(world, given_back), "e1", lead, None, world.now)
    assert not invariants.check(world).calls


def test_taps_at_once_do_not_pass_the_users_limit(world: World) -> None:
    """The counts that were read must still stand when they are written."""
    for _ in range(4):
        world.routed("CO")
    called(world, "e1"), called(world, "e1")

    def third() -> None:
        world.later(seconds=1)
        world.routed("CO")  # better than what the other tap has seen
        called(world, "e1")

    assert reasons(world.pull("e1", interrupted(world, third))) == {"own_limit": 2}
    invariants.check(world)


# -- a claim that lands after its lease expired ----------------------------------------------------------------------


def a_late_claim(world: World, who: str) -> None:
    """The user's claim is sent, is not answered, and is still on its way when its lease would have expired."""

    def late(_: int, operation: str, attempt: int) -> Fault | None:
        if operation != "TransactWriteItems":
            return None
        return Fault.LATE if attempt == 1 else Fault.LOST

    answers, succeeded = attempt(world, lambda: world.pull(who), late)
    assert (answers, succeeded, len(world.faults.late)) == ([], False, 1)
    world.later(minutes=16)


def everything(world: World) -> Any:
    table = invariants.check(world)
    return table.raw_heads, table.events, table.slots, table.calls, table.queue


def test_a_claim_that_lands_when_somebody_else_has_the_lead_changes_nothing(world: World) -> None:
    lead = in_oklahoma(world)
    a_late_claim(world, "e1")
    held = world.pull("e2")
    assert held["lead"]["id"] == lead
    before = everything(world)
    assert world.faults.land() == [400]
    assert everything(world) == before


def test_a_claim_that_lands_when_its_user_holds_another_lead_changes_nothing(world: World) -> None:
    lead = in_oklahoma(world)
    a_late_claim(world, "e1")
    other = world.routed("CO")
    assert world.pull("e1")["lead"]["id"] == other
    before = everything(world)
    assert world.faults.land() == [400]
    assert everything(world) == before
    assert world.pull("e2")["lead"]["id"] == lead


def test_a_claim_that_lands_on_an_untouched_lead_keeps_it_from_nobody(world: World) -> None:
    """It is recorded, and its lease is over: the next user has the lead at once, without anybody's help."""
    lead = in_oklahoma(world)
    a_late_claim(world, "e1")
    assert world.faults.land() == [200]
    assert invariants.check(world).heads[lead].lease_at(world.now) is None
    assert world.pull("e2")["lead"]["id"] == lead
    assert kinds(invariants.check(world), lead) == ["filed", "pulled", "pulled"]
