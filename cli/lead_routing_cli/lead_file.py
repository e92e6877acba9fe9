"""A file of leads, opened, with the mapping that may lie beside it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import yaml

from lead_routing_cli.company_file import mapping_of
from routing.domain.lists.leads import LeadList, LeadRow, Mapped
from routing.domain.lists.records import BadRow, UnreadableListError


class UnreadableFileError(Exception):
    """Nothing can be made of the file, or of what is to read it with; names the line if there is one."""


def read_mapping(path: Path) -> dict[str, str | None]:
    """A YAML file's mapping: heading to a lead's key, to `name`, to `fields.<name>`, or to null to leave it out.

    A heading is text, whatever it looks like: `No` too.
    """
    try:
        loaded = mapping_of(path.read_text(encoding="utf-8-sig"))
    except OSError as failed:
        raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed
    except (UnicodeDecodeError, yaml.YAMLError) as failed:
        raise UnreadableFileError(
            f"{path}: not readable as YAML: {' '.join(str(failed).split())}"
        ) from failed
    if loaded is None:
        raise UnreadableFileError(f"{path}: a mapping is one `heading: key of the lead` a line")
    found: dict[str, str | None] = {}
    for heading, target in loaded.items():
        if target is not None and not isinstance(target, str):
            raise UnreadableFileError(f"{path}: {heading}: its target is a text, or null to leave it out")
        found[heading] = target
    return found


class LeadFile:
    """A CSV file of leads; `list` is what is read from it. Raises UnreadableFileError when no lead can come of it."""

    def __init__(self, path: Path, mapping: Mapped | None = None) -> None:
        """Open the file, read its headings and match its columns."""
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as failed:
            raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed
        self.size = os.fstat(self._file.fileno()).st_size
        try:
            self.list = LeadList(self._file, mapping)
        except UnreadableListError as wrong:
            self.close()
            raise UnreadableFileError(f"{path}: {wrong}") from wrong
        except OSError as failed:
            self.close()
            raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed

    def __enter__(self) -> Self:
        """Use as a context manager to have the file closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rows(self) -> Iterator[LeadRow | BadRow]:
        """Each row with something in it, in the file's order; one at a time in memory."""
        try:
            yield from self.list.rows()
        except (UnreadableListError, OSError) as wrong:
            raise UnreadableFileError(f"{self.path}: {wrong}") from wrong
