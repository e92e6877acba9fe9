"""One of several processes whose users pull, dispose and let lapse, as fast as they can. Run by test_load."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from botocore.retries.standard import ExponentialBackoff

from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.storage.configuration import Configuration
from routing.storage.table import Table
from tests.concurrency.sales_floor import TURN, Disposed, Pull, Watched, dispose_once, pull_once
from tests.concurrency.world import ADMIN, World, opened

START, SPAN = TURN - timedelta(seconds=75), timedelta(seconds=150)
LET_LAPSE, SELL = 0.1, 0.3
WAITS_SECONDS = 120


class Progress:
    """A clock for all processes: virtual time passes as work is done, however fast a machine does it.

    counts: ticks, and pulls and dispositions begun. start: a barrier at which the processes meet.
    """

    def __init__(self, counts: Any, start: Any, steps: int) -> None:
        self._counts, self.start, self.steps = counts, start, steps

    def tick(self) -> float:
        with self._counts.get_lock():
            self._counts[0] += 1
            return float(self._counts[0])

    def begin(self) -> tuple[float, datetime]:
        with self._counts.get_lock():
            self._counts[0] += 1
            self._counts[1] += 1
            return float(self._counts[0]), START + SPAN * self._counts[1] / self.steps

    def is_over(self) -> bool:
        with self._counts.get_lock():
            return bool(self._counts[1] >= self.steps)


_progress: Progress


def begin(progress: Progress) -> None:
    """Each process has the clock from its parent."""
    global _progress  # noqa: PLW0603 - what a process starts with
    _progress = progress
    ExponentialBackoff.delay_amount = lambda self, context: 0


def work(endpoint: str, table: str, parts: Sequence[Sequence[str]]) -> tuple[list[Pull], list[Disposed]]:
    """Each part of the users has a container, and a thread, of its own."""
    pulls: list[Pull] = []
    ended: list[Disposed] = []
    with opened(endpoint, table) as world, ThreadPoolExecutor(len(parts)) as pool:
        _progress.start.wait(WAITS_SECONDS)
        for got, over in pool.map(lambda users: _take_turns(world, users), parts):
            pulls += got
            ended += over
    return pulls, ended


def _take_turns(world: World, users: Sequence[str]) -> tuple[list[Pull], list[Disposed]]:
    dice = random.Random(users[0])  # noqa: S311 - to be repeated
    client = Watched(world.client, _progress)
    table = Table(client, world.name, wait=lambda _: None)
    store = Store(table, Configuration(table, "UTC", ADMIN), "secret")
    pulls: list[Pull] = []
    ended: list[Disposed] = []
    while not _progress.is_over():
        pulls.append(pull_once(store, dice.choice(users), client, _progress))
        chance = dice.random()
        if pulls[-1].lead is None or pulls[-1].again or chance < LET_LAPSE:
            continue
        disposition = "sold" if chance < LET_LAPSE + SELL else "no-answer"
        try:
            ended.append(dispose_once(store, pulls[-1], disposition, _progress))
        except Problem as late:
            # The others did more than a minute's work meanwhile, and one of them has the lead: its lease lapsed.
            if late.code != "lease_superseded":
                raise AssertionError(late.detail) from late
    return pulls, ended
