"""A sales floor at its busiest: 64 threads in 4 processes, 200 users, 5,000 leads in six calling classes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing.domain.spread import MOST
from routing.services.sweep import sweep
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, account, opened, pull_strategy, user
from tests.concurrency.worker import ROOT

PROCESSES, THREADS, USERS, LEADS = 4, 16, 200, 5000
START = datetime(2026, 3, 5, 0, 59, 30, tzinfo=UTC)
SECONDS, SPEED = 20.0, 3.0
"""For so many real seconds virtual time goes so many times as fast: a minute of it."""
TURN = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
"""Half-way, Florida closes and Nevada, by a rule of the company's, opens."""
STATES = ("FL", "NV", "CA", "TX", "OH", "RI")
LENT_IN = {"FL": (None, TURN - timedelta(minutes=2)), "NV": (TURN, None), "RI": (TURN, TURN)}
"""From when to when leads of a state are lent during the test; of the others always, in Rhode Island never."""


@dataclass(frozen=True)
class Pull:
    """began, ended: by the machine's clock. at: virtual time."""

    user: str
    lead: str | None
    began: float
    ended: float
    at: datetime
    why: Any


@pytest.fixture
def floor(engine: Engine, table: str) -> Iterator[World]:
    with opened(engine.endpoint, table) as world:
        world.now = START - timedelta(hours=5)
        rule = {"windows": {"mon-fri": ["17:00", "21:00"]}, "source": "of the test"}
        world.install(
            *(account(f"b{at}", "branch", "corporate") for at in range(4)),
            *(user(f"u{at:03d}", f"b{at % 4}") for at in range(USERS)),
            pull_strategy("all", "corporate", ["corporate"], calling_hours=True, lease_minutes=15),
            ("calling-rules", {"id": "us-nv", "name": "Nevada", "country": "US", "state": "NV", **rule}),
        )
        yield world


def run(engine: Engine, world: World, users: Sequence[str]) -> tuple[list[Pull], int, int]:
    began = time.time() + 1.0
    command = [sys.executable, "-m", "tests.concurrency.load", engine.endpoint, world.name]
    settings = [repr(began), str(SECONDS), str(SPEED), START.isoformat(), str(THREADS)]
    running = [
        subprocess.Popen(
            [*command, *settings, *users[at::PROCESSES]], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for at in range(PROCESSES)
    ]
    answers = [json.loads(each.communicate(timeout=240)[0]) for each in running]
    pulls = [
        Pull(who, lead, began, ended, datetime.fromisoformat(at), why)
        for answer in answers
        for who, lead, began, ended, at, why in answer["pulls"]
    ]
    claims = sum(each["claims"] for each in answers)
    return sorted(pulls, key=lambda each: each.ended), claims, max(each["spread"] for each in answers)
