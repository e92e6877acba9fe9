"""A sales floor on one push strategy: people who come and go, a clock, and leads that fall where they fall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from routing.domain.accounts import Account
from routing.domain.catch_up import CatchUp
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.push import PushDecision, decide
from routing.domain.strategies import PushStrategy, Recipient
from routing.domain.strategy_state import StrategyState, edited, initial, restarted
from tests.unit.values import STARTS_ON, company, lead, user

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TIMING = ("reset_interval", "starts_on", "distributed_from")
RATIO = ("method", "weights", "catch_up")
LEAD = lead()


def among(*recipients: Recipient | str, **other: Any) -> PushStrategy:
    """A strategy of the company that gives leads to these."""
    everybody = tuple(Recipient(each) if isinstance(each, str) else each for each in recipients)
    terms = {"id": "s", "name": "s", "record_type": "lead", "distributed_from": "corporate"}
    return PushStrategy(**{**terms, "recipients": everybody, "starts_on": STARTS_ON, **other})


def weighing(
    reset_interval: str = "last_7_days", /, *, catch_up: CatchUp = "paced", **weights: int
) -> PushStrategy:
    """A weighted strategy; the people by name."""
    everybody = [Recipient(name, weight) for name, weight in weights.items()]
    return among(*everybody, method="weighted", reset_interval=reset_interval, catch_up=catch_up)


def off(weights: Sequence[int], counts: Sequence[int]) -> tuple[int, int]:
    """How far the worst count is from its share, and the bound of the literature, 1 - 1/(2k - 2): both in leads
    times the sum of the weights times (2k - 2), so that the comparison is exact."""
    total, leads = sum(weights), sum(counts)
    doubled = 2 * sum(1 for each in weights if each) - 2
    worst = max(abs(weight * leads - count * total) for weight, count in zip(weights, counts, strict=True))
    return worst * doubled, total * (doubled - 1)


class Floor:
    """Leads come one at a time, each decided on the state that the one before left.

    Everybody whom a strategy names is a user of the company, unless `others` says what they are.
    """

    def __init__(
        self,
        strategy: PushStrategy,
        *others: Account,
        now: datetime = MORNING,
        zone: str = "UTC",
        more: tuple[PushStrategy, ...] = (),
    ) -> None:
        self._zone = zone
        self._accounts = {each.id: each for each in others}
        self._more = more
        self.now = now
        self.presence: dict[str, Presence] = {}
        self.states: dict[str, StrategyState] = {}
        self.last: PushDecision | None = None
        self._set(strategy)

    def _set(self, strategy: PushStrategy) -> None:
        self.strategy = strategy
        for name in (name for each in (strategy, *self._more) for name in each.accounts):
            self._accounts.setdefault(name, user(name))
        self.company = company(*self._accounts.values(), strategy, *self._more, zone=self._zone)

    @property
    def state(self) -> StrategyState:
        """What is stored of the strategy."""
        return self.states.get(self.strategy.id) or initial(
            len(self.strategy.recipients), self.strategy.version
        )

    def lead(self, at: datetime | None = None, subject: Lead = LEAD) -> str | None:
        """One lead: who got it, if anybody. `last` says why."""
        decision, changed = decide(subject, self.company, self.states, self.presence, at or self.now)
        self.states.update(changed)
        self.last = decision
        return decision.final_account

    def leads(self, count: int) -> list[str | None]:
        return [self.lead() for _ in range(count)]

    def reasons(self) -> dict[str, str]:
        """Why each recipient was or was not eligible for the last lead."""
        assert self.last is not None
        return {each.account: each.reason for each in self.last.strategies[0].recipients}

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def away(self, *names: str) -> None:
        self.presence.update({each: Presence(available=False) for each in names})

    def back(self, *names: str) -> None:
        for each in names:
            self.presence.pop(each, None)

    def edit(self, *recipients: Recipient | str, **other: Any) -> None:
        """Save the strategy with other recipients (none: the same) or terms, as set-up does."""
        before = self.strategy
        changed = among(*(recipients or before.recipients)).recipients
        after = replace(before, recipients=changed, version=before.version + 1, **other)
        self.states[after.id] = edited(
            self.state,
            before.accounts,
            after.accounts,
            after.version,
            new_ratio=any(getattr(before, each) != getattr(after, each) for each in RATIO),
            restart=any(getattr(before, each) != getattr(after, each) for each in TIMING),
        )
        self._set(after)

    def reset_now(self) -> None:
        self.states[self.strategy.id] = restarted(self.state)
