"""The schemas of records, from what the entities declare about their attributes."""

from decimal import Decimal
from typing import Any

from crm.attributes import Attribute, AttributeType
from crm.choices import ChoiceBook
from crm.entities import ENTITIES, Entity
from crm.relationships import navigations
from leadflow.api.openapi.parts import GUID, TEXT, Json, schema

_LOOKUPS = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)
_OPTIONS = (AttributeType.PICKLIST, AttributeType.STATE, AttributeType.STATUS)
_PLAIN: dict[AttributeType, Json] = {
    AttributeType.BIGINT: {"type": "integer", "format": "int64"},
    AttributeType.BOOLEAN: {"type": "boolean"},
    AttributeType.DATE_ONLY: {"type": "string", "format": "date"},
    AttributeType.DATE_TIME: {"type": "string", "format": "date-time"},
    AttributeType.DECIMAL: {"type": "number"},
    AttributeType.DOUBLE: {"type": "number"},
    AttributeType.INTEGER: {"type": "integer", "format": "int32"},
    AttributeType.MEMO: TEXT,
    AttributeType.MONEY: {"type": "number"},
    AttributeType.STRING: TEXT,
    AttributeType.UNIQUEIDENTIFIER: GUID,
}


def record_schemas(choices: ChoiceBook) -> Json:
    """By name: `lead` is a record as it is read, `lead_create` and `lead_update` what may be written, `lead_page` a
    page of a set."""
    found: Json = {}
    for name, entity in ENTITIES.items():
        found[name] = _readable(entity, choices)
        found[f"{name}_page"] = page_of(schema(name))
        if not entity.read_only:
            found[f"{name}_create"] = _writable(entity, choices, on_create=True)
            found[f"{name}_update"] = _writable(entity, choices, on_create=False)
    return found


def page_of(item: Json) -> Json:
    """A page of a set, with the link to the next one."""
    properties = {
        "@odata.context": TEXT,
        "@odata.count": {"type": "integer", "minimum": -1},
        "@odata.nextLink": TEXT,
        "value": {"type": "array", "items": item},
    }
    return {"type": "object", "properties": properties, "required": ["@odata.context", "value"]}


def _readable(entity: type[Entity], choices: ChoiceBook) -> Json:
    properties: Json = {"@odata.etag": TEXT}
    for name, attribute in entity.attributes().items():
        if attribute.type in _LOOKUPS:
            properties[f"_{name}_value"] = {**GUID, "type": ["string", "null"], "readOnly": True}
        else:
            properties[name] = _or_null(_shape(attribute, choices, limits=False))
    return {"type": "object", "properties": properties}


def _writable(entity: type[Entity], choices: ChoiceBook, *, on_create: bool) -> Json:
    properties: Json = {}
    for name, attribute in entity.attributes().items():
        settable = attribute.create if on_create else attribute.update
        if settable and attribute.type not in _LOOKUPS:
            properties[name] = _or_null(_shape(attribute, choices, limits=True))
    for name, navigation in navigations(entity.logical_name).items():
        if not navigation.is_collection:
            settable_by = entity.attributes().get(navigation.relationship.attribute)  # type: ignore[union-attr]
            if settable_by and (settable_by.create if on_create else settable_by.update):
                properties[f"{name}@odata.bind"] = {
                    "type": ["string", "null"],
                    "description": f"A record of {ENTITIES[navigation.target].entity_set}, such as "
                    f"/{ENTITIES[navigation.target].entity_set}(<id>).",
                }
    return {"type": "object", "properties": properties}


def _or_null(shape: Json) -> Json:
    found = {**shape, "type": [shape["type"], "null"]}
    return {**found, "enum": [*shape["enum"], None]} if "enum" in shape else found


def _shape(attribute: Attribute, choices: ChoiceBook, *, limits: bool) -> Json:
    if attribute.type in _OPTIONS:
        return _options(attribute, choices)
    shape = dict(_PLAIN[attribute.type])
    if attribute.max_length:
        shape["maxLength"] = attribute.max_length
    if limits:
        bounds = {"minimum": attribute.minimum, "maximum": attribute.maximum}
        shape |= {name: _number(value) for name, value in bounds.items() if value is not None}
    return shape


def _options(attribute: Attribute, choices: ChoiceBook) -> Json:
    assert attribute.option_set is not None
    options = choices[attribute.option_set].options
    labels = ", ".join(f"{option.value} {option.label}" for option in options)
    return {"type": "integer", "enum": [option.value for option in options], "description": labels}


def _number(value: Decimal) -> Any:
    return int(value) if value == int(value) else float(value)
