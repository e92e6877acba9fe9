"""The embedded engine's DynamoDB in the process of the tests, for tests whose calls come one after another.

It is the code that the engine's process runs, with botocore before it as always; only HTTP between them is left out,
which took more than half of such a test's time. Tests that race have the process, and calls that meet on their way.
"""

import sys
import threading
from typing import Any, Self

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.httpsession import URLLib3Session

from tests.concurrency.faults import Body
from tools.engines import ROOT, EngineMissingError

_over_http = URLLib3Session.send


class EngineHere:
    """`.endpoint` is no address: what botocore would send there is answered here."""

    endpoint = "http://engine.here"

    def __init__(self) -> None:
        packages = next(ROOT.glob(".venv-engine/lib/python*/site-packages"), None)
        if packages is None:
            raise EngineMissingError(
                "The embedded engine is not there (no .venv-engine). `make test` installs it."
            )
        # Behind all others: the engine itself is found there, and nothing that is here too.
        self._packages = str(packages)
        sys.path.append(self._packages)
        from ministack.services import dynamodb

        self._dynamodb = dynamodb
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        engine = self

        def send(session: URLLib3Session, request: Any) -> AWSResponse:
            if request.url.startswith(engine.endpoint):
                return engine._answer(request)
            return _over_http(session, request)

        URLLib3Session.send = send
        return self

    def stop(self) -> None:
        URLLib3Session.send = _over_http
        sys.path.remove(self._packages)

    def _answer(self, request: Any) -> AWSResponse:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        handling = self._dynamodb.handle_request("POST", "/", headers, request.body, {})
        with self._lock:
            try:
                handling.send(None)
            except StopIteration as done:
                status, answered, content = done.value
            else:
                raise AssertionError("the engine waits for something")
        body = content if isinstance(content, bytes) else content.encode()
        return AWSResponse(request.url, status, HeadersDict(answered), Body(body))
