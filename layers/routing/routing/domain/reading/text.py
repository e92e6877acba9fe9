"""Text: what is equal to the eye is equal, and what machines write for nothing is nothing."""

import re
import unicodedata
from decimal import Decimal

MAX_TEXT = 1024
DAMAGED = "\ufffd"
"""Stands where a character could not be read."""

_JOINERS = "\u200c\u200d\ufe00-\ufe0f"
"""Invisible too, but they shape Persian and Indic names and emoji: kept in what is shown, not in what is compared."""
_OTHERS = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_OTHERS}]")
_INVISIBLE = re.compile(f"[{_JOINERS}{_OTHERS}]")
_NOTHING = re.compile(
    r"[\W_]*|#?n/a|\(null\)|<null>|\\n|undefined|\[object object\]|#(ref|value|name)[!?]", re.IGNORECASE
)
_NOTHING_AS_WRITTEN = frozenset({"null", "NULL", "nan", "NaN", "none", "None", "NONE", "nil", "<NA>", "NaT"})
_NO_ID = frozenset({"null", "nan", "none", "nil", "na", "nat"})
_QUOTED = re.compile(r'="?(.*?)"?|\'(.*)', re.DOTALL)


def text_of(value: object) -> str | None:
    """The text of a JSON string or number, a whole number without its fraction; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    except ValueError:  # more digits than Python writes
        return None


def cleaned(text: str) -> str:
    """As it is shown: in one Unicode form, white space collapsed, without control and invisible characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())


def bare(text: str) -> str:
    """As it is matched: without anything invisible, wide and styled letters as plain ones."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def folded(value: object) -> str | None:
    """As it is compared: `bare`, and without regard to case. None for what is no text."""
    text = text_of(value)
    if text is None:
        return None
    if text.isascii():
        return bare(text).lower()
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return bare(unicodedata.normalize("NFKC", bare(once).casefold()))


def unwrapped(text: str) -> str:
    """`bare`, without what a spreadsheet puts around a value that it is to leave alone: `'03301`, `="03301"`."""
    found = bare(text)
    while match := _QUOTED.fullmatch(found):
        found = (match[1] or match[2] or "").strip()
    return found


def name(value: object) -> str | None:
    """A name, a campaign or the like as it is shown. None for none, and for what stands for nothing.

    `NULL`, `nan`, `N/A`, `-` are no names. `Null`, `Na`, `NA` and `Nan` are: people are called so.
    """
    text = text_of(value)
    if text is None or len(text) > MAX_TEXT:
        return None
    found = cleaned(text)
    seen = bare(found)
    if not seen or seen in _NOTHING_AS_WRITTEN or _is_nothing(seen):
        return None
    return found


def _is_nothing(seen: str) -> bool:
    # No name is made of signs alone; what `\W` holds beyond ASCII may be letters of a script.
    match = _NOTHING.fullmatch(seen)
    return match is not None and (
        seen.isascii() or not any(unicodedata.category(each)[0] in "LMNS" for each in seen)
    )


def identity(value: object) -> str | None:
    """An id that another system gave: `123`, `123.0` and `="123"` are one. None for none; case counts."""
    text = text_of(value)
    if text is None:
        return None
    found = unwrapped(text) if len(text) <= MAX_TEXT else text.strip()
    if found.isascii() and found.endswith(".0") and found[:-2].isdigit():
        found = found[:-2]
    return None if found.casefold() in _NO_ID or _is_nothing(found) else found
