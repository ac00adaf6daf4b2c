"""What an attribute of an entity is: its Dataverse type with its limits.

Entities declare their attributes with the functions at the end of this file. Tables, validation, the types of rule
conditions and the metadata of the Web API are all derived from what is declared there, once.
Types and limits follow Microsoft's lead entity reference (docs/dataverse.md names the pages).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field


class AttributeType(StrEnum):
    """Dataverse attribute types, by their Dataverse names."""

    BIGINT = "BigInt"
    BOOLEAN = "Boolean"
    CUSTOMER = "Customer"
    DATE_ONLY = "DateOnly"
    DATE_TIME = "DateTime"
    DECIMAL = "Decimal"
    DOUBLE = "Double"
    INTEGER = "Integer"
    LOOKUP = "Lookup"
    MEMO = "Memo"
    MONEY = "Money"
    OWNER = "Owner"
    PICKLIST = "Picklist"
    STATE = "State"
    STATUS = "Status"
    STRING = "String"
    UNIQUEIDENTIFIER = "Uniqueidentifier"


class Format(StrEnum):
    """How the text of a String attribute is to be understood."""

    TEXT = "Text"
    EMAIL = "Email"
    PHONE = "Phone"
    URL = "Url"
    COUNTRY = "Country"


class RequiredLevel(StrEnum):
    NONE = "None"
    RECOMMENDED = "Recommended"
    APPLICATION = "ApplicationRequired"
    SYSTEM = "SystemRequired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute's metadata.

    `max_length` counts characters; `minimum` and `maximum` are inclusive; `precision` is decimal places;
    `option_set` names an entry of `crm.choices`; `targets` are logical names of entities;
    `labels` are what people call false and true;
    `create` and `update` say whether a caller may set it then (Dataverse: IsValidForCreate, IsValidForUpdate).
    """

    type: AttributeType
    format: Format = Format.TEXT
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    precision: int | None = None
    option_set: str | None = None
    targets: tuple[str, ...] = ()
    labels: tuple[str, str] = ("No", "Yes")
    required: RequiredLevel = RequiredLevel.NONE
    default: Any = None
    create: bool = True
    update: bool = True
    unique: bool = False
    index: bool = False


def _field(attribute: Attribute, default: Any = None, factory: Callable[[], Any] | None = None) -> Any:
    info = Field(default_factory=factory) if factory else Field(default=default)
    info.metadata.append(attribute)
    return info


def key(factory: Callable[[], Any]) -> Any:
    """The primary key: a GUID, settable on create only."""
    attribute = Attribute(type=AttributeType.UNIQUEIDENTIFIER, required=RequiredLevel.SYSTEM, update=False)
    return _field(attribute, factory=factory)


def guid(**more: Any) -> Any:
    """A GUID that is no lookup."""
    return _field(Attribute(type=AttributeType.UNIQUEIDENTIFIER, **more))


def text(max_length: int, format: Format = Format.TEXT, **more: Any) -> Any:
    return _field(Attribute(type=AttributeType.STRING, max_length=max_length, format=format, **more))


def email(max_length: int = 100, **more: Any) -> Any:
    return text(max_length, Format.EMAIL, **more)


def phone(max_length: int = 50, **more: Any) -> Any:
    return text(max_length, Format.PHONE, **more)


def memo(max_length: int = 2000, **more: Any) -> Any:
    return _field(Attribute(type=AttributeType.MEMO, max_length=max_length, **more))


def integer(minimum: int = -(2**31), maximum: int = 2**31 - 1, **more: Any) -> Any:
    limits: dict[str, Any] = {"minimum": Decimal(minimum), "maximum": Decimal(maximum)}
    return _field(Attribute(type=AttributeType.INTEGER, **limits, **more), more.get("default"))


def bigint(**more: Any) -> Any:
    return _field(Attribute(type=AttributeType.BIGINT, **more))


def double(minimum: int, maximum: int, precision: int = 2, **more: Any) -> Any:
    limits: dict[str, Any] = {"minimum": Decimal(minimum), "maximum": Decimal(maximum)}
    return _field(Attribute(type=AttributeType.DOUBLE, precision=precision, **limits, **more))


def number(minimum: Decimal, maximum: Decimal, precision: int, **more: Any) -> Any:
    """A Dataverse Decimal attribute."""
    return _field(
        Attribute(type=AttributeType.DECIMAL, precision=precision, minimum=minimum, maximum=maximum, **more),
        more.get("default"),
    )


def money(minimum: int = 0, maximum: int = 10**12, precision: int = 2, **more: Any) -> Any:
    limits: dict[str, Any] = {"minimum": Decimal(minimum), "maximum": Decimal(maximum)}
    return _field(Attribute(type=AttributeType.MONEY, precision=precision, **limits, **more))


def boolean(default: bool | None = None, **more: Any) -> Any:
    return _field(Attribute(type=AttributeType.BOOLEAN, default=default, **more), default)


def date_only(**more: Any) -> Any:
    return _field(Attribute(type=AttributeType.DATE_ONLY, **more))


def date_time(**more: Any) -> Any:
    """An aware UTC time."""
    return _field(Attribute(type=AttributeType.DATE_TIME, **more))


def picklist(option_set: str, default: int | None = None, **more: Any) -> Any:
    return _field(Attribute(type=AttributeType.PICKLIST, option_set=option_set, default=default, **more), default)


def state(option_set: str) -> Any:
    """Without an index: most records are in one state, and SQLite, which counts no values, would prefer it to any."""
    attribute = Attribute(type=AttributeType.STATE, option_set=option_set, default=0, required=RequiredLevel.SYSTEM)
    return _field(attribute, 0)


def status(option_set: str, default: int = 1) -> Any:
    return _field(Attribute(type=AttributeType.STATUS, option_set=option_set, default=default), default)


def lookup(*targets: str, **more: Any) -> Any:
    """A reference to one record of another entity. With several targets, `<name>type` beside it names the entity."""
    return _field(Attribute(type=AttributeType.LOOKUP, targets=targets, **more))


def customer(**more: Any) -> Any:
    """A reference to an account or a contact; `<name>type` names which."""
    return _field(Attribute(type=AttributeType.CUSTOMER, targets=("account", "contact"), **more))


def owner(**more: Any) -> Any:
    """A reference to the user or team that owns the record; `owneridtype` names which."""
    attribute = Attribute(
        type=AttributeType.OWNER, targets=("systemuser", "team"), required=RequiredLevel.SYSTEM, index=True, **more
    )
    return _field(attribute)


def target_type() -> Any:
    """The `<name>type` column beside a polymorphic lookup: a logical name, kept by the store."""
    return _field(Attribute(type=AttributeType.STRING, max_length=64, create=False, update=False))
