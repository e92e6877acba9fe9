"""Answers that were dear to find, kept by the container for a moment."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FRESH = timedelta(seconds=10)
DEAR = 200
"""Queries from which on an answer is kept."""
MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Answered:
    """cost: in queries, and what is like one."""

    body: dict[str, Any]
    cost: int
    at: datetime


class Recent:
    """What is cheap is asked anew each time: a small company always sees what is."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Answered] = {}

    def answer(self, question: Hashable, now: datetime, ask: Callable[[], Answered]) -> dict[str, Any]:
        """The answer to a question, of this moment or, where it was dear, of one shortly before."""
        kept = self._kept.get(question)
        if kept is not None and kept.at <= now < kept.at + FRESH:
            return kept.body
        found = ask()
        self._kept.pop(question, None)
        if found.cost >= DEAR:
            while len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[question] = found
        return found.body
