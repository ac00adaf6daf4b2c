"""Attributes as definitions: what all have in common, and what each type adds."""

from typing import Any

from crm.attributes import Attribute, AttributeType, RequiredLevel
from crm.choices import ChoiceBook
from crm.entities import Entity
from leadflow.dataverse.metadata.attribute_types import type_specific
from leadflow.dataverse.metadata.definition import Definition, Definitions, label, managed, metadata_id
from leadflow.dataverse.metadata.names import attribute_schema_name
from leadflow.dataverse.metadata.option_sets import boolean_set, choice_set, state_set, status_set
from leadflow.dataverse.metadata.wording import description, display_name
from leadflow.dataverse.query.literals import REFERENCES

# Attributes that no form of Dataverse shows.
_NOT_ON_FORMS = (
    "importsequencenumber",
    "overriddencreatedon",
    "timezoneruleversionnumber",
    "utcconversiontimezonecode",
)
_NOT_ON_FORMS_TYPES = (AttributeType.UNIQUEIDENTIFIER, AttributeType.BIGINT)
_DERIVED = {
    AttributeType.CUSTOMER: "LookupAttributeMetadata",
    AttributeType.OWNER: "LookupAttributeMetadata",
    AttributeType.DATE_ONLY: "DateTimeAttributeMetadata",
    AttributeType.UNIQUEIDENTIFIER: "UniqueIdentifierAttributeMetadata",
}


def attributes_of(entity: type[Entity], choices: ChoiceBook) -> Definitions:
    """The attributes of an entity, in the order of declaration."""
    return Definitions(
        "AttributeMetadata",
        tuple(
            _definition(entity, name, attribute, number, choices)
            for number, (name, attribute) in enumerate(entity.attributes().items(), 1)
        ),
    )


def type_beside(entity: type[Entity], name: str) -> str | None:
    """The lookup whose entity the attribute names: `customerid` for `customeridtype`, None for all other attributes."""
    lookup = name.removesuffix("type")
    attribute = entity.attributes().get(lookup) if name.endswith("type") else None
    return lookup if attribute is not None and len(attribute.targets) > 1 else None


def _definition(entity: type[Entity], name: str, attribute: Attribute, number: int, choices: ChoiceBook) -> Definition:
    lookup = type_beside(entity, name)
    kind, derived = ("EntityName", "EntityNameAttributeMetadata") if lookup else _types(attribute.type)
    values = {
        **_common(entity, name, attribute, number),
        "AttributeOf": lookup,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        **({"IsEntityReferenceStored": True} if lookup else type_specific(name, attribute)),
    }
    return Definition(derived, values, _option_sets(entity, name, attribute, choices))


def _types(kind: AttributeType) -> tuple[str, str]:
    """The code of an attribute's type, and the type of its definition."""
    derived = _DERIVED.get(kind, f"{kind}AttributeMetadata")
    return ("DateTime" if kind is AttributeType.DATE_ONLY else str(kind)), derived


def _common(entity: type[Entity], name: str, attribute: Attribute, number: int) -> dict[str, Any]:
    is_key, is_name = name == entity.primary_id, name == entity.primary_name
    shown = name not in _NOT_ON_FORMS and attribute.type not in _NOT_ON_FORMS_TYPES
    text = display_name(entity.logical_name, name, is_lookup=attribute.type in REFERENCES or is_key)
    return {
        "LogicalName": name,
        "SchemaName": entity.schema_name + "Id" if name == f"{entity.logical_name}id" else attribute_schema_name(name),
        "EntityLogicalName": entity.logical_name,
        "ColumnNumber": number,
        "MetadataId": metadata_id("attribute", entity.logical_name, name),
        "HasChanged": None,
        "DisplayName": label(text),
        "Description": label(description(entity.logical_name, name)),
        "RequiredLevel": _required(attribute.required),
        "IsValidForCreate": attribute.create and entity.own_table,
        "IsValidForRead": True,
        "IsValidForUpdate": attribute.update and entity.own_table,
        "IsValidForForm": shown,
        "IsValidForGrid": shown,
        "IsValidForAdvancedFind": managed(True, "canmodifysearchsettings"),
        "IsValidODataAttribute": True,
        "IsPrimaryId": is_key,
        "IsPrimaryName": is_name,
        "IsCustomAttribute": name.startswith("lf_"),
        "IsLogical": False,
        "IsManaged": True,
        "IsSearchable": False,
        "IsFilterable": True,
        "IsRetrievable": True,
        "IsSortableEnabled": managed(True, "canmodifyissortablesettings"),
        "IsRequiredForForm": attribute.required is RequiredLevel.APPLICATION,
        "IsSecured": False,
        "CanBeSecuredForCreate": False,
        "CanBeSecuredForRead": False,
        "CanBeSecuredForUpdate": False,
        "IsAuditEnabled": managed(False, "canmodifyauditsettings"),
        "IsCustomizable": managed(False, "iscustomizable"),
        "IsRenameable": managed(False, "isrenameable"),
        "InheritsOf": None,
        "LinkedAttributeId": None,
        "DeprecatedVersion": None,
        "IntroducedVersion": "9.0.0.0",
        "ExternalName": None,
        "SourceType": None,
    }


def _required(level: RequiredLevel) -> dict[str, Any]:
    return {
        "Value": str(level),
        "CanBeChanged": False,
        "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
    }


def _option_sets(
    entity: type[Entity], name: str, attribute: Attribute, choices: ChoiceBook
) -> dict[str, Definition | Definitions | None]:
    """The option set of an attribute that has one. That of a Picklist is a global one too."""
    if attribute.type is AttributeType.BOOLEAN:
        return {"OptionSet": boolean_set(f"{entity.logical_name}_{name}", attribute.labels), "GlobalOptionSet": None}
    if attribute.option_set is None:
        return {}
    options = choices[attribute.option_set]
    if attribute.type is AttributeType.STATE:
        reasons = entity.attributes().get("statuscode")
        status = choices[reasons.option_set] if reasons and reasons.option_set else None
        return {"OptionSet": state_set(options, status), "GlobalOptionSet": None}
    if attribute.type is AttributeType.STATUS:
        return {"OptionSet": status_set(options), "GlobalOptionSet": None}
    shared = choice_set(options)
    return {"OptionSet": shared, "GlobalOptionSet": shared}
