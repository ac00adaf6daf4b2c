"""Values as JSON has them, and as people read them (the annotation FormattedValue), in Dataverse's English form."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from crm.attributes import Attribute, AttributeType
from crm.choices import ChoiceBook
from leadflow.dataverse.query.literals import OPTIONS

Convert = Callable[[Any], Any]


def json_form(attribute: Attribute, *, is_json: bool = False) -> Convert | None:
    """What makes the JSON of a stored value; None where the value is JSON as it stands."""
    if is_json:
        return lambda value: orjson.dumps(value).decode()
    if attribute.type is AttributeType.DATE_TIME:
        return utc_text
    if attribute.type in (AttributeType.MONEY, AttributeType.DECIMAL):
        unit = Decimal(1).scaleb(-(attribute.precision or 0))
        return lambda value: value.quantize(unit)
    return None


def utc_text(moment: datetime) -> str:
    """`2026-03-02T09:00:00Z`"""
    return f"{moment.isoformat(timespec='seconds')[:19]}Z"


def formatted(attribute: Attribute, value: Any, choices: ChoiceBook) -> str | None:
    """The value for people; None for a text or GUID, which people read as it is."""
    if attribute.type in OPTIONS:
        return choices[attribute.option_set or ""].label(value)
    if attribute.type is AttributeType.BOOLEAN:
        return attribute.labels[bool(value)]
    form = _FORMS.get(attribute.type)
    return None if form is None else form(value)


def formatted_money(value: Decimal, symbol: str | None) -> str:
    """`$1,250.50`; a currency that has a code for its symbol stands apart: `EUR 1,250.50`."""
    if not symbol:
        return f"{value:,}"
    return f"{symbol}{' ' if symbol[-1].isalpha() else ''}{value:,}"


def _day(value: date) -> str:
    return f"{value.month}/{value.day}/{value.year}"


def _moment(value: datetime) -> str:
    return f"{_day(value)} {value.hour % 12 or 12}:{value.minute:02} {'AM' if value.hour < 12 else 'PM'}"


def _number(value: Any) -> str:
    return f"{value:,}"


_FORMS: dict[AttributeType, Callable[[Any], str]] = {
    AttributeType.BIGINT: _number,
    AttributeType.DATE_ONLY: _day,
    AttributeType.DATE_TIME: _moment,
    AttributeType.DECIMAL: _number,
    AttributeType.DOUBLE: _number,
    AttributeType.INTEGER: _number,
}
