"""Queries on definitions: filtered, ordered, expanded; and what is refused."""

import pytest

from crm.entities import ENTITIES
from tests.leadflow.dataverse.described import LEAD, TYPE, Described


@pytest.fixture
def described() -> Described:
    return Described()


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("LogicalName eq 'LEAD'", ["lead"]),
        ("LogicalName in ('lead','account')", ["account", "lead"]),
        ("LogicalName in ('lead')", ["lead"]),
        ("OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'BusinessOwned' and IsPrivate eq true", []),
        ("OwnershipType eq mscrm.OwnershipTypes'BusinessOwned'", ["businessunit", "systemuser", "team"]),
        ("OwnershipType eq 'BusinessOwned' and not (LogicalName eq 'team')", ["businessunit", "systemuser"]),
        ("startswith(SchemaName, 'Opp') or endswith(LogicalName,'currency')", ["opportunity", "transactioncurrency"]),
        ("contains(EntitySetName,'collection')", ["accountleads", "contactleads"]),
        ("ObjectTypeCode le 3 and ObjectTypeCode gt 1", ["contact", "opportunity"]),
        ("PrimaryNameAttribute eq null", ["duplicaterecord", "teammembership"]),
        ("IsDuplicateDetectionEnabled/Value eq true", ["account", "contact", "incident", "lead"]),
        ("LogicalName eq @name&@name='lead'", ["lead"]),
    ],
)  # fmt: skip
async def test_definitions_are_filtered(described: Described, condition: str, names: list[str]) -> None:
    assert await described.names(f"EntityDefinitions?$select=LogicalName&$filter={condition}") == names


async def test_definitions_are_ordered_cut_and_counted(described: Described) -> None:
    found = await described.get("EntityDefinitions?$select=LogicalName&$orderby=LogicalName desc&$top=2&$count=true")
    assert found["@odata.count"] == len(ENTITIES)
    assert [one["LogicalName"] for one in found["value"]] == sorted(ENTITIES, reverse=True)[:2]
    assert await described.get("EntityDefinitions/$count?$filter=IsActivity eq true") == b"4"


async def test_what_hangs_on_a_definition_is_expanded(described: Described) -> None:
    found = await described.get(
        f"{LEAD}?$select=LogicalName&$expand=Keys($select=SchemaName),"
        "Attributes($select=LogicalName;$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Owner')"
    )
    assert {"LogicalName", "Keys", "Attributes"} < set(found)
    (owner,) = found["Attributes"]
    assert (owner["LogicalName"], owner["@odata.type"]) == ("ownerid", f"{TYPE}LookupAttributeMetadata")
    required = "Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'"
    path = f"{LEAD}/Attributes?$select=SchemaName&$filter=RequiredLevel/Value eq {required}"
    assert await described.names(path, "SchemaName") == ["Subject", "LastName"]
    assert await described.names(f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.ImageAttributeMetadata") == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("EntityDefinitions(LogicalName='nothing')", 404, "0x80040217"),
        (f"{LEAD}/Attributes(LogicalName='nothing')", 404, "0x80040217"),
        ("sdkmessagefilters(none)", 404, "0x80040217"),
        (f"{LEAD}/Nothing", 404, "0x8006088a"),
        (f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.Nothing", 404, "0x8006088a"),
        ("EntityDefinitions/Attributes", 404, "0x8006088a"),
        ("EntityDefinitions(a='b',c='d')", 404, "0x8006088a"),
        ("EntityDefinitions?$select=Nothing", 400, "0x80060888"),
        ("EntityDefinitions?$expand=LogicalName", 400, "0x80060888"),
        ("EntityDefinitions?$filter=Nothing eq 1", 400, "0x80060888"),
        ("EntityDefinitions?$filter=LogicalName gt 5", 400, "0x80060888"),
        ("EntityDefinitions?$filter=length(LogicalName) eq 4", 400, "0x80060888"),
        ("EntityDefinitions?$filter=IsCustomizable/Nothing eq 4", 400, "0x80060888"),
        ("EntityDefinitions?$filter=LogicalName", 400, "0x80060888"),
        ("EntityDefinitions?$orderby=Nothing", 400, "0x80060888"),
        ("EntityDefinitions?$apply=aggregate($count as n)", 400, "0x80060888"),
        (f"{LEAD}?$filter=LogicalName eq 'lead'", 400, "0x80060888"),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_refused(described: Described, path: str, status: int, code: str) -> None:
    found, body = await described.ask(path)
    assert (found, body["error"]["code"]) == (status, code), body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_definitions_cannot_be_changed(described: Described, method: str) -> None:
    status, body = await described.ask(LEAD, method)
    assert status == 405 and "GET" in body["error"]["message"]
