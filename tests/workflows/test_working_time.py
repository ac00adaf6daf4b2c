"""The SLA ladder over a weekend, with a clock that is moved: time stands still while the owner is not at work."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from activities.deps import Dependencies
from crm.requests import AcceptLead
from crm.store.database import Database
from crm.views import LeadView
from tests.rulebook import edited_rules
from tests.workflows.conftest import Service, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOURS = "desk: {name: Desk, business_unit: north, working_hours: {days: mon-fri, from: 09:00, to: 17:00}, "
RULES = """
rules:
  - id: working-time
    when: {jobtitle: working time}
    then:
      assign_to: {team: desk, during: working_hours}
      accept_within: 4 hours
      if_missed: [remind, re-route, escalate: managers]
  - id: clock
    when: {jobtitle: clock}
    then: {assign_to: {team: desk}, accept_within: 4 hours clock, if_missed: [remind]}
otherwise: {assign_to: {team: desk}}
"""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = timedelta(minutes=2)  # the server's clock goes on while the test runs


@pytest_asyncio.fixture(loop_scope="session")
async def at_work(skipping: Service, workflow_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """A worker whose desk is open on weekdays from 9 to 17 UTC. It is Friday, 16:00.

    Every test ends without timers: the worker is gone after it, and the clock would wait for what nobody does.
    """
    rules = edited_rules(
        tmp_path / "rules",
        default=lambda _: RULES,
        directory=lambda text: text.replace("desk: {name: Desk, business_unit: north, ", HOURS),
    )
    async with serving(skipping.env, Dependencies(workflow_database, rules, "DE")) as service:
        await until(service, 4, 16)
        yield service


async def until(service: Service, weekday: int, hour: int) -> datetime:
    """Move the clock to the next such hour of this day of the week, Monday is 0."""
    now = await service.env.get_current_time()
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0) + DAY * ((weekday - now.weekday()) % 7)
    then += 7 * DAY if then <= now else timedelta(0)
    await service.env.sleep(then - now)
    return then


async def status(service: Service, lead: LeadView) -> LeadView:
    found = await service.handle(lead.leadid).query(LeadLifecycle.status)
    assert found is not None
    return found


async def test_time_stands_still_over_the_weekend(at_work: Service) -> None:
    lead = await at_work.submit(jobtitle="working time")
    now = await at_work.env.get_current_time()
    monday = (now + 3 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    assert lead.owner is not None and lead.accept_by is not None
    assert timedelta(0) <= lead.accept_by - monday < SOON

    await until(at_work, 0, 11)
    assert await status(at_work, lead) == lead  # nobody was reminded at the weekend

    await at_work.env.sleep(HOUR + SOON)
    reminded = await status(at_work, lead)
    assert reminded.owner == lead.owner and reminded.accept_by is not None
    assert timedelta(0) <= reminded.accept_by - lead.accept_by - 4 * HOUR < 2 * SOON  # by four in the afternoon

    await at_work.env.sleep(4 * HOUR)
    rerouted = await status(at_work, lead)
    assert rerouted.owner not in (None, lead.owner) and rerouted.accept_by is not None
    tuesday = monday + DAY
    assert timedelta(0) <= rerouted.accept_by - tuesday < 3 * SOON  # one hour was left on Monday

    await until(at_work, 1, 13)
    escalated = await status(at_work, lead)
    assert escalated.owner is not None and escalated.owner.key == "managers"
    await at_work.ask(lead.leadid, AcceptLead(user="mia"))
    assert [word for word in await at_work.story(lead.leadid) if word == "SLA"] == ["SLA"] * 3


async def test_clock_time_goes_on(at_work: Service) -> None:
    lead = await at_work.submit(jobtitle="clock")
    now = await at_work.env.get_current_time()
    assert lead.accept_by is not None
    assert timedelta(0) <= now + 4 * HOUR - lead.accept_by < SOON
    await at_work.env.sleep(4 * HOUR + SOON)
    reminded = await status(at_work, lead)
    assert reminded.accept_by is not None
    assert timedelta(0) <= reminded.accept_by - lead.accept_by - 4 * HOUR < 2 * SOON
    await at_work.ask(lead.leadid, AcceptLead())


async def test_nobody_is_at_work_at_night(at_work: Service) -> None:
    await until(at_work, 4, 23)
    lead = await at_work.submit(jobtitle="working time")
    assert lead.owner is not None and lead.accept_by is not None
    assert (lead.owner.type, lead.owner.key) == ("team", "desk")
    assert (lead.accept_by.weekday(), lead.accept_by.hour, lead.accept_by.minute) == (0, 13, 0)
    assert "ben: outside working hours until Mon 09:00 UTC" in lead.event
    accepted = await at_work.ask(lead.leadid, AcceptLead(user="ben"))
    assert accepted.owner.key == "ben"
