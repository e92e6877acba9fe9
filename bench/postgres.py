"""A throw-away PostgreSQL on this machine, from the server that the system's package has installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_DEBIAN = Path("/usr/lib/postgresql")
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_CONNECTIONS = 100
_WATCHED = '"$@" </dev/null & server=$!; exec 3<&0; (cat <&3 >/dev/null; kill -INT $server) & wait $server'
"""A shell reads our end of a pipe, which closes when we end, even killed: then the server shuts down."""


class PostgresMissingError(Exception):
    """It cannot be run here; the message says why."""


@contextmanager
def cluster() -> Iterator[str]:
    """A cluster of its own, as it comes and durable, on a socket in a temporary folder; where to connect."""
    programs = _programs()
    try:
        import psycopg
    except ImportError as missing:
        raise PostgresMissingError(f"the driver is not installed: {missing}") from missing
    who = _unprivileged()
    scratch = Path(tempfile.mkdtemp(prefix="lead-routing-pg-"))
    try:
        if who:
            shutil.chown(scratch, who.pw_uid, who.pw_gid)
        data, log = scratch / "data", scratch / "log"
        made: list[str | Path] = [programs / "initdb", "-D", data, "-U", "bench", "-A", "trust"]
        made += ["-E", "UTF8", "--locale=C"]
        done = subprocess.run(made, cwd=scratch, capture_output=True, text=True, check=False, **_as(who))
        if done.returncode:
            raise PostgresMissingError(f"initdb failed: {done.stderr.strip()[-300:]}")
        command: list[str | Path] = [
            "/bin/sh", "-c", _WATCHED, "sh", programs / "postgres", "-D", data, "-k", scratch,
            "-c", "listen_addresses=", "-c", f"max_connections={_CONNECTIONS}",
        ]  # fmt: skip
        with log.open("wb") as told:
            server = subprocess.Popen(
                command, cwd=scratch, stdin=subprocess.PIPE, stdout=told, stderr=told, **_as(who)
            )
        try:
            where = f"host={scratch} user=bench dbname=postgres"
            until = time.monotonic() + _START_SECONDS
            while True:
                try:
                    psycopg.connect(where).close()
                    break
                except psycopg.OperationalError as not_yet:
                    if server.poll() is not None or time.monotonic() > until:
                        last = log.read_text(errors="replace").strip()[-300:]
                        raise PostgresMissingError(f"the server did not start: {last}") from not_yet
                    time.sleep(0.05)
            yield where
        finally:
            if server.stdin is not None:
                server.stdin.close()
            server.wait(_STOP_SECONDS)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _programs() -> Path:
    """The newest installed server's; Debian keeps them off the PATH."""
    found = [each.parent for each in _DEBIAN.glob("*/bin/initdb") if (each.parent / "postgres").exists()]
    if found:
        return max(found, key=lambda each: float(each.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None or shutil.which("postgres") is None:
        raise PostgresMissingError("its server is not installed (Debian: apt install postgresql)")
    return Path(on_path).resolve().parent


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run as instead of root, which the server refuses; None: as who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissingError("it does not run as root, and there is neither `postgres` nor `nobody`")


def _as(who: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": ()} if who else {}
