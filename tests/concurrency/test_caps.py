"""Caps and releases under races: nobody passes a cap, and a post becomes one lead."""

# ruff: noqa: B023 - what runs at once has ended before a loop goes on

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.concurrency import intake_operations, invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.test_races import at_once
from tests.concurrency.world import World, opened


@pytest.fixture
def empty(engine: Engine, table: str) -> Iterator[World]:
    with opened(engine.endpoint, table) as found:
        yield found


def test_posts_at_once_never_pass_a_cap_by_one_lead_or_one_cent(empty: World) -> None:
    room = 20
    for caps in ([{"per": "day", "leads": 20}], [{"per": "month", "cost": 51}]):
        key = intake_operations.buy(empty, caps=caps)
        before = intake_operations.counted(empty)
        stores = [empty.container() for _ in range(5)]
        answers = at_once(
            *(
                lambda at=at: intake_operations.offer(empty, key, empty.body("UT"), stores[at % 5])
                for at in range(50)
            )
        )
        statuses = Counter(each.body.get("reason", each.body["status"]) for each in answers)
        why = "over_cap" if "leads" in caps[0] else "over_budget"
        assert statuses == {"new": room, why: 50 - room}
        gained = [
            after[0] - first[0] for first, after in zip(before, intake_operations.counted(empty), strict=True)
        ]
        assert sorted(gained) == [0, room]
    empty.deliver()
    table = invariants.check(empty)
    assert intake_operations.bought(table) == 40


def test_of_many_who_release_a_post_at_once_one_makes_the_lead(empty: World) -> None:
    release = intake_operations.Release()
    post = release.prepare(empty, 1)
    stores = [empty.container() for _ in range(8)]
    answers = at_once(*(lambda each=each: release.act(empty, each, post) for each in stores))
    assert sorted(each.status for each in answers) == [200] * 7 + [201]
    assert len({each.body["lead_id"] for each in answers}) == 1
    empty.deliver()
    assert intake_operations.bought(invariants.check(empty)) == 1
    assert [leads for leads, _ in intake_operations.counted(empty)] == [1, 1]
