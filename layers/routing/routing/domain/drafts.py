"""Strategies as they would be saved: the company that they would make, and the counts that would go on in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routing.domain import strategy_state
from routing.domain.company import Company
from routing.domain.resources import Body, Kind, changed
from routing.domain.strategy_state import StrategyState

TIMING = ("reset_interval", "starts_on", "distributed_from")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A strategy as it is to be. before: as it is; None for a new one. version: the one that it would get."""

    kind: Kind
    before: Body | None
    body: Body
    version: int


@dataclass(frozen=True, slots=True)
class Draft:
    """Strategies in the place of those of the same ids; the others stay."""

    strategies: tuple[Drafted, ...] = ()

    def applied(self, company: Company) -> Company:
        """The company with these strategies."""
        for each in self.strategies:
            company = changed(company, each.kind, each.body["id"], each.body, each.version)
        return company

    def states(self, states: Mapping[str, StrategyState]) -> dict[str, StrategyState]:
        """The push strategies' states as saving these would leave them.

        One of a strategy that was saved since the draft was made counts other recipients: it is left out.
        """
        found = dict(states)
        for each in self.strategies:
            state = found.get(each.body["id"])
            if each.kind != "push-strategies" or state is None or each.before == each.body:
                continue
            del found[each.body["id"]]
            if state.strategy_version == each.version - 1:
                found[each.body["id"]] = state_after(state, each.before, each.body, each.version)
        return found


NO_DRAFT = Draft()


def accounts_of(body: Body | None) -> list[str]:
    """A push strategy's recipients, by position."""
    return [each["account"] for each in body["recipients"]] if body else []


def state_after(state: StrategyState, before: Body | None, after: Body | None, version: int) -> StrategyState:
    """A push strategy's counts, brought to the recipients' new positions. A deleted one keeps the day's counts."""
    restart = after is not None and (before is None or any(before[each] != after[each] for each in TIMING))
    return strategy_state.edited(
        state,
        accounts_of(before),
        accounts_of(after),
        version,
        new_ratio=_ratio(before) != _ratio(after),
        restart=restart,
    )


def _ratio(body: Body | None) -> list[Any]:
    """What makes another ratio of it when it changes."""
    if not body:
        return []
    return [body["method"], body["catch_up"], *(each["weight"] for each in body["recipients"])]
