"""The leads of a rule set that was replaced: what today's rules would do with them, and sending them there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.requests import AcceptLead, AddNote, DisqualifyLead, EditLead, RerouteLead
from crm.store.database import Database
from leadflow.rerouting import Fate, Move, Verdict, fates, leaving, reroute, undoing
from leadflow.roster import By, deactivate, find_user
from rules.engine.live import LiveRules
from tests.rulebook import FOLDER, small_rules
from tests.workflows.conftest import Service, open_organisation, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAST = 1000.0


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_organisation(tmp_path)


@pytest.fixture
def edited(tmp_path: Path) -> LiveRules:
    """The small rule book after somebody gave anna's leads to ben."""
    folder = tmp_path / "edited"
    folder.mkdir()
    for name in ("default.yaml", "directory.yaml", "choices.yaml"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("{user: anna}", "{user: ben}"), encoding="utf-8")
    return LiveRules(folder)


@asynccontextmanager
async def after_the_change(
    server: WorkflowEnvironment, database: Database, edited: LiveRules, *jobs: str
) -> AsyncIterator[tuple[Service, list[UUID]]]:
    """Leads with these job titles, routed by the small rule book; then a worker with the edited one."""
    queue = f"leads-{uuid4()}"
    async with serving(server, Dependencies(database, small_rules(), "DE"), task_queue=queue) as before:
        leads = [(await before.submit(jobtitle=job)).leadid for job in jobs]
    async with serving(server, Dependencies(database, edited, "DE"), task_queue=queue) as now:
        yield now, leads


def looked_at(database: Database, edited: LiveRules, *, accepted: bool = False) -> dict[UUID, Fate]:
    old = small_rules().current().digest
    with database.reading() as connection:
        return {fate.lead.leadid: fate for fate in fates(connection, edited.current(), old, accepted=accepted)}


async def sent(service: Service, found: dict[UUID, Fate]) -> list[UUID]:
    result = await reroute(service.leads, undoing(found.values(), small_rules().current().digest), rate=FAST)
    assert result.refused == {}
    return result.done


async def test_each_lead_is_told_apart(dev_server: WorkflowEnvironment, database: Database, edited: LiveRules) -> None:
    jobs = ("for anna", "for the inbox", "for anna", "for anna", "for anna")
    async with after_the_change(dev_server, database, edited, *jobs) as (service, leads):
        moves, _, accepted, closed, since = leads
        await service.ask(accepted, AcceptLead())
        await service.ask(closed, DisqualifyLead())
        await service.ask(since, RerouteLead())
        found = looked_at(database, edited)
        verdicts = [found[lead].verdict for lead in leads]
        assert verdicts == [Verdict.MOVES, Verdict.SAME, Verdict.ACCEPTED, Verdict.CLOSED, Verdict.DECIDED_SINCE]
        today = found[moves].today
        assert today is not None and today.outcome.destination == "user ben"
        assert looked_at(database, edited, accepted=True)[accepted].verdict is Verdict.MOVES


async def test_todays_attributes_count(dev_server: WorkflowEnvironment, database: Database, edited: LiveRules) -> None:
    async with after_the_change(dev_server, database, edited, "for anna") as (service, (lead,)):
        await service.ask(lead, AcceptLead())  # so that the edit does not move it
        await service.ask(lead, EditLead(changes={"jobtitle": "for the inbox"}))
        fate = looked_at(database, edited, accepted=True)[lead]
        assert fate.today is not None and fate.today.outcome.destination == "queue inbox"


async def test_looking_writes_nothing(dev_server: WorkflowEnvironment, database: Database, edited: LiveRules) -> None:
    def everything() -> list[str]:
        """All rows but those in which the worker gives a sign of life."""
        with database.reading() as connection:
            dump = connection.connection.driver_connection.iterdump()  # type: ignore[union-attr]
            return [line for line in dump if "lf_rulestatus" not in line]

    async with after_the_change(dev_server, database, edited, "for anna") as (service, (lead,)):
        before = everything(), await service.events(lead)
        assert looked_at(database, edited)
        assert (everything(), await service.events(lead)) == before


async def test_leads_go_once_through_their_workflows(
    dev_server: WorkflowEnvironment, database: Database, edited: LiveRules
) -> None:
    async with after_the_change(dev_server, database, edited, "for anna", "for the inbox") as (service, leads):
        found = looked_at(database, edited)
        assert await sent(service, found) == leads[:1]
        status = await service.handle(leads[0]).query(LeadLifecycle.status)
        assert status is not None and status.owner is not None and status.owner.key == "ben"
        assert f"rules {small_rules().current().digest[:12]} are replaced by" in status.event
        events = await service.events(leads[0])
        await sent(service, found)  # the same requests again, as after an interruption
        assert await service.events(leads[0]) == events
        assert looked_at(database, edited)[leads[0]].verdict is Verdict.DECIDED_SINCE


async def test_a_lead_that_closes_meanwhile_is_named_and_the_others_go(
    dev_server: WorkflowEnvironment, database: Database, edited: LiveRules
) -> None:
    async with after_the_change(dev_server, database, edited, "for anna", "for anna") as (service, leads):
        found = looked_at(database, edited)
        await service.ask(leads[0], DisqualifyLead())
        result = await reroute(service.leads, undoing(found.values(), small_rules().current().digest), rate=FAST)
        assert (list(result.refused), result.done) == (leads[:1], leads[1:])


# An edit, and an owner who leaves


async def test_an_edit_routes_the_lead_again_where_the_rules_read_it(service: Service) -> None:
    lead = await service.submit()
    edited = await service.ask(lead.leadid, EditLead(changes={"jobtitle": "for the inbox", "firstname": "Ada"}))
    assert (edited.queue, edited.reroutes) == ("inbox", 1)
    assert edited.event.endswith("edited: firstname, jobtitle")
    same = await service.ask(lead.leadid, EditLead(changes={"numberofemployees": 7}))
    assert same.event == "Rules asked again (edited: numberofemployees): same outcome"
    assert (await service.ask(lead.leadid, EditLead(changes={"firstname": "Eva"}))).event == "Edited: firstname"
    await service.handle(lead.leadid).signal(
        LeadLifecycle.attributes_changed, EditLead(changes={"jobtitle": "for anna"})
    )
    noted = await service.ask(lead.leadid, AddNote(notetext="after it"))
    assert (noted.owner.key, noted.reroutes) == ("anna", 2)
    story = ["Received", "Assigned", "Edited", "Assigned", "Edited", "Rules", "Edited", "Edited", "Assigned", "Added"]
    assert await service.story(lead.leadid) == story


async def test_the_open_leads_of_a_leaver_go_to_others(dev_server: WorkflowEnvironment, database: Database) -> None:
    async with serving(dev_server, Dependencies(database, small_rules(), "DE")) as service:
        leads = [(await service.submit(jobtitle="for anna")).leadid for _ in range(3)]
        await service.ask(leads[0], AcceptLead())
        await service.ask(leads[1], DisqualifyLead())
        moves = leaving_anna(database)
        assert {move.leadid for move in moves} == {leads[0], leads[2]}
        deactivate(database, "anna", By(datetime.now(UTC)))
        result = await reroute(service.leads, moves, rate=FAST)
        assert (set(result.done), result.refused) == ({leads[0], leads[2]}, {})
        for lead in result.done:
            status = await service.handle(lead).query(LeadLifecycle.status)
            assert status is not None and status.owner is not None and status.owner.key == "desk"
            assert "owner left" in status.event
        events = [await service.events(lead) for lead in leads]
        assert leaving_anna(database) == []
        await reroute(service.leads, moves, rate=FAST)  # as after an interruption
        assert [await service.events(lead) for lead in leads] == events


def leaving_anna(database: Database) -> list[Move]:
    with database.reading() as connection:
        return leaving(connection, find_user(connection, "anna"), reason="owner left", actor=None)
