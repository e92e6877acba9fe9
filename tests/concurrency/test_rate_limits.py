"""Posts at one instant to a source with a limit, on a real engine: exactly so many pass."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.intake import source_keys
from routing.services.intake.authenticate import by_source
from routing.services.intake.posted import Posted
from routing.services.intake.source_keys import Credentials
from tests.concurrency.conftest import Engine
from tests.concurrency.world import World, opened

POSTS = 24
MOST = 10


@pytest.fixture
def empty(engine: Engine, table: str) -> Iterator[World]:
    with opened(engine.endpoint, table) as found:
        yield found


@pytest.mark.parametrize("know_the_source", [True, False])
def test_of_many_posts_at_one_instant_exactly_as_many_pass_as_may(
    empty: World, know_the_source: bool
) -> None:
    empty.install(("sources", {"id": "web", "name": "Web", "rate_limit_per_minute": MOST}))
    key = source_keys.create(empty.store, "web", "secret", False, empty.now, None).body["api_key"]
    containers = [empty.container() for _ in range(POSTS)]
    barrier = threading.Barrier(POSTS)

    def post(store: Store, number: int) -> int:
        body = Posted(f'{{"email": "lead{number}@example.com"}}'.encode(), "application/json")
        try:
            return by_source(store, "web", Credentials(key, None), body, empty.now, None).status
        except Problem as problem:
            return problem.status

    if know_the_source:
        for at, each in enumerate(containers):
            each.configuration.load()
            empty.now = empty.later(minutes=1)
            assert post(each, at) == 201
        empty.now = empty.later(minutes=1)

    def at_once(at: int) -> int:
        barrier.wait()
        return post(containers[at], POSTS + at)

    with ThreadPoolExecutor(POSTS) as pool:
        assert Counter(pool.map(at_once, range(POSTS))) == {201: MOST, 429: POSTS - MOST}
