"""A push strategy's state as an item, and the conditional write that moves it on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from routing.domain.strategy_state import StrategyState
from routing.storage import keys
from routing.storage.table import Write


def to_item(strategy: str, state: StrategyState) -> dict[str, Any]:
    key = keys.strategy_state(strategy)
    return {
        "PK": key.pk,
        "SK": key.sk,
        "v": state.version,
        "configuration": state.strategy_version,
        "cursor": state.cursor,
        "interval": state.interval,
        "hour": state.hour,
        "day": state.day,
        "interval_counts": list(state.interval_counts),
        "ratio": state.round,
        "turns": list(state.turns) if state.turns != state.interval_counts else None,
        "owed": list(state.owed) if any(state.owed) else None,
        "last": state.last if any(state.owed) else None,
        "is_make_up": state.is_make_up or None,
        "away": [f"{at}~{since}" for at, since in sorted(state.away.items())] or None,
        "hour_counts": list(state.hour_counts),
        "day_counts": list(state.day_counts),
        "removed": {account: list(pair) for account, pair in state.removed.items()},
    }


def from_item(item: Mapping[str, Any]) -> StrategyState:
    def counts(name: str) -> tuple[int, ...]:
        return tuple(int(each) for each in item[name])

    return StrategyState(
        version=int(item["v"]),
        strategy_version=int(item["configuration"]),
        cursor=int(item["cursor"]),
        interval=item["interval"],
        hour=item["hour"],
        day=item["day"],
        interval_counts=counts("interval_counts"),
        hour_counts=counts("hour_counts"),
        day_counts=counts("day_counts"),
        round=int(item["ratio"]),
        turns=counts("turns") if "turns" in item else counts("interval_counts"),
        owed=counts("owed") if "owed" in item else (0,) * len(item["interval_counts"]),
        last=int(item["last"]) if "last" in item else None,
        is_make_up="is_make_up" in item,
        away=dict(map(_away, item.get("away", ()))),
        removed={account: (int(hour), int(day)) for account, (hour, day) in item["removed"].items()},
    )


def _away(entry: Any) -> tuple[int, int]:
    """A position, and when it left; of an earlier release the position alone, as if it had left at the beginning."""
    at, _, since = str(entry).partition("~")
    return int(at), int(since or 0)


def replace_state(strategy: str, seen: int, state: StrategyState) -> Write:
    """Write the state as version `seen` + 1, if it still is at `seen`. Saving the strategy made its first one."""
    return Write(
        "Put",
        item=to_item(strategy, replace(state, version=seen + 1)),
        condition="#v = :seen",
        names={"#v": "v"},
        values={":seen": seen},
    )


def close_interval(
    strategy: str, accounts: Sequence[str], before: StrategyState, after: StrategyState
) -> list[Write]:
    """When the method has begun anew, what it had given out until then is kept, for reports.

    accounts: whose positions those of `before` are.
    """
    if after.round == before.round or not any(before.interval_counts):
        return []
    key = keys.closed_interval(strategy, before.interval, before.round)
    counts = dict(zip(accounts, before.interval_counts, strict=True))
    item = {"PK": key.pk, "SK": key.sk, "configuration": before.strategy_version, "counts": counts}
    return [Write("Put", item=item)]


def closed_from(item: Mapping[str, Any]) -> dict[str, Any]:
    """A closed interval: which, under which version of the strategy, and who had received how many in it."""
    return {
        "interval": item["SK"].split("#")[1],
        "version": int(item["configuration"]),
        "counts": {account: int(count) for account, count in item["counts"].items()},
    }


def first_state(strategy: str, state: StrategyState) -> Write:
    return Write("Put", item=to_item(strategy, state), condition="attribute_not_exists(PK)")
