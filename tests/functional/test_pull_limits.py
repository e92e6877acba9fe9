"""Limits of pulls per user and strategy, by the clock hour and the day of the strategy's account."""

from typing import Any

import pytest

from tests.functional.backend import Backend
from tests.functional.test_pull_next import why


@pytest.fixture
def limited(company: Backend) -> Backend:
    """Two pulls an hour and three a day from Denver's leads; the hour and the day are Denver's."""

    def build() -> None:
        company.save("sources", "denver", name="Denver", owner="denver")
        company.pull_strategy("few", ["denver"], "denver", priority=1, hourly_limit=2, daily_limit=3)

    return company.prepared("limited", build)


def work(company: Backend, user: str = "ana") -> str:
    """Pull a lead and close it; its strategy."""
    answer = company.pull(user)
    lead, token = answer["lead"]["id"], answer["lease"]["token"]
    assert company.dispose(lead, "sold", user, lease_token=token).status == 200
    return str(answer["strategy"])


def test_the_hour_and_then_the_day_are_full_and_the_answer_says_until_when(limited: Backend) -> None:
    for number in range(6):
        limited.lead(number, source="denver")
    work(limited)
    work(limited)
    answer = limited.pull("ana")
    assert answer["why"] == [{"reason": "own_limit", "count": 4, "until": "2026-03-04T16:00:00Z"}]
    assert answer["retry_at"] == "2026-03-04T16:00:00Z"
    assert limited.pull("ben")["strategy"] == "few"
    limited.at("2026-03-04T16:00:00Z")
    work(limited)
    assert limited.pull("ana")["why"][0]["until"] == "2026-03-05T07:00:00Z"  # midnight in Denver
    limited.at("2026-03-05T06:59:59Z")
    assert why(limited.pull("ana")) == {"own_limit": 3}
    limited.at("2026-03-05T07:00:00Z")
    work(limited)


def test_at_its_limit_the_next_strategy_that_serves_the_user_serves_it(limited: Backend) -> None:
    limited.pull_strategy("any", priority=2, lease_minutes=5)
    limited.settle()
    for number in range(4):
        limited.lead(number, source="denver")
    assert [work(limited) for _ in range(3)] == ["few", "few", "any"]


def test_what_is_given_back_has_still_been_pulled(limited: Backend) -> None:
    lead, token = limited.lent(source="denver")
    limited.dispose(lead, "return", "ana", lease_token=token)
    work(limited)
    limited.lead(2, source="denver")
    assert why(limited.pull("ana")) == {"own_limit": 1}


def test_a_limit_of_none_is_never_lifted(company: Backend) -> None:
    company.pull_strategy("off", daily_limit=0)
    company.settle()
    company.lead(1)
    assert company.pull("ana") == {"lead": None, "why": [{"reason": "own_limit", "count": 1}]}


def test_taps_that_race_count_once_each(limited: Backend) -> None:
    """The counts that were read must still stand when they are written."""
    for number in range(3):
        limited.lead(number, source="denver")
    work(limited)

    def tap(operation: str, _: Any) -> None:
        if operation == "BatchGetItem":
            limited.strict.after.clear()
            assert work(limited) == "few"

    limited.strict.after.append(tap)
    assert why(limited.pull("ana")) == {"own_limit": 1}


@pytest.mark.parametrize("value", [-1, "2", 1.5, True])
@pytest.mark.parametrize("name", ["hourly_limit", "daily_limit"])
def test_a_limit_is_a_whole_number_from_none_on(company: Backend, name: str, value: Any) -> None:
    body = {"name": "x", "record_type": "lead", "distributed_from": "corporate", "recipients": ["corporate"]}
    answer = company.put("/v1/pull-strategies/x", {**body, "calling_hours": False, name: value})
    assert answer.status == 422
    assert [field for field, _ in answer.errors] == [name]


def test_a_callback_of_ones_own_is_served_past_the_limit_and_not_counted(limited: Backend) -> None:
    lead, token = limited.lent(source="denver")
    limited.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T15:10:00Z")
    limited.lead(2, source="denver")
    work(limited)
    limited.at("2026-03-04T15:10:00Z")
    answer = limited.pull("ana")
    assert answer["reason"]["why"] == "callback"
    limited.dispose(lead, "sold", "ana", lease_token=answer["lease"]["token"])
    (slot,) = [item for item in limited.of("PRESENCE#") if item["SK"] == "ana"]
    assert [int(slot["pulls"]["few"][at]) for at in (1, 3)] == [2, 2]


def test_retry_at_counts_the_limit_of_what_comes_ready_before_it(limited: Backend) -> None:
    limited.lead(1, source="denver")
    work(limited)
    lead, token = limited.lent(number=2, source="denver")
    limited.dispose(lead, "no-answer", "ana", lease_token=token)
    limited.save(
        "pull-strategies", "few", **{**limited.get("/v1/pull-strategies/few").json, "cool_down_minutes": 5}
    )
    limited.settle()
    answer = limited.pull("ana")
    assert answer["why"][0]["reason"] == "cooling"
    assert answer["retry_at"] >= "2026-03-04T16:00:00Z"
