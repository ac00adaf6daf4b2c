"""What each type of attribute adds to an attribute's definition: its limits, its format, its targets."""

from collections.abc import Callable
from typing import Any

from crm.attributes import Attribute, AttributeType, Format
from leadflow.dataverse.metadata.definition import managed

# All types that a path may cast attributes to, those that no attribute of ours has included.
TYPES = frozenset(
    f"{name}AttributeMetadata"
    for name in (
        *("BigInt", "Boolean", "DateTime", "Decimal", "Double", "EntityName", "File", "Image", "Integer", "Lookup"),
        *("ManagedProperty", "Memo", "Money", "MultiSelectPicklist", "Picklist", "State", "Status", "String"),
        "UniqueIdentifier",
    )
)


def type_specific(name: str, attribute: Attribute) -> dict[str, Any]:
    """The properties that an attribute of this type has beside those of all."""
    specific = _OF_TYPE.get(attribute.type)
    return specific(name, attribute) if specific else {}


def _string(name: str, attribute: Attribute) -> dict[str, Any]:
    text_format = "Text" if attribute.format is Format.COUNTRY else str(attribute.format)
    return {**_text(attribute, text_format), "AutoNumberFormat": None, "FormulaDefinition": "", "SourceTypeMask": 0}


def _memo(name: str, attribute: Attribute) -> dict[str, Any]:
    return _text(attribute, "TextArea")


def _text(attribute: Attribute, text_format: str) -> dict[str, Any]:
    return {
        "Format": text_format,
        "FormatName": {"Value": text_format},
        "MaxLength": attribute.max_length,
        "IsLocalizable": False,
        "ImeMode": "Auto",
    }


def _integer(name: str, attribute: Attribute) -> dict[str, Any]:
    return {"Format": "None", "MinValue": int(attribute.minimum or 0), "MaxValue": int(attribute.maximum or 0)}


def _big_integer(name: str, attribute: Attribute) -> dict[str, Any]:
    return {"MinValue": -(2**63), "MaxValue": 2**63 - 1}


def _decimal(name: str, attribute: Attribute) -> dict[str, Any]:
    limits = {"MinValue": attribute.minimum, "MaxValue": attribute.maximum}
    return {"Precision": attribute.precision, "ImeMode": "Disabled", **limits}


def _double(name: str, attribute: Attribute) -> dict[str, Any]:
    limits = {"MinValue": float(attribute.minimum or 0), "MaxValue": float(attribute.maximum or 0)}
    return {"Precision": attribute.precision, "ImeMode": "Disabled", **limits}


def _money(name: str, attribute: Attribute) -> dict[str, Any]:
    base = name.endswith("_base")
    calculated = {"IsBaseCurrency": base, "CalculationOf": name.removesuffix("_base") if base else None}
    return {**_double(name, attribute), **calculated, "PrecisionSource": 0}


def _moment(name: str, attribute: Attribute) -> dict[str, Any]:
    """A date alone, or a time. The time of a record's migration is shown as a date, as Dataverse does."""
    is_date = attribute.type is AttributeType.DATE_ONLY
    return {
        "Format": "DateOnly" if is_date or name == "overriddencreatedon" else "DateAndTime",
        "DateTimeBehavior": {"Value": "DateOnly" if is_date else "UserLocal"},
        "CanChangeDateTimeBehavior": managed(False, "canchangedatetimebehavior"),
        "ImeMode": "Inactive",
        "MinSupportedValue": "1753-01-01T00:00:00Z",
        "MaxSupportedValue": "9999-12-30T23:59:59Z",
    }


def _lookup(name: str, attribute: Attribute) -> dict[str, Any]:
    return {"Targets": list(attribute.targets), "Format": "None"}


def _choice(name: str, attribute: Attribute) -> dict[str, Any]:
    return {"DefaultFormValue": -1 if attribute.default is None else attribute.default}


def _boolean(name: str, attribute: Attribute) -> dict[str, Any]:
    return {"DefaultValue": bool(attribute.default)}


_OF_TYPE: dict[AttributeType, Callable[[str, Attribute], dict[str, Any]]] = {
    AttributeType.BIGINT: _big_integer,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.CUSTOMER: _lookup,
    AttributeType.DATE_ONLY: _moment,
    AttributeType.DATE_TIME: _moment,
    AttributeType.DECIMAL: _decimal,
    AttributeType.DOUBLE: _double,
    AttributeType.INTEGER: _integer,
    AttributeType.LOOKUP: _lookup,
    AttributeType.MEMO: _memo,
    AttributeType.MONEY: _money,
    AttributeType.OWNER: _lookup,
    AttributeType.PICKLIST: _choice,
    AttributeType.STATE: _choice,
    AttributeType.STATUS: _choice,
    AttributeType.STRING: _string,
}
