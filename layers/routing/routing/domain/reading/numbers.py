"""Numbers and booleans as people and spreadsheets write them."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from routing.domain.reading.text import folded, unwrapped

MAX_NUMBER = 400
"""The longest text that is read as a number: a float's digits written out."""

_CURRENCY = r"(?:(?:us|ca|au|nz)?[$\u00a2-\u00a5\u20a0-\u20cf]|usd|eur|gbp|cad|aud|dollars?|euros?)"
_BEFORE = re.compile(_CURRENCY, re.IGNORECASE)
_BEHIND = re.compile(_CURRENCY + "$", re.IGNORECASE)
_PLAIN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,7})?")
_COMMAS = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?")
_GAPS = re.compile(r"\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d*)?")
_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"\d*,\d+(?:[eE][+-]?\d{1,7})?")
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\uff0d": "-"})


def number(value: object) -> Decimal | None:
    """A finite number, exactly. `1,234` is grouped and `12,50` is not, for no group has two digits; `1.234` has
    a decimal point, `1.234,50` a decimal comma. A currency's sign or name beside it says nothing.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        try:
            found = Decimal(str(value))
        except (InvalidOperation, ValueError):
            return None
        return _bounded(found)
    written = _written(value)
    if written is None:
        return None
    sign, digits = written
    if _PLAIN.fullmatch(digits):
        plain = digits
    elif _COMMAS.fullmatch(digits) and not digits.startswith("0"):
        plain = digits.replace(",", "")
    elif _DOTS.fullmatch(digits) and not digits.startswith("0"):
        plain = digits.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(digits):
        plain = digits.replace(",", ".")
    elif _GAPS.fullmatch(digits):
        plain = re.sub(r"[ '\u2019]", "", digits).replace(",", ".")
    else:
        return None
    try:
        found = Decimal(sign + plain)
    except InvalidOperation:
        return None
    return _bounded(found)


def _bounded(found: Decimal) -> Decimal | None:
    """None for what is no number, and for one that JSON's other readers take for infinite."""
    return found if found.is_finite() and math.isfinite(float(found)) else None


def _written(value: object) -> tuple[str, str] | None:
    """The sign and the rest of a number in text, its currency left out; None for what is no such text."""
    if not isinstance(value, str) or len(value) > MAX_NUMBER:
        return None
    text = unwrapped(value).translate(_SIGNS)
    if text.startswith("(") and text.endswith(")"):  # as books write what is owed
        text = f"-{text[1:-1]}"
    sign, text = _sign(text)
    match = _BEFORE.match(text)
    if match:
        inner, text = _sign(text[match.end() :].lstrip())
        sign = sign or inner
    else:
        text = _BEHIND.sub("", text)
    return sign, text.strip()


def _sign(text: str) -> tuple[str, str]:
    return (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") else ("", text)


def has_decimal_comma(value: object) -> bool:
    """Whether a number's text was read with a decimal comma."""
    written = _written(value)
    if written is None or number(value) is None or "," not in written[1]:
        return False
    digits = written[1]
    return not (_COMMAS.fullmatch(digits) and not digits.startswith("0"))


def is_ambiguous(value: object) -> bool:
    """Whether a number's text would be another in another country: `1.234`, `1,234`."""
    return isinstance(value, str) and len(value) <= MAX_NUMBER and bool(_EITHER.fullmatch(unwrapped(value)))


def as_json(found: Decimal) -> int | float | str:
    """A number for JSON: a whole one as an integer, text where a float would be another number."""
    if abs(found) < 10**15 and found == found.to_integral_value():
        return int(found)
    return float(found) if Decimal(str(float(found))) == found else str(found)


_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "y", "on", "t"), True),
    **dict.fromkeys(("false", "no", "n", "off", "f"), False),
}


def boolean(value: object) -> bool | None:
    """true/false, yes/no, y/n, t/f, on/off, 1/0 in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > MAX_NUMBER:
            return None
        value = unwrapped(value)
        found = _BOOLEANS.get(folded(value) or "")
        if found is not None:
            return found
    as_number = number(value)
    return {Decimal(0): False, Decimal(1): True}.get(as_number) if as_number is not None else None
