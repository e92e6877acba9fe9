"""A source's post: its bytes, the leads in it, and one answer to all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.domain.formats.post import Post, Unreadable
from routing.domain.formats.registry import read
from routing.domain.formats.settings import Settings
from routing.services.core.idempotency import Answer, Once
from routing.services.core.problems import FieldError, Problem, invalid, told
from routing.services.intake.offers import Offer

MOST_KEPT = 100_000
"""Bytes of a post that cannot be read."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post as it came. referrer: the page that a browser names."""

    raw: bytes
    content_type: str | None
    referrer: str | None = None

    def read(self, settings: Settings, now: datetime) -> Post | Unreadable:
        """Its leads, or why there are none: who posts must show a key before that is answered."""
        try:
            return read(self.raw, self.content_type, settings, now)
        except Unreadable as unreadable:
            return unreadable

    def as_text(self) -> dict[str, str]:
        """What came, for people to look at: as much of it as an item holds."""
        return {
            "content_type": self.content_type or "",
            "body": self.raw[:MOST_KEPT].decode(errors="replace"),
        }


def problem_of(unreadable: Unreadable) -> Problem:
    """The problem document of a post that cannot be read."""
    if unreadable.field is not None:
        return invalid([FieldError(unreadable.field, unreadable.code, unreadable.message)])
    if (line := unreadable.line) is None:
        return Problem(unreadable.status, unreadable.code, unreadable.message)
    detail = f"Line {line}: {unreadable.message}"
    return Problem(unreadable.status, unreadable.code, detail, extra={"line": line})


def parts(once: Once | None, count: int) -> Sequence[Once | None]:
    """The caller's key for each lead of a post: for one by itself as it is."""
    return [once] if count == 1 else [once and once.of_part(at) for at in range(count)]


def each_answered(
    offers: Sequence[Offer], once: Once | None, taken: Callable[[Offer, Once | None], Answer]
) -> Answer:
    """One lead is answered as such. Of several each is, `{"leads": [...]}`: 201 when any was made.

    Where none of several could be taken, it is the 422 of all of them.
    """
    if len(offers) == 1:
        return taken(offers[0], once)
    answers: list[Answer | Problem] = []
    for offer, part in zip(offers, parts(once, len(offers)), strict=True):
        try:
            answers.append(taken(offer, part))
        except Problem as problem:
            answers.append(problem)
    made = [each for each in answers if isinstance(each, Answer)]
    refused = [each for each in answers if isinstance(each, Problem) and not each.errors]
    if not made and refused:  # for what is the matter with the request, not with a lead
        raise refused[0]
    if not made:
        raise invalid(
            [
                FieldError(f"[{at}]{wrong.field and '.'}{wrong.field}", wrong.code, wrong.message)
                for at, each in enumerate(answers)
                if isinstance(each, Problem)
                for wrong in each.errors
            ]
        )
    costs = [each.costs[0] if isinstance(each, Answer) and each.costs else None for each in answers]
    body = {"leads": [_one_of_several(each) for each in answers]}
    return Answer(max(each.status for each in made), body, costs=tuple(costs))


def _one_of_several(answer: Answer | Problem) -> dict[str, Any]:
    if isinstance(answer, Answer):
        return dict(answer.body)
    return {"status": "invalid", "code": answer.code, "detail": str(answer), "errors": told([answer])[0]}
