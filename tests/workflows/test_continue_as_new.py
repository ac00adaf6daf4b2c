"""A run that gets long goes on as a new one, with all it knows, and nobody notices."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crm.lifecycle import LeadStage
from crm.requests import AddNote, AssignLead, LogCommunication, QualifyLead
from crm.store.database import Database
from crm.store.life import journal
from tests.workflows.conftest import Service, dependencies, serving, start_dev_server
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def impatient(workflow_database: Database) -> AsyncIterator[Service]:
    """A server that suggests to go on as a new run after 30 events."""
    config = {"limit.historyCount.suggestContinueAsNew": 30}
    async with (
        await start_dev_server(**config) as env,
        serving(env, dependencies(workflow_database), sandbox=True) as running,
    ):
        yield running


async def test_a_long_run_goes_on_as_a_new_one(impatient: Service) -> None:
    lead = await impatient.submit(jobtitle="urgent")
    handle = impatient.handle(lead.leadid)
    first_run = (await handle.describe()).run_id
    for number in range(12):
        await impatient.ask(lead.leadid, AddNote(subject=f"note {number}"), f"request-{number}")
    description = await handle.describe()
    assert description.run_id != first_run
    assert description.typed_search_attributes  # the new run shows what the old one showed

    status = await handle.query(LeadLifecycle.status)
    assert status is not None
    assert (status.stage, status.owner, status.accept_by) == (lead.stage, lead.owner, lead.accept_by)
    decision = await handle.query(LeadLifecycle.decision)
    assert decision is not None
    assert decision.rule == "urgent"
    timeline = [entry.event for entry in await handle.query(LeadLifecycle.timeline)]
    assert timeline[0].startswith("Received from web")
    assert timeline[2:] == [f"Added note: note {number}" for number in range(12)]

    assert (await impatient.ask(lead.leadid, AssignLead(user="mia"))).owner.key == "mia"
    assert (await impatient.ask(lead.leadid, QualifyLead())).lead.stage is LeadStage.QUALIFIED
    with impatient.deps.database.reading() as connection:
        kinds = [entry.kind for entry in journal.timeline(connection, lead.leadid)]
    assert kinds == ["intake", "route", *["note"] * 12, "assign", "qualify"]  # nothing is done twice


async def test_a_request_that_is_repeated_over_the_change_of_runs_happens_once(impatient: Service) -> None:
    lead = await impatient.submit()
    for number in range(12):
        call = LogCommunication(kind="phonecall", subject=f"call {number}")
        await impatient.ask(lead.leadid, call, f"request-{number}")
    first = LogCommunication(kind="phonecall", subject="call 0")
    again = await impatient.ask(lead.leadid, first, "request-0")
    assert again.event == "Made phonecall: call 0 (first response)"
    with impatient.deps.database.reading() as connection:
        kinds = [entry.kind for entry in journal.timeline(connection, lead.leadid)]
    assert kinds == ["intake", "route", *["log"] * 12]
