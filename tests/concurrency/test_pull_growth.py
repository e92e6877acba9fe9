"""What a pull reads does not grow with the company's branches and leads: metered small, and with 5,000 leads."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing.domain.accounts import CORPORATE
from routing.domain.calling_hours import GROUPS
from routing.domain.company import MOST_POOLS
from routing.domain.heads import Head
from routing.domain.intake import understand
from routing.services.pull import filing
from routing.services.sweep import sweep
from routing.storage import keys
from routing.storage.heads import callback_writes
from routing.storage.heads import from_item as head_from
from routing.storage.heads import to_item as head_item
from routing.storage.leads import Submission
from routing.storage.registry import Queue
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, account, opened, pull_strategy, user
from tools.engines import dynamodb_client
from tools.meter import Meter

LATENCY = 0.01
"""Seconds; far above what an engine here takes, so that what is sent at once overlaps."""
FEW, MANY = 20, 200
CROWD = 5_000


@dataclass
class Metered:
    """A world whose pulls are metered."""

    world: World
    looker: Any

    def pull(self, who: str) -> tuple[Any, Meter]:
        with Meter(self.world.client, self.looker, LATENCY) as meter:
            answer = self.world.pull(who)
        return answer, meter


@pytest.fixture
def metered(engine: Engine, table: str) -> Iterator[Metered]:
    looker = dynamodb_client(engine.endpoint)
    with opened(engine.endpoint, table) as world:
        yield Metered(world, looker)
    looker.close()


def test_what_is_listed_of_other_branches_costs_a_pull_nothing(metered: Metered) -> None:
    """As many branches, each with eight pools and all zone groups; one item for all would be 90 KB, and 900 KB."""
    world = metered.world
    world.install(
        *(account(f"branch-{at:03d}", "branch", "corporate") for at in range(MANY)),
        user("ana", "branch-000"),
        pull_strategy("all", "corporate", ["branch-000"]),
    )

    def read_at(branches: int) -> Meter:
        world.store.queues.register(
            Head("L", 1, "lead", "api", world.now, f"branch-{branch:03d}", ("", ""), pool=pool, group=group)
            for branch in range(branches)
            for pool in (f"pool-{number}" for number in range(MOST_POOLS))
            for group in GROUPS
        )
        world.pull("ana")
        return metered.pull("ana")[1]

    few, many = read_at(FEW), read_at(MANY)
    assert many.units.read <= few.units.read, many.trace()


ALL = pull_strategy("all", "corporate", ["corporate"], priority=1)
PEOPLE = (user("ana", "corporate"), user("ben", "corporate"))
NEVADA, UTAH = ([{"field": "state", "operator": "equals", "value": each}] for each in ("NV", "UT"))
OPENS_IN_NEW_YORK = "2026-03-03T13:00:00Z"


def bulk(world: World, count: int, *, begin: int = 0, state: str = "NV", **changes: Any) -> list[str]:
    """So many leads as filed an hour ago, the newest first in order; quicker than one by one."""
    company, items, heads = world.store.configuration.load().company, [], []
    for number in range(begin, begin + count):
        created = world.now - timedelta(hours=1, milliseconds=number)
        found = understand({"state": state}, company.record_types["lead"])
        where = CORPORATE, keys.time_id(created)
        lead = f"L{number:06d}"
        submission = Submission(lead, where, "lead", "api", created, {}, found.values, found.fields)
        filed, _ = filing.filed(filing.new_head(world.store, submission), submission, company, created)
        heads.append(replace(filed, **changes))
        items += [head_item(heads[-1], created), submission.put_new().item]
    world.store.queues.register(heads)
    world.put_all(items)
    return [head.id for head in heads]


def crowd(world: World, like: str, count: int) -> None:
    """So many more leads as this one, which stand behind it: heads alone, for none of them is pulled."""
    head = head_from(world.store.table.get_many([keys.head(like)])[keys.head(like)])
    copies = (replace(head, id=f"Z{number:06d}") for number in range(count))
    world.put_all([head_item(copy, head.created_at) for copy in copies])


def with_a_crowd(metered: Metered, few: int, **changes: Any) -> Any:
    """What Ana's pull answers from so many leads, and from 5,000: for the same reads, in as many trips."""
    leads = bulk(metered.world, few, **changes)
    metered.world.pull("ben")  # the container knows the queues
    answer, before = metered.pull("ana")
    if answer["lead"]:
        metered.world.dispose("ana", answer["lead"]["id"], "sold", answer["lease"]["token"])
    crowd(metered.world, leads[-1], CROWD - few)
    answer, after = metered.pull("ana")
    assert after.round_trips <= before.round_trips, after.trace()
    assert after.units.read <= before.units.read, after.trace()
    return answer


def test_a_pull_by_who_last_held_all_that_is_ready_looks_at_200(metered: Metered) -> None:
    metered.world.install(*PEOPLE, ALL)
    answer = with_a_crowd(metered, 220, last_holder="ana")
    assert answer["lead"]["id"] == "L000002"


@pytest.mark.parametrize(("own", "gets_another"), [(199, True), (200, False)])
def test_the_last_holder_is_passed_over_while_another_lead_is_among_the_next_200(
    metered: Metered, own: int, *, gets_another: bool
) -> None:
    metered.world.install(*PEOPLE, ALL)
    first = bulk(metered.world, own, last_holder="ana")[0]
    (other,) = bulk(metered.world, 1, begin=own)
    assert metered.world.pull("ana")["lead"]["id"] == (other if gets_another else first)


def test_a_pull_past_ones_own_limit_looks_at_200_and_goes_on_to_the_next_rank(metered: Metered) -> None:
    world = metered.world
    limited = pull_strategy("limited", "corporate", ["corporate"], priority=1, daily_limit=0, criteria=NEVADA)
    world.install(
        *PEOPLE, limited, pull_strategy("rest", "corporate", ["corporate"], priority=2, criteria=UTAH)
    )
    bulk(world, 3, begin=10_000, state="UT")
    answer = with_a_crowd(metered, 220)
    assert answer["strategy"] == "rest"


def test_leads_that_are_due_and_not_moved_yet_compete_up_to_64(metered: Metered) -> None:
    world = metered.world
    world.install(*PEOPLE, ALL)
    bulk(world, 3, begin=10_000)
    due = world.now - timedelta(minutes=1)
    answer = with_a_crowd(metered, 80, available_at=due)
    assert int(answer["lead"]["id"][1:]) < 64


def test_a_users_own_due_callbacks_that_may_not_be_called_are_looked_at_up_to_a_bound(
    metered: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half past seven in Chicago: Florida has closed, Illinois has not."""
    for name, value in (("PROMISED", 5), ("PROMISED_PAGE", 20)):
        monkeypatch.setattr(f"routing.services.pull.snapshot.{name}", value)
    monkeypatch.setattr("routing.services.pull.pull.MOST_PROMISED", 10)
    world = metered.world
    world.install(*PEOPLE, pull_strategy("all", "corporate", ["corporate"], calling_hours=True))
    world.now = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)

    def promise(count: int, begin: int, state: str) -> list[str]:
        at = world.now - timedelta(minutes=30) + timedelta(milliseconds=begin)
        until = world.now + timedelta(hours=1)
        terms = {"standing": "callback", "callback_for": "ana", "callback_at": at, "available_at": until}
        leads = bulk(world, count, begin=begin, state=state, **terms)
        found = world.store.table.get_many([keys.head(lead) for lead in leads])
        heads = map(head_from, found.values())
        world.put_all([write.item for head in heads for write in callback_writes(head, head) if write.item])
        return leads

    promise(4, 0, "FL")
    (mine,) = promise(1, 1_000, "IL")
    ready = bulk(world, 2, begin=2_000, state="IL")
    world.pull("ben")
    answer, _ = metered.pull("ana")
    assert (answer["lead"]["id"], answer["reason"]["why"]) == (mine, "callback")
    world.dispose("ana", mine, "sold", answer["lease"]["token"])
    promise(26, 10, "FL")
    answer, few = metered.pull("ana")
    assert answer["lead"]["id"] in ready
    world.dispose("ana", answer["lead"]["id"], "sold", answer["lease"]["token"])
    promise(300, 100, "FL")
    world.dispose("ben", str(world.pull("ben")["lead"]["id"]), "sold", world.pull("ben")["lease"]["token"])
    bulk(world, 1, begin=3_000, state="IL")
    answer, many = metered.pull("ana")
    assert answer["lead"]["id"] == "L003000"
    assert many.units.read <= few.units.read, many.trace()
    assert many.round_trips <= few.round_trips, many.trace()


def test_leads_that_a_job_has_yet_to_file_anew_are_read_past_up_to_a_bound(
    metered: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All stand where they did before their strategy was saved, and none of them is anybody's any more."""
    monkeypatch.setattr("routing.services.pull.snapshot.MOST_STALE", 100)
    world = metered.world
    nevada = pull_strategy("some", "corporate", ["corporate"], priority=1, criteria=NEVADA)
    world.install(
        *PEOPLE, nevada, pull_strategy("rest", "corporate", ["corporate"], priority=2, criteria=UTAH)
    )
    leads = bulk(world, 220)
    world.pull("ben")
    world.put(pull_strategy("some", "corporate", ["corporate"], priority=1, criteria=[*NEVADA, *UTAH]))
    behind = bulk(world, 2, begin=10_000, state="UT")
    answer, few = metered.pull("ana")
    assert answer["lead"]["id"] == behind[0]
    world.dispose("ana", behind[0], "sold", answer["lease"]["token"])
    crowd(world, leads[-1], 1_500)
    answer, many = metered.pull("ana")
    assert answer["lead"]["id"] == behind[1]
    assert many.units.read <= few.units.read, many.trace()
    assert many.round_trips <= few.round_trips, many.trace()


def test_nothing_at_night_counts_to_its_most_whatever_there_is(
    metered: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.pull.why_empty.MOST_COUNTED", 100)
    world = metered.world
    world.install(*PEOPLE, pull_strategy("all", "corporate", ["corporate"], calling_hours=True))
    world.now = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    bulk(world, 60, begin=10_000, state="NY")
    answer = with_a_crowd(metered, 60)
    assert answer == {
        "lead": None,
        "why": [{"reason": "calling_hours", "count": 100, "until": OPENS_IN_NEW_YORK, "more": True}],
        "retry_at": OPENS_IN_NEW_YORK,
    }


def test_a_long_row_of_closed_leads_stands_aside_so_that_those_behind_it_are_found(
    metered: Metered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half past seven in Chicago: Florida has closed, Illinois has not."""
    for most in ("MOST_CLOSED", "LONG"):
        monkeypatch.setattr(f"routing.services.pull.snapshot.{most}", 60)
    world = metered.world
    world.install(*PEOPLE, pull_strategy("all", "corporate", ["corporate"], calling_hours=True))
    world.now = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    behind = bulk(world, 2, begin=10_000, state="IL")
    bulk(world, 400, state="FL")
    answer, _ = metered.pull("ana")
    assert answer["lead"] is None
    assert answer["why"][0].items() >= {"reason": "calling_hours", "more": True}.items()
    assert answer["retry_at"] == "2026-03-03T01:31:00Z"
    world.deliver()
    answer, after = metered.pull("ana")
    assert answer["lead"]["id"] == behind[0]
    assert after.round_trips == 2, after.trace()
    assert len(standing(world, "WAIT")) == 400 + 1  # Ana's
    # Within the hour they stand in their places again, whatever became of the rules.
    world.later(hours=1)
    sweep(world.store, world.now)
    assert standing(world, "WAIT") == []
    assert Counter(lead.status_at(world.now) for lead in standing(world, "READY")) == {"ready": 402}


def standing(world: World, side: str) -> list[Head]:
    """What stands on this side of the one queue."""
    (entry,) = world.store.queues.read_all()
    found = world.store.table.query_all(f"{side}#{Queue.of(entry).triple}", index="queue")
    return [head_from(item) for item in found]
