"""Raw values, as people and programs send them, to the typed values that an entity's attributes declare.

Pure and total: no input makes it raise, nothing valid is lost, and reading its own result changes nothing. A value
that an attribute cannot hold becomes a Problem and is left out; a value that was understood with a doubt gets a note.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from crm.attributes import Attribute, AttributeType, Format, RequiredLevel
from crm.choices import ChoiceBook
from crm.entities.base import Entity
from crm.entities.lead import Lead
from crm.errors import ErrorCode, InvalidInput
from crm.normalise.countries import country_code, read_country
from crm.normalise.dates import read_date, read_datetime
from crm.normalise.numbers import read_number
from crm.normalise.options import read_boolean, read_guid, read_option
from crm.normalise.phones import read_phone
from crm.normalise.reading import SHOWN_LENGTH, Reader, Reading, shown, unreadable
from crm.normalise.texts import read_email, read_line, read_memo

__all__ = ["Normalised", "Problem", "normalise", "normalise_lead"]

_READERS: dict[AttributeType, Reader] = {
    AttributeType.BIGINT: read_number,
    AttributeType.BOOLEAN: read_boolean,
    AttributeType.CUSTOMER: read_guid,
    AttributeType.DATE_ONLY: read_date,
    AttributeType.DATE_TIME: read_datetime,
    AttributeType.DECIMAL: read_number,
    AttributeType.DOUBLE: read_number,
    AttributeType.INTEGER: read_number,
    AttributeType.LOOKUP: read_guid,
    AttributeType.MEMO: read_memo,
    AttributeType.MONEY: read_number,
    AttributeType.OWNER: read_guid,
    AttributeType.PICKLIST: read_option,
    AttributeType.STATE: read_option,
    AttributeType.STATUS: read_option,
    AttributeType.STRING: read_line,
    AttributeType.UNIQUEIDENTIFIER: read_guid,
}
_FORMAT_READERS: dict[Format, Reader] = {
    Format.COUNTRY: read_country,
    Format.EMAIL: read_email,
    Format.PHONE: read_phone,
}
_NEVER_EMPTY = (AttributeType.BOOLEAN, AttributeType.STATE, AttributeType.STATUS)


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that was left out. `message` completes "<attribute> ..." and ends with what to do about it."""

    attribute: str
    value_shown: str
    message: str
    code: str

    def __str__(self) -> str:
        return f"{self.attribute} {self.message}"


@dataclass(frozen=True, slots=True)
class Normalised:
    """`values` by logical name, typed as the entity declares them; what was wrong; what was understood with a doubt."""

    values: dict[str, object]
    problems: list[Problem]
    notes: list[str]


def normalise_lead(
    raw: Mapping[str, object], choices: ChoiceBook, *, default_country: str | None = None, update: bool = False
) -> Normalised:
    """`normalise` for a lead."""
    return normalise(Lead, raw, choices, default_country=default_country, update=update)


def normalise(
    entity: type[Entity],
    raw: Mapping[str, object],
    choices: ChoiceBook,
    *,
    default_country: str | None = None,
    update: bool = False,
) -> Normalised:
    """Read the attributes of a new record, or with `update` the changes of an existing one.

    A phone number without country code belongs to the country of its own record, else to `default_country` (any name
    or code). Empty values of a new record are left out, so that defaults apply; in an update they are None and clear.
    """
    result = Normalised({}, [], [])
    attributes = entity.attributes()
    for name, value in raw.items():
        try:
            attribute = _writable(name, attributes, update)
            region = _region(name, raw, default_country) if attribute.format is Format.PHONE else None
            typed = _read(value, Reading(name, attribute, choices, region, result.notes))
            if typed is None and update:
                _check_may_be_empty(attribute)
            if typed is not None or update:
                result.values[name] = typed
        except InvalidInput as error:
            result.problems.append(Problem(shown(name), shown(value), error.message, error.code))
    return result


def _read(value: object, reading: Reading) -> object:
    attribute = reading.attribute
    if value is None:
        return None
    return _FORMAT_READERS.get(attribute.format, _READERS[attribute.type])(value, reading)


def _writable(name: str, attributes: Mapping[str, Attribute], update: bool) -> Attribute:
    attribute = attributes.get(name)
    if attribute is None:
        settable = [other for other, known in attributes.items() if (known.update if update else known.create)]
        near = get_close_matches(str(name)[:SHOWN_LENGTH].casefold(), settable, n=1, cutoff=0.7)
        remedy = f"did you mean '{near[0]}'?" if near else "leave it out, or map it to one that exists"
        raise unreadable(f"is not an attribute; {remedy}", ErrorCode.UNKNOWN_PROPERTY)
    if not (attribute.update if update else attribute.create):
        moment = "changed" if update else "set"
        raise unreadable(f"cannot be {moment} by a caller; leave it out", ErrorCode.INVALID_ARGUMENT)
    return attribute


def _check_may_be_empty(attribute: Attribute) -> None:
    if attribute.type in _NEVER_EMPTY or attribute.required is RequiredLevel.SYSTEM:
        raise unreadable("cannot be empty; give a value or leave it out", ErrorCode.INVALID_ARGUMENT)


def _region(name: str, raw: Mapping[str, object], default_country: str | None) -> str | None:
    block = "address2" if name.startswith("address2_") else "address1"
    for country in (raw.get(f"{block}_country"), default_country):
        code = country_code(country) if isinstance(country, str) else None
        if code is not None:
            return code
    return None
