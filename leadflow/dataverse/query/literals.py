"""Literals of a query to the typed values that an attribute compares with."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.attributes import Attribute, AttributeType
from crm.store.types import LARGEST_BIGINT
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.path import as_guid

REFERENCES = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)
GUIDS = (*REFERENCES, AttributeType.UNIQUEIDENTIFIER)
TEXTS = (AttributeType.STRING, AttributeType.MEMO)
OPTIONS = (AttributeType.PICKLIST, AttributeType.STATE, AttributeType.STATUS)
WHOLE = (*OPTIONS, AttributeType.INTEGER, AttributeType.BIGINT)
EXACT = (AttributeType.MONEY, AttributeType.DECIMAL)

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SHOWN = 60
_LONGEST_NUMBER = 40


def property_name(name: str, attribute: Attribute) -> str:
    """The name under which clients read an attribute: lookups are `_<name>_value`."""
    return f"_{name}_value" if attribute.type in REFERENCES else name


def typed(name: str, attribute: Attribute, text: str, *, quoted: bool | None = None) -> Any:
    """The value that a literal stands for. `text` is without its quotes, `quoted` says whether it had any (None: not
    known, as in a list of texts). Raises InvalidInput for one that the attribute can never hold."""
    expected, read = _READERS[attribute.type]
    in_quotes = attribute.type in TEXTS
    may_be_either = attribute.type in (*GUIDS, AttributeType.DATE_TIME, AttributeType.DATE_ONLY)
    if quoted is None or quoted == in_quotes or may_be_either:
        try:
            return read(text)
        except (KeyError, ValueError, OverflowError, InvalidOperation):
            pass
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    raise bad_query(f"'{shown}' does not fit '{name}', which is {expected}.")


def _guid(text: str) -> Any:
    found = as_guid(text)
    if found is None:
        raise ValueError
    return found


def _whole(text: str) -> int:
    number = int(text) if len(text) <= _LONGEST_NUMBER else LARGEST_BIGINT + 1
    if abs(number) > LARGEST_BIGINT:
        raise OverflowError
    return number


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number) > LARGEST_BIGINT or abs(number.adjusted()) > _LONGEST_NUMBER:
        raise OverflowError
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise OverflowError
    return number


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


def _day(text: str) -> date:
    return datetime.fromisoformat(text.upper()).date()


def _moment(text: str) -> datetime:
    """A time without offset is UTC, a date its midnight; seconds are the smallest part, as in every answer."""
    found = datetime.fromisoformat(text.upper()) if len(text) > 10 else datetime.combine(_day(text), time.min)
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError
    return text


_Reader = tuple[str, Callable[[str], Any]]
_READERS: dict[AttributeType, _Reader] = {
    **dict.fromkeys(GUIDS, ("a GUID", _guid)),
    **dict.fromkeys(TEXTS, ("a text (in single quotes)", _text)),
    **dict.fromkeys(WHOLE, ("a whole number of at most 64 bits", _whole)),
    **dict.fromkeys(EXACT, ("a decimal number", _decimal)),
    AttributeType.DOUBLE: ("a number", _float),
    AttributeType.BOOLEAN: ("true or false", _boolean),
    AttributeType.DATE_ONLY: ("a date, such as 2026-04-03", _day),
    AttributeType.DATE_TIME: ("a time, such as 2026-04-03T14:30:00Z", _moment),
}
