"""Posts of one person that race, on a real engine: one lead, whoever is first."""

# ruff: noqa: B023 - what runs at once has ended before a loop goes on

import random
from typing import Any

import pytest

from routing.services.work import edit
from routing.services.work.transfer import transfer
from tests.concurrency import invariants
from tests.concurrency.duplicate_operations import merges
from tests.concurrency.invariants import kinds
from tests.concurrency.test_races import at_once
from tests.concurrency.world import ADMIN, World

ROUNDS = 6


@pytest.fixture
def deduped(world: World) -> World:
    merges(world)
    return world


def post_at_once(world: World, bodies: list[dict[str, Any]]) -> list[Any]:
    return at_once(*(lambda body=each: world.submit(body, world.container()) for each in bodies))


@pytest.mark.parametrize(("posts", "rounds"), [(2, 12), (20, 2)])
def test_posts_of_one_person_at_once_are_one_lead(deduped: World, posts: int, rounds: int) -> None:
    for number in range(rounds):
        person = {**deduped.body("NV"), "external_id": None}
        answers = post_at_once(deduped, [person] * posts)
        assert sorted(each.status for each in answers) == [200] * (posts - 1) + [201]
        (lead,) = {each.body["lead_id"] for each in answers}
        deduped.deliver()
        table = invariants.check(deduped, leads=number + 1)
        assert kinds(table, lead).count("asked_again") == posts - 1


def test_two_who_share_one_thing_each_with_a_third_are_one_lead_or_linked(deduped: World) -> None:
    """a and b share an e-mail, b and c a phone: whoever comes when, no two leads claim the same, and all are told."""
    for _ in range(ROUNDS):
        a, b, c = (deduped.body("NV", last_name="Lee", external_id=None) for _ in range(3))
        bodies = [a, {**b, "email": a["email"]}, {**c, "phone": b["phone"]}]
        random.shuffle(bodies)
        before = len(invariants.read(deduped).heads)
        answers = post_at_once(deduped, bodies)
        deduped.deliver()
        table = invariants.check(deduped)
        made = len(table.heads) - before
        assert made == sum(each.status == 201 for each in answers)
        linked = [each for each in answers if "linked_to" in each.body]
        assert (made, len(linked)) in ((1, 0), (2, 0), (3, 1)), answers
        if linked:
            others = {each.body["lead_id"] for each in answers if each not in linked}
            assert set(linked[0].body["linked_to"]) == others


def test_the_same_request_twice_at_once_and_a_duplicate_of_it_are_one_lead(deduped: World) -> None:
    for number in range(ROUNDS):
        person = deduped.body("NV")
        other = {**deduped.body("NV"), "email": person["email"]}
        answers = post_at_once(deduped, [person, person, other, other])
        (lead,) = {each.body["lead_id"] for each in answers}
        retried = [deduped.submit(each) for each in (person, other)]
        assert {(each.status, each.body["lead_id"]) for each in retried} <= {(200, lead), (201, lead)}
        deduped.deliver()
        assert kinds(invariants.check(deduped, leads=number + 1), lead).count("asked_again") == 1


def test_a_duplicate_and_work_on_the_lead_leave_both(deduped: World) -> None:
    """Whoever is first: the disposition counts, and the receipt is merged by how the lead then stands."""
    effects = set()
    for _ in range(2 * ROUNDS):
        person = {**deduped.body("NV"), "external_id": None}
        lead = deduped.submit(person).body["lead_id"]
        deduped.deliver()
        pulled = deduped.pull("e1")
        assert pulled["lead"]["id"] == lead
        deduped.submit(person)
        entries = deduped.undelivered()
        at_once(
            lambda: deduped.handle(entries, deduped.container()),
            lambda: deduped.handle(entries, deduped.container()),
            lambda: deduped.dispose("e1", lead, "sold", pulled["lease"]["token"], deduped.container()),
        )
        deduped.deliver()
        table = invariants.check(deduped)
        assert table.heads[lead].standing == "closed"
        (event,) = [each for _, each in table.events[lead] if each.kind == "asked_again"]
        effects.add(event.detail["effect"])
        new = [each for each in table.heads if table.submissions[each][0].linked_to == (lead,)]
        assert len(new) == (event.detail["effect"] == "new_lead")
        for each in new:
            transfer(deduped.store, ADMIN, each, "boss", deduped.now, None)
    assert effects <= {"told", "new_lead"}


def test_posts_that_come_while_a_rule_is_taken_up_are_merged_or_claimed_for_once(world: World) -> None:
    """Afterwards each person's claims are one lead's, and whoever comes then is merged into it."""
    people = [{**world.body("UT"), "external_id": None} for _ in range(8)]
    for each in people:
        world.submit(each)
    world.deliver()
    merges(world, deliver=False)
    at_once(
        lambda: world.work(world.container()),
        *(lambda body=each: world.submit(body, world.container()) for each in people[:4]),
        lambda: [
            edit.edit(world.container(), ADMIN, lead, {"last_name": "Poe"}, world.now)
            for lead in leads(world)
        ],
    )
    world.deliver()
    table = invariants.check(world)
    owners = {}
    for each in table.claims:
        owners.setdefault(each["PK"], set()).add(each["lead"])
    assert all(len(each) == 1 for each in owners.values())
    before = len(table.heads)
    for each in people:
        assert world.submit(each).status == 200
    world.deliver()
    assert len(invariants.check(world).heads) == before


def leads(world: World) -> list[str]:
    return [each["lead"] for each in world.log() if each["kind"] == "lead"][:8]
