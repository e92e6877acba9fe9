"""How large DynamoDB counts an item: its limits and its prices go by this, not by any JSON.

Source: in the DynamoDB developer guide "Item sizes and formats".
"""

import math
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""Typed values by attribute."""
MAX_ITEM = 400 * 1024
MAX_TRANSACTION = 4 * 1024 * 1024
MAX_TRANSACTION_ITEMS = 100
_CONTAINER_BYTES = 3


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes of one typed attribute value, as DynamoDB counts them."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return _number_size(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _CONTAINER_BYTES + sum(1 + value_size(each) for each in content)
        case "M":
            return _CONTAINER_BYTES + len(content) + item_size(content)
        case _:
            return sum(value_size({kind[0]: each}) for each in content)


def _number_size(text: str) -> int:
    """A byte, and one for each two significant digits; zeros before and behind them do not count."""
    digits = text.lower().split("e")[0].lstrip("+-").replace(".", "").strip("0")
    return 1 + math.ceil(len(digits) / 2)


def item_size(item: Item | None) -> int:
    """Bytes of an item with its attribute names; 0 for one that is not there."""
    return sum(len(name.encode()) + value_size(value) for name, value in (item or {}).items())
