"""Several writes with leads among them: all of them or none, and the leads' runs know of them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from crm.entities import Contact
from crm.errors import InvalidInput, LeadflowError, NotFound, StateConflict
from crm.lifecycle import LeadStage, LeadState
from crm.operations import AnyOperation, Associate, CreateRecord, DeleteRecord, Done, Merge, Qualify, UpdateRecord
from crm.requests import AcceptLead, QualifyLead
from crm.store import records
from crm.store.people.organisation import record_id
from crm.store.tables import TABLES
from leadflow.dataverse.carrying_out import LARGEST_CHANGE_SET, carry_out
from leadflow.dataverse.errors import TooLarge
from tests.leadflow.dataverse.conftest import ADMINISTRATOR
from tests.leadflow.dataverse.live import LiveApi
from tests.leadflow.dataverse.live import dev_server as dev_server
from tests.leadflow.dataverse.live import live as live
from tests.leadflow.dataverse.live import service as service
from tests.leadflow.dataverse.live import workflow_database as workflow_database

pytestmark = pytest.mark.asyncio(loop_scope="session")


def creation(id: UUID | None = None, entity: str = "lead", **values: Any) -> CreateRecord:
    return CreateRecord(entity=entity, id=id or uuid4(), values={"lastname": "Lind", **values})


def change(id: UUID, entity: str = "lead", **values: Any) -> UpdateRecord:
    return UpdateRecord(entity=entity, id=id, values=values)


async def together(live: LiveApi, *operations: AnyOperation) -> list[Done]:
    return await carry_out(live.services, ADMINISTRATOR, operations)


async def test_new_leads_and_other_records_at_once(live: LiveApi) -> None:
    lead, other, contact = uuid4(), uuid4(), uuid4()
    done = await together(
        live,
        creation(contact, "contact"),
        creation(lead, jobtitle="for anna"),
        creation(other, jobtitle="unclear"),
        Associate(entity="lead", id=lead, relationship="contactleads_association", related=contact),
    )
    assert [one.created for one in done] == [True, True, True, False]
    assert (await live.service.settle(lead)).stage is LeadStage.ASSIGNED
    assert (await live.service.settle(other)).stage is LeadStage.HELD
    assert await live.service.story(lead) == ["Received", "Assigned"]
    assert (await live.service.ask(lead, AcceptLead())).stage is LeadStage.ACCEPTED
    linked = await live.done("GET", f"leads({lead})/contactleads_association?$select=contactid")
    assert [one["contactid"] for one in linked["value"]] == [str(contact)]


async def test_what_a_change_set_does_to_open_leads_their_runs_know(live: LiveApi) -> None:
    assigned, qualified, deleted = await live.create(), await live.create(subject="Fleet"), await live.create()
    mia = str(record_id("systemuser", "mia"))
    done = await together(
        live,
        change(assigned, ownerid=mia, subject="Trucks"),
        Qualify(entity="lead", id=qualified, request=QualifyLead()),
        DeleteRecord(entity="lead", id=deleted),
    )
    assert [made.logicalname for made in done[1].made] == ["account", "contact", "opportunity"]
    assert (await live.service.handle(qualified).result()).stage is LeadStage.QUALIFIED
    assert (await live.service.handle(deleted).result()).stage is LeadStage.DELETED
    accepted = await live.service.ask(assigned, AcceptLead(user="mia"))
    assert accepted.owner.key == "mia"
    assert await live.service.story(assigned) == ["Received", "Assigned", "Edited", "Accepted"]


async def test_closed_leads_are_reactivated_or_deleted(live: LiveApi) -> None:
    again, gone = await live.create(), await live.create()
    for lead in (again, gone):
        await live.done("PATCH", f"leads({lead})", {"statecode": 2})
    await together(live, change(again, statecode=0, subject="Again"), DeleteRecord(entity="lead", id=gone))
    view = await live.service.settle(again)
    assert (view.stage, view.statecode) == (LeadStage.ACCEPTED, LeadState.OPEN)
    assert (await live.service.handle(gone).result()).stage is LeadStage.DELETED
    await live.done("PATCH", f"leads({again})", {"statecode": 1})


async def test_a_lead_that_is_created_changed_and_closed_in_one_set(live: LiveApi) -> None:
    lead = uuid4()
    closing = Qualify(entity="lead", id=lead, request=QualifyLead(CreateAccount=False))
    await together(live, creation(lead), change(lead, subject="Fleet", jobtitle="for the inbox"), closing)
    assert (await live.service.handle(lead).result()).stage is LeadStage.QUALIFIED
    row = live.lead(lead)
    assert row is not None and (row.subject, row.statecode) == ("Fleet", LeadState.QUALIFIED)


async def test_facts_that_change_in_a_set_ask_the_rules_again(live: LiveApi) -> None:
    lead = await live.create()
    await together(live, change(lead, jobtitle="for the inbox"), creation(entity="contact"))
    await live.service.ask(lead, AcceptLead(user="anna"))  # after the run has taken note
    row = live.lead(lead)
    assert row is not None and row.lf_queueid == record_id("queue", "inbox")


@pytest.mark.parametrize(
    ("last", "refusal"),
    [
        (lambda lead: change(uuid4(), subject="x"), NotFound),
        (lambda lead: UpdateRecord(entity="lead", id=lead, values={}, expected_version=1), StateConflict),
        (lambda lead: change(lead, statuscode=5), InvalidInput),
        (creation, StateConflict),
        (lambda lead: Merge(entity="lead", id=lead, subordinate=uuid4()), InvalidInput),
        (lambda lead: change(uuid4(), "contact", lastname="x"), NotFound),
    ],
)
async def test_one_refusal_undoes_all(live: LiveApi, last: Any, refusal: type[LeadflowError]) -> None:
    lead, new, contact = await live.create(subject="Before"), uuid4(), uuid4()
    with pytest.raises(refusal):
        await together(live, creation(new), creation(contact, "contact"), change(lead, subject="After"), last(lead))
    row = live.lead(lead)
    assert row is not None and row.subject == "Before"
    assert live.lead(new) is None
    with live.service.deps.database.reading() as connection:
        assert records.fetch(connection, Contact, contact) is None


async def test_a_set_that_temporal_would_not_take_is_refused(live: LiveApi) -> None:
    text = "x" * 2000
    with pytest.raises(TooLarge, match="send fewer"):
        await together(live, *(creation(description=text) for _ in range(LARGEST_CHANGE_SET // 2000)))


async def test_many_leads_at_once(live: LiveApi) -> None:
    targets = [{"@odata.type": "Microsoft.Dynamics.CRM.lead", "lastname": f"Lind {n}"} for n in range(30)]
    ids = (await live.done("POST", "leads/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets}))["Ids"]
    for id in ids:
        assert (await live.service.settle(UUID(id))).stage is LeadStage.ASSIGNED


# Communication


async def test_a_call_that_is_completed_counts_as_the_response(live: LiveApi) -> None:
    lead = await live.create()
    about = {"subject": "Hello", "regardingobjectid_lead_phonecall@odata.bind": f"/leads({lead})"}
    await live.done("POST", "phonecalls", about)
    row = live.lead(lead)
    assert row is not None and row.lf_firstresponseon is None
    with live.service.deps.database.reading() as connection:
        call = TABLES["phonecall"]
        id = connection.execute(select(call.c.activityid).where(call.c.regardingobjectid == lead)).scalar_one()
    await live.done("PATCH", f"phonecalls({id})", {"statecode": 1})
    row = live.lead(lead)
    assert row is not None and row.lf_firstresponseon is not None
    assert (row.statuscode, row.lf_stage) == (2, LeadStage.ACCEPTED)
    view = await live.service.settle(lead)
    assert await live.service.story(lead) == ["Received", "Assigned", "Made"], view


async def test_what_the_lead_said_is_no_response(live: LiveApi) -> None:
    lead = await live.create()
    values = {"regardingobjectid": str(lead), "regardingobjectidtype": "lead", "statecode": 1, "directioncode": False}
    await together(live, CreateRecord(entity="phonecall", id=uuid4(), values=values))
    row = live.lead(lead)
    assert row is not None and row.lf_firstresponseon is None
    with live.service.deps.database.reading() as connection:
        calls = select(func.count()).where(TABLES["phonecall"].c.regardingobjectid == lead)
        assert connection.execute(calls).scalar_one() == 1
