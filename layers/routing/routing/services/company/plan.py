"""What a set of changes to the set-up would do: each checked against the others, in an order that works, none made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain.calling_rules import rule_id
from routing.domain.resources import SINGULAR, Body, Kind, key_of
from routing.services.company import set_up
from routing.services.core.problems import Problem, told
from routing.services.core.store import Store
from routing.storage.configuration import Resource, SetUp


@dataclass(frozen=True, slots=True)
class Change:
    """A resource that is to be as `body` says, or that is to go. problem: why the body is none."""

    kind: Kind
    id: str
    body: Body | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a change does. version: the one that it replaces, None where it creates.

    action: "create" | "change" | "delete" | "none"
    """

    action: str
    version: int | None
    differences: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """steps: by the changes' places; order: these places, one after the other; problems: those that are refused."""

    steps: Mapping[int, Step]
    order: Sequence[int]
    problems: Mapping[int, Problem]
    others: Sequence[Mapping[str, Any]]


def plan(store: Store, changes: Sequence[Change], user: str, now: datetime) -> Plan:
    """Make the changes in thought, those first that can be made, again and again for as long as that helps.

    What is then left is refused, each for its reason in a company that has all the others. `others` are the resources
    that no change is about.
    """
    accounts = [each.id for each in changes if each.kind == "accounts"]
    before = now_standing = set_up.load(store, "accounts", accounts)
    problems = {at: each.problem for at, each in enumerate(changes) if each.problem is not None}
    waiting = [at for at in range(len(changes)) if at not in problems]
    steps: dict[int, Step] = {}
    while waiting:
        refused: dict[int, Problem] = {}
        for at in waiting:
            try:
                steps[at], now_standing = _made(store, now_standing, changes[at], user, now)
            except Problem as problem:
                refused[at] = problem
        if len(refused) == len(waiting):
            problems |= refused
            break
        waiting = list(refused)
    return Plan(steps, list(steps), dict(sorted(problems.items())), list(_others(store, before, changes)))


def _made(store: Store, found: SetUp, change: Change, user: str, now: datetime) -> tuple[Step, SetUp]:
    if change.body is None:
        present, _ = set_up.removable(store, found, change.kind, change.id, now)
        gone = Resource(None, present.version + 1)
        for kind, key in list(found.resources):
            if kind == change.kind and change.id == (rule_id(key) if kind == "calling-rules" else key):
                found = found.having(kind, key, gone)
        return Step("delete", present.version), found
    proposal = set_up.proposed(found, change.kind, change.body, user, now)
    if not proposal.changes:
        return Step("none", proposal.whole), found
    after = proposal.resource.body
    action = "create" if proposal.before is None else "change"
    found_differences = () if proposal.before is None else list(differences(proposal.before, after))
    step = Step(action, proposal.whole, found_differences)
    return step, found.having(change.kind, key_of(change.kind, change.body), proposal.resource)


def _others(store: Store, found: SetUp, changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    named = {(each.kind, each.id) for each in changes}
    for kind in SINGULAR:
        for resource in set_up.listed(found, kind):
            body = resource.body or {}
            if (kind, body["id"]) not in named:
                comes_with_it = store.configuration.comes_with_the_product(kind, body["id"])
                yield {"kind": kind, "id": body["id"], "name": body["name"], "built_in": comes_with_it}


_ABSENT = object()


def differences(before: object, after: object, path: str = "") -> Iterator[dict[str, Any]]:
    """Each value that differs, as deep as it goes; a side that has none of it lacks its key."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            inside = f"{path}.{key}" if path else str(key)
            yield from differences(before.get(key, _ABSENT), after.get(key, _ABSENT), inside)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    else:
        sides = {"before": before, "after": after}
        yield {"field": path, **{name: value for name, value in sides.items() if value is not _ABSENT}}


def shown(found: Plan) -> dict[str, Any]:
    """The plan in JSON."""
    return {
        "changes": [
            {
                "action": step.action if step else "refused",
                "version": step.version if step else None,
                "differences": list(step.differences) if step else [],
            }
            for step in (found.steps.get(at) for at in range(len(found.steps) + len(found.problems)))
        ],
        "order": list(found.order),
        "problems": [
            {
                "change": at,
                "status": problem.status,
                "code": problem.code,
                "detail": problem.detail,
                "errors": errors,
            }
            for (at, problem), errors in zip(
                found.problems.items(), told(found.problems.values()), strict=True
            )
        ],
        "others": list(found.others),
    }
