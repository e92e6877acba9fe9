"""What DynamoDB refuses and moto lets pass, checked on every request; and the faults that a test asks for.

moto is not safe under threads, and the layer reads in several at once: one lock goes around every call.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.functional import quick_moto
from tools.dynamodb_rules import check

Fault = Callable[[str, Mapping[str, Any]], None]
"""Called with each request before it is sent; raises what the request is to fail with."""


class Strict:
    """Stands in for botocore's `_make_api_call`. `requests` are those that were sent, in order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.faults: list[Fault] = []
        self.after: list[Fault] = []
        self.requests: list[tuple[str, Mapping[str, Any]]] = []

    def install(self) -> Callable[..., Any]:
        """The function to put in the place of `_make_api_call`."""
        strict = self

        def call(client: Any, operation: str, request: dict[str, Any]) -> Any:
            if operation == "Scan":
                raise AssertionError("no function may scan")
            check(operation, request)
            # Outside the lock: a fault may play what somebody else does meanwhile, in threads of its own.
            for fault in tuple(strict.faults):
                fault(operation, request)
            with strict._lock:
                strict.requests.append((operation, request))
                answer = quick_moto.call(client, operation, request)
            for fault in tuple(strict.after):
                fault(operation, request)
            return answer

        return call


def client_error(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, operation)
