"""Set up a company from one reviewed YAML file: `python -m tools.configure {plan,apply} company.yaml`.

The file has the keys accounts, record_types, sources, dispositions, push_strategies and pull_strategies, each
a list of the resources of the HTTP API. A key that a resource leaves out means its default, also when the
server has another value. Nothing is ever deleted: what only the server has is listed and left alone.
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tools.company_file import COLLECTIONS, CompanyFile, CompanyFileError, Resource
from tools.http_client import Answer, Api, ApiUnreachableError, RefusedError, segment
from tools.openapi_schema import NotDescribedError, Schemas

Json = dict[str, Any]

CHOSEN_BY_THE_SERVER: Mapping[str, frozenset[str]] = {"push_strategies": frozenset({"starts_on"})}
"""Keys whose default is no constant: left out of the file, whatever the server chose stands."""


class ConfigureError(Exception):
    """The company could not be read, from the file or from the server; nothing was changed."""


class PartlyAppliedError(ConfigureError):
    """The server refused some resources; the message has a line for each thing that is wrong."""


@dataclass(frozen=True)
class Change:
    """What the file wants of one resource: `differences` is None when the server does not have it yet."""

    resource: Resource
    differences: tuple[str, ...] | None
    version: int | None = None

    def __str__(self) -> str:
        """Say it as a line of a plan, and a line for each difference."""
        if self.differences is None:
            return f"+ {self.resource.label}"
        return "\n".join([f"~ {self.resource.label}", *(f"    {line}" for line in self.differences)])


@dataclass(frozen=True)
class Plan:
    """The difference between a file and a server."""

    changes: tuple[Change, ...]
    unchanged: int
    only_on_server: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The plan for people, one change after the other and its sum at the end."""
        yield from (str(change) for change in self.changes)
        if self.only_on_server:
            yield f"only on the server, left as it is: {', '.join(self.only_on_server)}"
        new = sum(change.differences is None for change in self.changes)
        yield f"{new} to create, {len(self.changes) - new} to change, {self.unchanged} unchanged"


@dataclass
class Summary:
    """What `apply` did; `notes` are lines worth reading."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    only_on_server: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.created} created, {self.changed} changed, {self.unchanged} unchanged"


def plan(path: Path, url: str, token: str) -> Plan:
    """Compare the company file with what the server has; changes nothing. Raises ConfigureError."""
    company = _read(path)
    with Api(url, token) as api:
        return _Comparison(api).plan(company)


def apply(path: Path, url: str, token: str) -> Summary:
    """Make the server's company what the file says, by as few writes as it takes: again, it writes nothing.

    Every resource is replaced as a whole or not at all. Raises PartlyAppliedError when some are refused: it
    says where in the file everything is that is wrong, and the others are applied. Raises ConfigureError when
    nothing was tried.
    """
    company = _read(path)
    with Api(url, token) as api:
        comparison = _Comparison(api)
        planned = comparison.plan(company)
        summary = Summary(unchanged=planned.unchanged, only_on_server=planned.only_on_server)
        waiting = list(planned.changes)
        versions: dict[str, int] = {}
        while waiting:
            refused = []
            for change in waiting:
                name = change.resource.path
                # All dated versions of a calling rule count on under one number.
                expected = None if change.version is None else versions.get(name, change.version)
                answer = _put(api, change.resource, expected)
                if not answer.ok:
                    refused.append((change, answer))
                    continue
                versions[name] = answer.body["version"]
                created = change.differences is None
                summary.created += created
                summary.changed += not created
                summary.notes += _kept_otherwise(comparison, change.resource, answer.body)
            # What one resource refers to may come (or go) with a later one: again, for as long as that helps.
            if len(refused) == len(waiting):
                raise PartlyAppliedError(
                    "\n".join([*_refusals(company, refused), f"{len(refused)} refused; {summary}"])
                )
            waiting = [change for change, _ in refused]
        return summary


class _Comparison:
    """The server's side of a plan."""

    def __init__(self, api: Api) -> None:
        try:
            self._schemas = Schemas(api.get("/v1/openapi.json"))
            self._present = {key: {item["id"]: item for item in api.items(f"/v1/{path}")} for key, path in
                             COLLECTIONS.items()}  # fmt: skip
        except RefusedError as refused:
            raise ConfigureError(str(refused)) from refused

    def plan(self, company: CompanyFile) -> Plan:
        changes = []
        labels = {resource.label for resource in company.resources}
        for resource in company.resources:
            rule = self._present[resource.key].get(resource.id)
            present = _of_its_date(resource, rule)
            if present is None:
                if rule is None or not _is_over(resource, rule, labels):
                    changes.append(Change(resource, None))
            elif differences := tuple(self.differences(resource, present)):
                changes.append(Change(resource, differences, (rule or present)["version"]))
        named = {resource.path for resource in company.resources}
        only = [f"{path}/{name}" for key, path in COLLECTIONS.items() for name in self._present[key]]
        return Plan(
            tuple(changes),
            len(company.resources) - len(changes),
            tuple(sorted(name for name in only if name not in named)),
        )

    def differences(self, resource: Resource, present: Json) -> Iterator[str]:
        """What the server has and the file wants, a line for each value that differs."""
        try:
            schema = self._schemas.body("PUT", f"/v1/{COLLECTIONS[resource.key]}/{{id}}")
        except NotDescribedError as missing:
            raise ConfigureError(str(missing)) from missing
        wanted = self._schemas.whole(schema, _completed(resource), unknown=True)
        found = self._schemas.whole(schema, present, unknown=False)
        for key in CHOSEN_BY_THE_SERVER.get(resource.key, frozenset()) - resource.body.keys():
            for side in (wanted, found):
                if isinstance(side, dict):
                    side.pop(key, None)
        yield from _differences("", found, wanted)


def _of_its_date(resource: Resource, present: Json | None) -> Json | None:
    """What the server has of a resource; of a calling rule, the version of the same date."""
    if present is None or resource.key != "calling_rules":
        return present
    versions = [present, *present.get("scheduled", [])]
    return next((each for each in versions if each.get("effective_from") == resource.effective_from), None)


def _is_over(resource: Resource, present: Json, labels: Collection[str]) -> bool:
    """Whether a version of a calling rule, which the server no longer shows, was followed by another of the file."""
    now = replace(resource, body=present)
    return (resource.effective_from or "") < (now.effective_from or "") and now.label in labels


def _completed(resource: Resource) -> Json:
    """The body with the one default that depends on another key: a user's role is `rep`."""
    is_user = resource.key == "accounts" and resource.body.get("kind") == "user"
    return {**resource.body, "role": resource.body.get("role") or "rep"} if is_user else resource.body


_ABSENT = object()
"""Not the same as a null, where the API tells them apart: a calling rule without calls on holidays."""


def _differences(path: str, found: object, wanted: object) -> Iterator[str]:
    if found == wanted:
        return
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in {**found, **wanted}:
            inside = f"{path}.{key}" if path else key
            yield from _differences(inside, found.get(key, _ABSENT), wanted.get(key, _ABSENT))
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for index, pair in enumerate(zip(found, wanted, strict=True)):
            yield from _differences(f"{path}[{index}]", *pair)
    else:
        yield f"{path}: {_shown(found)} -> {_shown(wanted)}"


def _shown(value: object) -> str:
    return "absent" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _read(path: Path) -> CompanyFile:
    try:
        return CompanyFile(path)
    except CompanyFileError as wrong:
        raise ConfigureError(str(wrong)) from wrong


def _put(api: Api, resource: Resource, version: int | None) -> Answer:
    # `If-Match` makes sure that what is replaced is what the plan was made from.
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    collection = COLLECTIONS[resource.key]
    return api.send("PUT", f"/v1/{collection}/{segment(resource.id)}", resource.body, headers)


def _kept_otherwise(comparison: _Comparison, resource: Resource, kept: Json) -> Iterator[str]:
    """Where the server spells a value otherwise than the file, which would be a change at every run."""
    for difference in comparison.differences(resource, kept):
        yield f"{resource.path}: kept otherwise than written (kept -> written): {difference}"


def _refusals(company: CompanyFile, refused: Sequence[tuple[Change, Answer]]) -> Iterator[str]:
    """Each thing that is wrong with what the API refused, at its place in the file."""
    for change, answer in refused:
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            yield f"{company.place(change.resource)}: changed by someone else meanwhile; plan and apply again"
            continue
        errors = answer.body.get("errors") or [{}]
        for error in errors:
            message = error.get("message") or answer.problem()
            place = company.place(change.resource, error.get("field") or "")
            yield f"{place} ({change.resource.id}): {message}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when done, 1 when resources were refused, 2 when file or server is unreadable."""
    parser = argparse.ArgumentParser(prog="python -m tools.configure", description=__doc__)
    parser.add_argument(
        "command", choices=["plan", "apply"], help="print the difference, or make the server agree"
    )
    parser.add_argument("company", type=Path, help="the company's YAML file")
    parser.add_argument(
        "--url", default="http://127.0.0.1:8080", help="where the API is (default: %(default)s)"
    )
    parser.add_argument("--token", default="dev:admin", help="an admin's bearer token (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "plan":
            print("\n".join(plan(chosen.company, chosen.url, chosen.token).lines()))
        else:
            summary = apply(chosen.company, chosen.url, chosen.token)
            print("\n".join([*summary.notes, str(summary)]))
    except PartlyAppliedError as refused:
        print(refused, file=sys.stderr)
        return 1
    except (ConfigureError, ApiUnreachableError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
