"""The service document, who calls, and what clients ask first of the metadata, as it comes over the wire."""

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

import orjson
import pytest
from sqlalchemy import update

from crm.entities import ENTITIES
from crm.store.database import Database
from crm.store.tables import TABLES
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api, services_on
from tests.leadflow.dataverse.described import LEAD, TYPE, Described


@pytest.fixture
def described() -> Described:
    return Described()


async def test_the_set_of_a_table_is_found_by_its_name(described: Described) -> None:
    path = (
        "EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute"
        "&%24filter=LogicalName+eq+%27lead%27"
    )
    found = await described.get(path)
    assert found["@odata.context"] == (
        f"{BASE}$metadata#EntityDefinitions(LogicalName,EntitySetName,PrimaryIdAttribute)"
    )
    (lead,) = found["value"]
    assert lead == {
        "LogicalName": "lead",
        "EntitySetName": "leads",
        "PrimaryIdAttribute": "leadid",
        "MetadataId": lead["MetadataId"],
    }
    assert UUID(lead["MetadataId"])


async def test_choices_are_found_with_their_labels(described: Described) -> None:
    found = await described.get(
        f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        "?$select=LogicalName&$expand=OptionSet($select=Options)"
    )
    (source,) = (one for one in found["value"] if one["LogicalName"] == "leadsourcecode")
    assert set(source) == {"LogicalName", "MetadataId", "OptionSet"}
    assert set(source["OptionSet"]) == {"Options", "MetadataId"}
    labels = {one["Value"]: one["Label"]["UserLocalizedLabel"]["Label"] for one in source["OptionSet"]["Options"]}
    assert (labels[7], labels[8]) == ("Trade Show", "Web")
    label = source["OptionSet"]["Options"][0]["Label"]
    assert [(one["Label"], one["LanguageCode"]) for one in label["LocalizedLabels"]] == [("Advertisement", 1033)]


async def test_messages_tell_what_can_be_done_at_once(described: Described) -> None:
    path = (
        "sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name)&$filter="
        "(sdkmessageid/name eq 'CreateMultiple' or sdkmessageid/name eq 'UpdateMultiple') and primaryobjecttypecode eq "
    )
    lead = (await described.get(f"{path}'lead'"))["value"]
    assert [one["sdkmessageid"]["name"] for one in lead] == ["CreateMultiple", "UpdateMultiple"]
    assert set(lead[0]) == {"sdkmessagefilterid", "sdkmessageid"}
    assert (await described.get(f"{path}'contactleads'"))["value"] == []


async def test_keys_have_their_attributes(described: Described) -> None:
    found = (await described.get(f"{LEAD}/Keys?$select=SchemaName,KeyAttributes"))["value"]
    assert [one["KeyAttributes"] for one in found] == [["lf_source", "lf_externalid"]]
    assert await described.names("EntityDefinitions(LogicalName='account')/Keys") == []


async def test_one_request_tells_of_an_entity_and_its_attributes(described: Described) -> None:
    text = "Equals"
    about = {
        "ConditionOperator": text,
        "PropertyName": "LogicalName",
        "Value": {"Type": "System.String", "Value": "LEAD"},
    }
    query = {
        "Properties": {"PropertyNames": ["LogicalName", "Attributes"]},
        "Criteria": {"Conditions": [about]},
        "AttributeQuery": {"Properties": {"PropertyNames": ["LogicalName", "MaxLength", "MaxValue", "Targets"]}},
    }
    found = await described.get(f"RetrieveMetadataChanges(Query=@p1)?@p1={quote(orjson.dumps(query))}")
    (lead,) = found["EntityMetadata"]
    assert lead["LogicalName"] == "lead" and len(lead["Attributes"]) == len(ENTITIES["lead"].attributes())
    attributes = {one["LogicalName"]: one for one in lead["Attributes"]}
    assert attributes["subject"]["MaxLength"] == 300 and "MaxValue" not in attributes["subject"]
    assert attributes["numberofemployees"]["MaxValue"] == 1_000_000
    assert attributes["customerid"]["Targets"] == ["account", "contact"]
    assert attributes["subject"]["@odata.type"] == f"{TYPE}StringAttributeMetadata"
    query["AttributeQuery"] = {
        "Criteria": {"Conditions": [{**about, "ConditionOperator": "In", "Value": {"Value": ["fax"]}}]}
    }
    found = await described.get(f"RetrieveMetadataChanges(Query=@p1)?@p1={quote(orjson.dumps(query))}")
    assert [one["LogicalName"] for one in found["EntityMetadata"][0]["Attributes"]] == ["fax"]


@pytest.mark.parametrize(
    "query",
    ["", "?@p1={", '?@p1={"Criteria":{"Conditions":[{"PropertyName":"x","ConditionOperator":"Sounds","Value":{}}]}}'],
)
async def test_a_query_that_cannot_be_read_is_refused(described: Described, query: str) -> None:
    status, body = await described.ask(f"RetrieveMetadataChanges(Query=@p1){query}")
    assert (status, body["error"]["code"]) == (400, "0x80060888")


async def test_the_service_document_lists_every_set(described: Described) -> None:
    found = await described.get("")
    assert found["@odata.context"] == f"{BASE}$metadata"
    assert {"name": "leads", "kind": "EntitySet", "url": "leads"} in found["value"]
    assert {one["name"] for one in found["value"]} == {entity.entity_set for entity in ENTITIES.values()}


async def test_the_version_and_the_languages_are_known(described: Described) -> None:
    assert (await described.get("RetrieveVersion()"))["Version"].startswith("9.2.")
    assert (await described.get("RetrieveAvailableLanguages"))["LocaleIds"] == [1033]


def test_a_caller_learns_who_they_are(api: Api) -> None:
    found = api.get("WhoAmI")
    assert found == api.get("WhoAmI()")
    assert found["@odata.context"] == f"{BASE}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    assert found["UserId"] == str(ADMINISTRATOR.userid)
    detail = api.get("RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')")[
        "Detail"
    ]
    assert detail["OrganizationId"] == found["OrganizationId"]
    assert detail["Endpoints"]["Values"] == ["http://crm.example/"]


def test_the_organisation_has_an_id_that_stays(database: Database, api: Api) -> None:
    found = api.get("WhoAmI")
    assert Api(services_on(database)).get("WhoAmI") == found
    with database.transaction() as connection:
        connection.execute(update(TABLES["businessunit"]).values(createdon=NOW + timedelta(days=1)))
    assert api.get("WhoAmI")["OrganizationId"] != found["OrganizationId"]
    assert UUID(found["BusinessUnitId"])
