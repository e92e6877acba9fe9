"""HTTP/1.1 with kept-alive connections on loopback, for a function from request to response."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from routing.runtime import clock
from tools.local_api.gateway import MAX_BODY, Request, Response, refusal

Answer = Callable[[Request], Response]
_IDLE_SECONDS = 300
_DISCARDED = 200 * 1024 * 1024


class HttpServer(ThreadingHTTPServer):
    """Serves `answer` on 127.0.0.1 with a thread for each connection. `port` 0 takes a free one."""

    # Ends wait for the requests that are being answered.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        self._connections: set[socket.socket] = set()
        self._changing = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)
        self._thread = threading.Thread(target=self.serve_forever, args=[0.05], name="http", daemon=True)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, finish those that are being answered, close every connection."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        with self._changing:
            for connection in self._connections:
                # Wakes threads that wait for a next request; an answer that is under way still goes out.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection, so that `stop` can end it while it is idle."""
        with self._changing:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._changing:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _BadBodyError(Exception):
    """The body's framing cannot be understood."""


class _Connection(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    # Head and body of an answer leave in one piece.
    wbufsize = -1

    def _respond(self) -> None:
        try:
            body = self._body()
        except _BadBodyError:
            self.close_connection = True
            self._send(refusal(400, "Bad Request"))
            return
        if body is None:
            # Not read to its end, so nothing after it on this connection makes sense.
            self.close_connection = True
            self._send(refusal(413, "Request Too Long"))
            return
        request = Request(self.command, self.path, self.headers.items(), body, self.client_address[0])
        self._send(self.server.answer(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method is answered, as API Gateway answers any; http.server looks for one of that name."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._respond

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """A connection that stayed idle until it was closed is no news."""
        if not any(isinstance(each, TimeoutError) for each in args):
            super().log_error(format, *args)

    def _body(self) -> bytes | None:
        """The whole body; None when it is too long."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunked()
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError as error:
            raise _BadBodyError from error
        if length < 0:
            raise _BadBodyError
        if length > MAX_BODY:
            self._discard(length)
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError("the request ended in its body")
        return body

    def _discard(self, length: int) -> None:
        """Read on, within reason: most clients read an answer only when they have sent everything."""
        left = min(length, _DISCARDED)
        while left > 0 and (piece := self.rfile.read(min(left, 65536))):
            left -= len(piece)

    def _chunked(self) -> bytes | None:
        parts: list[bytes] = []
        total = 0
        while True:
            try:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError as error:
                raise _BadBodyError from error
            if size == 0:
                while self.rfile.readline(65536).strip():
                    pass
                return b"".join(parts)
            total += size
            if total > MAX_BODY:
                return None
            parts.append(self.rfile.read(size))
            self.rfile.readline(1024)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        # The product's time, so that who measures against it is right while the clock is fixed.
        self.send_header("date", self.date_time_string(clock.now().timestamp()))
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()
