"""The fields a rule may read: the lead's attributes by their logical names, and what is derived from them.

Our own attributes (`lf_...`) are left out: they are written after routing, or stand here under a plain name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from crm.attributes import Attribute, AttributeType, Format
from crm.entities.lead import Lead
from crm.entities.lead_descriptions import LEAD_DESCRIPTIONS


class FieldType(StrEnum):
    """What a rule may compare a field with."""

    TEXT = "text"
    EMAIL = "email"
    COUNTRY = "country"
    WHOLE = "whole number"
    NUMBER = "number"
    BOOLEAN = "yes or no"
    CHOICE = "option"
    TIME = "time"
    REFERENCE = "reference"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One readable field. `option_set` belongs to CHOICE, `directory` (a section of directory.yaml) to KEY."""

    name: str
    type: FieldType
    description: str
    option_set: str | None = None
    directory: str | None = None
    derived: bool = False


DERIVED = (
    FieldSpec("now", FieldType.TIME, "The time of the decision", derived=True),
    FieldSpec("source", FieldType.TEXT, "The feed the lead came from", derived=True),
    FieldSpec("email_domain", FieldType.EMAIL, "What follows the @ in emailaddress1", derived=True),
    FieldSpec("email_is_free", FieldType.BOOLEAN, "emailaddress1 is at a free mail provider", derived=True),
    FieldSpec("age_hours", FieldType.NUMBER, "Hours since the lead was created", derived=True),
    FieldSpec("is_duplicate", FieldType.BOOLEAN, "Another lead of the same person is known", derived=True),
    FieldSpec("existing_account", FieldType.BOOLEAN, "The company is an account already", derived=True),
    FieldSpec("existing_contact", FieldType.BOOLEAN, "The person is a contact already", derived=True),
    FieldSpec("business_unit", FieldType.KEY, "Business unit, by key", directory="business_units", derived=True),
    FieldSpec("channel_partner", FieldType.KEY, "Channel partner, by key", directory="channel_partners", derived=True),
    FieldSpec(
        "registered_partner",
        FieldType.KEY,
        "Channel partner for whom the company is registered, by key",
        directory="channel_partners",
        derived=True,
    ),
    FieldSpec("campaign", FieldType.KEY, "Campaign, by key", directory="campaigns", derived=True),
)

_TYPES = {
    AttributeType.BIGINT: FieldType.WHOLE,
    AttributeType.BOOLEAN: FieldType.BOOLEAN,
    AttributeType.CUSTOMER: FieldType.REFERENCE,
    AttributeType.DATE_ONLY: FieldType.TIME,
    AttributeType.DATE_TIME: FieldType.TIME,
    AttributeType.DECIMAL: FieldType.NUMBER,
    AttributeType.DOUBLE: FieldType.NUMBER,
    AttributeType.INTEGER: FieldType.WHOLE,
    AttributeType.LOOKUP: FieldType.REFERENCE,
    AttributeType.MEMO: FieldType.TEXT,
    AttributeType.MONEY: FieldType.NUMBER,
    AttributeType.OWNER: FieldType.REFERENCE,
    AttributeType.PICKLIST: FieldType.CHOICE,
    AttributeType.STATE: FieldType.CHOICE,
    AttributeType.STATUS: FieldType.CHOICE,
    AttributeType.STRING: FieldType.TEXT,
    AttributeType.UNIQUEIDENTIFIER: FieldType.REFERENCE,
}
_FORMATS = {Format.EMAIL: FieldType.EMAIL, Format.COUNTRY: FieldType.COUNTRY}


@cache
def readable_fields() -> Mapping[str, FieldSpec]:
    """All fields by name."""
    own = {
        name: _from_attribute(name, attribute)
        for name, attribute in Lead.attributes().items()
        if not name.startswith("lf_")
    }
    return own | {spec.name: spec for spec in DERIVED}


def _from_attribute(name: str, attribute: Attribute) -> FieldSpec:
    field_type = _FORMATS.get(attribute.format, _TYPES[attribute.type])
    described = f"{LEAD_DESCRIPTIONS[name]}. {_limits(field_type, attribute)}"
    return FieldSpec(name, field_type, described, attribute.option_set)


def _limits(field_type: FieldType, attribute: Attribute) -> str:
    """The type with its limits."""
    if attribute.max_length:
        return f"{field_type.value.capitalize()}, at most {attribute.max_length} characters"
    if attribute.maximum is not None and attribute.minimum is not None:
        return f"{field_type.value.capitalize()} from {attribute.minimum:,f} to {attribute.maximum:,f}"
    return field_type.value.capitalize()
