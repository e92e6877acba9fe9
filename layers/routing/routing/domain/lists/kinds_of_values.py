"""What the values of a column are, where its name does not say: e-mails, phones, states, times."""

import re
from collections.abc import Sequence

from routing.domain.reading.emails import email
from routing.domain.reading.phone_numbers import phone
from routing.domain.reading.states import NAMES, STATES
from routing.domain.reading.times import instant

MOSTLY = 0.8
FEWEST_STATES = 3
"""Different ones: a column of nothing but `OK` and `IN` is none of states."""
_WRITTEN_AS_PHONE = re.compile(r"\+1|\(\d{3}\)|\d{3}[-. ]\d{3}[-. ]\d{4}")


def told(values: Sequence[str], called: str | None) -> str | None:
    """The key of a lead that a column's different values are for; None where they tell nothing new.

    called: what its name says that it is, `phone` or `email`. Ten digits alone may be an id: only in a column that is
    called an e-mail's, or beside numbers that are written as phones, are they phones.
    """
    if not values:
        return None
    if called != "email" and _most(values, [bool(email(each)) for each in values]):
        return "email"
    if called != "phone" and _most(values, [phone(each) is not None for each in values]):
        written = any(_WRITTEN_AS_PHONE.search(each) for each in values)
        if called == "email" or written:
            return "phone"
    if called is None and len(values) >= FEWEST_STATES and all(map(_is_state, values)):
        return "state"
    return None


def are_times(values: Sequence[str]) -> bool:
    """Whether more than half of the values are dates or times: of a column whose name says that they are."""
    return 2 * sum(instant(each) is not None for each in values) > len(values)


def _most(values: Sequence[str], held: Sequence[bool]) -> bool:
    return bool(values) and sum(held) >= MOSTLY * len(values)


def _is_state(value: str) -> bool:
    return value.upper() in STATES or value.lower() in NAMES
