"""Phone numbers in what people write into a phone's place. What a number is, `domain.phones` knows."""

import re
from dataclasses import dataclass
from decimal import Decimal

from routing.domain.reading.text import MAX_TEXT, bare, text_of, unwrapped

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_FRACTION = re.compile(r"(\d{10,15})\.0*", re.ASCII)
_EXPONENT = re.compile(r"\+?\d(?:\.\d{1,14})?[eE][+-]?\d{1,2}", re.ASCII)
_ROUNDED = 7
"""How many digits a spreadsheet leaves at most of a number that it shows with an exponent."""
_EXTENSION = re.compile(
    r"(?<=\d)[\s;,(]*(?:ext(?:ension|n)?|x|#)[\s.:=#]*\d{1,7}\b", re.IGNORECASE | re.ASCII
)
_RUN = re.compile(r"[+(]?\d[\d\s().+/\-]*", re.ASCII)
_ABROAD = re.compile(r"^0(?:0|11)[\s.-]*(?=[1-9])", re.ASCII)
"""How one dials abroad where there is no key for a plus."""
_BEGINNING = re.compile(r"[2-9]|1(?![01])")
_MOST_RUNS = 20
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


@dataclass(frozen=True, slots=True)
class Phones:
    """The numbers in a text as E.164, in order, each once. has_extension: one had an extension, which is left out."""

    numbers: tuple[str, ...]
    has_extension: bool = False


NONE = Phones(())


def phones(value: object) -> Phones:
    """The numbers in a text: `214-555-0142 (cell) / 303-555-0100 x5` has two, one of them with an extension."""
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return NONE
    digits = _digits_of_a_spreadsheet(unwrapped(text).translate(_DASHES))
    if digits is None:
        return NONE
    without, extensions = _EXTENSION.subn(" ; ", digits)
    found: dict[str, None] = {}
    for run in _RUN.findall(without)[:_MOST_RUNS]:
        found |= dict.fromkeys(_in_run(run.strip(" ./-(")))
    if not found:  # perhaps a number of letters
        return Phones(tuple(_one(digits)))
    return Phones(tuple(found), extensions > 0)


def is_e164(text: str) -> bool:
    """Whether a text has the form that numbers are stored in."""
    return _E164.fullmatch(text) is not None


def phone(value: object) -> str | None:
    """The first number in a text; None when there is none."""
    return next(iter(phones(value).numbers), None)


def _one(text: str) -> list[str]:
    from routing.domain.phones import e164  # loads the number library, which who matches leads does not need

    number = e164(_ABROAD.sub("+", text))
    return [number] if number else []


def _digits_of_a_spreadsheet(text: str) -> str | None:
    """`2145550142.0` and `2.145550142E+09` as digits; None where a digit may have been rounded away."""
    match = _FRACTION.fullmatch(text)
    if match:
        return match[1]
    if not _EXPONENT.fullmatch(text):
        return text
    number = Decimal(text)
    is_exact = number == number.to_integral_value() and len(number.as_tuple().digits) > _ROUNDED
    return f"{number:.0f}" if is_exact else None


def _in_run(run: str) -> list[str]:
    """The numbers in a run of digits and signs: one, or several that a slash or nothing but a blank divides."""
    found = _one(run)
    if found:
        return found
    parts = [each for each in re.split(r"/|(?=\+)|\s-\s", run) if each.strip()]
    if len(parts) == 1:
        digits = re.sub(r"\D", "", run)
        size = {20: 10, 22: 11}.get(len(digits), 0)
        parts = [digits[:size], digits[size:]] if size else []
    return [number for each in parts for number in _one(each.strip())]


def prefix(value: object) -> str | None:
    """How numbers begin that begin so, as E.164: `214`, `(214) 555` and `+1 214` are of the United States."""
    digits = piece(value)
    if digits is None:
        return None
    text = _ABROAD.sub("+", bare(str(value)))
    if text.startswith("+"):
        digits = re.sub(r"\D", "", text)
    elif not digits.startswith("1"):
        digits = f"1{digits}"
    return f"+{digits}" if _BEGINNING.match(digits) else None


def piece(value: object) -> str | None:
    """Digits that stand together in a number; None for what has none, or anything but digits and their signs."""
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT or not re.fullmatch(r"[\d\s().+/\-]*", bare(text), re.ASCII):
        return None
    digits = re.sub(r"\D", "", bare(text))
    return digits if 0 < len(digits) <= 15 else None
