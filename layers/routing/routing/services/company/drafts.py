"""Drafts of strategies: checked one by one as saving them would be, and not saved."""

from collections.abc import Sequence
from datetime import datetime

from routing.domain.drafts import Draft, Drafted
from routing.services.company import set_up
from routing.services.company.plan import Change
from routing.services.core.problems import FieldError, Problem, invalid
from routing.storage.configuration import SetUp

Place = str
"""Where in the request a strategy stands: `draft.push_strategies[0]`."""


def checked(
    found: SetUp, changes: Sequence[tuple[Place, Change]], user: str, now: datetime
) -> tuple[Draft, list[tuple[Change, Problem]]]:
    """The strategies that could be saved, and what saving the others would be refused with, at their places."""
    drafted: list[Drafted] = []
    problems: list[tuple[Change, Problem]] = []
    seen: set[tuple[str, str]] = set()
    for place, change in changes:
        try:
            if (change.kind, change.id) in seen:
                raise invalid([FieldError("id", "repeated", "stands in the draft already")])
            seen.add((change.kind, change.id))
            drafted.append(_drafted(found, change, user, now))
        except Problem as problem:
            problems.append((change, _at(place, problem)))
    return Draft(tuple(drafted)), problems


def _drafted(found: SetUp, change: Change, user: str, now: datetime) -> Drafted:
    if change.problem is not None:
        raise change.problem
    proposal = set_up.proposed(found, change.kind, change.body or {}, user, now)
    resource = proposal.resource
    return Drafted(change.kind, proposal.before, resource.body or {}, resource.version)


def required(found: SetUp, changes: Sequence[tuple[Place, Change]], user: str, now: datetime) -> Draft:
    """The draft, when all of it could be saved. 422 with every wrong field, or the first problem of another kind."""
    draft, problems = checked(found, changes, user, now)
    other = next((problem for _, problem in problems if problem.status != 422), None)
    if other is not None:
        raise other
    if problems:
        raise invalid([error for _, problem in problems for error in problem.errors])
    return draft


def _at(place: Place, problem: Problem) -> Problem:
    """The problem with its fields as the request names them."""
    errors = [FieldError(f"{place}.{each.field}", each.code, each.message) for each in problem.errors]
    return Problem(problem.status, problem.code, problem.detail, errors, problem.extra)
