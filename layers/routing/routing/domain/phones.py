"""Phone numbers as E.164; the one module that knows the `phonenumbers` package."""

import phonenumbers

DEFAULT_REGION = "US"


def e164(text: str) -> str | None:
    """The number as E.164 (`+13035550101`), read as a US one without a country code; None if it cannot be one."""
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region(number: str) -> str | None:
    """The ISO country or territory that an E.164 number belongs to; None for a number of no one country."""
    found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return None if found == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY else found
