"""What a service answers when it cannot do what was asked: the content of a problem document (RFC 9457)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_ERRORS = 1_000
"""Wrong fields that one answer tells: it holds 6 MB."""
MOST_SAID = 300
"""Characters of a field's path and of what is wrong with it that are told: what nobody knows is named as it came."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path (`criteria[1].value`), a stable code, and what was expected."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """status: HTTP's. code: stable, for programs. detail: for people. extra: members of the document beside them.

    headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


def told(problems: Iterable[Problem]) -> list[list[dict[str, str]]]:
    """The wrong fields of each in JSON, for one answer: of all together the first MOST_ERRORS."""
    left, found = MOST_ERRORS, []
    for problem in problems:
        found.append(
            [
                {"field": each.field[:MOST_SAID], "code": each.code, "message": each.message[:MOST_SAID]}
                for each in problem.errors[:left]
            ]
        )
        left -= len(found[-1])
    return found


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"There is no such {what}.")


def forbidden(detail: str = "Your role may not do this.") -> Problem:
    return Problem(403, "forbidden", detail)


def invalid(errors: Sequence[FieldError]) -> Problem:
    return Problem(422, "invalid", "The request has invalid fields.", errors)


def invalid_field(name: str, code: str, message: str) -> Problem:
    return invalid([FieldError(name, code, message)])
