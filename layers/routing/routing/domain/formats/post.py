"""A post as it was read, or why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.domain.intake import IntakeWarning

MOST_LEADS = 25
"""That one post may bring."""
MOST_FIELDS = 1000
"""That a form, or a webhook's object with all that is in it, may have."""


@dataclass(frozen=True, slots=True)
class Body:
    """One lead of a post, as `POST /v1/leads` takes it, and what was noticed while it was read."""

    lead: Mapping[str, Any]
    warnings: tuple[IntakeWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """One post. key: the source's key, where the body holds it. is_test: the sender says that it is only a test.

    given: of a form, what it says under its own names: what is no part of a lead is there too.
    """

    format: str
    bodies: tuple[Body, ...]
    key: str | None = None
    is_test: bool = False
    given: Mapping[str, str] = field(default_factory=dict)


class Unreadable(Exception):
    """A post that cannot be read. status: HTTP's, one of 400, 413, 415, 422. field, line: where, when that is known."""

    def __init__(
        self, status: int, code: str, message: str, *, field: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.line = line


def too_many_leads(found: int) -> Unreadable:
    return Unreadable(422, "out_of_range", f"must hold 1 to {MOST_LEADS} leads, and has {found}", field="")


def too_many_fields() -> Unreadable:
    return Unreadable(413, "too_large", f"The body has more than {MOST_FIELDS} fields.")
