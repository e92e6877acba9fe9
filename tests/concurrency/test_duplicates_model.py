"""Posts of a few people in any order and at any time, beside a plain model of who is known by what."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.concurrency import invariants
from tests.concurrency.duplicate_operations import merges
from tests.concurrency.world import World

pytestmark = pytest.mark.one_after_another

LOOK_BACK = timedelta(hours=720)
POSTS = 14
Claim = tuple[str, ...]


@dataclass
class Person:
    """A lead of the model: all that it is known by, and when it was heard of last."""

    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    name: str | None = None

    def claims(self) -> list[Claim]:
        names = [self.name.casefold()] if self.name else []
        return [*((each,) for each in self.emails), *product(self.phones, names)]

    def add(self, other: "Person") -> None:
        self.emails += [each for each in other.emails if each not in self.emails]
        self.phones += [each for each in other.phones if each not in self.phones]
        self.name = self.name or other.name


@dataclass
class Model:
    leads: dict[str, Person] = field(default_factory=dict)
    owners: dict[Claim, tuple[str, datetime]] = field(default_factory=dict)

    def known(self, post: Person, now: datetime) -> set[str]:
        found = (self.owners.get(each) for each in post.claims())
        return {each[0] for each in found if each is not None and each[1] >= now - LOOK_BACK}

    def take(self, lead: str, person: Person, now: datetime) -> None:
        """What is free, or lapsed, or the lead's already."""
        for each in person.claims():
            if self.owners.get(each, (lead, now))[0] == lead or self.owners[each][1] < now - LOOK_BACK:
                self.owners[each] = (lead, now)


@pytest.mark.parametrize("seed", range(6))
def test_any_row_of_posts_ends_as_the_model_says(world: World, seed: int) -> None:
    merges(world)
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    model = Model()
    for _ in range(POSTS):
        world.later(hours=dice.choice((0, 1, 100, 400, 721)))
        post = Person(
            dice.sample(["a@example.com", "b@example.com", "c@example.com"], dice.choice((0, 1, 1, 2))),
            dice.sample(["+13035550101", "+13035550102", "+13035550103"], dice.choice((0, 1, 1, 2))),
            dice.choice(("Lee", "LEE", "Poe", None)),
        )
        if not (post.emails or post.phones):
            continue
        body = {"emails": post.emails, "phones": post.phones, "last_name": post.name, "state": "NV"}
        winners = model.known(post, world.now)
        answer = world.submit(body)
        lead = answer.body["lead_id"]
        if len(winners) == 1:
            assert (answer.status, {lead}) == (200, winners)
            model.take(lead, post, world.now)
            model.leads[lead].add(post)
            model.take(lead, model.leads[lead], world.now)
        else:
            assert (answer.status, set(answer.body.get("linked_to", []))) == (201, winners)
            assert lead not in model.leads
            model.leads[lead] = post
            model.take(lead, post, world.now)
        world.deliver()
    table = invariants.check(world, leads=len(model.leads))
    for lead, person in model.leads.items():
        (submission,) = table.submissions[lead]
        assert sorted(submission.contacts) == sorted([*person.emails, *person.phones])
