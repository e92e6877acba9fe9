"""Rate limits: of a source, and of a page's key from one address."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from routing.runtime import wiring
from tests.functional.backend import Answer, Backend, forget_containers, lead_body
from tools.local_api.gateway import Request

PATH = "/v1/intake/web"
ORIGIN = "https://example.com"
SOURCE: dict[str, Any] = {"name": "Web", "owner": "denver", "allowed_origins": [ORIGIN]}


@pytest.fixture
def web(company: Backend) -> Backend:
    company.save("sources", "web", **SOURCE)
    return company


def limited(backend: Backend, most: int | None) -> None:
    backend.save("sources", "web", **SOURCE, rate_limit_per_minute=most)


@pytest.fixture(params=["warm", "cold"])
def each_container(request: pytest.FixtureRequest) -> Any:
    """Called before each post: one container has them all, or each has one."""
    return (lambda: None) if request.param == "warm" else forget_containers


def post(backend: Backend, key: str, number: int = 1, address: str = "192.0.2.1", **headers: str) -> Answer:
    """A lead from an address."""
    handle = backend.gateway.handle

    def from_address(request: Request) -> Any:
        return handle(Request(request.method, request.target, request.headers, request.body, address))

    backend.gateway.handle = from_address  # type: ignore[method-assign]  # for this one call
    try:
        sent = {"x-api-key": key, "origin": ORIGIN, **headers}
        return backend.post(PATH, lead_body(number), user=None, headers=sent)
    finally:
        backend.gateway.handle = handle  # type: ignore[method-assign]  # as it was


@contextmanager
def another_container() -> Iterator[None]:
    """What is asked within is answered by one; the first goes on afterwards with what it knew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "store", cache(wiring.store.__wrapped__))
        yield
        wiring.store().table._pool.shutdown()


def statuses(answers: Iterator[Answer]) -> list[int]:
    return [each.status for each in answers]


def test_so_many_posts_pass_in_a_minute_and_the_next_minute_as_many(
    web: Backend, each_container: Any
) -> None:
    limited(web, 3)
    key = web.key("web")
    web.at("2026-03-04T15:00:20.500Z")

    def posts(first: int) -> Iterator[Answer]:
        for number in range(first, first + 5):
            each_container()
            yield post(web, key, number)

    answers = list(posts(0))
    assert statuses(iter(answers)) == [201, 201, 201, 429, 429]
    assert answers[-1].headers["retry-after"] == "40"
    assert (answers[-1]["code"], answers[-1]["title"]) == ("rate_limited", "Too Many Requests")
    web.at("2026-03-04T15:00:59.900Z")
    assert post(web, key, 9).headers["retry-after"] == "1"
    web.at("2026-03-04T15:01:00Z")
    assert statuses(posts(10)) == [201, 201, 201, 429, 429]


def test_a_refused_post_changes_nothing(web: Backend) -> None:
    limited(web, 1)
    key = web.key("web")
    assert post(web, key).status == 201
    sent = {"x-api-key": key, "origin": ORIGIN}
    web.refused(429, "rate_limited", "POST", PATH, lead_body(2), user=None, headers=sent)


def test_a_limit_that_is_changed_counts_at_once_with_what_came_before(web: Backend) -> None:
    key = web.key("web")
    assert statuses(post(web, key, each) for each in range(2)) == [201, 201]
    limited(web, 2)
    assert statuses(post(web, key, each) for each in range(10, 13)) == [201, 201, 429]
    limited(web, 4)
    assert statuses(post(web, key, each) for each in range(20, 23)) == [201, 201, 429]
    limited(web, 3)
    assert post(web, key, 30).status == 429
    limited(web, None)
    assert post(web, key, 40).status == 201


def test_a_stranger_cannot_use_a_sources_limit_up(web: Backend) -> None:
    limited(web, 2)
    key, others = web.key("web"), web.key("api")
    assert post(web, key, 1).status == 201
    assert statuses(post(web, wrong, 2) for wrong in ("nothing", others) for _ in range(5)) == [401] * 10
    assert post(web, key, 3).status == 201


@pytest.mark.parametrize(("how", "status"), [("revoked", 401), ("disabled", 403), ("origin_taken_away", 403)])
def test_what_is_not_taken_any_more_uses_nothing_up(web: Backend, how: str, status: int) -> None:
    """It is counted beside the read, as the container knew its key and its source."""
    limited(web, 1)
    made, other = web.post("/v1/sources/web/keys").json, web.key("web")
    assert post(web, made["api_key"], 1).status == 201
    web.at("2026-03-04T15:01:00Z")
    saved = {**SOURCE, "rate_limit_per_minute": 1}
    with another_container():
        if how == "revoked":
            assert web.delete(f"/v1/sources/web/keys/{made['key_id']}").status == 204
        elif how == "disabled":
            web.save("sources", "web", **saved, enabled=False)
        else:
            web.save("sources", "web", **{**saved, "allowed_origins": ["https://other.example"]})
    assert post(web, made["api_key"], 2).status == status
    web.strict.requests.clear()
    assert post(web, made["api_key"], 3).status == status
    assert "UpdateItem" not in [operation for operation, _ in web.strict.requests], "it is known by now"
    web.save("sources", "web", **saved)
    assert statuses(post(web, other, each) for each in (4, 5)) == [201, 429]


def test_a_pages_key_takes_twenty_posts_a_minute_from_an_address(web: Backend, each_container: Any) -> None:
    key = str(web.post("/v1/sources/web/keys", {"kind": "publishable"})["api_key"])

    def posts() -> Iterator[Answer]:
        for number in range(22):
            each_container()
            yield post(web, key, number, **{"x-forwarded-for": f"198.51.100.{number}"})

    assert statuses(posts()) == [201] * 20 + [429] * 2
    assert post(web, key, 30, address="192.0.2.2").status == 201
    assert post(web, web.key("web"), 31).status == 201
    assert "192.0.2.1" not in str([key for key in web.items() if key[0].startswith("RATE#")])


def test_addresses_of_one_network_of_ipv6_are_one(web: Backend) -> None:
    key = str(web.post("/v1/sources/web/keys", {"kind": "publishable"})["api_key"])
    for number in range(20):
        assert post(web, key, number, address=f"2001:db8:1:2::{number:x}").status == 201
    assert post(web, key, 30, address="2001:db8:1:2:ffff::1").status == 429
    assert post(web, key, 31, address="2001:db8:1:3::1").status == 201


def test_who_posts_too_much_from_one_address_does_not_use_the_sources_limit_up(web: Backend) -> None:
    limited(web, 25)
    key = str(web.post("/v1/sources/web/keys", {"kind": "publishable"})["api_key"])
    assert statuses(post(web, key, each) for each in range(40)) == [201] * 20 + [429] * 20
    assert statuses(post(web, key, each, address="192.0.2.2") for each in range(50, 56)) == [201] * 5 + [429]


def test_a_test_key_is_not_counted(web: Backend) -> None:
    limited(web, 1)
    key = web.key("web", test=True)
    assert statuses(post(web, key, each) for each in range(3)) == [201] * 3
    assert web.of("RATE#") == []


def test_a_source_without_a_limit_pays_nothing_for_it(web: Backend) -> None:
    key = web.key("web")
    post(web, key, 1)
    web.strict.requests.clear()
    post(web, key, 2)
    without = [operation for operation, _ in web.strict.requests]
    assert "UpdateItem" not in without
    limited(web, 100)
    post(web, key, 3)
    web.strict.requests.clear()
    post(web, key, 4)
    assert sorted(operation for operation, _ in web.strict.requests) == sorted([*without, "UpdateItem"])


def test_counts_go_after_an_hour(web: Backend) -> None:
    limited(web, 5)
    post(web, web.key("web"))
    (count,) = web.of("RATE#")
    assert (count["n"], count["expires"]) == (1, 1772636400 + 3600)
