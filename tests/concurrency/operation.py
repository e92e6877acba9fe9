"""What writes, as an operation that is prepared, carried out, repeated, and judged once all has settled."""

from typing import Any

from routing.services.core.idempotency import Answer
from routing.services.core.store import Store
from tests.concurrency.invariants import Table
from tests.concurrency.world import World


def plain(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.body


class Operation:
    """answers_alike: every repeat answers the same, word for word. Else `confirm` judges the answers.

    needs_sweep: what its trouble may leave is for the sweep to mend, not for the repeat alone.
    """

    answers_alike = True
    repeats = 2
    needs_sweep = False

    def prepare(self, world: World, number: int) -> Any:
        """What the operation is given, made anew for each try."""

    def act(self, world: World, store: Store, given: Any) -> Any:
        """Carry it out in this container; the answer."""

    def confirm(self, world: World, table: Table, given: Any, answers: list[Any]) -> None:
        """Assert what must be true of its effect and of its answers, the first of which may be missing."""
