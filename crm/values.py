"""Values as the Web API's JSON has them, to the typed values that an entity's attributes declare.

Strict where `crm.normalise` guesses: a program that writes a number as text has a fault, and texts stay as they are.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.attributes import Attribute, AttributeType, RequiredLevel
from crm.choices import ChoiceBook
from crm.entities.base import Entity
from crm.errors import ErrorCode, InvalidInput
from crm.normalise.dates import read_date, read_datetime
from crm.normalise.numbers import read_number
from crm.normalise.options import read_boolean, read_guid, read_option
from crm.normalise.reading import Reader, Reading, unreadable
from crm.normalise.texts import fitting

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NEVER_EMPTY = (AttributeType.BOOLEAN, AttributeType.STATE, AttributeType.STATUS)


def _read_text(value: object, reading: Reading) -> str:
    text = str(value)
    if _UNSTORABLE.search(text):
        raise unreadable("has a character that no text may have (NUL, or half of a surrogate pair); leave it out")
    fitting(text, reading)
    return text


def _read_day(value: object, reading: Reading) -> object:
    if not _DAY.fullmatch(str(value)):
        raise unreadable("is a date without a time; write it as 2026-04-03")
    return read_date(value, reading)


def _read_moment(value: object, reading: Reading) -> datetime | None:
    """Seconds are the smallest part of a time, as in every answer."""
    moment = read_datetime(value, reading)
    return moment and moment.replace(microsecond=0)


def _read_exact(reader: Reader) -> Reader:
    """A reader that has no word for an empty value: in JSON that is null."""

    def read(value: object, reading: Reading) -> object:
        result = reader(value, reading)
        if result is None:
            raise unreadable("is an empty text; send null for no value")
        return result

    return read


_WHOLE, _NUMBER, _TEXT = "a whole number", "a number", "a text"
_PYTHON: dict[str, tuple[type, ...]] = {_WHOLE: (int,), _NUMBER: (int, float), _TEXT: (str,), "true or false": (bool,)}
_GUID = (_TEXT, _read_exact(read_guid))
_OPTION = (_WHOLE, read_option)

# What an attribute's value is in JSON, and what reads it.
_READERS: dict[AttributeType, tuple[str, Reader]] = {
    AttributeType.BIGINT: (_WHOLE, read_number),
    AttributeType.BOOLEAN: ("true or false", read_boolean),
    AttributeType.CUSTOMER: _GUID,
    AttributeType.DATE_ONLY: (_TEXT, _read_day),
    AttributeType.DATE_TIME: (_TEXT, _read_exact(_read_moment)),
    AttributeType.DECIMAL: (_NUMBER, read_number),
    AttributeType.DOUBLE: (_NUMBER, read_number),
    AttributeType.INTEGER: (_WHOLE, read_number),
    AttributeType.LOOKUP: _GUID,
    AttributeType.MEMO: (_TEXT, _read_text),
    AttributeType.MONEY: (_NUMBER, read_number),
    AttributeType.OWNER: _GUID,
    AttributeType.PICKLIST: _OPTION,
    AttributeType.STATE: _OPTION,
    AttributeType.STATUS: _OPTION,
    AttributeType.STRING: (_TEXT, _read_text),
    AttributeType.UNIQUEIDENTIFIER: _GUID,
}


def read_value(name: str, attribute: Attribute, value: object, choices: ChoiceBook) -> Any:
    """The typed value of an attribute, None for null. Raises InvalidInput, with Dataverse's code and the remedy."""
    if value is None:
        return None
    kind, reader = _READERS[attribute.type]
    try:
        if not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "true or false"):
            raise unreadable(f"must be {kind} in JSON")
        return reader(value, Reading(name, attribute, choices, None, []))
    except InvalidInput as error:
        raise InvalidInput(f"{name} {error.message}.", code=error.code) from None


def read_values(entity: type[Entity], values: Mapping[str, object], choices: ChoiceBook) -> dict[str, Any]:
    """The typed values of an entity's attributes. Raises as `read_value` does."""
    attributes = entity.attributes()
    return {name: read_value(name, attributes[name], value, choices) for name, value in values.items()}


def check_may_be_empty(name: str, attribute: Attribute) -> None:
    """Raises InvalidInput for an attribute that no record can be without."""
    if attribute.type in _NEVER_EMPTY or attribute.required is RequiredLevel.SYSTEM:
        raise InvalidInput(f"{name} cannot be empty. Give a value, or leave it out.", code=ErrorCode.INVALID_ARGUMENT)
