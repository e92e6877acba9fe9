"""The one place that knows what time it is. Services are handed a time; only handlers ask for it."""

from datetime import UTC, datetime

_fixed: datetime | None = None


def now() -> datetime:
    """The present instant in UTC, or the one that `fix` set."""
    return _fixed or datetime.now(UTC)


def fix(instant: datetime | None) -> None:
    """Hold the clock of this process at `instant`; None frees it. Called by the local runner and by tests only."""
    global _fixed  # noqa: PLW0603 - a process has one clock
    _fixed = instant
