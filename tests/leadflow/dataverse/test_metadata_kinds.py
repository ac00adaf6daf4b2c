"""What each kind of definition says: entities, attributes of each type, option sets, relationships."""

from typing import Any

import pytest

from crm.choices import standard_choices
from crm.entities import ENTITIES
from leadflow.dataverse.metadata.catalogue import catalogue_of
from tests.leadflow.dataverse.conftest import BASE
from tests.leadflow.dataverse.described import LEAD, TYPE, Described


@pytest.fixture
def described() -> Described:
    return Described()


async def test_an_entity_is_described_in_full(described: Described) -> None:
    lead = await described.get(LEAD)
    assert lead["@odata.context"] == f"{BASE}$metadata#EntityDefinitions/$entity"
    facts = {
        "SchemaName": "Lead", "LogicalCollectionName": "leads", "CollectionSchemaName": "Leads", "ObjectTypeCode": 4,
        "OwnershipType": "UserOwned", "PrimaryNameAttribute": "fullname", "PrimaryImageAttribute": None,
        "IsActivity": False, "HasActivities": True, "HasNotes": True, "IsIntersect": False, "IsPrivate": False,
        "IsCustomEntity": False, "IsOptimisticConcurrencyEnabled": True, "IsStateModelAware": True,
        "EnforceStateTransitions": False,
    }  # fmt: skip
    assert {name: lead[name] for name in facts} == facts
    assert lead["DisplayName"]["UserLocalizedLabel"]["Label"] == "Lead"
    assert lead["DisplayCollectionName"]["UserLocalizedLabel"]["Label"] == "Leads"
    assert [one["Name"] for one in lead["Privileges"]] == [
        f"prv{name}Lead" for name in ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign")
    ]
    again = await described.get(f"EntityDefinitions({lead['MetadataId'].upper()})?$select=LogicalName")
    assert again["LogicalName"] == "lead"
    assert await described.get(f"{LEAD}/EntitySetName") == {
        "@odata.context": f"{BASE}$metadata#EntityDefinitions('lead')/EntitySetName",
        "value": "leads",
    }


@pytest.mark.parametrize(
    ("attribute", "kind", "derived", "facts"),
    [
        ("subject", "String", "String", {"MaxLength": 300, "Format": "Text", "FormatName": {"Value": "Text"}}),
        ("emailaddress1", "String", "String", {"MaxLength": 100, "Format": "Email", "SchemaName": "EMailAddress1"}),
        ("description", "Memo", "Memo", {"MaxLength": 2000, "Format": "TextArea"}),
        ("numberofemployees", "Integer", "Integer", {"MinValue": 0, "MaxValue": 1_000_000, "Format": "None"}),
        ("versionnumber", "BigInt", "BigInt", {"IsValidForCreate": False, "IsValidForUpdate": False}),
        ("exchangerate", "Decimal", "Decimal", {"MinValue": 1e-10, "MaxValue": 1e11, "Precision": 10}),
        ("address1_latitude", "Double", "Double", {"MinValue": -90.0, "MaxValue": 90.0, "Precision": 5}),
        ("revenue", "Money", "Money", {"MaxValue": 1e14, "Precision": 2, "IsBaseCurrency": False}),
        ("revenue_base", "Money", "Money", {"Precision": 4, "IsBaseCurrency": True, "CalculationOf": "revenue"}),
        ("createdon", "DateTime", "DateTime", {"Format": "DateAndTime", "DateTimeBehavior": {"Value": "UserLocal"}}),
        ("estimatedclosedate", "DateTime", "DateTime", {"Format": "DateOnly", "ImeMode": "Inactive"}),
        ("parentaccountid", "Lookup", "Lookup", {"Targets": ["account"], "AttributeOf": None}),
        ("customerid", "Customer", "Lookup", {"Targets": ["account", "contact"]}),
        ("customeridtype", "EntityName", "EntityName", {"AttributeOf": "customerid", "IsValidForUpdate": False}),
        ("ownerid", "Owner", "Lookup", {"Targets": ["systemuser", "team"]}),
        ("leadqualitycode", "Picklist", "Picklist", {"DefaultFormValue": 2}),
        ("leadsourcecode", "Picklist", "Picklist", {"DefaultFormValue": -1}),
        ("statecode", "State", "State", {"DefaultFormValue": 0, "EntityLogicalName": "lead"}),
        ("statuscode", "Status", "Status", {"DefaultFormValue": 1, "IsCustomAttribute": False}),
        ("donotphone", "Boolean", "Boolean", {"DefaultValue": False}),
        ("leadid", "Uniqueidentifier", "UniqueIdentifier", {"IsPrimaryId": True, "SchemaName": "LeadId"}),
        ("fullname", "String", "String", {"IsPrimaryName": True, "IsValidForCreate": False}),
        ("lf_assignedon", "DateTime", "DateTime", {"SchemaName": "lf_AssignedOn", "IsCustomAttribute": True}),
    ],
)  # fmt: skip
async def test_an_attribute_has_its_type_and_limits(
    described: Described, attribute: str, kind: str, derived: str, facts: dict[str, Any]
) -> None:
    found = await described.get(f"{LEAD}/Attributes(LogicalName='{attribute}')")
    assert found["@odata.type"] == f"{TYPE}{derived}AttributeMetadata"
    assert (found["AttributeType"], found["AttributeTypeName"]) == (kind, {"Value": f"{kind}Type"})
    assert {name: found[name] for name in facts} == facts
    cast = f"{LEAD}/Attributes({found['MetadataId']})/Microsoft.Dynamics.CRM.{derived}AttributeMetadata"
    assert (await described.get(cast))["LogicalName"] == attribute


async def test_every_attribute_is_described(described: Described) -> None:
    catalogue = catalogue_of(standard_choices())
    ids = [
        one.values["MetadataId"] for kind in catalogue.sets.values() for one in kind.items if "MetadataId" in one.values
    ]
    assert len(set(ids)) == len(ids) > 200
    codes = [one.values["ObjectTypeCode"] for one in catalogue.sets["EntityDefinitions"].items]
    assert len(set(codes)) == len(codes)
    for entity in ENTITIES.values():
        found = (await described.get(f"EntityDefinitions(LogicalName='{entity.logical_name}')/Attributes"))["value"]
        assert [one["LogicalName"] for one in found] == list(entity.attributes())
        assert [one["SchemaName"].lower() for one in found] == list(entity.attributes())
        assert len({one["MetadataId"] for one in found}) == len(found)


async def test_states_and_status_reasons_name_each_other(described: Described) -> None:
    path = f"{LEAD}/Attributes/Microsoft.Dynamics.CRM."
    (status,) = (await described.get(f"{path}StatusAttributeMetadata?$expand=OptionSet"))["value"]
    assert [(one["Value"], one["State"]) for one in status["OptionSet"]["Options"]] == [
        (1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 2), (7, 2),
    ]  # fmt: skip
    (state,) = (await described.get(f"{path}StateAttributeMetadata?$expand=OptionSet"))["value"]
    assert [(one["InvariantName"], one["DefaultStatus"]) for one in state["OptionSet"]["Options"]] == [
        ("Open", 1), ("Qualified", 3), ("Disqualified", 4),
    ]  # fmt: skip
    booleans = await described.get(f"{path}BooleanAttributeMetadata(LogicalName='donotphone')?$expand=OptionSet")
    options = booleans["OptionSet"]
    assert (options["FalseOption"]["Value"], options["TrueOption"]["Value"]) == (0, 1)
    assert options["TrueOption"]["Label"]["UserLocalizedLabel"]["Label"] == "Do Not Allow"


async def test_an_option_set_is_reached_through_its_attribute_and_by_name(described: Described) -> None:
    path = f"{LEAD}/Attributes(LogicalName='budgetstatus')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    mine = await described.get(f"{path}/GlobalOptionSet?$select=Name,Options")
    by_name = await described.get("GlobalOptionSetDefinitions(Name='budgetstatus')")
    assert by_name["@odata.type"] == f"{TYPE}OptionSetMetadata"
    assert (mine["MetadataId"], mine["Options"]) == (by_name["MetadataId"], by_name["Options"])
    assert by_name["IsGlobal"] is True
    names = await described.names("GlobalOptionSetDefinitions", "Name")
    assert "budgetstatus" in names and "lead_statuscode" not in names
    state = f"{LEAD}/Attributes(LogicalName='statecode')/Microsoft.Dynamics.CRM.StateAttributeMetadata/GlobalOptionSet"
    assert (await described.ask(state))[0] == 204


async def test_options_of_the_organisation_appear() -> None:
    own = standard_choices().extended_with(
        {"leadsourcecode": {100: "Podcast"}, "lead_statuscode": {900: [2, "Duplicate"]}}
    )
    described = Described(own)
    (source,) = (
        await described.get(
            f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
            "?$filter=LogicalName eq 'leadsourcecode'&$expand=OptionSet"
        )
    )["value"]
    assert (100, "Podcast") in [
        (one["Value"], one["Label"]["UserLocalizedLabel"]["Label"]) for one in source["OptionSet"]["Options"]
    ]
    assert catalogue_of(own) is catalogue_of(own)


@pytest.mark.parametrize(
    ("entity", "kind", "schema_name", "facts"),
    [
        (
            "lead", "ManyToOneRelationships", "lead_parent_account",
            {
                "ReferencedEntity": "account", "ReferencedAttribute": "accountid", "ReferencingEntity": "lead",
                "ReferencingAttribute": "parentaccountid", "ReferencingEntityNavigationPropertyName": "parentaccountid",
                "ReferencedEntityNavigationPropertyName": "lead_parent_account", "IsHierarchical": False,
            },
        ),
        (
            "lead", "ManyToOneRelationships", "lead_customer_contacts",
            {"ReferencingAttribute": "customerid", "ReferencingEntityNavigationPropertyName": "customerid_contact"},
        ),
        ("lead", "ManyToOneRelationships", "owner_leads", {"ReferencedEntity": "owner"}),
        ("account", "OneToManyRelationships", "lead_parent_account", {"ReferencingEntity": "lead"}),
        ("account", "OneToManyRelationships", "account_parent_account", {"IsHierarchical": True}),
        ("account", "ManyToOneRelationships", "account_parent_account", {"IsHierarchical": True}),
        ("lead", "OneToManyRelationships", "Lead_Tasks", {"ReferencingAttribute": "regardingobjectid"}),
        (
            "lead", "ManyToManyRelationships", "contactleads_association",
            {
                "Entity1LogicalName": "contact", "Entity1IntersectAttribute": "contactid", "Entity2LogicalName": "lead",
                "Entity2IntersectAttribute": "leadid", "IntersectEntityName": "contactleads",
                "Entity1NavigationPropertyName": "contactleads_association",
                "Entity2NavigationPropertyName": "contactleads_association",
            },
        ),
        ("contact", "ManyToManyRelationships", "contactleads_association", {"Entity2LogicalName": "lead"}),
    ],
)  # fmt: skip
async def test_a_relationship_is_listed_at_both_ends_and_by_name(
    described: Described, entity: str, kind: str, schema_name: str, facts: dict[str, Any]
) -> None:
    path = f"EntityDefinitions(LogicalName='{entity}')/{kind}"
    (found,) = (await described.get(f"{path}?$filter=SchemaName eq '{schema_name}'"))["value"]
    assert {name: found[name] for name in facts} == facts
    assert "@odata.type" not in found
    by_name = await described.get(f"RelationshipDefinitions(SchemaName='{schema_name}')")
    derived = "ManyToMany" if kind.startswith("ManyToMany") else "OneToMany"
    assert by_name.pop("@odata.type") == f"{TYPE}{derived}RelationshipMetadata"
    assert by_name.pop("@odata.context") == f"{BASE}$metadata#RelationshipDefinitions/$entity"
    assert by_name == found
