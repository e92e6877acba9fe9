"""One of several processes that work on the same table at once. Run by the tests; answers in JSON lines.

    python -m tests.concurrency.worker ENDPOINT TABLE SEED THREADS pull USER...
    python -m tests.concurrency.worker ENDPOINT TABLE SEED THREADS push

`pull`: the users pull, and sell what they get, until there is nothing left. `push`: each thread delivers
a share of the log, shuffled, in batches that overlap, with trouble at some of all calls, until each was handled.
"""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from botocore.retries.standard import ExponentialBackoff

from tests.concurrency.faults import at_random
from tests.concurrency.world import BATCH, Crashed, World, opened

ROOT = Path(__file__).resolve().parents[2]
TROUBLE = 0.05
SHARE = 40


def pull_until_empty(world: World, users: Sequence[str]) -> list[str]:
    """The leads that these users got, one after another."""
    store = world.container()
    sold = []
    left = list(users)
    while left:
        who = left.pop(0)
        answer = world.pull(who, store)
        if answer["lead"] is None:
            continue
        lead = answer["lead"]["id"]
        assert world.dispose(who, lead, "sold", answer["lease"]["token"], store).status == 200
        sold.append(lead)
        left.append(who)
    return sold


def deliver_shuffled(world: World, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    entries = world.log()
    entries = dice.sample(entries, len(entries) * SHARE // 100)
    store = world.container()
    for at in range(0, len(entries), BATCH - 5):
        while True:
            try:
                world.handle(entries[at : at + BATCH], store)
                break
            except Crashed:
                store = world.container()


def start(
    endpoint: str, table: str, now: datetime, seed: int, threads: int, *work: str
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.concurrency.worker", endpoint, table, now.isoformat(), str(seed)]
    return subprocess.Popen([*command, str(threads), *work], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def main(endpoint: str, table: str, now: str, seed: str, threads: str, kind: str, *users: str) -> None:
    ExponentialBackoff.delay_amount = lambda self, context: 0
    count = int(threads)
    with opened(endpoint, table) as world, ThreadPoolExecutor(count) as pool:
        world.now = datetime.fromisoformat(now)
        if kind == "pull":
            parts = pool.map(lambda at: pull_until_empty(world, users[at::count]), range(count))
            print(json.dumps([each for part in parts for each in part]))
            return
        with world.faults.plan(at_random(int(seed), TROUBLE)) as faults:
            list(pool.map(lambda at: deliver_shuffled(world, int(seed) * 100 + at), range(count)))
            print(json.dumps(faults.happened))


if __name__ == "__main__":
    main(*sys.argv[1:])
