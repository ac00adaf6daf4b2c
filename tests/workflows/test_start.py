"""How a lead's run starts: by us, by Temporal's command, twice, with bad input, or before anybody is ready."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from temporalio.client import WithStartWorkflowOperation, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from crm.errors import NotFound, StateConflict
from crm.identity import leadid_for, workflow_id
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DisqualifyLead, LeadSubmission, QualifyLead
from crm.store.database import Database
from crm.store.tables import TABLES
from crm.views import LeadView
from leadflow.starter import Leads
from tests.workflows.conftest import Service, dependencies, new_lead, serving
from workflows.lead_lifecycle import LeadLifecycle
from workflows.messages import LeadLifecycleInput

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "ada@secret.example"


async def start(service: Service, *given: Any, id: str | None = None) -> Any:
    """Start a run as the `temporal` command does: by type name, with plain JSON."""
    return await service.client.start_workflow(
        "LeadLifecycle", args=given, id=id or f"mine-{uuid4()}", task_queue=service.task_queue
    )


async def failure(handle: Any) -> str:
    """The message that the run failed with."""
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    assert isinstance(raised.value.cause, ApplicationError)
    return str(raised.value.cause)


def number_of_leads(service: Service, lead: UUID) -> int:
    with service.deps.database.reading() as connection:
        table = TABLES["lead"]
        return connection.scalar(select(func.count()).select_from(table).where(table.c.leadid == lead)) or 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lead": {"emailaddress1": SECRET}, "sorce": SECRET}, "sorce"),
        ({"lead": SECRET}, "lead"),
        ({"lead": {"emailaddress1": SECRET}, "leadid": SECRET}, "leadid"),
        ({"lead": {"emailaddress1": SECRET}, "received_on": SECRET}, "received_on"),
        ({"lead": {"emailaddress1": SECRET}, "source": ""}, "source"),
        ({"lead": {}}, "lead"),
    ],
)
async def test_a_bad_input_fails_the_run_naming_the_field_and_never_the_value(
    service: Service, given: dict[str, Any], field: str
) -> None:
    message = await failure(await start(service, given))
    assert field in message
    assert SECRET not in message


async def test_a_start_without_input_fails_the_run_naming_the_field(service: Service) -> None:
    assert "lead" in await failure(await start(service))


async def test_a_start_by_type_name_with_an_id_of_ones_own(service: Service) -> None:
    handle = await start(service, {"lead": {"lastname": "Lind"}}, id=f"my-lead-{uuid4()}")
    lead = await handle.execute_update("settle")
    assert lead["stage"] == "assigned"
    assert lead["workflow_id"] == handle.id
    assert lead["leadid"] == str(leadid_for(LeadSubmission(lead={"lastname": "Lind"}), otherwise=handle.id))


async def test_a_resend_is_the_same_lead(service: Service) -> None:
    submission = LeadSubmission(source="fair", external_id=str(uuid4()), lead={"lastname": "Lind"})
    first = await service.leads.submit(submission)
    again = await service.leads.submit(submission.model_copy(update={"source": "FAIR"}))
    assert again == first
    assert number_of_leads(service, first.leadid) == 1
    assert not await service.leads.enqueue(submission)


async def test_a_resend_of_a_closed_lead_is_refused(service: Service) -> None:
    submission = new_lead(uuid4())
    lead = await service.leads.submit(submission)
    await service.ask(lead.leadid, DisqualifyLead())
    await service.handle(lead.leadid).result()
    with pytest.raises(StateConflict, match=f"Lead {lead.leadid} is known and closed"):
        await service.leads.submit(submission)
    with pytest.raises(StateConflict, match="closed") as raised:
        await service.leads.ask(lead.leadid, QualifyLead())
    assert raised.value.code == "0x80040519"


async def test_an_unknown_lead_is_not_found(service: Service) -> None:
    with pytest.raises(NotFound, match="has no open run"):
        await service.leads.ask(uuid4(), AcceptLead())


async def test_a_second_workflow_for_a_known_lead_ends_and_changes_nothing(service: Service) -> None:
    lead = await service.submit(firstname="Ada")
    given = {"leadid": str(lead.leadid), "source": "web", "lead": {"firstname": "Eve", "lastname": "Lind"}}
    second = await start(service, given)
    result = await second.result()
    assert result["workflow_id"] == workflow_id(lead.leadid) != second.id
    assert (await service.ask(lead.leadid, AcceptLead())).stage is LeadStage.ACCEPTED  # the first one lives on
    assert await service.story(lead.leadid) == ["Received", "Assigned", "Accepted"]


async def test_two_workflows_for_a_new_lead_at_once_make_one_lead(service: Service) -> None:
    leadid = uuid4()
    given = {"leadid": str(leadid), "lead": {"lastname": "Lind"}}
    handles = [await start(service, given) for _ in range(2)]
    results = [asyncio.ensure_future(handle.result()) for handle in handles]
    done, (waiting,) = await asyncio.wait(results, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    (ended,) = done
    assert ended.result()["workflow_id"] == handles[results.index(waiting)].id
    assert number_of_leads(service, leadid) == 1


async def test_an_external_id_that_another_lead_has_fails_the_run(service: Service) -> None:
    """Its own lead id makes it another lead, but the feed's id is taken."""
    external_id = str(uuid4())
    await service.leads.submit(LeadSubmission(source="fair", external_id=external_id, lead={"lastname": "Lind"}))
    given = {"leadid": str(uuid4()), "source": "fair", "external_id": external_id, "lead": {"lastname": "Lind"}}
    assert "matching key values" in await failure(await start(service, given))


async def test_an_update_that_comes_before_the_intake_waits_for_it(service: Service) -> None:
    given = LeadLifecycleInput(leadid=(leadid := uuid4()), lead={"lastname": "Lind", "jobtitle": "for anna"})
    begin = WithStartWorkflowOperation(
        LeadLifecycle.run,
        given,
        id=workflow_id(leadid),
        task_queue=service.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )
    accepted = await service.client.execute_update_with_start_workflow(
        "accept", AcceptLead(user="anna"), start_workflow_operation=begin, result_type=LeadView
    )
    assert accepted.stage is LeadStage.ACCEPTED
    assert await service.story(leadid) == ["Received", "Assigned", "Accepted"]


async def test_updates_that_come_before_any_worker_are_done_in_turn(
    dev_server: WorkflowEnvironment, workflow_database: Database
) -> None:
    leadid, queue = uuid4(), f"late-{uuid4()}"
    await Leads(dev_server.client, queue).enqueue(new_lead(leadid, jobtitle="for anna"))
    handle = dev_server.client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(leadid))
    asked = asyncio.gather(
        handle.execute_update("accept", AcceptLead(), id="1", result_type=LeadView),
        handle.execute_update("settle", id="2", result_type=LeadView),
    )
    async with serving(dev_server, dependencies(workflow_database), task_queue=queue) as late:
        accepted, settled = await asked
        assert accepted.stage is LeadStage.ACCEPTED
        assert settled.owner == accepted.owner
        assert await late.story(leadid) == ["Received", "Assigned", "Accepted"]
