"""`python -m tools.local_api`: serves the API on this machine until it is interrupted."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import get_args

from botocore.exceptions import BotoCoreError, ClientError

from tools.engines import EngineError
from tools.local_api.server import LocalApi, Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; then settle, stop everything and return 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.local_api", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="on 127.0.0.1; 0: a free one (default 8080)")
    parser.add_argument("--store", choices=get_args(Store), default="embedded", help="where the data is")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data in DIR between runs")
    parser.add_argument("--empty", action="store_true", help="start without the demo company")
    parser.add_argument(
        "--loopback-webhooks", type=Path, metavar="PEM",
        help="call webhooks that are on this machine, trusting these certificates (otherwise only shown)",
    )  # fmt: skip
    options = parser.parse_args(arguments)

    ending = threading.Event()

    def end(number: int, _: FrameType | None) -> None:
        if ending.is_set():
            # Asked twice: go at once. The store sees that we are gone, and ends too.
            os._exit(128 + number)
        ending.set()

    # Explicitly, because a shell starts its background jobs with SIGINT ignored, which would be inherited.
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        with LocalApi(
            options.store,
            options.port,
            options.data,
            empty=options.empty,
            loopback_webhooks=options.loopback_webhooks,
        ) as api:
            print(f"Lead Routing is at {api.url}, its table {api.place}. Ctrl-C stops it.", flush=True)
            ending.wait()
            print("Stopping: everything under way comes to rest first.", flush=True)
        for failed in api.failures:
            print(f"Given up: {failed}", file=sys.stderr)
    except (EngineError, OSError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
