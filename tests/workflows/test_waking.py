"""Who becomes free gets the lead that waited longest, at once: the run that frees them wakes it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, DeclineLead, DisqualifyLead, LookAgain
from crm.store.distribution.waiting import for_user
from crm.store.people.organisation import record_id
from crm.views import LeadView
from leadflow.roster import By, cancel_absence, enter_absence
from tests.lost import lost_leads
from tests.rulebook import edited_rules
from tests.workflows.conftest import Service, open_organisation, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = "otherwise: {assign_to: {team: managers}, accept_within: 1 hour, if_nobody: [wait]}\n"


@pytest_asyncio.fixture(loop_scope="session")
async def busy(dev_server: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Service]:
    """A team of one, who may have one open lead."""
    rules = edited_rules(
        tmp_path / "rules",
        default=lambda _: RULES,
        directory=lambda text: text.replace("managers: {name: Managers, ", "managers: {name: Managers, capacity: 1, "),
    )
    database = open_organisation(tmp_path)
    async with serving(dev_server, Dependencies(database, rules, "DE"), sandbox=True) as service:
        yield service
        assert lost_leads(database) == []
    database.close()


async def routed(service: Service, lead: LeadView) -> LeadView:
    """The lead once it does not wait any more."""
    for _ in range(200):
        status = await service.handle(lead.leadid).query(LeadLifecycle.status)
        assert status is not None
        if status.stage is not LeadStage.WAITING:
            return status
        await asyncio.sleep(0.05)
    raise AssertionError(f"lead {lead.leadid} was not woken")


async def waiting(service: Service, title: str) -> LeadView:
    lead = await service.submit(jobtitle=title)
    assert lead.stage is LeadStage.WAITING
    return lead


async def test_a_freed_place_goes_to_the_lead_that_waited_longest(busy: Service) -> None:
    first = await busy.submit(jobtitle="first")
    second, third = await waiting(busy, "second"), await waiting(busy, "third")

    closed = await busy.ask(first.leadid, DisqualifyLead())
    assert (closed.stage, closed.wakes) == (LeadStage.DISQUALIFIED, ())
    assert await busy.handle(first.leadid).result() == closed
    woken = await routed(busy, second)
    assert woken.owner == first.owner
    assert woken.accept_by is not None
    assert (woken.stage, woken.reroutes) == (LeadStage.ASSIGNED, 0)

    await busy.ask(second.leadid, AssignLead(team="desk"))
    assert (await routed(busy, third)).owner == first.owner
    assert [word for word in await busy.story(third.leadid) if word != "Waiting"] == ["Received", "Assigned"]


async def test_a_declined_lead_makes_room_for_one_that_waits(busy: Service) -> None:
    first = await busy.submit(jobtitle="first")
    second = await waiting(busy, "second")
    declined = await busy.ask(first.leadid, DeclineLead(reason="not mine"))
    assert declined.owner is not None and declined.owner.key == "managers"
    assert "there is nobody to wait for; skipped mia: had this lead and gave it back" in declined.event
    assert (await routed(busy, second)).owner == first.owner


async def test_a_run_that_is_over_is_passed_over(busy: Service) -> None:
    first = await busy.submit(jobtitle="first")
    ended, second = await waiting(busy, "ended"), await waiting(busy, "second")
    await busy.handle(ended.leadid).terminate("by mistake")
    await busy.ask(first.leadid, DisqualifyLead())
    assert (await busy.handle(first.leadid).result()).stage is LeadStage.DISQUALIFIED
    assert (await routed(busy, second)).owner == first.owner


async def test_a_lead_that_is_woken_in_vain_waits_on_and_one_that_does_not_wait_stays(busy: Service) -> None:
    first = await busy.submit(jobtitle="first")
    second = await waiting(busy, "second")
    for lead in (first, second):
        await busy.handle(lead.leadid).signal(LeadLifecycle.look_again, LookAgain())
    accepted = await busy.ask(first.leadid, AcceptLead())
    assert await busy.story(first.leadid) == ["Received", "Assigned", "Accepted"]
    taken = await busy.ask(second.leadid, AcceptLead(user="mia"))
    assert await busy.story(second.leadid) == ["Received", "Waiting", "Waiting", "Accepted"]
    assert accepted.owner == taken.owner


async def test_a_cancelled_absence_wakes_the_leads_that_wait_for_the_user(busy: Service) -> None:
    database, directory, today = busy.deps.database, busy.deps.rules.current().directory, datetime.now(UTC).date()
    by = By(datetime.now(UTC))
    enter_absence(database, directory, "mia", today - timedelta(days=1), today + timedelta(days=9), by)
    lead = await waiting(busy, "first")
    assert "mia: absent until" in lead.event
    cancel_absence(database, directory, "mia", None, by)
    with database.reading() as connection:
        found = for_user(connection, record_id("systemuser", "mia"), 10)
    assert await busy.leads.wake([*found, "lead-that-is-over"], LookAgain(reason="the roster was changed")) == 1
    woken = await routed(busy, lead)
    assert woken.owner is not None and woken.owner.key == "mia"
    assert "the roster was changed" in woken.event
