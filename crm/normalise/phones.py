"""Phone numbers: E.164 where the number can be read, as typed where it cannot. A phone number never stops a lead."""

import re

import phonenumbers

from crm.normalise.reading import Reading
from crm.normalise.texts import fitting, line_of

_EXTENSION_WORD = re.compile(r"\b(?:extension|extn?|x|tel|phone|mobile|fax|durchwahl|dw)(?=\b|[0-9])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]")


def read_phone(value: object, reading: Reading) -> str | None:
    """`+442079460123`, with an extension `+442079460123 x12`; the region helps where the country code is missing."""
    text = line_of(value)
    number = _e164(text, reading.region)
    if number is None:
        if text:
            reading.note("is no phone number that can be dialled as it stands; kept as typed")
        return fitting(text, reading)
    return fitting(_shorter(number, text, reading), reading)


def _shorter(number: str, text: str, reading: Reading) -> str:
    """An extension may make the number longer than the attribute; the typed form is then the next best."""
    limit = reading.attribute.max_length
    return text if limit is not None and len(number) > limit >= len(text) else number


def _e164(text: str, region: str | None) -> str | None:
    # phonenumbers skips words around a number ("ask for Ada"); they must not get lost.
    if not text or _WORD.search(_EXTENSION_WORD.sub("", text)):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164} x{number.extension}" if number.extension else e164
