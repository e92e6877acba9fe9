"""Lambda's event filtering, as far as stream mappings use it: does a record match a filter pattern?"""

from collections.abc import Mapping, Sequence
from typing import Any

_OPERATORS = {"prefix", "suffix", "exists", "anything-but", "equals-ignore-case"}


def check(pattern: Mapping[str, Any]) -> None:
    """Raise ValueError for a pattern with an operator that `matches` cannot evaluate."""
    for key, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            check(wanted)
        elif key.startswith("$") or not isinstance(wanted, list):
            raise ValueError(f"A filter pattern that the local runner does not evaluate: {key}: {wanted}")
        else:
            for each in wanted:
                if isinstance(each, Mapping) and not (len(each) == 1 and _OPERATORS.issuperset(each)):
                    raise ValueError(f"A filter pattern that the local runner does not evaluate: {each}")


def matches(pattern: Mapping[str, Any], record: object) -> bool:
    """Whether every key of the pattern holds; a list holds when any of its alternatives does."""
    for key, wanted in pattern.items():
        found = record.get(key) if isinstance(record, Mapping) else None
        if isinstance(wanted, Mapping):
            if not matches(wanted, found):
                return False
        elif not any(_holds(each, found) for each in wanted):
            return False
    return True


def _holds(wanted: object, found: object) -> bool:
    if not isinstance(wanted, Mapping):
        return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    ((operator, operand),) = wanted.items()
    match operator:
        case "exists":
            return (found is not None) == bool(operand)
        case "prefix":
            return isinstance(found, str) and found.startswith(operand)
        case "suffix":
            return isinstance(found, str) and found.endswith(operand)
        case "equals-ignore-case":
            return isinstance(found, str) and found.casefold() == str(operand).casefold()
        case "anything-but":
            return found is not None and not any(_holds(each, found) for each in _listed(operand))
    raise ValueError(operator)


def _listed(operand: object) -> Sequence[object]:
    return operand if isinstance(operand, list) else [operand]
