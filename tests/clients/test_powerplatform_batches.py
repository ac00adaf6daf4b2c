"""PyPI PowerPlatform-Dataverse-Client, unmodified: its batches, with change sets and without."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError

from tests.clients.conftest import Live
from tests.clients.powerplatform import NOBODY, Credential


@pytest.fixture(scope="module")
def client(https: Live) -> Iterator[DataverseClient]:
    with DataverseClient(https.url, Credential(https.token)) as client:
        yield client


@pytest.fixture
def lastname() -> str:
    """A name that no other test has used."""
    return f"Kern {uuid4().hex[:8]}"


def test_a_batch(client: DataverseClient, lastname: str) -> None:
    contact = client.records.create("contact", {"lastname": lastname})
    batch = client.batch.new()
    batch.records.create("lead", {"lastname": lastname, "firstname": "Ada", "leadsourcecode": "Web"})
    batch.records.create("account", [{"name": f"{lastname} I"}, {"name": f"{lastname} II"}])
    batch.records.update("contact", contact, {"firstname": "Bob"})
    batch.records.retrieve("contact", contact, select=["fullname"])
    batch.records.list("account", filter=f"contains(name, '{lastname}') and statecode eq 0", select=["name"], top=5)
    batch.tables.get("lead")
    result = batch.execute()
    assert not result.has_errors, result.failed
    lead, _, updated, read, listed, table = result.responses
    assert updated.entity_id == contact
    assert read.data is not None and read.data["fullname"] == f"Bob {lastname}"
    assert listed.data is not None and len(listed.data["value"]) == 2
    assert table.data is not None and table.data["value"][0]["LogicalName"] == "lead"
    assert lead.entity_id is not None
    found = client.records.retrieve("lead", lead.entity_id, select=["leadsourcecode"])
    assert found is not None and found["leadsourcecode"] == 8


def test_a_change_set_happens_as_a_whole(client: DataverseClient, lastname: str) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        account = changes.records.create("account", {"name": lastname})
        lead = changes.records.create("lead", {"lastname": lastname, "parentaccountid@odata.bind": account})
        changes.records.update("account", account, {"telephone1": "555-0120"})
        changes.records.update("lead", lead, {"subject": "Shelves"})
    result = batch.execute()
    assert [one.status_code for one in result.responses] == [204] * 4
    assert [one.content_id for one in result.responses] == ["1", "2", "3", "4"]
    found = client.records.retrieve(
        "lead", result.entity_ids[1], select=["subject"], expand=["parentaccountid($select=name,telephone1)"]
    )
    assert found is not None
    assert (found["subject"], found["parentaccountid"]["telephone1"]) == ("Shelves", "555-0120")


def test_a_change_set_that_fails_leaves_nothing(client: DataverseClient, lastname: str) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        changes.records.create("account", {"name": lastname})
        changes.records.create("lead", {"lastname": lastname})
        changes.records.delete("contact", NOBODY)
    batch.records.list("account", filter=f"name eq '{lastname}'", select=["name"])
    result = batch.execute(continue_on_error=True)
    assert [one.status_code for one in result.responses] == [404, 200]
    assert result.failed[0].error_code == "0x80040217"
    assert result.responses[1].data is not None and result.responses[1].data["value"] == []
    assert len(client.records.list("lead", filter=f"lastname eq '{lastname}'", select=["leadid"])) == 0


def test_a_batch_ends_at_its_first_failure(client: DataverseClient, lastname: str) -> None:
    batch = client.batch.new()
    batch.records.retrieve("lead", NOBODY, select=["subject"])
    batch.records.create("account", {"name": lastname})
    with pytest.raises(HttpError) as raised:
        batch.execute()
    assert raised.value.status_code == 404
    assert len(client.records.list("account", filter=f"name eq '{lastname}'", select=["name"])) == 0
