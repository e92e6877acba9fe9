"""A push strategy's state as an item, and the conditional write that moves it on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from routing.domain.rotation import StrategyState
from routing.storage import keys
from routing.storage.table import Write


def to_item(strategy: str, state: StrategyState) -> dict[str, Any]:
    key = keys.strategy_state(strategy)
    return {
        "PK": key.pk,
        "SK": key.sk,
        "v": state.version,
        "configuration": state.configuration,
        "cursor": state.cursor,
        "interval": state.interval,
        "hour": state.hour,
        "day": state.day,
        "interval_counts": list(state.interval_counts),
        "away": sorted(state.away) or None,
        "hour_counts": list(state.hour_counts),
        "day_counts": list(state.day_counts),
        "removed": {account: list(pair) for account, pair in state.removed.items()},
    }


def from_item(item: Mapping[str, Any]) -> StrategyState:
    def counts(name: str) -> tuple[int, ...]:
        return tuple(int(each) for each in item[name])

    return StrategyState(
        version=int(item["v"]),
        configuration=int(item["configuration"]),
        cursor=int(item["cursor"]),
        interval=item["interval"],
        hour=item["hour"],
        day=item["day"],
        interval_counts=counts("interval_counts"),
        hour_counts=counts("hour_counts"),
        day_counts=counts("day_counts"),
        away=frozenset(int(each) for each in item.get("away", ())),
        removed={account: (int(hour), int(day)) for account, (hour, day) in item["removed"].items()},
    )


def replace_state(strategy: str, seen: int, state: StrategyState) -> Write:
    """Write the state as version `seen` + 1, if it still is at `seen`. Saving the strategy made its first one."""
    return Write(
        "Put",
        item=to_item(strategy, replace(state, version=seen + 1)),
        condition="#v = :seen",
        names={"#v": "v"},
        values={":seen": seen},
    )


def first_state(strategy: str, state: StrategyState) -> Write:
    return Write("Put", item=to_item(strategy, state), condition="attribute_not_exists(PK)")
