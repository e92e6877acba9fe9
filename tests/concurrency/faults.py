"""Trouble with the database, on order: a hook on botocore's events that spoils chosen requests of one client.

A request is lost before it is sent, carried out without an answer (a time-out after success), throttled, refused for a
conflict with another transaction, which no engine produces by itself, or late: carried out by `land`. Botocore sends a
failed request again by itself, so trouble lasts for one attempt (which the caller never sees) or for every attempt of
one call.
"""

import itertools
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
FOLLOWED_UP = re.compile(rb'"(INTAKE#[^"]+|JOBS#[^"]+)"')
"""Partitions whose entries somebody has to act on."""
FOR_EVER = 10**9


class Fault(Enum):
    """What happens to a request."""

    LOST = "never sent"
    UNANSWERED = "carried out, and no answer came"
    THROTTLED = "throttled"
    CONFLICT = "in conflict with another transaction"
    LATE = "no answer came, and it is carried out much later"


Choice = Callable[[int, str, int], "Fault | None"]
"""What happens to a request: the number of its call (from 1), its operation, which attempt of it this is (from 1)."""


class Body:
    """What AWSResponse reads its content from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


class Faults:
    """Spoils requests of one client while a plan is in force. `calls`: the operations called under the plan.

    late: requests that are still on their way. touched: partitions with work for push or for a job that this client may
    have written to.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client: Any = client
        self._lock = threading.Lock()
        self._choose: Choice | None = None
        self._attempts: dict[Any, tuple[int, int]] = {}
        self.calls: list[str] = []
        self.happened = 0
        self.late: list[Any] = []
        self.touched: set[str] = set()
        client.meta.events.register("before-send.dynamodb", self._before_send)

    @contextmanager
    def plan(self, choose: Choice) -> Iterator["Faults"]:
        """While the context lasts, `choose` decides what happens to each request."""
        with self._lock:
            self._choose, self._attempts, self.calls, self.happened = choose, {}, [], 0
        try:
            yield self
        finally:
            with self._lock:
                self._choose = None

    def land(self) -> list[int]:
        """Carry out what was late, in order; the HTTP statuses that nobody waits for any more."""
        requests, self.late = self.late, []
        for each in requests:
            self._touch(each)
        return [self._client._endpoint.http_session.send(each).status_code for each in requests]

    def _touch(self, request: Any) -> None:
        self.touched |= {each.decode() for each in FOLLOWED_UP.findall(request.body)}

    def _before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rsplit(".", 1)[1]
        if operation in WRITES:
            self._touch(request)
        with self._lock:
            if self._choose is None:
                return None
            invocation = request.headers["amz-sdk-invocation-id"]
            number, attempt = self._attempts.get(invocation, (len(self.calls) + 1, 0))
            if attempt == 0:
                self.calls.append(operation)
            self._attempts[invocation] = (number, attempt + 1)
            fault = self._choose(number, operation, attempt + 1)
            if fault is Fault.CONFLICT and operation not in WRITES:
                fault = None
            if fault is None:
                return None
            self.happened += 1
        if fault is Fault.LOST:
            raise EndpointConnectionError(endpoint_url=request.url)
        if fault is Fault.LATE:
            self.late.append(request)
        elif fault is Fault.UNANSWERED:
            self._client._endpoint.http_session.send(request)
        if fault in (Fault.LATE, Fault.UNANSWERED):
            raise ReadTimeoutError(endpoint_url=request.url)
        return _refusal(request, operation, fault)


def _refusal(request: Any, operation: str, fault: Fault) -> AWSResponse:
    name, more = "ProvisionedThroughputExceededException", {}
    if fault is Fault.CONFLICT and operation == "TransactWriteItems":
        items = json.loads(request.body)["TransactItems"]
        name = "TransactionCanceledException"
        more = {
            "CancellationReasons": [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in items[1:])]
        }
    elif fault is Fault.CONFLICT:
        name = "TransactionConflictException"
    content = json.dumps(
        {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "as ordered", **more}
    )
    headers = HeadersDict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse(request.url, 400, headers, Body(content.encode()))


def nth(number: int, fault: Fault, attempts: int) -> Choice:
    """Spoil the call of this number, for so many of its attempts."""
    return lambda call, _, attempt: fault if call == number and attempt <= attempts else None


def from_nth(number: int, fault: Fault, attempts: int) -> Choice:
    """Spoil so many requests from this call on: a conflict is tried again as a call of its own."""
    left = itertools.count()
    return lambda call, _, attempt: fault if call >= number and next(left) < attempts else None


def at_random(seed: int, share: float) -> Choice:
    """Spoil a share of all requests, each with any fault."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    kinds = [each for each in Fault if each is not Fault.LATE]
    return lambda call, _, attempt: dice.choice(kinds) if dice.random() < share else None
