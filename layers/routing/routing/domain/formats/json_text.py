"""JSON as people and programs write it, read so that nothing in it costs the lead; and what a null means."""

import json
import math
import re
from typing import Any

MAX_DEPTH = 128
"""Levels of arrays and objects in a body: what is deeper could not be written out again everywhere."""
HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def leniently(raw: bytes) -> Any:
    """What JSON or text cannot hold as text: a number that is none (`NaN`, `1e400`), U+FFFD for a character.

    Raises ValueError for what is no JSON.
    """
    text = raw.decode("utf-8-sig", errors="replace")
    given = json.loads(text, parse_constant=str, parse_float=_finite_or_text, parse_int=_whole_or_text)
    return _whole_text(given) if "\\ud" in text.lower() else given


def _whole_text(value: Any) -> Any:
    """With U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return HALF_OF_A_PAIR.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole_text(name): _whole_text(each) for name, each in value.items()}
    return [_whole_text(each) for each in value] if isinstance(value, list) else value


def _finite_or_text(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole_or_text(text: str) -> int | str:
    return int(text) if math.isfinite(float(text)) else text


def without_nulls(value: Any, depth: int = 0) -> Any:
    """An explicit null means absent, at any depth of objects. Raises ValueError below MAX_DEPTH."""
    if depth > MAX_DEPTH:
        raise ValueError(depth)
    if isinstance(value, dict):
        return {name: without_nulls(each, depth + 1) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each, depth + 1) for each in value]
    return value
