"""What only a checkout of the project has: the runner that serves the deployed functions on this machine."""

import socket
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.local_api.server import LocalApi

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


class NoCheckoutError(Exception):
    """The command is installed without the project."""


class TakenPortError(Exception):
    """Nothing can be served at the port that was asked for."""


def free_port(port: int) -> None:
    """Raises TakenPortError where the runner could not listen."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as failed:
            reason = getattr(failed, "strerror", None) or str(failed)
            raise TakenPortError(
                f"cannot listen on 127.0.0.1:{port}: {reason}; choose another --port"
            ) from failed


def local_api(port: int, data: Path | None) -> "AbstractContextManager[LocalApi]":
    """The product on 127.0.0.1 with an embedded store, and no company yet. Raises NoCheckoutError, RunnerError."""
    _find()
    from tools.local_api.server import LocalApi

    return LocalApi(store="embedded", port=port, data_dir=data, empty=True)


def serve(arguments: list[str]) -> int:
    """Serve until interrupted, as `python -m tools.local_api` does. Raises NoCheckoutError."""
    _find()
    from tools.local_api.__main__ import main

    return main(arguments)


def engine_error() -> type[Exception]:
    """What is raised when the store cannot run."""
    _find()
    from tools.engines import EngineError

    return EngineError


def _find() -> None:
    if not (ROOT / "tools" / "local_api").is_dir():
        raise NoCheckoutError("This needs a checkout of Lead Routing: run it inside one, as `make run` does.")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
