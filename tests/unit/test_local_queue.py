"""What SQS and Lambda promise about messages that fail, played by the local runner."""

from collections.abc import Callable
from typing import Any

from tools.local_api.queue import LocalQueue
from tools.template import QueueMapping, queue_mappings

MAPPING = QueueMapping("notify", "Queue", 3, 20.0, True, 360.0, 3)


class Lambda:
    """A function under a queue; keeps the bodies of each call."""

    def __init__(self, function: Callable[[list[dict[str, Any]]], object] = lambda _: None) -> None:
        self.calls: list[list[str]] = []
        self.now = 0.0
        self.function = function
        self.queue = LocalQueue(MAPPING, self.invoke, now=lambda: self.now)

    def invoke(self, event: dict[str, Any]) -> object:
        self.calls.append([each["body"] for each in event["Records"]])
        return self.function(event["Records"])


def failing(*bodies: str) -> Callable[[list[dict[str, Any]]], object]:
    def function(records: list[dict[str, Any]]) -> object:
        return {
            "batchItemFailures": [
                {"itemIdentifier": each["messageId"]} for each in records if each["body"] in bodies
            ]
        }

    return function


def test_the_mapping_is_the_templates() -> None:
    found = {(each.function, each.queue, each.max_receives) for each in queue_mappings()}
    assert found == {("notify", "NotificationQueue", 8), ("jobs", "JobQueue", 5)}


def test_batches_are_no_larger_than_the_mapping_says() -> None:
    function = Lambda()
    function.queue.put(list("abcd"))
    assert function.queue.settle()
    assert function.calls == [["a", "b", "c"], ["d"]]
    assert not function.queue.settle()


def test_only_what_failed_comes_again_and_at_last_is_a_dead_letter() -> None:
    function = Lambda(failing("b"))
    function.queue.put(["a", "b"])
    function.queue.settle()
    assert function.calls == [["a", "b"], ["b"], ["b"]]
    assert [(each.body, each.receives) for each in function.queue.dead] == [("b", 3)]
    assert function.queue.waiting == 0


def test_a_function_that_raises_or_names_strangers_fails_the_whole_batch() -> None:
    def raising(_: list[dict[str, Any]]) -> object:
        raise RuntimeError

    for answer in (raising, lambda _: {"batchItemFailures": [{"itemIdentifier": "stranger"}]}):
        function = Lambda(answer)
        function.queue.put(["a", "b"])
        function.queue.settle()
        assert [each.body for each in function.queue.dead] == ["a", "b"]


def test_a_failed_message_is_invisible_for_as_long_as_the_function_said_else_as_the_queue_says() -> None:
    function = Lambda(failing("a", "b"))
    function.queue.put(["a", "b"])
    plain = function.function

    def backing_off(records: list[dict[str, Any]]) -> object:
        for each in records:
            if each["body"] == "a":
                function.queue.retry_in(each["receiptHandle"], 30)
        return plain(records)

    function.function = backing_off
    assert function.queue.deliver()
    function.now = 29
    assert not function.queue.deliver()
    function.now = 30
    assert function.queue.deliver()
    function.now = 360
    assert function.queue.deliver()
    assert function.calls == [["a", "b"], ["a"], ["a", "b"]]


def test_a_started_queue_delivers_by_itself_when_a_batch_is_full() -> None:
    function = Lambda()
    function.queue.start()
    try:
        function.queue.put(list("abc"))
        with function.queue._changed:
            assert function.queue._changed.wait_for(lambda: not function.queue._waiting, 5)
    finally:
        function.queue.stop()
    assert function.calls == [["a", "b", "c"]]
