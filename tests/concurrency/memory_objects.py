"""Files in memory, for tests of what is done with them: `Objects` itself is tried on two engines elsewhere."""

import hashlib
from typing import IO

from routing.storage.objects import Objects, Replaced, Stored


class MemoryObjects(Objects):
    """As S3 has them, as far as `Objects` asks."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def address_to_put(self, name: str) -> str:
        return f"memory:{name}"

    def address_to_get(self, name: str, saved_as: str) -> str:
        return f"memory:{name}"

    def find_file(self, name: str) -> Stored | None:
        content = self.files.get(name)
        return None if content is None else Stored(name, _mark(content), len(content))

    def read_bytes(self, file: Stored, first: int, count: int) -> bytes:
        content = self.files.get(file.name)
        if content is None or _mark(content) != file.mark:
            raise Replaced(file.name)
        return content[first : first + count]

    def keep_file(self, name: str, content: IO[bytes]) -> Stored:
        content.seek(0)
        self.files[name] = content.read()
        return Stored(name, _mark(self.files[name]), len(self.files[name]))

    def remove_file(self, name: str) -> None:
        self.files.pop(name, None)


def _mark(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
