"""The product on this machine: store, functions, stream, schedule and HTTP, started and stopped together."""

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from routing.runtime import clock
from tools import engines, template
from tools.local_api import browsers
from tools.local_api.container import BUCKET, container, hash_key
from tools.local_api.delivery import FailedBatch
from tools.local_api.functions import FunctionError, Functions, Handler, deployed
from tools.local_api.gateway import Gateway, Request, Response, refusal
from tools.local_api.http_server import HttpServer
from tools.local_api.outlets import senders
from tools.local_api.queue import DeadLetter, LocalQueue
from tools.local_api.site import BUILT, Site
from tools.local_api.stream import NotSettledError, StreamPump

Store = Literal["embedded", "dynamodb-local", "aws"]

TABLE = "lead-routing"
DEMO_COMPANY = engines.ROOT / "examples" / "company.yaml"
# Seconds that a stream may be behind its table: settling waits that long before it believes an empty read.
_LAG: dict[Store, float] = {"embedded": 0.0, "dynamodb-local": 0.2, "aws": 2.0}
_LAST_SETTLE_SECONDS = 15.0


class LocalApi:
    """The API on 127.0.0.1 while the context lasts; `url` says where.

    `store` is where the data is; "aws" uses the caller's credentials and the table that TABLE_NAME names, and
    creates it when it is not there. `data_dir` keeps the data between runs; a start on it begins with one run
    of the schedule, which repairs what a kill has left. Unless `empty`, or there is data already, the demo company is
    applied before anybody is answered. `is_new`: there was no data yet. `load`
    finds a function's handler. `loopback_webhooks`: a file of the certificates to trust of webhooks on this
    machine, which are then called; otherwise notifications are shown only. One at a time in a process: the
    functions' settings are its environment.
    """

    def __init__(
        self,
        store: Store = "embedded",
        port: int = 0,
        data_dir: Path | None = None,
        *,
        empty: bool = True,
        load: Callable[[str], Handler] = deployed,
        loopback_webhooks: Path | None = None,
    ) -> None:
        self._store: Store = store
        self._loopback_webhooks = loopback_webhooks
        self._port = port
        self._data_dir = data_dir
        self._empty = empty
        self._load = load
        self._table = os.environ.get("TABLE_NAME", "") if store == "aws" else TABLE
        self._running = ExitStack()
        self._ending = threading.Event()
        self._clock_is_fixed = False

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            # First, so that a port that is taken is told at once.
            self._http = HttpServer(self._port, self._answer)
            stack.callback(self._http.stop)
            self._endpoint = self._start_store(stack)
            engines.create_table(self._endpoint, self._table)
            files = self._start_files(stack)
            self._site = Site(BUILT, [files] if files else [])
            self.is_new = self._is_empty()
            self._functions = Functions(self._load)
            self._queues = {each.function: self._queue(each) for each in template.queue_mappings()}
            stack.enter_context(
                container(
                    self._endpoint,
                    self._table,
                    self._queues["notify"],
                    senders(hash_key(self._endpoint), self._loopback_webhooks),
                    self._queues["jobs"],
                    files,
                )
            )
            self._gateway = Gateway(
                template.routes(), self._functions.invoke, claim=os.environ["ACCOUNT_CLAIM"], now=clock.now
            )
            for queue in self._queues.values():
                queue.start()
                stack.callback(queue.stop)
            self._pump = stack.enter_context(self._stream())
            stack.callback(self._come_to_rest)
            if self._data_dir is not None:
                self._tick_or_say()
            if not self._empty and self.is_new:
                self._apply_demo_company()
            schedule = threading.Thread(target=self._run_schedule, name="schedule", daemon=True)
            schedule.start()
            stack.callback(schedule.join)
            stack.callback(self._ending.set)
            self._http.start()
            stack.callback(self._http.stop)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return self._http.url

    @property
    def place(self) -> str:
        """The table and where it is, for people."""
        return f"{self._table} at {self._endpoint or 'AWS'}"

    @property
    def failures(self) -> list[FailedBatch | DeadLetter]:
        """What the functions failed for good."""
        return [*self._pump.failures, *(each for queue in self._queues.values() for each in queue.dead)]

    def settle(self, timeout: float = 60.0) -> None:
        """Return when everything is at rest, jobs and what is to be sent too. Raises NotSettledError."""
        delivered = -1
        # What a queue's own thread has delivered meanwhile may have written something too.
        while delivered != (delivered := self._delivered()):
            self._pump.settle(timeout)
            for queue in self._queues.values():
                queue.settle()

    def _delivered(self) -> int:
        return sum(queue.deliveries for queue in self._queues.values())

    def _queue(self, mapping: template.QueueMapping) -> LocalQueue:
        return LocalQueue(
            mapping,
            lambda event: self._functions.invoke(mapping.function, event),
            on_dead=lambda letter: print(f"Dead letter: {letter}", file=sys.stderr, flush=True),
        )

    def _start_store(self, stack: ExitStack) -> str | None:
        if self._store == "aws":
            if not self._table:
                raise engines.EngineError("The store `aws` needs the table's name in TABLE_NAME.")
            return None
        if self._data_dir is not None:
            stack.enter_context(engines.owned(self._data_dir))
        if self._store == "embedded":
            return stack.enter_context(engines.EmbeddedEngine(self._data_dir)).endpoint
        jar = engines.DynamoDBLocal.locate()
        return stack.enter_context(engines.DynamoDBLocal(jar, self._data_dir)).endpoint

    def _start_files(self, stack: ExitStack) -> str | None:
        """Where files are: with the data in the embedded engine, beside DynamoDB Local in one of its own."""
        if self._endpoint is None:
            return None
        files = self._endpoint
        if self._store == "dynamodb-local":
            files = stack.enter_context(engines.EmbeddedEngine()).endpoint
        engines.create_bucket(files, BUCKET)
        return files

    def _is_empty(self) -> bool:
        client = engines.dynamodb_client(self._endpoint)
        try:
            return not client.scan(TableName=self._table, Limit=1)["Items"]
        finally:
            client.close()

    @contextmanager
    def _stream(self) -> Iterator[StreamPump]:
        import boto3

        dynamodb = engines.dynamodb_client(self._endpoint)
        arn = dynamodb.describe_table(TableName=self._table)["Table"]["LatestStreamArn"]
        dynamodb.close()
        streams = boto3.client("dynamodbstreams")
        pump = StreamPump(
            streams,
            arn,
            template.stream_mappings(),
            self._functions.invoke,
            start="LATEST" if self._store == "aws" else "TRIM_HORIZON",
            lag=_LAG[self._store],
        )
        pump.start()
        try:
            yield pump
        finally:
            pump.stop()
            streams.close()

    def _come_to_rest(self) -> None:
        try:
            self.settle(_LAST_SETTLE_SECONDS)
        except NotSettledError as error:
            print(f"Stopped before everything was at rest: {error}", file=sys.stderr)

    def _apply_demo_company(self) -> None:
        # Imported here: an empty company needs none of it.
        from lead_routing_cli import configure
        from lead_routing_cli.http_client import Api

        # At an address of its own: nobody is answered at ours before the company is there.
        private = HttpServer(0, self._answer)
        private.start()
        try:
            with Api(private.url, f"dev:{os.environ['ADMIN_ACCOUNT']}") as api:
                configure.apply(configure.plan(configure.read(DEMO_COMPANY), api), api)
        finally:
            private.stop()
        # Each strategy asks for the leads to be looked at again: done before the first one comes.
        self.settle()

    def _answer(self, request: Request) -> Response:
        return browsers.refused(request) or browsers.readable(request, self._answered(request))

    def _answered(self, request: Request) -> Response:
        if (file := self._site.answer(request)) is not None:
            return file
        if request.target == "/" and request.method in ("GET", "HEAD"):
            return browsers.welcome(self.url)
        if request.target.startswith("/_local/"):
            return self._answer_local(request)
        response = self._gateway.handle(request)
        # It may have written something.
        self._pump.poke()
        return response

    def _answer_local(self, request: Request) -> Response:
        try:
            match request.method, request.target:
                case "POST", "/_local/clock":
                    return self._set_clock(request.body)
                case "POST", "/_local/settle":
                    self.settle()
                    return _json(HTTPStatus.OK, {"given_up": [str(each) for each in self.failures]})
                case "POST", "/_local/tick":
                    answers = self._tick()
                    self.settle()
                    return _json(HTTPStatus.OK, {"answers": answers})
        except NotSettledError as error:
            return _json(HTTPStatus.SERVICE_UNAVAILABLE, {"message": str(error)})
        except FunctionError as error:
            return _json(HTTPStatus.INTERNAL_SERVER_ERROR, {"message": str(error)})
        return refusal(HTTPStatus.NOT_FOUND, "Not Found")

    def _set_clock(self, body: bytes) -> Response:
        wanted = '{"now": "2026-03-07T15:00:00Z"} or {"now": null}'
        try:
            text = json.loads(body)["now"]
            instant = None if text is None else datetime.fromisoformat(text)
        except (ValueError, TypeError, KeyError):
            return _json(HTTPStatus.BAD_REQUEST, {"message": f"The body must be {wanted}"})
        if instant is not None and instant.tzinfo is None:
            return _json(HTTPStatus.BAD_REQUEST, {"message": f"The time needs an offset, as in {wanted}"})
        fixed = None if instant is None else instant.astimezone(UTC)
        clock.fix(fixed)
        self._clock_is_fixed = fixed is not None
        return _json(HTTPStatus.OK, {"now": None if fixed is None else _utc(fixed)})

    def _tick(self) -> dict[str, Any]:
        """Run the scheduled functions as EventBridge Scheduler does; their answers by function."""
        now = clock.now().replace(microsecond=0)
        answers = {}
        for function in template.schedules():
            event = {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": "000000000000",
                "time": _utc(now),
                "region": engines.REGION,
                "resources": [f"arn:aws:scheduler:{engines.REGION}:000000000000:schedule/default/{function}"],
                "detail": "{}",
            }
            answers[function] = self._functions.invoke(function, event)
            self._pump.poke()
        return answers

    def _run_schedule(self) -> None:
        while not self._ending.wait(_seconds_to_next_minute()):
            if not self._clock_is_fixed:
                self._tick_or_say()

    def _tick_or_say(self) -> None:
        try:
            self._tick()
        except FunctionError as error:
            print(f"The scheduled run failed, the next minute's tries again: {error}", file=sys.stderr)


def _seconds_to_next_minute() -> float:
    return 60 - time.time() % 60


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _json(status: HTTPStatus, body: Mapping[str, Any]) -> Response:
    return Response(status, json.dumps(body).encode())
