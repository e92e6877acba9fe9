"""A company from one reviewed file: what the server says that would change, and making it so."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lead_routing_cli.company_file import COLLECTIONS, CompanyFile, CompanyFileError, FileResource, label_of
from lead_routing_cli.http_client import Answer, Api, RefusedError, segment, shown

Json = dict[str, Any]
PLAN = "/v1/set-up/plan"
MARKS: Mapping[str, str] = {"create": "+", "change": "~", "delete": "-"}
_AT = re.compile(r"changes\[(\d+)\]\.?(.*)")


class ConfigureError(Exception):
    """The company could not be read, from the file or from the server; nothing was changed."""


class RefusedFileError(ConfigureError):
    """The server refuses something of the file: a line for each thing that is wrong, and nothing was changed."""


class PartlyAppliedError(ConfigureError):
    """A step was refused although the plan was not; the steps before it were made."""


@dataclass(frozen=True)
class Change:
    """A resource of the file, or one that is to go, and what the server says of it.

    action: "create" | "change" | "delete" | "none" | "refused". version: the one that it replaces, None for a new one.
    """

    label: str
    action: str
    version: int | None
    differences: Sequence[Json]
    resource: FileResource | None

    @property
    def path(self) -> str:
        """Its path in the API, after `/v1/`."""
        return self.resource.path if self.resource else self.label

    def __str__(self) -> str:
        """Say it as a line of a plan, and a line for each difference."""
        return "\n".join(
            [
                f"{MARKS.get(self.action, ' ')} {self.label}",
                *(
                    f"    {each['field']}: {_side(each, 'before')} -> {_side(each, 'after')}"
                    for each in self.differences
                ),
            ]
        )


@dataclass(frozen=True)
class Plan:
    """The difference between a file and a server.

    order: the places of `changes`, as they can be made. problems: what is refused, a line each, at its place in the
    file. only_on_server: resources of which the file says nothing, but those that every company begins with. renamed:
    pairs of such a resource and a new one of the same name.
    """

    changes: tuple[Change, ...]
    order: tuple[int, ...]
    problems: tuple[str, ...]
    only_on_server: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]

    def count(self, action: str) -> int:
        """How many changes do this."""
        return sum(each.action == action for each in self.changes)

    def lines(self) -> Iterator[str]:
        """The plan for people, one change after the other and its sum at the end."""
        yield from (str(each) for each in self.changes if each.action in MARKS)
        if self.only_on_server:
            yield f"only on the server, left as it is: {', '.join(self.only_on_server)}"
        for old, new in self.renamed:
            yield f"{new} has the name of {old}: if it is the same under another id, --prune takes {old} away"
        gone = f", {self.count('delete')} to delete" if self.count("delete") else ""
        refused = f", {self.count('refused')} refused" if self.count("refused") else ""
        yield (
            f"{self.count('create')} to create, {self.count('change')} to change{gone}, "
            f"{self.count('none')} unchanged{refused}"
        )

    def json(self) -> Json:
        """The plan for programs."""
        return {
            "changes": [
                {"resource": each.label, "action": each.action, "differences": list(each.differences)}
                for each in self.changes
            ],
            "problems": list(self.problems),
            "only_on_server": list(self.only_on_server),
            "renamed": [{"from": old, "to": new} for old, new in self.renamed],
        }


@dataclass
class Summary:
    """What `apply` did."""

    created: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0

    def __str__(self) -> str:
        """Say it in one line."""
        gone = f"{self.deleted} deleted, " if self.deleted else ""
        return f"{self.created} created, {self.changed} changed, {gone}{self.unchanged} unchanged"


def read(path: Path) -> CompanyFile:
    """The company in a file. Raises ConfigureError."""
    try:
        return CompanyFile(path)
    except CompanyFileError as wrong:
        raise ConfigureError(str(wrong)) from wrong


def plan(company: CompanyFile, api: Api, *, prune: bool = False) -> Plan:
    """Ask the server what making its company the file's would do. Changes nothing. Raises ConfigureError.

    prune: resources that only the server has are to go, but those that every company begins with, and whoever asks.
    """
    wanted = [_wanted(each) for each in company.resources]
    try:
        answer = _planned(company, api, wanted)
        others = [each for each in answer["others"] if not each["built_in"]]
        gone: list[Json] = []
        if prune:
            me = api.get("/v1/me")["account"]["id"]
            gone = [each for each in others if (each["kind"], each["id"]) != ("accounts", me)]
            changes = [*wanted, *({"kind": each["kind"], "id": each["id"]} for each in gone)]
            answer = _planned(company, api, changes) if gone else answer
    except RefusedError as refused:
        raise ConfigureError(str(refused)) from refused
    named = [(each.label, each) for each in company.resources]
    listed = [*named, *((label_of(each["kind"], each["id"]), None) for each in gone)]
    changes_found = tuple(
        Change(label, step["action"], step["version"], step["differences"], resource)
        for (label, resource), step in zip(listed, answer["changes"], strict=True)
    )
    new = [
        each.resource
        for each in changes_found
        if each.action in ("create", "refused") and each.resource is not None
    ]
    return Plan(
        changes_found,
        tuple(answer["order"]),
        tuple(
            _problems(company, [each.resource or each.label for each in changes_found], answer["problems"])
        ),
        () if prune else tuple(sorted(label_of(each["kind"], each["id"]) for each in others)),
        tuple(_renamed(others, new)),
    )


def apply(planned: Plan, api: Api, progress: Callable[[int], None] = lambda _: None) -> Summary:
    """Carry a plan out, step by step; `progress` is told how many are done. A second time it writes nothing.

    Raises RefusedFileError, and does nothing, when something of the plan is refused. Raises PartlyAppliedError when
    somebody has saved something since the plan, so that a step is refused.
    """
    if planned.problems:
        raise RefusedFileError(
            "\n".join([*planned.problems, f"{len(planned.problems)} refused, nothing changed"])
        )
    summary = Summary(unchanged=planned.count("none"))
    done: Counter[str] = Counter()
    for at in planned.order:
        change = planned.changes[at]
        if change.action in MARKS:
            answer = _send(api, change)
            if not answer.ok:
                summary = Summary(done["create"], done["change"], done["delete"], planned.count("none"))
                raise PartlyAppliedError(
                    f"{change.label}: {_why(answer)}\nuntil then: {summary}; plan and apply again"
                )
            done[change.action] += 1
            progress(done.total())
    summary.created, summary.changed, summary.deleted = done["create"], done["change"], done["delete"]
    return summary


def _wanted(resource: FileResource) -> Json:
    return {"kind": COLLECTIONS[resource.key], "id": resource.id, "body": resource.body}


def _planned(company: CompanyFile, api: Api, changes: Sequence[Json]) -> Json:
    if not changes:
        raise ConfigureError(f"{company.path}: has no resource")
    answer = api.send("POST", PLAN, {"changes": list(changes)})
    if answer.ok:
        return answer.body
    errors = [(_AT.match(error.get("field") or ""), error) for error in answer.body.get("errors", ())]
    places = [
        f"{company.place(company.resources[int(at[1])], at[2].removeprefix('body.'))}: {error.get('message')}"
        for at, error in errors
        if at is not None and int(at[1]) < len(company.resources)
    ]
    if places:
        raise RefusedFileError("\n".join(places))
    raise RefusedError("POST", PLAN, answer)


def _problems(
    company: CompanyFile, listed: Sequence[FileResource | str], problems: Sequence[Json]
) -> Iterator[str]:
    """Each thing that is wrong, at its place in the file."""
    refused = {each.id for problem in problems if isinstance(each := listed[problem["change"]], FileResource)}
    for problem in problems:
        about = listed[problem["change"]]
        whole = f"{problem['detail']} ({problem['status']} {problem['code']})"
        if isinstance(about, str):
            yield f"{about} cannot be deleted: {whole}"
            continue
        for error in problem["errors"] or [{"field": "", "code": "", "message": whole}]:
            if error["code"] == "unknown" and about.value_at(error["field"]) in refused:
                continue  # it is there once what is wrong with it is mended
            yield f"{company.place(about, error['field'])} ({about.id}): {error['message']}"


def _renamed(others: Sequence[Json], new: Sequence[FileResource]) -> Iterator[tuple[str, str]]:
    for each in others:
        for resource in new:
            if (each["kind"], each["name"]) == (COLLECTIONS[resource.key], resource.body.get("name")):
                yield label_of(each["kind"], each["id"]), resource.label


def _send(api: Api, change: Change) -> Answer:
    # What is replaced is what the plan was made from; what is made was not there.
    headers = {"If-None-Match": "*"} if change.version is None else {"If-Match": f'"{change.version}"'}
    kind, _, identifier = change.path.partition("/")
    path = f"/v1/{kind}/{segment(identifier)}"
    if change.resource is None:
        return api.send("DELETE", path, headers=headers)
    return api.send("PUT", path, change.resource.body, headers)


def _why(answer: Answer) -> str:
    if answer.status == HTTPStatus.PRECONDITION_FAILED:
        return "changed by someone else since the plan"
    return answer.problem()


def _side(difference: Mapping[str, Any], side: str) -> str:
    return shown(difference[side]) if side in difference else "absent"
