"""Imports of leads on a real engine: killed anywhere each row is in once, and nobody waits behind a file."""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from routing.services.imports import lead_file, uploads
from routing.services.jobs import nudges
from routing.storage import keys, lead_imports
from routing.storage.lead_imports import COUNTED
from tests.concurrency import invariants
from tests.concurrency.duplicate_operations import merges
from tests.concurrency.faults import FOR_EVER, Fault, nth
from tests.concurrency.test_races import at_once
from tests.concurrency.world import ADMIN, World

IS_LONG = bool(os.environ.get("RANDOM_SEEDS"))
ROWS = 100_000 if IS_LONG else 5000
DENSE = 150
"""Rows at the beginning that are nearly all leads. Of those after them one in sixteen is: the others take no time."""
SEED = random.SystemRandom().randrange(10**9) if IS_LONG else 6
KILLS = 10
CALLS = 120
"""That a worker makes for some of the rows."""
GOES_ON = 0.8
"""How often a worker has time for some more rows."""
HEADINGS = "First Name,Email,Phone,State"
AHEAD = (lead_file.AHEAD + 1) * lead_file.SLICE
"""Rows that may stand in the log before another lead of their owner."""


def row(number: int) -> str:
    """One in eleven is of nobody, one in seven repeats the one before it."""
    if number % 11 == 10:
        return "Nobody,,,NV"
    number -= number % 7 == 6
    return f"Ann{number},ann{number}@example.com,+1303555{number % 10_000:04d},{'NV' if number % 2 else 'UT'}"


def long_row(number: int) -> str:
    return row(number) if number < DENSE or number % 32 < 2 else "Nobody,,,NV"


def file(numbers: range, row: Callable[[int], str] = row) -> bytes:
    return "\n".join([HEADINGS, *map(row, numbers), ""]).encode()


def expected(numbers: range, row: Callable[[int], str] = row) -> Mapping[str, int]:
    rows = [row(each) for each in numbers]
    good = [each for each in rows if not each.startswith("Nobody")]
    made = len(set(good))
    return {
        "rows_read": len(rows),
        "leads_created": made,
        "duplicates": len(good) - made,
        "rows_rejected": len(rows) - len(good),
        "merged": 0,
    }


def started(world: World, content: bytes) -> str:
    asked = uploads.Asked("api", None, None, False)
    identifier = str(uploads.create(world.store, ADMIN, asked, world.now, None).body["import_id"])
    world.files.files[f"imports/{identifier}/upload"] = content
    uploads.start(world.store, ADMIN, identifier, None, world.now, None)
    return identifier


def shown(world: World, identifier: str) -> dict[str, Any]:
    return uploads.shown(world.store, ADMIN, identifier, world.now)


def counts(found: Mapping[str, Any]) -> Mapping[str, int]:
    return {name: found[name] for name in expected(range(0))}


def check_exact(world: World, identifier: str, of: Mapping[str, int]) -> None:
    """The totals, the sums of the chunks, the leads and the log say the same."""
    found = shown(world, identifier)
    assert (found["status"], counts(found)) == ("done", of)
    chunks = list(world.store.table.query_all(keys.lead_import(identifier).pk, begins=keys.IMPORTED_CHUNKS))
    sums = {name: sum(int(each[name]) for each in chunks) for name in COUNTED}
    assert sums == {
        "created": of["leads_created"],
        "duplicates": of["duplicates"],
        "merged": 0,
        "rejected": of["rows_rejected"],
    }
    assert world.files.find_file(f"imports/{identifier}/upload") is None
    told = list(world.store.table.query_all(keys.lead_import(identifier).pk, begins=keys.EVENTS))
    assert [(each["kind"], each["by"]) for each in told] == [("import_done", ADMIN)]


def check_leads(world: World, count: int) -> None:
    table = invariants.check(world)
    assert len(table.heads) == count
    entries = Counter(each["lead"] for each in world.log() if each["kind"] == "lead")
    assert entries == Counter(dict.fromkeys(table.heads, 1))


class Killed(BaseException):
    """The function ends in the middle of what it does, with all its threads."""


def test_a_file_whose_import_is_killed_again_and_again_is_in_exactly_once(world: World) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    print(f"seed {SEED}")
    numbers = range(ROWS)
    of = expected(numbers, long_row)
    identifier = started(world, file(numbers, long_row))
    places, part = [], (ROWS - 2 * lead_file.CHUNK) // KILLS
    for at in range(KILLS):
        work_until_killed(world, identifier, at * part + chance.randrange(part), chance)
        places.append(shown(world, identifier)["rows_read"])
        resume(world)
    assert places[-1] - places[0] > ROWS // 3, "it is killed all over the file"
    while world.jobs():
        world.work()
        handle_new(world, identifier)
    world.settled_until = "0"
    check_exact(world, identifier, of)
    check_leads(world, of["leads_created"])


def work_until_killed(world: World, identifier: str, place: int, chance: random.Random) -> None:
    """Work on the import, some rows at a time; who gets to this row, in no hurry, dies with one of the next calls."""
    made, last, is_there = 0, chance.randrange(1, CALLS), False

    def dying(call: int, *_: Any) -> None:
        if is_there and made + call >= last:
            raise Killed

    def has_time() -> bool:
        return is_there or chance.random() < GOES_ON

    with suppress(Killed):
        while world.jobs():
            is_there = shown(world, identifier)["rows_read"] >= place
            with world.faults.plan(dying) as seen:
                world.work(world.container(), has_time=has_time)
            made += len(seen.calls) if is_there else 0
            handle_new(world, identifier)
        raise AssertionError("it was over before it was killed so often")


def test_a_worker_with_less_time_than_one_that_died_counts_each_row_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = range(AHEAD)
    identifier = started(world, file(numbers))

    def dies(*_: Any, **__: Any) -> Any:
        raise Killed

    lead_file.page(world.store, identifier, world.now, lambda: True)
    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(lead_imports, "chunk_done", dies)
        lead_file.page(world.container(), identifier, world.now, lambda: True)
    assert len(world.undelivered()) > lead_file.SLICE
    resume(world)
    lead_file.page(world.container(), identifier, world.now, lambda: False)
    assert shown(world, identifier)["rows_read"] == lead_file.SLICE
    finish(world)
    check_exact(world, identifier, expected(numbers))


def resume(world: World) -> None:
    """The sweep finds who was killed, however often that was before."""
    world.later(hours=1)
    nudges.take_up(world.store, lambda _: None, world.now)
    push(world)


def finish(world: World) -> None:
    for _ in range(ROWS):
        if not world.jobs():
            return
        world.deliver()
        world.later(hours=1)
        nudges.take_up(world.store, lambda _: None, world.now)
    raise AssertionError("the import never ends")


def handle_new(world: World, identifier: str) -> None:
    """Push, a second later; the log is not read again but for rows that may be written yet."""
    push(world)
    world.later(seconds=1)
    item = world.store.table.get(keys.lead_import(identifier))
    if item is not None and (progress := lead_imports.from_item(item).progress) is not None:
        world.settled_until = keys.sortable(progress.stamp)


def push(world: World) -> None:
    """Bring push what is new in the log."""
    entries = world.undelivered()
    for at in range(0, len(entries), lead_file.SLICE):
        world.handle(entries[at : at + lead_file.SLICE])
    world.skip()


def test_a_lead_that_comes_meanwhile_stands_behind_few_rows_of_a_file(world: World) -> None:
    numbers = range(180)
    identifier = started(world, file(numbers))
    steps = 0
    while shown(world, identifier)["status"] == "running":
        world.work()
        waiting = world.undelivered()
        assert len([each for each in waiting if each["kind"] == "lead"]) <= AHEAD
        world.work()
        assert len(world.undelivered()) <= AHEAD, "it waits for push, and hands its turn on"
        lead = world.ingest("UT")
        batches = [*world.undelivered()]
        assert len(batches) <= AHEAD + 1
        push(world)
        assert world.store.table.get(keys.head(lead))["standing"] == "assigned"  # type: ignore[index]
        steps += 1
    assert steps > len(numbers) // AHEAD
    assert counts(shown(world, identifier)) == expected(numbers)


def test_few_rows_wait_to_be_merged_too(world: World) -> None:
    merges(world)
    people = [f"Ann{number},ann{number}@example.com" for number in range(8)]
    started(world, "\n".join(["First Name,Email", *people, ""]).encode())
    finish(world)
    again = [f"{person},{batch}" for batch in range(15) for person in people]
    identifier = started(world, "\n".join(["First Name,Email,Batch", *again, ""]).encode())
    for _ in range(3):
        world.work()
    assert 0 < shown(world, identifier)["merged"] == len(world.undelivered()) <= AHEAD
    finish(world)
    found = shown(world, identifier)
    assert (found["status"], found["merged"], found["rows_read"]) == ("done", len(again), len(again))


def test_files_that_overlap_and_come_at_once_make_each_lead_once(world: World) -> None:
    first, second = range(60), range(30, 90)
    both = [started(world, file(each)) for each in (first, second)]
    for _ in range(200):
        if not world.jobs():
            break
        at_once(*(lambda: world.work(world.container()) for _ in range(3)))
        push(world)
    found = [shown(world, each) for each in both]
    all_rows = {row(each) for each in (*first, *second)} - {"Nobody,,,NV"}
    assert [each["status"] for each in found] == ["done", "done"]
    assert sum(each["leads_created"] for each in found) == len(all_rows)
    for one, of in zip(found, (first, second), strict=True):
        whole = expected(of)
        assert one["rows_rejected"] == whole["rows_rejected"]
        assert one["leads_created"] + one["duplicates"] == whole["leads_created"] + whole["duplicates"]
    check_leads(world, len(all_rows))


def test_workers_that_do_the_same_rows_at_once_count_them_once(world: World) -> None:
    identifier = started(world, file(range(80)))
    going = True
    while going:
        steps = at_once(
            *(
                lambda: lead_file.page(world.container(), identifier, world.now, lambda: True)
                for _ in range(3)
            )
        )
        push(world)
        world.later(seconds=1)
        going = any(goes_on for goes_on, _, _ in steps)
    check_exact(world, identifier, expected(range(80)))
    check_leads(world, expected(range(80))["leads_created"])


def test_trouble_with_the_table_costs_no_row(world: World) -> None:
    identifier = started(world, file(range(40)))
    chance = random.Random(1)  # noqa: S311 - no secret
    for fault in (Fault.UNANSWERED, Fault.LOST, Fault.UNANSWERED, Fault.THROTTLED):
        choice = nth(chance.randrange(2, 100), fault, FOR_EVER)
        with world.faults.plan(choice), suppress(BotoCoreError, ClientError):
            world.work(world.container())
        resume(world)
    finish(world)
    check_exact(world, identifier, expected(range(40)))
