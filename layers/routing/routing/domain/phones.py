"""Phone numbers as E.164; the one module that knows the `phonenumbers` package."""

import re

import phonenumbers

DEFAULT_REGION = "US"

_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_OF_NO_PLACE = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.UAN,
    }
)


def e164(text: str) -> str | None:
    """The number as E.164 (`+13035550101`), read as a US one without a country code; None if it cannot be one.

    Any number of +1 that is `[2-9]XX[2-9]XXXXXX` counts: area codes are put into service faster than tables learn them.
    """
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    is_usable = _NORTH_AMERICAN.fullmatch(found) or phonenumbers.is_valid_number(number)
    return found if is_usable else None


def is_ambiguous(number: str) -> bool:
    """Whether an E.164 number of another country would be an American one, had its 1 been left out after the `+`."""
    american = f"+1{number.removeprefix('+')}"
    return bool(_NORTH_AMERICAN.fullmatch(american)) and phonenumbers.is_valid_number(
        phonenumbers.parse(american)
    )


def is_of_no_place(number: str) -> bool:
    """Whether an E.164 number is toll-free, personal or at a premium, which says nothing of where somebody is."""
    return phonenumbers.number_type(phonenumbers.parse(number)) in _OF_NO_PLACE


def region(number: str) -> str | None:
    """The ISO country or territory that an E.164 number belongs to; None for a number of no one country."""
    found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return None if found == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else found
