"""What Lambda's event source mapping promises about batches that fail, played by the local runner."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tools.local_api.delivery import Delivery, FailedBatch
from tools.template import StreamMapping

MAPPING = StreamMapping(
    function="push_assign",
    filters=({"eventName": ["INSERT"], "dynamodb": {"Keys": {"PK": {"S": [{"prefix": "INTAKE#"}]}}}},),
    batch_size=25,
    batching_window=0,
    bisect=True,
    reports_failures=True,
    max_retries=3,
    max_age=3600,
    parallelization=1,
    on_failure="Failures.Arn",
)
NOW = 1_000_000.0


def record(
    number: int, *, partition: str = "INTAKE#a", name: str = "INSERT", age: float = 0
) -> dict[str, Any]:
    return {
        "eventName": name,
        "dynamodb": {
            "Keys": {"PK": {"S": partition}, "SK": {"S": str(number)}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": NOW - age,
        },
    }


class Lambda:
    """A function under a mapping; keeps what happened: calls, pauses, what was given up."""

    def __init__(self, function: Callable[[list[int]], object], **settings: Any) -> None:
        self.calls: list[list[int]] = []
        self.pauses: list[float] = []
        self.given_up: list[FailedBatch] = []
        self.now = NOW
        self.function = function
        self.delivery = Delivery(
            replace(MAPPING, **settings),
            self.invoke,
            now=lambda: self.now,
            wait=self.wait,
            on_failure=self.given_up.append,
        )

    def invoke(self, event: dict[str, Any]) -> object:
        numbers = [int(each["dynamodb"]["SequenceNumber"]) for each in event["Records"]]
        self.calls.append(numbers)
        return self.function(numbers)

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def deliver(self, *numbers: int, **how: Any) -> "Lambda":
        self.delivery.deliver([record(each, **how) for each in numbers])
        return self

    @property
    def lost(self) -> list[tuple[str, str, int, str, int]]:
        return [
            (each.first, each.last, each.size, each.condition, each.invocations) for each in self.given_up
        ]


def failing_on(*poison: int) -> Callable[[list[int]], object]:
    def function(numbers: list[int]) -> object:
        if set(poison) & set(numbers):
            raise RuntimeError("poison")
        return None

    return function


def reporting(*poison: int) -> Callable[[list[int]], object]:
    """A function that handles record after record and reports the first that it cannot."""

    def function(numbers: list[int]) -> object:
        failed = [each for each in numbers if each in poison][:1]
        return {"batchItemFailures": [{"itemIdentifier": str(each)} for each in failed]}

    return function


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "done"])
def test_a_batch_that_is_handled_is_delivered_once(answer: object) -> None:
    played = Lambda(lambda _: answer).deliver(1, 2, 3)
    assert played.calls == [[1, 2, 3]]
    assert (played.pauses, played.given_up) == ([], [])


def test_a_function_that_recovers_is_retried_in_order_with_growing_pauses() -> None:
    failures = iter([True, True, True, False])

    def function(_: list[int]) -> None:
        if next(failures):
            raise TimeoutError

    played = Lambda(function, bisect=False).deliver(1, 2)
    assert played.calls == [[1, 2]] * 4
    assert played.pauses == sorted(set(played.pauses))
    assert played.given_up == []


def test_bisecting_finds_the_poison_record_and_loses_nothing_else() -> None:
    played = Lambda(failing_on(3)).deliver(1, 2, 3, 4, 5, 6, 7, 8)
    handled = [each for call in played.calls if 3 not in call for each in call]
    assert handled == [1, 2, 4, 5, 6, 7, 8]
    # Splitting costs no attempt: the record alone has its first one and three retries.
    assert played.calls.count([3]) == 4
    assert played.lost == [("3", "3", 1, "RetryAttemptsExhausted", 4)]


def test_without_bisecting_the_whole_batch_is_given_up() -> None:
    played = Lambda(failing_on(2), bisect=False).deliver(1, 2, 3)
    assert played.calls == [[1, 2, 3]] * 4
    assert played.lost == [("1", "3", 3, "RetryAttemptsExhausted", 4)]


def test_a_partial_answer_goes_on_at_the_reported_record() -> None:
    seen: set[int] = set()

    def function(numbers: list[int]) -> object:
        # Each record fails once; reported in no order, the lowest is the checkpoint.
        failed = [each for each in numbers if each % 2 == 0 and each not in seen]
        seen.update(failed[:1])
        return {"batchItemFailures": [{"itemIdentifier": str(each)} for each in reversed(failed)]}

    played = Lambda(function).deliver(1, 2, 3, 4, 5)
    assert played.calls == [[1, 2, 3, 4, 5], [2, 3, 4, 5], [4, 5]]
    assert played.given_up == []


def test_progress_gives_the_rest_new_attempts_and_a_poison_record_takes_the_rest_with_it() -> None:
    played = Lambda(reporting(3), max_retries=2).deliver(1, 2, 3, 4)
    assert played.calls == [[1, 2, 3, 4], [3, 4], [3, 4]]
    assert played.lost == [("3", "4", 2, "RetryAttemptsExhausted", 3)]


@pytest.mark.parametrize("wrong", ["", None, "99", 7])
@pytest.mark.parametrize("key", ["itemIdentifier", "id"])
def test_an_answer_that_names_no_record_fails_the_whole_batch(wrong: object, key: str) -> None:
    played = Lambda(lambda _: {"batchItemFailures": [{key: wrong}]}, bisect=False, max_retries=0).deliver(
        1, 2
    )
    assert played.lost == [("1", "2", 2, "RetryAttemptsExhausted", 1)]


def test_a_partial_answer_means_nothing_unless_the_mapping_asks_for_it() -> None:
    assert Lambda(reporting(1), reports_failures=False).deliver(1).calls == [[1]]


def test_records_that_are_too_old_are_given_up_before_they_are_tried() -> None:
    played = Lambda(failing_on())
    played.delivery.deliver([record(1, age=3601), record(2)])
    assert played.calls == [[2]]
    assert played.lost == [("1", "1", 1, "RecordAgeExceeded", 0)]


def test_retries_without_bound_end_when_the_record_is_too_old() -> None:
    played = Lambda(failing_on(1), max_retries=-1, max_age=60).deliver(1)
    assert [each[3] for each in played.lost] == ["RecordAgeExceeded"]
    assert sum(played.pauses) >= 60


def test_filters_let_through_what_any_pattern_matches() -> None:
    delivery = Lambda(failing_on()).delivery
    assert delivery.wants(record(1))
    assert not delivery.wants(record(1, name="MODIFY"))
    assert not delivery.wants(record(1, partition="LEAD#1"))
    assert Lambda(failing_on(), filters=()).delivery.wants(record(1, name="REMOVE"))


@pytest.mark.parametrize(
    ("alternative", "matching", "other"),
    [
        ("x", "x", "y"),
        (None, None, "x"),
        ({"prefix": "a"}, "ab", "ba"),
        ({"suffix": "a"}, "ba", "ab"),
        ({"equals-ignore-case": "AB"}, "ab", "b"),
        ({"anything-but": ["a", "b"]}, "c", "a"),
        ({"anything-but": {"prefix": "a"}}, "b", "ab"),
        ({"exists": True}, "x", None),
        ({"exists": False}, None, "x"),
    ],
)
def test_each_filter_operator(alternative: object, matching: object, other: object) -> None:
    delivery = Lambda(failing_on(), filters=({"a": {"b": [alternative]}},)).delivery
    assert delivery.wants({"a": {"b": matching}})
    assert not delivery.wants({"a": {"b": other}})


@pytest.mark.parametrize(
    "pattern",
    [{"a": [{"numeric": [">", 1]}]}, {"$or": [{"a": [1]}]}, {"a": {"b": [{"cidr": "::/0"}]}}, {"a": "b"}],
)
def test_a_pattern_that_cannot_be_evaluated_is_refused_and_not_guessed(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not evaluate"):
        Lambda(failing_on(), filters=(pattern,))
