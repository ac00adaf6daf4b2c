"""Text: trimmed, in Unicode's composed form (NFC), without control characters; never cut. E-mail addresses."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from crm.errors import ErrorCode
from crm.normalise.reading import Reading, unreadable

# Controls, lone surrogates (no database stores them), zero-width space and byte order mark.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u200b\ufeff]")
_LINE_BREAK = re.compile("\r\n?|[\x85\u2028\u2029]")
_BREAK_OR_TAB = re.compile("[\n\t]+")
# Longer than any whole number that an attribute holds, and short enough for str() of a foreign int.
_MOST_BITS = 1024


def clean_memo(value: str) -> str:
    """Text of several lines; line ends become `\\n`."""
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFC", _INVISIBLE.sub("", _LINE_BREAK.sub("\n", value)))
    return value.strip()


def clean_line(value: str) -> str:
    """Text of one line; line ends and tabs become one space."""
    return _BREAK_OR_TAB.sub(" ", clean_memo(value))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _MOST_BITS:
        return str(value)
    raise unreadable("is a text; put the value in quotes")


def fitting(text: str, reading: Reading) -> str | None:
    """`text` if the attribute can hold it, None if there is none; too long is an error, for nothing is cut."""
    limit = reading.attribute.max_length
    if limit is not None and len(text) > limit:
        message = f"has {len(text)} characters and can hold {limit}; shorten it"
        raise unreadable(message, ErrorCode.STRING_TOO_LONG)
    return text or None


def line_of(value: object) -> str:
    """The cleaned text of a value that may be text or a whole number (a postal code, say)."""
    return clean_line(_as_text(value))


def read_line(value: object, reading: Reading) -> str | None:
    return fitting(line_of(value), reading)


def read_memo(value: object, reading: Reading) -> str | None:
    return fitting(clean_memo(_as_text(value)), reading)


def read_email(value: object, reading: Reading) -> str | None:
    """One address; the domain in lower case, the local part as it is. No network is asked, reserved names are fine."""
    text = fitting(line_of(value), reading)
    if text is None:
        return None
    try:
        # test_environment lets `.test` pass; `.example` passes anyway.
        address = validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        message = f"is not an e-mail address: {error} Give one address, such as name@company.example"
        raise unreadable(message, ErrorCode.INVALID_ARGUMENT) from None
    return fitting(address, reading)
