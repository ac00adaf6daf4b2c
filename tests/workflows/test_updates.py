"""What people ask of a lead's workflow: each update, signal and query; what is refused, and with which code."""

from uuid import UUID, uuid4

import pytest

from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.requests import (
    AcceptLead,
    AddNote,
    AssignLead,
    ChangeLead,
    DeclineLead,
    DeleteLead,
    DisqualifyLead,
    EditLead,
    LogCommunication,
    MergeInto,
    QualifyLead,
    Request,
    RerouteLead,
)
from crm.store import records
from crm.views import LeadView, Qualification
from leadflow.starter import UPDATES
from tests.workflows.conftest import Service
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

EACH: tuple[Request, ...] = (
    AcceptLead(),
    DeclineLead(reason="no time"),
    AssignLead(user="mia"),
    RerouteLead(),
    EditLead(changes={"jobtitle": "CEO"}),
    LogCommunication(kind="email", subject="Hello"),
    AddNote(notetext="Likes tea"),
    QualifyLead(),
    DisqualifyLead(),
    MergeInto(master=UUID(int=1)),
    ChangeLead(changes={"jobtitle": "CEO"}),
    DeleteLead(),
)
each_request = pytest.mark.parametrize("request_", EACH, ids=lambda request: type(request).__name__)


def attribute(service: Service, lead: LeadView, name: str) -> object:
    with service.deps.database.reading() as connection:
        found = records.fetch(connection, Lead, lead.leadid)
    return getattr(found, name)


async def test_each_request_has_its_update() -> None:
    assert {type(request) for request in EACH} == UPDATES.keys()


async def test_a_lead_from_intake_to_qualification(service: Service) -> None:
    lead = await service.submit(companyname="Analytical GmbH")
    assert lead.stage is LeadStage.ASSIGNED
    assert lead.event.startswith("Assigned to ")  # what happened last, though intake and routing are one step
    assert lead.owner is not None
    accepted = await service.ask(lead.leadid, AcceptLead(user=lead.owner.key))
    assert accepted.stage is LeadStage.ACCEPTED
    done = await service.ask(lead.leadid, QualifyLead())
    assert isinstance(done, Qualification)
    assert [record.logicalname for record in done.created] == ["account", "contact", "opportunity"]
    result = await service.handle(lead.leadid).result()
    assert result == done.lead
    assert result.stage is LeadStage.QUALIFIED


async def test_disqualify_ends_the_run(service: Service) -> None:
    lead = await service.submit()
    closed = await service.ask(lead.leadid, DisqualifyLead(status="Competitor", reason="spies"))
    assert (closed.stage, closed.statuscode) == (LeadStage.DISQUALIFIED, 804240000)
    assert await service.handle(lead.leadid).result() == closed


@pytest.mark.parametrize(("title", "stage"), [("competitor", LeadStage.DISQUALIFIED), ("buyer", LeadStage.QUALIFIED)])
async def test_a_rule_may_end_the_run(service: Service, title: str, stage: LeadStage) -> None:
    lead = await service.submit(jobtitle=title)
    assert lead.stage is stage
    assert (await service.handle(lead.leadid).result()).stage is stage


async def test_a_held_lead_waits_for_a_person(service: Service) -> None:
    lead = await service.submit(jobtitle="unclear")
    assert (lead.stage, lead.owner) == (LeadStage.HELD, None)
    assigned = await service.ask(lead.leadid, AssignLead(team="managers"))
    assert assigned.owner.key == "managers"


async def test_declined_goes_to_somebody_else_until_nobody_is_left(service: Service) -> None:
    lead = await service.submit()
    had = []
    for _ in range(3):
        assert lead.owner is not None
        had.append(lead.owner.key)
        lead = await service.ask(lead.leadid, DeclineLead(reason="no time"))
    assert sorted(had) == ["anna", "ben", "dora"]
    assert lead.owner is not None
    assert (lead.owner.key, lead.stage) == ("desk", LeadStage.ASSIGNED)
    story = ["Received", "Assigned", "Declined", "Assigned", "Declined", "Assigned", "Declined", "Assigned"]
    assert await service.story(lead.leadid) == story


async def test_assign_reroute_log_note_and_edit(service: Service) -> None:
    lead = await service.submit()
    assert (await service.ask(lead.leadid, AssignLead(user="mia", reason="knows them"))).owner.key == "mia"
    assert (await service.ask(lead.leadid, EditLead(changes={"jobtitle": "for the inbox"}))).owner.key == "mia"
    rerouted = await service.ask(lead.leadid, RerouteLead(reason="new title"))
    assert (rerouted.owner.key, rerouted.queue, rerouted.priority) == ("desk", "inbox", "bulk")
    logged = await service.ask(lead.leadid, LogCommunication(kind="phonecall", subject="Hello"))
    assert (logged.statuscode, logged.first_response_on is None) == (2, False)
    noted = await service.ask(lead.leadid, AddNote(notetext="Likes tea"))
    assert noted.event == "Added note"
    assert await service.story(lead.leadid) == [
        "Received",
        "Assigned",
        "Assigned",
        "Edited",
        "Rules",
        "Assigned",
        "Made",
        "Added",
    ]


async def test_an_edit_releases_a_lead_from_quarantine_and_routes_it(service: Service) -> None:
    lead = await service.submit(revenue="much", numberofemployees="a few")
    assert (lead.stage, len(lead.problems)) == (LeadStage.QUARANTINED, 2)
    still = await service.ask(lead.leadid, EditLead(changes={"revenue": 10}))
    assert (still.stage, len(still.problems)) == (LeadStage.QUARANTINED, 1)
    routed = await service.ask(lead.leadid, EditLead(changes={"numberofemployees": 3}))
    assert (routed.stage, routed.problems) == (LeadStage.ASSIGNED, ())
    assert await service.story(lead.leadid) == ["Received", "Corrected,", "Corrected", "Assigned"]


@each_request
async def test_a_quarantined_lead_only_takes_what_does_not_need_it_valid(service: Service, request_: Request) -> None:
    lead = await service.submit(revenue="much")
    if isinstance(request_, EditLead | ChangeLead | AddNote | DisqualifyLead | DeleteLead):
        assert await service.ask(lead.leadid, request_)
        return
    error = await service.refused(lead.leadid, request_)
    assert (error.type, list(error.details)) == ("StateConflict", ["0x80040203"])
    assert "Correct it first with the update `edit`" in error.message


async def test_a_signal_edits_and_another_logs_a_reply(service: Service) -> None:
    lead = await service.submit()
    handle = service.handle(lead.leadid)
    await handle.signal(LeadLifecycle.attributes_changed, EditLead(changes={"jobtitle": "CEO"}))
    await handle.signal(LeadLifecycle.contact_replied, LogCommunication(kind="email", subject="Re: Hello"))
    noted = await service.ask(lead.leadid, AddNote(notetext="after both"))  # taken in turn, so both are done
    assert noted.first_response_on is None
    assert await service.story(lead.leadid) == ["Received", "Assigned", "Edited", "Rules", "Received", "Added"]
    assert attribute(service, lead, "jobtitle") == "CEO"


async def test_a_signal_that_is_refused_harms_nothing(service: Service) -> None:
    lead = await service.submit()
    await service.handle(lead.leadid).signal(LeadLifecycle.attributes_changed, EditLead(changes={"revenue": "much"}))
    assert (await service.ask(lead.leadid, AcceptLead())).stage is LeadStage.ACCEPTED
    assert attribute(service, lead, "revenue") is None


async def test_queries_answer_while_open_and_after_the_end(service: Service) -> None:
    lead = await service.submit(jobtitle="for anna")
    handle = service.handle(lead.leadid)
    assert await handle.query(LeadLifecycle.status) == lead
    await service.ask(lead.leadid, DisqualifyLead())
    status, decision = await handle.query(LeadLifecycle.status), await handle.query(LeadLifecycle.decision)
    assert status is not None
    assert decision is not None
    assert (status.stage, decision.rule, decision.file) == (LeadStage.DISQUALIFIED, "to-user", "default.yaml")
    timeline = await handle.query(LeadLifecycle.timeline)
    assert [entry.event.split()[0] for entry in timeline] == ["Received", "Assigned", "Disqualified"]
    assert [entry.on for entry in timeline] == sorted(entry.on for entry in timeline)


@pytest.mark.parametrize(
    ("request_", "type_", "code", "says"),
    [
        (AssignLead(user="nobody"), "InvalidInput", "0x80040203", "systemuser 'nobody' does not exist"),
        (AcceptLead(user="mia"), "StateConflict", "0x80040220", "The lead belongs to anna, not to mia."),
        (EditLead(changes={"revenue": "much"}), "InvalidInput", "0x80040203", "revenue "),
        (EditLead(changes={"ownerid": str(uuid4())}), "InvalidInput", "0x80040203", "ownerid is not set here"),
        (QualifyLead(Status=4), "InvalidInput", "0x80048408", "4 is not a valid status code for state Qualified"),
        (DisqualifyLead(status="Won"), "InvalidInput", "0x80048408", "Won is not a valid status code"),
        (AddNote(filename="a", documentbody="%"), "InvalidInput", "0x80040203", "documentbody is not Base64"),
    ],
)
async def test_a_refusal_has_its_code_and_leaves_the_lead_as_it_was(
    service: Service, request_: Request, type_: str, code: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    lead = await service.submit(jobtitle="for anna")
    error = await service.refused(lead.leadid, request_)
    assert (error.type, list(error.details)) == (type_, [code])
    assert error.message.startswith(says)
    assert await service.handle(lead.leadid).query(LeadLifecycle.status) == lead
    assert (await service.ask(lead.leadid, AcceptLead())).stage is LeadStage.ACCEPTED  # the run goes on
    assert not [record for record in caplog.records if record.name == "temporalio.activity"]


async def test_the_same_request_id_does_nothing_again(service: Service) -> None:
    lead = await service.submit()
    request = LogCommunication(kind="email", subject="Hello")
    first = await service.ask(lead.leadid, request, "request-7")
    assert await service.ask(lead.leadid, request, "request-7") == first
    assert await service.story(lead.leadid) == ["Received", "Assigned", "Made"]
