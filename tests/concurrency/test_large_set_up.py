"""Whatever the size of the set-up: every save works, every lead is assigned or held and says why.

The client refuses what DynamoDB would: 100 items or 4 MB in a transaction, 400 KB in an item.
"""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from routing.domain.decisions import MOST
from routing.services.jobs import walks
from routing.storage import keys
from routing.storage.leads import event_from
from routing.storage.sizes import MAX_TRANSACTION
from routing.storage.table import Item
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, account, opened, pull_strategy, push_strategy, user

pytestmark = pytest.mark.one_after_another

BRANCHES, USERS, STRATEGIES = 250, 20, 3


@pytest.fixture
def empty(engine: Engine, table: str) -> Iterator[World]:
    with opened(engine.endpoint, table) as found:
        yield found


def of_kind(world: World, owner: str, kind: str) -> list[Item]:
    """What stands in an owner's log."""
    return [each for each in world.store.table.query_all(f"INTAKE#{owner}") if each["kind"] == kind]


def carry_out(world: World, kind: str) -> int:
    """Bring every request of this kind in the company's log, twice, until none follows; how many there were."""
    done: list[Item] = []
    while fresh := [each for each in of_kind(world, "corporate", kind) if each not in done]:
        world.handle(fresh)
        world.handle(fresh)
        done += fresh
    return len(done)


def decisions(world: World, lead: str) -> list[dict[str, Any]]:
    """What the timeline says, oldest first."""
    found = world.store.table.query_all(keys.head(lead).pk, begins="EVENT#")
    return [dict(event_from(each).detail) for each in found]


def test_250_branches_of_20_users_under_3_strategies_each(empty: World) -> None:
    branches = [f"branch-{at:03d}" for at in range(BRANCHES)]
    people = {each: [f"{each}-user-{at:02d}" for at in range(USERS)] for each in branches}
    empty.install(
        *(account(each, "branch", "corporate") for each in branches),
        *(user(name, each) for each in branches for name in people[each]),
        *(
            push_strategy(f"{each}-{at}", each, people[each], active_within_minutes=30, order=at)
            for each in branches
            for at in range(STRATEGIES)
        ),
        *(push_strategy(f"company-{at}", "corporate", branches, order=at) for at in range(STRATEGIES)),
    )
    leads = empty.load(25)
    sizes: list[int] = []
    empty.client.meta.events.register(
        "before-send.dynamodb.TransactWriteItems", lambda request, **_: sizes.append(len(request.body))
    )
    empty.handle(of_kind(empty, "corporate", "lead"))
    for lead in leads:
        (said,) = decisions(empty, lead)
        assert said["status"] == "held"
        assert len(json.dumps(said["decision"])) <= MOST
        for strategy in said["decision"]["strategies"]:
            assert strategy["matched"]
            reasons = Counter(each["reason"] for each in strategy["recipients"])
            assert reasons + Counter(strategy["recipients_more"]) == {"nobody_in_branch": BRANCHES}
            within = strategy["recipients"][0]["next"]["strategies"][0]
            assert within["recipients_more"] == {"inactive": USERS}
    assert max(sizes) < MAX_TRANSACTION
    # Every kind of resource is saved on top of it.
    for resource in (
        ("record-types", {"id": "lead", "name": "Lead", "fields": [{"name": "size", "type": "number"}]}),
        account("corporate", "corporate", None, timezone="America/Denver"),
        account(branches[0], "branch", "corporate", enabled=False),
        user(people[branches[2]][0], branches[2], enabled=False),
        push_strategy("company-0", "corporate", branches[:1], order=0),
        pull_strategy("everybody", "corporate", branches),
        ("sources", {"id": "web", "name": "Web"}),
        ("dispositions", {"id": "lost", "name": "Lost", "outcome": "close"}),
        ("calling-rules", {"id": "us", "windows": {"mon-fri": ["08:00", "21:00"]}, "ambiguous": "company"}),
    ):
        assert empty.put(resource).resource.version >= 1
    # Somebody comes back, and the leads that waited are theirs.
    empty.later(minutes=1)
    chosen = people[branches[7]][3]
    empty.switch(chosen, True)
    walks.ask(empty.store.table, ["corporate"], empty.now)
    empty.handle(of_kind(empty, "corporate", "walk"))
    heads = empty.store.table.get_many([keys.head(each) for each in leads])
    assert {item["OPK"] for item in heads.values()} == {chosen}


def test_saving_a_record_type_has_every_account_that_distributes_it_walk_its_leads(empty: World) -> None:
    branches = [f"branch-{at:03d}" for at in range(120)]
    empty.install(
        *(account(each, "branch", "corporate") for each in branches),
        *(user(f"{each}-user", each) for each in branches),
        *(push_strategy(f"{each}-all", each, [f"{each}-user"]) for each in branches),
    )
    fields = [{"name": "size", "type": "number"}]
    empty.put(("record-types", {"id": "lead", "name": "Lead", "fields": fields}))
    assert carry_out(empty, "retry_all") == 5
    assert [len(of_kind(empty, each, "walk")) for each in branches] == [1] * len(branches)
    # What is filed anew is one job, which goes through the branches.
    assert [(each.kind, each.owner) for each in empty.jobs()] == [("refile", "corporate")]
    while empty.work():
        pass
    assert empty.jobs() == []


def test_an_account_far_below_is_moved_and_disabled_and_all_above_it_are_asked(empty: World) -> None:
    line = ["corporate", *(f"level-{at:03d}" for at in range(130))]
    empty.install(
        *(account(each, "branch", above) for above, each in pairwise(line)),
        account("aside", "branch", "corporate"),
        user("far", line[-1]),
    )
    empty.put(user("far", line[-1], enabled=False))
    empty.put(user("far", "aside"))
    carry_out(empty, "retry_all")
    assert all(of_kind(empty, each, "walk") for each in [*line, "aside"])


def test_a_lead_that_would_pass_too_many_hops_at_once_is_held_and_says_so(empty: World) -> None:
    line = ["corporate", *(f"level-{at:03d}" for at in range(110))]
    empty.install(
        *(account(each, "branch", above) for above, each in pairwise(line)),
        *(push_strategy(f"{above}-down", above, [each]) for above, each in pairwise(line)),
    )
    (lead,) = empty.load(1)
    empty.deliver()
    (said,) = decisions(empty, lead)
    assert (said["status"], said["reason"]) == ("held", "too_many_hops")
    before = empty.store.table.get(keys.head(lead))
    empty.settle()
    assert empty.store.table.get(keys.head(lead)) == before
