"""A company as one YAML file: lists of the API's resources by id, and the line each value is on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

COLLECTIONS: Mapping[str, str] = {
    "accounts": "accounts",
    "record_types": "record-types",
    "sources": "sources",
    "dispositions": "dispositions",
    "push_strategies": "push-strategies",
    "pull_strategies": "pull-strategies",
    "calling_rules": "calling-rules",
}
"""Each key of the file with its path in the API, in the order in which they may refer to each other."""


class CompanyFileError(Exception):
    """The file cannot be read as a company; the message names the line where there is one."""


@dataclass(frozen=True)
class FileResource:
    """One resource of the file: under which key, at which place in that list, and its JSON."""

    key: str
    index: int
    body: Json

    @property
    def id(self) -> str:
        """Its id, unique in its collection but for the versions of a calling rule."""
        return str(self.body["id"])

    @property
    def effective_from(self) -> str | None:
        """The date that tells a calling rule's versions apart; None where there is none."""
        date = self.body.get("effective_from") if self.key == "calling_rules" else None
        return None if date is None else str(date)

    @property
    def label(self) -> str:
        """How it is named to people: its path, and its date where it has one."""
        return f"{self.path} from {self.effective_from}" if self.effective_from else self.path

    def value_at(self, field: str) -> object:
        """What it has at a field as an error of the API names it; None where that is nothing."""
        found: Any = self.body
        for step in _steps(field):
            if isinstance(found, dict):
                found = found.get(step)
            else:
                is_there = isinstance(found, list) and isinstance(step, int) and step < len(found)
                found = found[step] if is_there else None
        return found

    @property
    def path(self) -> str:
        """Its path in the API, after `/v1/`."""
        return label_of(COLLECTIONS[self.key], self.id)


def label_of(kind: str, identifier: str) -> str:
    """How a resource is named: by its kind and id, as in its path."""
    return f"{kind}/{identifier}"


def _steps(field: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field)]


class CompanyFile:
    """The resources of a company file, ready to be applied from first to last."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises CompanyFileError for one that is not a company in YAML."""
        self.path = path
        try:
            text = path.read_text(encoding="utf-8-sig")
            loader = _Loader(text)
            self._root = loader.get_single_node()
            data = None if self._root is None else loader.construct_document(self._root)
        except OSError as failed:
            raise CompanyFileError(f"{path}: {failed.strerror or failed}") from failed
        except UnicodeDecodeError as failed:
            raise CompanyFileError(f"{path}: is not UTF-8: {failed}") from failed
        except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as failed:
            mark = getattr(failed, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark else ""
            what = getattr(failed, "problem", None) or " ".join(str(failed).split())
            raise CompanyFileError(f"{path}: {where}{what}") from failed
        self.resources = self._in_order(list(self._read(data)))

    def place(self, resource: FileResource, field: str = "") -> str:
        """`field` (as an error of the API names it) of a resource, as file, line and path in the file."""
        steps = [resource.key, resource.index, *_steps(field)]
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        return f"{self.path}:{self._line(steps)}: {path.lstrip('.')}"

    def _read(self, data: object) -> Iterator[FileResource]:
        if data is None:
            raise CompanyFileError(f"{self.path}: line 1: the file is empty")
        if not isinstance(data, dict):
            raise CompanyFileError(
                f"{self.path}: line 1: a company is a mapping with the keys {', '.join(COLLECTIONS)}"
            )
        seen: dict[str, int] = {}
        for key, listed in data.items():
            if key not in COLLECTIONS:
                raise self._wrong([key], f"unknown key '{key}'; a company has {', '.join(COLLECTIONS)}")
            if not isinstance(listed, list):
                raise self._wrong([key], f"{key} is a list of resources")
            for index, body in enumerate(listed):
                if not isinstance(body, dict) or not isinstance(body.get("id"), str):
                    raise self._wrong([key, index], f"{key}[{index}] has no id, which is a text")
                resource = FileResource(key, index, body)
                line = self._line([key, index])
                if seen.setdefault(resource.label, line) != line:
                    raise self._wrong(
                        [key, index], f"{resource.label} stands on line {seen[resource.label]} too"
                    )
                yield resource

    def _in_order(self, resources: list[FileResource]) -> list[FileResource]:
        """By collection, and accounts so that a parent precedes its children."""
        kinds = list(COLLECTIONS)
        others = sorted(
            (each for each in resources if each.key != "accounts"), key=lambda each: kinds.index(each.key)
        )
        waiting = [each for each in resources if each.key == "accounts"]
        accounts: list[FileResource] = []
        while waiting:
            ids = {each.id for each in waiting}
            free = [each for each in waiting if each.body.get("parent") not in ids]
            if not free:
                names = ", ".join(each.id for each in waiting)
                raise self._wrong(
                    [waiting[0].key, waiting[0].index], f"accounts are their own ancestors: {names}"
                )
            accounts += free
            waiting = [each for each in waiting if each not in free]
        return accounts + others

    def _wrong(self, steps: list[str | int], message: str) -> CompanyFileError:
        return CompanyFileError(f"{self.path}: line {self._line(steps)}: {message}")

    def _line(self, steps: list[str | int]) -> int:
        """The line of the value at the end of `steps`; of the last step that the file has."""
        node, line = self._root, 1
        for step in steps:
            found = None
            if isinstance(node, yaml.MappingNode):
                pairs = [(key, value) for key, value in node.value if key.value == str(step)]
                found, line = (pairs[0][1], pairs[0][0].start_mark.line + 1) if pairs else (None, line)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = node.value[step]
                line = found.start_mark.line + 1
            if found is None:
                break
            node = found
        return line


def mapping_of(text: str) -> dict[str, object] | None:
    """A YAML mapping with JSON's types, its keys as they are written; None for anything else. Raises yaml.YAMLError."""
    loader = _Loader(text)
    root = loader.get_single_node()
    if not isinstance(root, yaml.MappingNode):
        return None
    for key, _ in root.value:
        key.tag = "tag:yaml.org,2002:str"
    found: dict[str, object] = loader.construct_document(root)
    return found


class _Loader(yaml.SafeLoader):
    """YAML with JSON's types only, as YAML 1.2 has them, and no key twice.

    YAML 1.1, which the library speaks, would read `no` as false, `2026-03-02` as a date, `08:00` as 480 and
    the postal code `01234` as an octal number.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key_node, _ in node.value:
            if keys.count(key_node.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key_node.value}' stands here twice", key_node.start_mark
                )
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?(?:0|[1-9]\d*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)
