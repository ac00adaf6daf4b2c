"""Numbers and money, from JSON numbers or from text in the usual English and continental ways of writing them."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from crm.attributes import AttributeType
from crm.errors import ErrorCode
from crm.normalise.reading import Reading, unreadable
from crm.normalise.texts import clean_line

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(
    r"(?P<first>[+-]?[0-9]{1,3})(?P<separator>[.,'\u2019 \u00a0\u202f])"
    r"(?P<groups>[0-9]{3}(?:(?P=separator)[0-9]{3})*)(?:(?!(?P=separator))[.,](?P<decimals>[0-9]+))?"
)
_CURRENCY = r"(?:[A-Z]{3}|(?:US|A|C)?\$|[€£¥])"
_LEADING_CURRENCY = re.compile(rf"{_CURRENCY}\s*(?=[0-9+.,-])")
_TRAILING_CURRENCY = re.compile(rf"(?<=[0-9])\s*{_CURRENCY}$")
_WHOLE = (AttributeType.INTEGER, AttributeType.BIGINT)
_BIGGEST = Decimal(2**63 - 1)


def read_number(value: object, reading: Reading) -> int | float | Decimal | None:
    """An int for Integer and BigInt, a float for Double, an exact Decimal for Decimal and Money, within the limits."""
    if isinstance(value, str) and not clean_line(value):
        return None
    number = _decimal(value, reading)
    _check_range(number, reading)
    if reading.attribute.type in _WHOLE:
        if number != number.to_integral_value():
            raise unreadable("is a whole number; leave the decimals out")
        return int(number)
    rounded = _rounded(number, reading)
    return float(rounded) if reading.attribute.type is AttributeType.DOUBLE else rounded


def decimal_from_text(text: str, precision: int) -> Decimal | None:
    """The number that `text` writes, or None.

    The last of two kinds of separator is the decimal sign: `1,250.50` and `1.250,50` are the same. With one separator
    before exactly three digits (`1.250`, `1,250`) the attribute decides: it groups thousands where fewer than three
    decimals are kept (money, whole numbers), and is the decimal sign where more are (coordinates) or after a zero.
    """
    grouped = _GROUPED.fullmatch(text)
    if grouped and not _is_decimal_sign(grouped, precision):
        whole = grouped["first"] + grouped["groups"].replace(grouped["separator"], "")
        return Decimal(f"{whole}.{grouped['decimals'] or 0}")
    return Decimal(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def _is_decimal_sign(grouped: re.Match[str], precision: int) -> bool:
    if grouped["separator"] not in ".,":
        return False
    if grouped["decimals"] is not None:
        return False
    return len(grouped["groups"]) == 3 and (precision >= 3 or grouped["first"].lstrip("+-").startswith("0"))


def _decimal(value: object, reading: Reading) -> Decimal:
    number: Decimal | None = None
    if isinstance(value, str):
        number = _decimal_from_typed(value, reading)
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    elif isinstance(value, float) and math.isfinite(value):
        number = Decimal(repr(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    if number is None:
        example = "1250" if reading.attribute.type in _WHOLE else "1250.50"
        raise unreadable(f"is not one number; write it in digits, such as {example}")
    return number


def _decimal_from_typed(value: str, reading: Reading) -> Decimal | None:
    text = clean_line(value).replace("\u2212", "-")
    if reading.attribute.type is AttributeType.MONEY:
        bare = _TRAILING_CURRENCY.sub("", _LEADING_CURRENCY.sub("", text, count=1))
        number = decimal_from_text(bare, reading.attribute.precision or 0)
        if number is not None and bare != text:
            reading.note("the currency beside the amount was left out; the lead's currency is transactioncurrencyid")
        return number
    return decimal_from_text(text, reading.attribute.precision or 0)


def _check_range(number: Decimal, reading: Reading) -> None:
    attribute = reading.attribute
    minimum = -_BIGGEST if attribute.minimum is None else attribute.minimum
    maximum = _BIGGEST if attribute.maximum is None else attribute.maximum
    if not minimum <= number <= maximum:
        whole = attribute.type in _WHOLE
        code = ErrorCode.INTEGER_OUT_OF_RANGE if whole else ErrorCode.DECIMAL_OUT_OF_RANGE
        raise unreadable(f"is out of range; give a number from {minimum:,f} to {maximum:,f}", code)


def _rounded(number: Decimal, reading: Reading) -> Decimal:
    precision = reading.attribute.precision
    if precision is None:
        return number
    rounded = number.quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP)
    if rounded != number:
        reading.note(f"rounded to {precision} decimals")
    return rounded
