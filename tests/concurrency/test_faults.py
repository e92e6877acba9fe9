"""Trouble at every call of everything that writes: whatever fails, and however, a repeat makes it whole, once."""

import os
from collections.abc import Collection, Mapping

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from routing.services.do_not_call import imports, suppressions
from routing.services.intake import claims
from routing.services.jobs import refile, run, work
from routing.services.privacy import erase, retention
from routing.services.sweep import StepsFailed
from routing.storage.table import Contended
from tests.concurrency import invariants
from tests.concurrency.faults import WRITES, Choice, Fault, from_nth, nth
from tests.concurrency.operations import OPERATIONS
from tests.concurrency.world import Crashed, World

pytestmark = pytest.mark.one_after_another

PLANS = {
    "lost": lambda number: nth(number, Fault.LOST, 10),
    "throttled": lambda number: nth(number, Fault.THROTTLED, 10),
    "unanswered": lambda number: nth(number, Fault.UNANSWERED, 10),
    "unanswered-once": lambda number: nth(number, Fault.UNANSWERED, 1),
    "conflict": lambda number: from_nth(number, Fault.CONFLICT, 100),
    "conflict-once": lambda number: from_nth(number, Fault.CONFLICT, 1),
}
"""Botocore sends a request up to four times, so what lasts for ten attempts is what a caller sees. A request that was
carried out without an answer, and is sent again, meets its own effect."""
HIDDEN = {"unanswered-once", "conflict-once"}
"""What a caller never sees."""


SOME: Mapping[str, Collection[str]] = (
    {}
    if os.environ.get("ENGINE") == "dynamodb-local"
    else {
        "ingest-deduped": ("unanswered",),
        "ingest-duplicate": ("lost", "unanswered", "conflict"),
        "ingest-duplicate-once": (),
        "ingest-linked": ("unanswered",),
        "merge-waiting": ("unanswered",),
        "merge-owned": (),
        "merge-no-answer": (),
        "merge-not-interested": (),
        "merge-sold": ("lost", "unanswered"),
        "claim-all": ("unanswered",),
        "release-receipt": ("unanswered",),
        "retain": ("unanswered",),
    }
)
"""Under which trouble these are tried in `make test`; in `make test-long` under all."""


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three leads are two pages, one after the other; of a job, with another worker for each two."""
    monkeypatch.setattr(run, "PAGE", 2)
    monkeypatch.setattr(refile, "PAGE", 2)
    monkeypatch.setattr(claims, "PAGE", 2)
    monkeypatch.setattr(work, "AT_ONCE", 2)
    monkeypatch.setattr(suppressions, "PAGE", 1)
    monkeypatch.setattr(imports, "CHUNK", 2)
    monkeypatch.setattr(erase, "PAGE", 2)
    monkeypatch.setattr(retention, "PAGE", 1)


def attempt(world: World, act, choose: Choice) -> tuple[list[object], bool]:
    """Carry out `act` under trouble: its answer, if it got that far; and whether it did."""
    with world.faults.plan(choose):
        try:
            return [act()], True
        except (Contended, Crashed, BotoCoreError, ClientError):
            return [], False
        except StepsFailed as some:
            for each in some.steps.values():
                assert isinstance(each, Contended | BotoCoreError | ClientError)
            return [], False


@pytest.mark.parametrize(
    ("name", "plan"),
    # A sweep is long, and a throttled request is for it what a lost one is.
    [
        (name, plan)
        for name in OPERATIONS
        for plan in PLANS
        if not (name.startswith("sweep") and plan == "throttled") and plan in SOME.get(name, PLANS)
    ],
)
def test_trouble_at_any_call_leaves_nothing_half_done(world: World, name: str, plan: str) -> None:
    operation = OPERATIONS[name]
    failures = number = 0
    pending = [1]
    while pending:
        number = pending.pop(0)
        given = operation.prepare(world, number)
        first = world.store if number % 2 else world.container()
        answers, succeeded = attempt(world, lambda: operation.act(world, first, given), PLANS[plan](number))  # noqa: B023
        calls, failures = world.faults.calls, failures + (not succeeded)
        for again in range(operation.repeats):
            store = world.container() if again else first
            answers.append(operation.act(world, store, given))
        if operation.answers_alike:
            assert all(each == answers[0] for each in answers), answers
        pending = [following(number, calls, plan)] if number <= len(calls) else []
        world.deliver()
        if operation.needs_sweep or not pending:
            world.settle()
        operation.confirm(world, invariants.check(world), given, answers)
    assert number > 1
    assert (failures > 0) == (plan not in HIDDEN)


def following(number: int, calls: list[str], plan: str) -> int:
    """The next call to spoil: any, or any write where a read would be as if it were lost, or is never refused."""
    number += 1
    if plan != "lost":
        while number <= len(calls) and calls[number - 1] not in WRITES:
            number += 1
    return number
