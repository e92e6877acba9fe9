"""One of several processes whose users pull, record and let lapse, as fast as they can. Run by test_load.

    python -m tests.concurrency.load ENDPOINT TABLE BEGAN SECONDS SPEED START THREADS USER...

BEGAN is the moment, by this machine's clock, at which virtual time was START; it goes SPEED times as fast. Answers with
one JSON document: every pull as [user, lead or null, began, ended, virtual time, why], and how many claims there were.
"""

import json
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from botocore.retries.standard import ExponentialBackoff

from routing.domain.spread import Spread
from routing.services.pull import pull
from routing.services.work import Recorded, dispose
from tests.concurrency.world import World, opened

LET_LAPSE, SELL = 0.1, 0.3
"""How often a lead that was pulled is left alone, and how often it is sold; else nobody answered."""


class Counted(Spread):
    """A spread that counts the claims it heard of."""

    claims = 0

    def won(self) -> None:
        self.claims += 1
        super().won()

    def lost(self) -> None:
        self.claims += 1
        super().lost()


def work(
    world: World, users: Sequence[str], clock: "Clock", seed: int
) -> tuple[list[tuple[Any, ...]], int, int]:
    """One container's share of users, taking turns until the time is over: its pulls, claims, and largest spread."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    store = world.container()
    store.spread = spread = Counted()
    pulls: list[tuple[Any, ...]] = []
    largest = 1
    holding: set[str] = set()
    while not clock.is_over():
        who = dice.choice(users)
        now, began = clock.now(), time.time()
        body = pull(store, who, None, now).body
        largest = max(largest, spread.size)
        lead = body["lead"]["id"] if body["lead"] else None
        again = lead is not None and body["reason"]["why"] == "already_held"
        if not again:
            pulls.append((who, lead, began, time.time(), now.isoformat(), body.get("why")))
        if lead is None or (who in holding and again):
            continue
        holding.discard(who)
        chance = dice.random()
        if chance < LET_LAPSE:
            holding.add(who)
            continue
        disposition = "sold" if chance < LET_LAPSE + SELL else "no-answer"
        recorded = Recorded(disposition, None, body["lease"]["token"])
        assert dispose(store, who, lead, recorded, clock.now()).status == 200
    return pulls, spread.claims, largest


class Clock:
    """Virtual time, the same in every process."""

    def __init__(self, began: float, seconds: float, speed: float, start: datetime) -> None:
        self.began, self.seconds, self.speed, self.start = began, seconds, speed, start

    def now(self) -> datetime:
        return self.start + timedelta(seconds=max(0.0, time.time() - self.began) * self.speed)

    def is_over(self) -> bool:
        return time.time() - self.began >= self.seconds


def main(
    endpoint: str, table: str, began: str, seconds: str, speed: str, start: str, threads: str, *users: str
) -> None:
    ExponentialBackoff.delay_amount = lambda self, context: 0
    count = int(threads)
    clock = Clock(float(began), float(seconds), float(speed), datetime.fromisoformat(start))
    with opened(endpoint, table) as world, ThreadPoolExecutor(count) as pool:
        parts = list(pool.map(lambda at: work(world, users[at::count], clock, at), range(count)))
    print(
        json.dumps(
            {
                "pulls": [each for pulls, _, _ in parts for each in pulls],
                "claims": sum(claims for _, claims, _ in parts),
                "spread": max(largest for _, _, largest in parts),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
