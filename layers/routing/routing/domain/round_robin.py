"""Round robin: recipients in turn, in their listed order; who cannot be had is skipped, and not made up for."""

from collections.abc import Sequence


def round_robin(cursor: int, eligible: Sequence[bool]) -> int | None:
    """The first eligible position at or after the cursor, going round once; None when nobody is eligible."""
    size = len(eligible)
    return next((at for step in range(size) if eligible[at := (cursor + step) % size]), None)
