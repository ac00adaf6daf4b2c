"""PyPI dataverse-api, unmodified: rows written one by one, together, and in batches."""

from uuid import uuid4

import pytest
from dataverse_api import DataverseClient

from tests.clients.conftest import Live

FORMATTED = "@OData.Community.Display.V1.FormattedValue"


@pytest.fixture(scope="module")
def client(live: Live) -> DataverseClient:
    return DataverseClient(live.session(), live.url)


def test_it_learns_what_an_entity_is(client: DataverseClient) -> None:
    lead = client.entity("lead")
    assert (lead.entity_set_name, lead.primary_id_attr) == ("leads", "leadid")
    assert list(lead.alternate_keys.values()) == [["lf_source", "lf_externalid"]]
    assert lead.supports_create_multiple and lead.supports_update_multiple
    assert "parentaccountid" in str(lead.relationships.single_valued)


@pytest.mark.parametrize("mode", ["individual", "multiple", "batch"])
def test_rows_are_created_read_and_deleted(client: DataverseClient, mode: str) -> None:
    mark = uuid4().hex[:8]
    lead = client.entity("lead")
    rows = [{"lastname": mark, "firstname": name, "leadsourcecode": 8} for name in ("Ada", "Bob", "Cai's")]
    created = lead.create(rows, mode=mode)
    assert all(answer.ok for answer in created)
    found = lead.read(
        select=["firstname", "leadsourcecode"],
        filter=f"lastname eq '{mark}'",
        order_by="firstname desc",
        page_size=2,
        return_formatted_values=True,
    )
    assert [(row["firstname"], row[f"leadsourcecode{FORMATTED}"]) for row in found] == [
        ("Cai's", "Web"), ("Bob", "Web"), ("Ada", "Web"),
    ]  # fmt: skip
    deleted = lead.delete(mode="individual" if mode == "multiple" else mode, filter=f"lastname eq '{mark}'")
    assert all(answer.ok for answer in deleted)
    assert lead.read(select=["leadid"], filter=f"lastname eq '{mark}'") == []


@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_rows_are_upserted_and_columns_cleared(client: DataverseClient, mode: str) -> None:
    mark, key = uuid4().hex[:8], str(uuid4())
    account = client.entity("account")
    for telephone in ("555-0140", "555-0141"):
        row = {"accountid": key, "name": mark, "telephone1": telephone}
        answers = account.upsert([row], mode=mode, altkey_name=None)
        assert all(answer.ok for answer in answers)
    (found,) = account.read(select=["telephone1"], filter=f"name eq '{mark}'")
    assert (found["accountid"], found["telephone1"]) == (key, "555-0141")
    cleared = account.delete_columns(["telephone1"], mode=mode, ids=[key])
    assert all(answer.ok for answer in cleared)
    (found,) = account.read(select=["telephone1"], filter=f"accountid eq {key}")
    assert found["telephone1"] is None


def test_rows_are_upserted_by_an_alternate_key(client: DataverseClient) -> None:
    mark = uuid4().hex[:8]
    lead = client.entity("lead")
    (key,) = lead.alternate_keys
    for subject in ("Desks", "Lamps"):
        row = {"lf_source": "fair", "lf_externalid": f"{mark}-1", "lastname": mark, "subject": subject}
        assert all(answer.ok for answer in lead.upsert([row], mode="individual", altkey_name=key))
    assert [row["subject"] for row in lead.read(select=["subject"], filter=f"lastname eq '{mark}'")] == ["Lamps"]
