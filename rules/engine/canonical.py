"""One spelling for every value, so that equal values are equal text in durable-rules' JSON and in Python.

The same functions treat a lead's values and the constants of the rules. Limits come from durable-rules: text at most
1,024 characters without control characters, numbers that print without an exponent, whole numbers below 2^53.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from rules.engine.fields import FieldType

MAX_TEXT = 1024
MAX_WHOLE = 2**53 - 1
MAX_NUMBER = 999_999_999_999_999.0
DECIMALS = 2
FIRST_SECOND = -62_135_596_800
LAST_SECOND = 253_402_300_799


def canonical_text(value: str) -> str | None:
    """NFC, case folded, stripped, without control characters; None when nothing is left."""
    if value.isascii():
        folded = value.casefold()
        clean = folded if folded.isprintable() else "".join(char for char in folded if char.isprintable())
    else:
        kept = "".join(char for char in value if unicodedata.category(char) not in ("Cc", "Cs"))
        clean = unicodedata.normalize("NFC", unicodedata.normalize("NFC", kept).casefold())
    return clean.strip()[:MAX_TEXT].strip() or None


def canonical_number(value: float | Decimal) -> float | None:
    """Rounded to two places and kept within 1e15; None for what is no number."""
    number = float(value)
    if math.isnan(number):
        return None
    limited = max(-MAX_NUMBER, min(MAX_NUMBER, number))
    return round(limited, DECIMALS) + 0.0


def canonical_whole(value: int) -> int:
    return max(-MAX_WHOLE, min(MAX_WHOLE, value))


def canonical_time(value: datetime | date) -> int:
    """Seconds since 1970 in UTC. A date is its midnight in UTC, and so is a time without zone taken as UTC.

    What an offset moves out of the years 1 to 9999 becomes their first or last second, so that it can be shown.
    """
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    seconds = math.floor((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    return max(FIRST_SECOND, min(LAST_SECOND, seconds))


CANONICAL: Mapping[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: canonical_text,
    FieldType.EMAIL: canonical_text,
    FieldType.COUNTRY: canonical_text,
    FieldType.KEY: canonical_text,
    FieldType.WHOLE: canonical_whole,
    FieldType.CHOICE: canonical_whole,
    FieldType.NUMBER: canonical_number,
    FieldType.BOOLEAN: bool,
    FieldType.TIME: canonical_time,
    FieldType.REFERENCE: str,
}
"""How a value that is set becomes its canonical form, or None for an empty one. A UUID is its lower-case text."""
