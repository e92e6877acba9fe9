"""Brings a file of leads in by an import of the server: put, started, followed to its end."""

import http.client
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from lead_routing_cli.http_client import (
    TIMEOUT_SECONDS,
    Api,
    ApiUnreachableError,
    Json,
    RefusedError,
    segment,
)
from lead_routing_cli.lead_file import UnreadableFileError

LISTED = 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_OVER = frozenset({"done", "failed"})

Progress = Callable[[str, float], None]
"""Is told what is being done, and how much of it is behind, of 1."""


@dataclass(frozen=True)
class Imported:
    """What became of the rows, as the server says."""

    found: Json

    @property
    def failed(self) -> str | None:
        """Why the import could not go on."""
        return str(self.found["reason"]) if self.found["status"] == "failed" else None

    @property
    def left_out(self) -> int:
        """How many rows are no lead now, and should be looked at."""
        return int(self.found["rows_rejected"])

    def lines(self) -> Iterator[str]:
        """For people: a sum, then what was assumed, what is left out and what was noticed."""
        found = self.found
        merged = f"{found['merged']} merged, " if found["merged"] else ""
        yield (
            f"{found['rows_read']} rows read: {found['leads_created']} leads created, "
            f"{found['duplicates']} here already, {merged}{found['rows_rejected']} left out"
        )
        yield from (f"  {each}" for each in found["notes"])
        listed = found["errors"][:LISTED]
        yield from (f"  line {each['line']}: {each['reason']}" for each in listed)
        if self.left_out > len(listed):
            yield f"  ... and {self.left_out - len(listed)} more rows left out, all of them at {found['errors_url']}"
        for each in found["warnings"]:
            lines = ", ".join(map(str, each["lines"]))
            more = (
                f" and {each['times'] - len(each['lines'])} more"
                if each["times"] > len(each["lines"])
                else ""
            )
            name = f"{each['field']}: " if each["field"] else ""
            yield f"  {name}{each['message']} (line{'s' if each['times'] > 1 else ''} {lines}{more})"

    def json(self) -> dict[str, Any]:
        """For programs."""
        found = self.found
        return {
            "import_id": found["import_id"],
            "rows": found["rows_read"],
            "created": found["leads_created"],
            "duplicates": found["duplicates"],
            "merged": found["merged"],
            "left_out": found["rows_rejected"],
            "reason": found["reason"],
            "notes": found["notes"],
            "problems": found["errors"],
            "problems_url": found["errors_url"],
            "warnings": found["warnings"],
        }


def import_file(
    api: Api, path: Path, source: str, mapping: Mapping[str, str | None] | None, progress: Progress
) -> Imported:
    """Import a file as a user. Raises UnreadableFileError, RefusedError, ApiUnreachableError."""
    try:
        with path.open("rb") as file:
            begun = api.post("/v1/imports", {"source": source})
            put_file(begun["upload_url"], file, lambda part: progress("putting", part))
    except OSError as failed:
        raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed
    where = f"/v1/imports/{segment(begun['import_id'])}"
    answer = api.send("POST", f"{where}/start", {"mapping": mapping} if mapping else {})
    if answer.body.get("code") in ("unreadable_file", "invalid"):
        said = [error["message"] for error in answer.body.get("errors", ())] or [answer.problem()]
        raise UnreadableFileError(f"{path}: {'; '.join(said)}")
    if not answer.ok:
        raise RefusedError("POST", f"{where}/start", answer)
    found, pause = answer.body, _FIRST_PAUSE
    while found["status"] not in _OVER:
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, 1.5 * pause)
        found = api.get(where)
        progress(f"{found['rows_read']} rows", found["progress"])
    return Imported(found)


class _Told:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], size: int, progress: Callable[[float], None]) -> None:
        self._file, self._size, self._progress, self._read = file, size, progress, 0

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes."""
        piece = self._file.read(size)
        self._read += len(piece)
        self._progress(self._read / max(1, self._size))
        return piece


def put_file(url: str, file: IO[bytes], progress: Callable[[float], None]) -> None:
    """Put a file's bytes at an address that was signed for it. Raises ApiUnreachableError."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS, blocksize=256 * 1024)
    size = os.fstat(file.fileno()).st_size
    try:
        connection.request(
            "PUT",
            f"{parts.path}?{parts.query}",
            body=_Told(file, size, progress),
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        )
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as failed:
        raise ApiUnreachableError(f"the file could not be put at {parts.hostname}: {failed}") from failed
    finally:
        connection.close()
    if answer.status >= 300:
        raise ApiUnreachableError(f"the file could not be put at {parts.hostname}: {answer.status}")
