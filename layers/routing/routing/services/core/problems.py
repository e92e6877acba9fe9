"""What a service answers when it cannot do what was asked: the content of a problem document (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"There is no such {what}.")


def forbidden(detail: str = "Your role may not do this.") -> Problem:
    return Problem(403, "forbidden", detail)


def invalid(errors: Sequence[FieldError]) -> Problem:
    return Problem(422, "invalid", "The request has invalid fields.", errors)


def invalid_field(name: str, code: str, message: str) -> Problem:
    return invalid([FieldError(name, code, message)])
