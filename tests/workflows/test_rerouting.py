"""The leads of a rule set that was replaced: what today's rules would do with them, and sending them there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.requests import AcceptLead, DisqualifyLead, EditLead, RerouteLead
from crm.store.database import Database
from leadflow.rerouting import Fate, Verdict, fates, reroute, undoing
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
