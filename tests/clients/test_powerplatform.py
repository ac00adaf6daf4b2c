"""PyPI PowerPlatform-Dataverse-Client (Microsoft's), unmodified: through https, as it insists on it.

It has no call for actions, links and counts; those steps use the way by which all its requests go (`asked`).
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.filters import col

from tests.clients.conftest import Live
from tests.clients.powerplatform import NOBODY, Credential, asked, executed

FORMATTED = "@OData.Community.Display.V1.FormattedValue"


@pytest.fixture(scope="module")
def client(https: Live) -> Iterator[DataverseClient]:
    with DataverseClient(https.url, Credential(https.token)) as client:
        yield client


@pytest.fixture
def lastname() -> str:
    """A name that no other test has used."""
    return f"Kern {uuid4().hex[:8]}"


def test_from_creation_to_qualification_and_deletion(client: DataverseClient, lastname: str) -> None:
    lead = client.records.create(
        "lead", {"subject": "Ten desks", "firstname": "Ada", "lastname": lastname, "companyname": f"{lastname} AG"}
    )
    client.records.update("lead", lead, {"subject": "Twelve desks"})
    found = client.records.retrieve("lead", lead, select=["subject", "statecode"])
    assert found is not None
    assert (found["subject"], found["statecode"]) == ("Twelve desks", 0)
    action = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
    answer = asked(client, "post", f"leads({lead})/Microsoft.Dynamics.CRM.QualifyLead", action)
    created = {one["@odata.type"].rpartition(".")[2]: one for one in answer.json()["value"]}
    assert set(created) == {"account", "contact", "opportunity"}
    assert created["account"]["name"] == f"{lastname} AG"
    again = client.records.retrieve("lead", lead, select=["statecode", "_qualifyingopportunityid_value"])
    assert again is not None
    assert again["statecode"] == 1
    assert again["_qualifyingopportunityid_value"] == created["opportunity"]["opportunityid"]
    client.records.delete("lead", lead)
    assert client.records.retrieve("lead", lead) is None


def test_labels_become_values(client: DataverseClient, lastname: str) -> None:
    lead = client.records.create("lead", {"lastname": lastname, "leadsourcecode": "Web"})
    found = client.records.retrieve("lead", lead, select=["leadsourcecode"], include_annotations="*")
    assert found is not None
    assert (found["leadsourcecode"], found[f"leadsourcecode{FORMATTED}"]) == (8, "Web")


def test_many_records_at_once(client: DataverseClient, lastname: str) -> None:
    leads = client.records.create("lead", [{"lastname": lastname, "firstname": name} for name in ("Ada", "Bob", "Cai")])
    assert len(set(leads)) == 3
    client.records.update("lead", leads, {"subject": "Chairs"})
    client.records.update("lead", leads[:2], [{"companyname": "Ost"}, {"companyname": "West"}])
    found = client.records.list("lead", filter=f"lastname eq '{lastname}'", select=["companyname", "subject"])
    assert sorted((one["companyname"] or "", one["subject"]) for one in found) == [
        ("", "Chairs"), ("Ost", "Chairs"), ("West", "Chairs"),
    ]  # fmt: skip
    assert client.records.delete("lead", leads) is not None
    assert len(client.records.list("lead", filter=f"lastname eq '{lastname}'", select=["leadid"])) == 0


def test_upsert_by_an_alternate_key(client: DataverseClient, lastname: str) -> None:
    def item(number: int, subject: str) -> dict[str, Any]:
        key = {"lf_source": "fair", "lf_externalid": f"{lastname}-{number}"}
        return {"alternate_key": key, "record": {"subject": subject, "lastname": lastname}}

    client.records.upsert("lead", [item(1, "Desks")])
    client.records.upsert("lead", [item(1, "Lamps"), item(2, "Chairs")])
    found = client.records.list("lead", filter=f"lastname eq '{lastname}'", select=["subject"], orderby=["subject"])
    assert [one["subject"] for one in found] == ["Chairs", "Lamps"]


@pytest.fixture(scope="module")
def five(client: DataverseClient) -> list[str]:
    """Five accounts, from `A <mark>` with 10 employees to `E <mark>` with 50; and the mark."""
    mark = uuid4().hex[:8]
    rows = [{"name": f"{name} {mark}", "numberofemployees": 10 * n} for n, name in enumerate("ABCDE", start=1)]
    client.records.create("account", rows)
    return [f"{name} {mark}" for name in "ABCDE"]


def names(rows: Any) -> list[str]:
    return [row["name"][:1] for row in rows]


def test_pages(client: DataverseClient, five: list[str]) -> None:
    pages = client.records.list_pages(
        "account",
        filter=f"endswith(name,'{five[0][2:]}')",
        select=["name"],
        orderby=["name desc"],
        page_size=2,
        count=True,
    )
    assert [names(page) for page in pages] == [["E", "D"], ["C", "B"], ["A"]]
    first = client.records.list(
        "account", filter=col("name").endswith(five[0][2:]), orderby=["name asc"], top=3, page_size=2
    )
    assert names(first)[:2] == ["A", "B"]


def test_every_filter_that_the_builder_has(client: DataverseClient, five: list[str]) -> None:
    mark, employees = five[0][2:], col("numberofemployees")
    filters = {
        "B": col("name") == five[1].upper(),
        "ACDE": col("name") != five[1],
        "DE": employees > 30,
        "CDE": employees >= 30,
        "AB": (employees < 30) & col("telephone1").is_null(),
        "ABC": ~(employees > 30),
        "AE": (employees == 10) | (employees == 50),
        "BCD": employees.between(20, 40),
        "BD": employees.in_([20, 40]),
        "ACE": employees.not_in([20, 40]),
        "A": col("name").startswith("a "),
        "": col("name").is_null(),
        "ABCDE": col("name").contains(mark) & col("createdon").is_not_null(),
    }
    for expected, expression in filters.items():
        query = client.query.builder("account").select("name").where(col("name").endswith(mark)).where(expression)
        assert "".join(names(executed(query.order_by("name")))) == expected, expression.to_odata()


def test_formatted_values_and_expanded_records(client: DataverseClient, lastname: str) -> None:
    account = client.records.create("account", {"name": lastname})
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    contact = client.records.create("contact", {"lastname": lastname, **bind})
    query = client.query.builder("contact").select("lastname", "statecode").expand("parentcustomerid_account")
    (found,) = executed(query.where(col("contactid") == contact).include_formatted_values())
    assert found["parentcustomerid_account"]["name"] == lastname
    assert found[f"statecode{FORMATTED}"] == "Active"


def test_links(client: DataverseClient, lastname: str) -> None:
    lead = client.records.create("lead", {"lastname": lastname})
    contact = client.records.create("contact", {"lastname": lastname})
    link = {"@odata.id": f"{client._get_odata().api}/contacts({contact})"}
    asked(client, "post", f"leads({lead})/contactleads_association/$ref", link, (204,))
    rows = client.records.list("contactleads", filter=f"leadid eq {lead}", select=["contactid", "leadid"])
    assert [row["contactid"] for row in rows] == [contact]
    asked(client, "delete", f"leads({lead})/contactleads_association({contact})/$ref", expected=(204,))
    assert len(client.records.list("contactleads", filter=f"leadid eq {lead}", select=["contactid"])) == 0
    count = asked(client, "get", "leads/$count")
    assert int(count.text.lstrip("\ufeff")) > 0


def test_tables_columns_and_relationships(client: DataverseClient) -> None:
    table = client.tables.get("lead")
    assert table is not None
    assert (table.logical_name, table.entity_set_name, table.primary_id_attribute) == ("lead", "leads", "leadid")
    assert client.tables.get("nosuchtable") is None
    listed = client.tables.list(select=["LogicalName"], filter="startswith(SchemaName, 'Le')")
    assert "lead" in {one["LogicalName"] for one in listed}
    columns = client.tables.list_columns("lead", select=["LogicalName"], filter="AttributeType eq 'Picklist'")
    assert {"leadsourcecode", "industrycode"} <= {one["LogicalName"] for one in columns}
    typed = {one["LogicalName"]: one for one in client.tables.list_columns("lead", typed=True)}
    assert typed["subject"]["MaxLength"] == 300
    column = client.tables.get_column("lead", "subject")
    assert column is not None and column["AttributeType"] == "String"
    assert {"leadid", "subject"} <= {one["name"] for one in client.query.sql_columns("lead")}
    names = {one["SchemaName"] for one in client.tables.list_table_relationships("lead")}
    assert {"contactleads_association", "lead_parent_account", "Lead_Tasks"} <= names
    relationship = client.tables.get_relationship("contactleads_association")
    assert relationship is not None
    kind = "RelationshipType eq Microsoft.Dynamics.CRM.RelationshipType'ManyToManyRelationship'"
    many = client.tables.list_relationships(filter=kind, select=["SchemaName"])
    assert "contactleads_association" in {one["SchemaName"] for one in many}
    (key,) = client.tables.get_alternate_keys("lead")
    assert key.key_attributes == ["lf_source", "lf_externalid"]
    expands = client.query.odata_expands("lead")
    assert ("parentaccountid", "accounts") in {(one["nav_property"], one["target_entity_set"]) for one in expands}


def test_data_frames(client: DataverseClient, lastname: str) -> None:
    frame = pd.DataFrame([{"name": f"{lastname} I"}, {"name": f"{lastname} II"}])
    frame["accountid"] = client.dataframe.create("account", frame)
    frame["telephone1"] = ["555-0130", "555-0131"]
    client.dataframe.update("account", frame[["accountid", "telephone1"]], id_column="accountid")
    query = client.query.builder("account").select("name", "telephone1").where(col("name").startswith(lastname))
    read = executed(query.order_by("name")).to_dataframe()
    assert list(read["telephone1"]) == ["555-0130", "555-0131"]
    client.dataframe.delete("account", frame["accountid"], use_bulk_delete=False)
    assert len(executed(query)) == 0


def test_refusals_have_a_status_and_a_code(client: DataverseClient, https: Live) -> None:
    with pytest.raises(HttpError) as missing:
        client.records.update("lead", NOBODY, {"subject": "x"})
    assert (missing.value.status_code, missing.value.details["service_error_code"]) == (404, "0x80040217")
    with pytest.raises(HttpError) as unknown:
        client.records.list("lead", filter="nosuchcolumn eq 1", select=["subject"])
    assert (unknown.value.status_code, unknown.value.details["service_error_code"]) == (400, "0x80060888")
    with pytest.raises(HttpError, match="sql") as sql:
        client.query.sql("SELECT TOP 1 name FROM account")
    assert sql.value.status_code == 400
    with DataverseClient(https.url, Credential("nonsense")) as stranger, pytest.raises(HttpError) as refused:
        stranger.records.create("lead", {"lastname": "Lind"})
    assert refused.value.status_code == 401
