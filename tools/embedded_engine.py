"""Serves ministack's DynamoDB on an inherited socket. Runs inside the engine's environment, never in ours.

Usage: `python embedded_engine.py FD`, where FD is a listening socket. The parent holds the other end of our
standard input; when that closes, however the parent ended, the engine saves what it keeps and goes.
"""

import asyncio
import fcntl
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

_EXPRESSIONS = 4096
_FULL_COLLECTIONS = 1_000_000
"""Collections of the middle generation before one of everything: as good as never."""


def _when_parent_ends(stop: Callable[[], object]) -> None:
    """Call `stop` once at the end of standard input; insist when the engine does not come down by itself."""
    while os.read(0, 1024):
        pass
    stop()
    threading.Timer(20, os._exit, [1]).start()


def _own(directory: str) -> None:
    """Wait until no other engine, maybe one that is saving at its end, has the directory."""
    lock = os.open(Path(directory) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Waiting for another engine to give up {directory}", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _remember_expressions() -> None:
    """Read each expression once: the engine does for every item that it looks at, which takes most of its time."""
    from ministack.services import dynamodb

    dynamodb._condition_syntax_error = lru_cache(_EXPRESSIONS)(dynamodb._condition_syntax_error)  # noqa: SLF001
    tokens = lru_cache(_EXPRESSIONS)(dynamodb._tokenize)  # noqa: SLF001
    dynamodb._tokenize = lambda expression: list(tokens(expression))  # noqa: SLF001


async def _serve(fd: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{fd}"]
    config.loglevel = "WARNING"
    # A connection that the server drops between two requests is an error for the client: keep them open.
    config.keep_alive_timeout = 24 * 3600
    config.keep_alive_max_requests = 10**9
    config.graceful_timeout = 0.2

    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    watch = threading.Thread(
        target=_when_parent_ends, args=[lambda: loop.call_soon_threadsafe(ending.set)], daemon=True
    )
    watch.start()
    await serve(app, config, shutdown_trigger=ending.wait)


def main() -> None:
    """Serve on the socket that the command line names until the parent ends; does not return."""
    if "STATE_DIR" in os.environ:
        # Leads are personal data: what is kept is for its owner alone. Held until the process ends.
        os.umask(0o077)
        _own(os.environ["STATE_DIR"])
        for kept in Path(os.environ["STATE_DIR"]).glob("*.json"):
            kept.chmod(0o600)
    _remember_expressions()
    # All items are objects here, and one look at all of them for cycles, of which they have none, holds everything up.
    gc.set_threshold(*gc.get_threshold()[:2], _FULL_COLLECTIONS)
    asyncio.run(_serve(int(sys.argv[1])))
    # Background threads of the engine have nothing left to do once its state is saved.
    os._exit(0)


if __name__ == "__main__":
    main()
