"""JSON of the set-up and of what users ask for, read strictly."""

import json
import math
from collections.abc import Mapping
from typing import Any

from routing.domain.formats.json_text import without_nulls
from routing.storage.leads import dumps


def strictly(raw: bytes) -> Any:
    """As other languages read it. Raises ValueError for what is no JSON, or holds what no text or number is."""
    text = raw.decode("utf-8-sig")
    given = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    if "\\ud" in text.lower():
        dumps(given).encode()  # half a surrogate pair is no text that can be kept
    return given


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    _finite(text)  # beyond a float's range it is no number to most readers of JSON
    return int(text)


def without_unmeant_nulls(given: Mapping[str, Any], nulls_of: str | None) -> dict[str, Any]:
    """`without_nulls`, but in the key `nulls_of`, where a null says something."""
    body: dict[str, Any] = without_nulls(given)
    if nulls_of is not None and given.get(nulls_of) is not None:
        body[nulls_of] = given[nulls_of]
    return body
