"""Jobs on a real engine: many askings are one job, two workers are one, and what stops goes on."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from routing.services.do_not_call import listing
from routing.services.do_not_call.listing import Terms
from routing.services.jobs import enqueue, nudges, refile, work
from routing.services.work import appointments, reassign, transfer
from routing.storage import jobs, keys
from routing.storage.outbox import NotQueued
from routing.storage.requests import put as request
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.invariants import kinds
from tests.concurrency.test_races import at_once, crowd
from tests.concurrency.world import ADMIN, World, opened, pull_strategy, push_strategy

LEADS = 100
AHEAD = 400
"""More than the entries of a rank that a pull looks at: those that a job is about to move do not count."""
PASS = LEADS // refile.PAGE + 2
"""Pages of a pass over them: full ones, one that finds their end, and one of all that is empty."""


@pytest.fixture
def empty(engine: Engine, table: str) -> Iterator[World]:
    """A company whose leads of one state are pushed to a user, and all others pulled."""
    with opened(engine.endpoint, table) as found:
        crowd(found, 2)
        found.put(push_strategy("utah", "corporate", ["u000"], "UT"))
        yield found


@pytest.fixture
def world(empty: World) -> World:
    """With leads that are ready."""
    empty.load(LEADS)
    empty.deliver()
    return empty


def save(world: World, priority: int, name: str = "all") -> None:
    world.put(pull_strategy(name, "corporate", ["corporate"], priority=priority), world.container())


def filed_by(world: World) -> set[int]:
    return {each.filing_version for each in invariants.check(world).heads.values()}


def present(world: World) -> set[int]:
    return {world.container().configuration.load().company.filing_version}


def test_twenty_saves_while_leads_are_filed_anew_are_few_passes_and_new_leads_go_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AT_ONCE", 1)
    pages = 0
    for number in range(20):
        save(world, 1 + number % 3, f"strategy-{number:02d}")
        # A lead comes: nothing but it stands in the log, and it is with somebody before the next page is done.
        lead = world.ingest("UT")
        assert [each["kind"] for each in world.undelivered()] == ["lead"]
        world.handle(world.undelivered())
        world.skip()
        assert world.store.table.get(keys.head(lead))["standing"] == "assigned"  # type: ignore[index]
        (job,) = world.jobs()
        assert (job.kind, job.owner) == ("refile", "corporate")
        pages += world.work()
    while done := world.work():
        pages += done
    assert pages <= 20 + 2 * PASS
    assert filed_by(world) - {0} == present(world)


def test_workers_at_once_are_one_worker(world: World) -> None:
    for number in range(5):
        save(world, number)
        pages = at_once(*(lambda: world.work(world.container()) for _ in range(4)))
        # Whoever comes when it is done finds nothing; whoever comes before finds somebody at it.
        assert sorted(pages) == [0, 0, 0, PASS]
        assert world.jobs() == []
        assert filed_by(world) == present(world)


def test_a_leavers_leads_move_once_whoever_is_at_it(world: World) -> None:
    leads = [world.routed("UT") for _ in range(30)]
    reassign.reassign(world.store, ADMIN, "u000", "u001", world.now, None)
    at_once(*(lambda: world.work(world.container()) for _ in range(4)))
    world.deliver()
    table = invariants.check(world)
    assert {table.heads[each].owner for each in leads} == {"u001"}
    assert {kinds(table, each).count("reassigned") for each in leads} == {1}


class Killed(BaseException):
    """The function ends in the middle of a page."""


def kill(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The next worker is killed after so many pages."""
    page, done = refile.page, [0]

    def dying(*given: Any) -> Any:
        done[0] += 1
        if done[0] == after + 1:
            raise Killed
        return page(*given)

    monkeypatch.setattr(refile, "page", dying)


def test_a_worker_that_was_killed_is_followed_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(world, 1)
    kill(monkeypatch, 3)
    with pytest.raises(Killed):
        world.work()
    assert world.work() == 0, "somebody is at it"
    told: list[str] = []
    assert nudges.take_up(world.store, told.extend, world.later(seconds=89)) == 0
    assert nudges.take_up(world.store, told.extend, world.later(seconds=1)) == 1
    assert told == ['{"kind": "refile", "owner": "corporate"}']
    assert world.work() == PASS - 3
    assert world.jobs() == []
    assert filed_by(world) == present(world)


def test_a_worker_that_was_taken_for_dead_stops_and_the_other_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(world, 1)
    page, slow = refile.page, world.container()
    others: list[int] = []

    def overtaken(store: Any, *given: Any) -> Any:
        answer = page(store, *given)
        if store is slow and not others:
            others.append(nudges.take_up(world.store, lambda _: None, world.later(seconds=90)))
            others.append(world.work())
            save(world, 2)  # the mark is another's now
        return answer

    monkeypatch.setattr(refile, "page", overtaken)
    assert world.work(slow) == 1
    assert others == [1, PASS]
    (job,) = world.jobs()
    assert (job.worker, job.cursor) == (None, None)
    world.deliver()
    assert filed_by(world) == present(world)


def test_a_save_at_the_moment_a_job_ends_is_seen_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    save(world, 1)
    finish, saved = jobs.finish, []

    def and_save(job: jobs.Job) -> Any:
        if not saved:
            saved.append(save(world, 2))
        return finish(job)

    monkeypatch.setattr(jobs, "finish", and_save)
    assert world.work() == 2 * PASS
    assert world.jobs() == []
    assert filed_by(world) == present(world)


def test_what_stops_again_and_again_is_taken_up_less_often_and_few_at_a_time(world: World) -> None:
    for number in range(300):
        world.store.table.write(jobs.ask("close", f"contact-{number}", world.now))
    taken = nudges.take_up(world.store, lambda _: None, world.later(seconds=90))
    assert taken == 4 * nudges.TAKEN_UP
    world.deliver()
    assert world.jobs() == []
    world.store.table.write(jobs.ask("close", "nobody", world.now))
    minutes = [
        minute
        for minute in range(1, 100)
        if nudges.take_up(world.store, lambda _: None, world.later(minutes=1))
    ]
    assert minutes == [2, 5, 11, 23, 47, 95]


def test_whoever_asks_last_says_where_a_leavers_leads_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [world.routed("UT") for _ in range(2 * reassign.PAGE)]
    monkeypatch.setattr(work, "AT_ONCE", 1)
    reassign.reassign(world.store, ADMIN, "u000", "u001", world.now, None)
    world.work()
    reassign.reassign(world.store, ADMIN, "u000", "corporate", world.later(seconds=1), None)
    (job,) = world.jobs()
    assert job.detail["to"] == "corporate"
    world.put(push_strategy("utah", "corporate", ["u001"], "UT", enabled=False))
    world.deliver()
    table = invariants.check(world)
    assert sorted(table.heads[each].owner for each in leads) == sorted(["u001", "corporate"] * reassign.PAGE)
    assert {kinds(table, each).count("reassigned") for each in leads} == {1}


def test_an_asking_while_appointments_move_goes_on_behind_those_that_have_begun_since(
    empty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AT_ONCE", 1)
    monkeypatch.setattr(reassign, "PAGE", 1)
    for minutes in (10, 30):
        at = empty.now + timedelta(minutes=minutes)
        appointments.make(empty.store, "u000", empty.routed("UT"), at, None, empty.now, None)
    reassign.reassign(empty.store, ADMIN, "u000", "u001", empty.now, None)
    assert empty.work() == 1
    empty.later(minutes=20)
    reassign.reassign(empty.store, ADMIN, "u000", "u001", empty.now, None)
    empty.deliver()
    assert empty.jobs() == []
    heads = invariants.check(empty).heads
    assert {each.owner for each in heads.values()} == {"u001"}
    found = [
        each["user"]
        for lead in heads
        for each in empty.store.table.query_all(keys.head(lead).pk, begins=keys.APPOINTMENT)
    ]
    assert found == ["u001", "u001"]


def test_a_job_that_could_not_be_handed_on_is_taken_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue takes nothing; so does a worker whose time is up after a page."""

    def refuse(_: Any) -> None:
        raise NotQueued

    save(world, 1)
    with pytest.raises(NotQueued):
        work.carry_out(world.store, refuse, "refile", "corporate", world.now, lambda: False)
    (job,) = world.jobs()
    assert (job.worker, job.cursor is None) == (None, False)
    with pytest.raises(NotQueued):
        nudges.take_up(world.store, refuse, world.later(seconds=90))
    assert nudges.take_up(world.store, lambda _: None, world.later(seconds=180)) == 1
    assert world.work() == PASS - 1
    assert filed_by(world) == present(world)


def test_what_an_earlier_release_asked_for_in_the_log_is_done(world: World) -> None:
    """Entries as 0.1 wrote them, first ones and pages."""
    mine = [world.routed("UT", phone=f"+1720555{number:04d}") for number in range(3)]
    listing.put(world.store, ADMIN, "+17205550002", Terms(), world.now)
    transfer.transfer(world.store, ADMIN, mine[0], "u001", world.now, None)
    save(world, 3)
    for shard in keys.jobs():
        for item in world.store.table.query_all(shard):
            world.client.delete_item(
                TableName=world.name, Key={"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}}
            )
    contact = world.store.contact_key("+17205550002")
    for owner, kind, detail in (
        ("corporate", "refile", {"below": True}),
        ("corporate", "refile", {"standing": "open", "after": {"PK": "x"}}),
        ("corporate", "do_not_call", {"contacts": [contact]}),
        ("corporate", "import", {"import": "Ngone", "position": 25}),
        ("u001", "reassign", {"by": ADMIN, "to": "u000"}),
    ):
        world.store.table.write(request(owner, keys.time_id(world.now), kind, world.now, **detail))
    world.handle(list(world.store.table.query_all("INTAKE#u001")))  # `undelivered` knows no user's log
    world.deliver()
    assert world.jobs() == []
    table = invariants.check(world)
    assert [table.heads[each].owner for each in mine] == ["u000"] * 3
    assert [table.heads[each].standing for each in mine] == ["assigned", "assigned", "closed"]
    assert {each.filing_version for each in table.heads.values() if each.standing == "open"} == present(world)


def test_asking_is_never_refused_and_an_unasked_job_is_nothing(world: World) -> None:
    for _ in range(3):
        enqueue.ask(world.store.table, enqueue.refile("corporate", world.now))
    assert len(world.jobs()) == 1
    assert world.work() == PASS
    assert (
        work.carry_out(world.store, lambda _: None, "refile", "corporate", world.now, lambda: True).pages == 0
    )


def pulled(world: World, who: str) -> tuple[Any, Counter[str]]:
    """A pull while no job has done anything yet, and what it called."""
    with world.faults.plan(lambda *_: None) as seen:
        answer = world.pull(who)
    return answer["lead"], Counter(seen.calls)


def test_pulls_serve_what_is_right_while_many_leads_are_still_to_be_moved(empty: World) -> None:
    """A criterion on the best strategy: what stands in front is nobody's any more, and what was behind is first."""
    texas = [{"field": "state", "operator": "equals", "value": "TX"}]
    empty.put(pull_strategy("texas", "corporate", ["corporate"], priority=200, criteria=texas))
    behind = [empty.ingest("TX") for _ in range(2)]
    empty.later(seconds=1)
    empty.load(AHEAD)
    empty.deliver()
    empty.put(
        pull_strategy(
            "all",
            "corporate",
            ["corporate"],
            criteria=[{"field": "state", "operator": "equals", "value": "CA"}],
        )
    )
    for who in ("u000", "u001"):
        lead, calls = pulled(empty, who)
        assert lead["id"] in behind
        behind.remove(lead["id"])
        assert calls["PutItem"] + calls["TransactWriteItems"] + calls["UpdateItem"] <= 10
        assert calls.total() <= 60
    empty.deliver()
    table = invariants.check(empty)
    assert Counter(each.standing for each in table.heads.values()) == {"unmatched": AHEAD, "open": 2}


def test_a_pull_files_only_some_leads_anew_and_others_need_none(empty: World) -> None:
    """Another priority moves every lead: the first pull files as many as it may, the next finds them."""
    empty.load(4 * LEADS)
    empty.deliver()
    save(empty, 500)
    for who, most in (("u000", 60), ("u001", 60)):
        lead, calls = pulled(empty, who)
        assert lead is not None
        assert calls["PutItem"] + calls["TransactWriteItems"] <= most
    empty.deliver()
    assert filed_by(empty) == present(empty)
