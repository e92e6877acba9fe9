"""Serves ministack's DynamoDB on an inherited socket. Runs inside the engine's environment, never in ours.

Usage: `python embedded_engine.py FD`, where FD is a listening socket. The parent holds the other end of our
standard input; when that closes, however the parent ended, the engine saves what it keeps and goes.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable


def _when_parent_ends(stop: Callable[[], object]) -> None:
    """Call `stop` once at the end of standard input; insist when the engine does not come down by itself."""
    while os.read(0, 1024):
        pass
    stop()
    threading.Timer(20, os._exit, [1]).start()


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


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
    # Background threads of the engine have nothing left to do once its state is saved.
    os._exit(0)
