"""Runs the deployed handlers in this process the way Lambda does: JSON in, JSON out, a context beside it."""

import importlib
import json
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools import template
from tools.engines import REGION

Handler = Callable[[dict[str, Any], Any], object]


class FunctionError(Exception):
    """The handler raised, or returned what is no JSON. The traceback went to standard error."""


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda hands a handler beside the event."""

    function_name: str
    memory_limit_in_mb: int
    timeout_seconds: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    function_version: str = "$LATEST"

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN, with an account of zeros."""
        return f"arn:aws:lambda:{REGION}:000000000000:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where its log would be."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """The log stream."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function would time out. The runner itself breaks nothing off."""
        return max(0, int((self.started + self.timeout_seconds - time.monotonic()) * 1000))


def deployed(name: str) -> Handler:
    """The handler in `functions/<name>/app.py`."""
    module = importlib.import_module(f"functions.{name}.app")
    handler: Handler = module.handler
    return handler


class Functions:
    """The template's functions. `load` finds a handler by name.

    Calls run side by side, as in several execution environments of Lambda's, but in one process.
    """

    def __init__(self, load: Callable[[str], Handler] = deployed) -> None:
        self._load = load
        self._properties = template.functions()
        self._handlers: dict[str, Handler] = {}
        self._loading = threading.Lock()

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Call the function with a copy of `event`. Raises FunctionError."""
        properties = self._properties[name]
        context = LambdaContext(name, int(properties["MemorySize"]), float(properties["Timeout"]))
        try:
            answer = self._handler(name)(json.loads(json.dumps(event)), context)
            return json.loads(json.dumps(answer))
        except Exception as error:
            # Lambda too reports whatever a handler raises and lives on.
            print(f"{name} failed:", file=sys.stderr)
            traceback.print_exc()
            raise FunctionError(f"{type(error).__name__}: {error}") from error

    def _handler(self, name: str) -> Handler:
        with self._loading:
            if name not in self._handlers:
                self._handlers[name] = self._load(name)
            return self._handlers[name]
