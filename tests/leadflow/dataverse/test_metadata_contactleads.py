"""Microsoft's ContactLeads entity reference, word for word, beside what the service says of contactleads."""

from typing import Any

import pytest

from crm.choices import standard_choices
from leadflow.dataverse.metadata.catalogue import catalogue_of
from leadflow.dataverse.metadata.definition import Definition, Definitions

PROPERTIES = {
    "CollectionSchemaName": "",
    "DisplayCollectionName": "ContactLeads",
    "DisplayName": "ContactLeads",
    "EntitySetName": "contactleadscollection",
    "IsBPFEntity": "False",
    "LogicalCollectionName": "",
    "LogicalName": "contactleads",
    "OwnershipType": "None",
    "PrimaryIdAttribute": "contactleadid",
    "PrimaryNameAttribute": "name",
    "SchemaName": "ContactLeads",
}
WRITABLE = {
    "ContactLeadId": """
        Description: Unique identifier of the leads for the contact.
        DisplayName:
        IsValidForForm: False
        IsValidForRead: True
        IsValidForUpdate: False
        LogicalName: contactleadid
        RequiredLevel: SystemRequired
        AttributeType: Uniqueidentifier""",
    "ImportSequenceNumber": """
        Description: Sequence number of the import that created this record.
        DisplayName: Import Sequence Number
        Format: None
        IsValidForForm: False
        IsValidForRead: True
        IsValidForUpdate: False
        LogicalName: importsequencenumber
        MaxValue: 2147483647
        MinValue: -2147483648
        RequiredLevel: None
        AttributeType: Integer""",
    "Name": """
        Description: name
        DisplayName: name
        FormatName: Text
        IsLocalizable: False
        IsValidForForm: True
        IsValidForRead: True
        IsValidForUpdate: True
        LogicalName: name
        MaxLength: 100
        RequiredLevel: ApplicationRequired
        AttributeType: String""",
    "OverriddenCreatedOn": """
        DateTimeBehavior: UserLocal
        Description: Date and time that the record was migrated.
        DisplayName: Record Created On
        Format: DateOnly
        IsValidForForm: False
        IsValidForRead: True
        IsValidForUpdate: False
        LogicalName: overriddencreatedon
        RequiredLevel: None
        AttributeType: DateTime""",
    "TimeZoneRuleVersionNumber": """
        Description: For internal use only.
        DisplayName: Time Zone Rule Version Number
        Format: None
        IsValidForForm: False
        IsValidForRead: True
        IsValidForUpdate: True
        LogicalName: timezoneruleversionnumber
        MaxValue: 2147483647
        MinValue: -1
        RequiredLevel: None
        AttributeType: Integer""",
    "UTCConversionTimeZoneCode": """
        Description: Time zone code that was in use when the record was created.
        DisplayName: UTC Conversion Time Zone Code
        Format: None
        IsValidForForm: False
        IsValidForRead: True
        IsValidForUpdate: True
        LogicalName: utcconversiontimezonecode
        MaxValue: 2147483647
        MinValue: -1
        RequiredLevel: None
        AttributeType: Integer""",
}
READ_ONLY = {
    "ContactId": """
        Description:
        DisplayName:
        IsValidForForm: False
        IsValidForRead: True
        LogicalName: contactid
        RequiredLevel: SystemRequired
        AttributeType: Uniqueidentifier""",
    "LeadId": """
        Description:
        DisplayName:
        IsValidForForm: False
        IsValidForRead: True
        LogicalName: leadid
        RequiredLevel: SystemRequired
        AttributeType: Uniqueidentifier""",
    "VersionNumber": """
        Description: Version Number
        DisplayName: Version Number
        IsValidForForm: False
        IsValidForRead: True
        LogicalName: versionnumber
        MaxValue: 9223372036854775807
        MinValue: -9223372036854775808
        RequiredLevel: None
        AttributeType: BigInt""",
}
# Assign, Delete, Merge, Reparent, Share, Unshare
ONE_TO_MANY = {
    "contactleads_AsyncOperations": ("asyncoperation", "regardingobjectid", "NoCascade " * 6),
    "contactleads_MailboxTrackingFolders": (
        "mailboxtrackingfolder", "regardingobjectid", "Cascade Cascade NoCascade Cascade Cascade Cascade",
    ),
    "contactleads_UserEntityInstanceDatas": (
        "userentityinstancedata", "objectid", "NoCascade Cascade NoCascade NoCascade NoCascade NoCascade",
    ),
    "contactleads_BulkDeleteFailures": (
        "bulkdeletefailure", "regardingobjectid", "NoCascade Cascade NoCascade NoCascade NoCascade NoCascade",
    ),
    "contactleads_PrincipalObjectAttributeAccesses": (
        "principalobjectattributeaccess", "objectid", "NoCascade Cascade NoCascade NoCascade NoCascade NoCascade",
    ),
}  # fmt: skip


def definition() -> Definition:
    found = catalogue_of(standard_choices()).sets["EntityDefinitions"].find("LogicalName", "contactleads")
    assert found is not None
    return found


def below(name: str) -> Definitions:
    found = definition().navigations[name]
    assert isinstance(found, Definitions)
    return found


def as_written(value: Any) -> str:
    """A property as the reference writes it: labels by their text, complex properties by their value."""
    if isinstance(value, dict) and "UserLocalizedLabel" in value:
        label = value["UserLocalizedLabel"]
        return str(label["Label"]) if label else ""
    if isinstance(value, dict):
        return str(value["Value"])
    return "" if value is None else str(value)


def test_the_entity_has_the_properties_of_the_reference() -> None:
    assert {name: as_written(definition().values[name]) for name in PROPERTIES} == PROPERTIES


@pytest.mark.parametrize("schema_name", [*WRITABLE, *READ_ONLY])
def test_each_attribute_has_the_properties_of_the_reference(schema_name: str) -> None:
    attribute = below("Attributes").find("SchemaName", schema_name)
    assert attribute is not None and attribute.values["SchemaName"] == schema_name
    lines = {**WRITABLE, **READ_ONLY}[schema_name].strip().splitlines()
    facts = {name: text.strip() for name, _, text in (line.strip().partition(":") for line in lines)}
    assert {name: as_written(attribute.values[name]) for name in facts} == facts
    writable = attribute.values["IsValidForCreate"] or attribute.values["IsValidForUpdate"]
    assert writable == (schema_name in WRITABLE)


def test_there_are_no_other_attributes() -> None:
    assert {one.values["SchemaName"] for one in below("Attributes").items} == {*WRITABLE, *READ_ONLY}


def test_there_are_no_other_relationships() -> None:
    assert [one.values["SchemaName"] for one in below("OneToManyRelationships").items] == list(ONE_TO_MANY)
    assert below("ManyToOneRelationships").items == ()


@pytest.mark.parametrize("schema_name", ONE_TO_MANY)
def test_each_relationship_cascades_as_the_reference_says(schema_name: str) -> None:
    entity, attribute, cascades = ONE_TO_MANY[schema_name]
    found = below("OneToManyRelationships").find("SchemaName", schema_name)
    assert found is not None
    facts = {
        "ReferencingEntity": entity,
        "ReferencingAttribute": attribute,
        "IsHierarchical": "False",
        "IsCustomizable": "True",
        "ReferencedEntityNavigationPropertyName": schema_name,
    }
    assert {name: as_written(found.values[name]) for name in facts} == facts
    kinds = ("Assign", "Delete", "Merge", "Reparent", "Share", "Unshare")
    assert [found.values["CascadeConfiguration"][kind] for kind in kinds] == cascades.split()
    menu = found.values["AssociatedMenuConfiguration"]
    assert [as_written(menu[name]) for name in ("Behavior", "Group", "Label", "Order")] == [
        "DoNotDisplay",
        "Details",
        "",
        "",
    ]


def test_the_many_to_many_relationship_is_that_of_contact() -> None:
    relationships = catalogue_of(standard_choices()).sets["RelationshipDefinitions"]
    found = relationships.find("SchemaName", "contactleads_association")
    assert found is not None
    assert (found.values["IntersectEntityName"], found.values["Entity1LogicalName"]) == ("contactleads", "contact")
