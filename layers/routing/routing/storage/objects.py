"""Files that are too large for the table: lists that are imported, and what could not be read of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

from botocore.exceptions import ClientError

FILES_KEPT = timedelta(days=30)
"""By the bucket itself."""
UPLOAD_SECONDS = 3600
"""For how long an address takes or gives a file."""
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is there. mark: names these very bytes; another file at its place has another."""

    name: str
    mark: str
    size: int


class Replaced(Exception):
    """The file is not what it was, or is gone."""


class Objects:
    """The files of a bucket, through a low-level client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def address_to_put(self, name: str) -> str:
        """Where a file can be put for an hour, with any content type and no other header."""
        return self._address("put_object", name)

    def address_to_get(self, name: str, saved_as: str) -> str:
        """Where a file can be got for an hour, which browsers save under a name."""
        said = f'attachment; filename="{saved_as}"'
        return self._address("get_object", name, ResponseContentDisposition=said)

    def _address(self, operation: str, name: str, **more: str) -> str:
        params = {"Bucket": self._bucket, "Key": name, **more}
        address: str = self._client.generate_presigned_url(operation, Params=params, ExpiresIn=UPLOAD_SECONDS)
        return address

    def find_file(self, name: str) -> Stored | None:
        """What is stored under a name."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=name, Range="bytes=0-0")
        except ClientError as refused:
            match _code(refused):
                case "NoSuchKey":
                    return None
                case "InvalidRange":
                    return Stored(name, "", 0)  # a file of no bytes has no first one
            raise
        with answer["Body"] as body:
            body.read()
        return Stored(name, answer["ETag"], int(answer["ContentRange"].rpartition("/")[2]))

    def read_bytes(self, file: Stored, first: int, count: int) -> bytes:
        """Bytes of a file from one on, fewer at its end. Raises Replaced."""
        last = min(first + count, file.size) - 1
        if last < first:
            return b""
        wanted = f"bytes={first}-{last}"
        try:
            answer = self._client.get_object(
                Bucket=self._bucket, Key=file.name, Range=wanted, IfMatch=file.mark
            )
        except ClientError as refused:
            if _code(refused) in ("NoSuchKey", "PreconditionFailed", "412", "InvalidRange"):
                raise Replaced(file.name) from refused
            raise
        with answer["Body"] as body:
            found: bytes = body.read()
        return found

    def keep_file(self, name: str, content: IO[bytes]) -> Stored:
        """Store a file from its beginning on, as CSV; in the place of what is there."""
        size = content.seek(0, 2)
        content.seek(0)
        answer = self._client.put_object(Bucket=self._bucket, Key=name, Body=content, ContentType=CSV)
        return Stored(name, answer["ETag"], size)

    def remove_file(self, name: str) -> None:
        """Take a file away, if it is there."""
        self._client.delete_object(Bucket=self._bucket, Key=name)


def _code(refused: ClientError) -> str:
    return str(refused.response.get("Error", {}).get("Code", ""))
