"""The SLA ladder, with a clock that is moved: remind, re-route, escalate, and then nothing more."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from activities.deps import Dependencies
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, LogCommunication
from crm.store.database import Database
from crm.views import LeadView
from tests.rulebook import edited_rules
from tests.workflows.conftest import Service, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOUR = timedelta(hours=1, minutes=1)


@pytest_asyncio.fixture(loop_scope="session")
async def to_contact(skipping: Service, workflow_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    """Urgent leads must be contacted within three hours as well."""
    within = "accept_within: 1 hour\n      "
    rules = edited_rules(
        tmp_path / "rules", default=lambda text: text.replace(within, f"{within}contact_within: 3 hours\n      ")
    )
    async with serving(skipping.env, Dependencies(workflow_database, rules, "DE")) as service:
        yield service


async def later(skipping: Service, lead: LeadView, wait: timedelta = HOUR) -> LeadView:
    """The lead after a while. The run has done what was due before it answers."""
    await skipping.env.sleep(wait)
    status = await skipping.handle(lead.leadid).query(LeadLifecycle.status)
    assert status is not None
    return status


async def test_the_ladder_is_climbed_step_by_step(skipping: Service) -> None:
    first = await skipping.submit(jobtitle="urgent")
    assert first.accept_by is not None

    reminded = await later(skipping, first)
    assert (reminded.owner, reminded.stage) == (first.owner, LeadStage.ASSIGNED)
    assert reminded.accept_by is not None
    assert timedelta(0) <= reminded.accept_by - first.accept_by - timedelta(hours=1) < timedelta(minutes=1)

    rerouted = await later(skipping, first)
    assert rerouted.owner is not None
    assert rerouted.owner != first.owner
    assert rerouted.accept_by is not None

    escalated = await later(skipping, first)
    assert escalated.owner is not None
    assert (escalated.owner.key, escalated.accept_by) == ("managers", None)

    assert await later(skipping, first, timedelta(days=30)) == escalated  # nothing more happens by itself
    timeline = await skipping.handle(first.leadid).query(LeadLifecycle.timeline)
    assert [entry.event.split(":")[0] for entry in timeline][2:] == [
        "SLA missed",
        "SLA missed",
        timeline[4].event.split(":")[0],
        "SLA missed",
        "Assigned to team Managers",
    ]
    accepted = await skipping.ask(first.leadid, AcceptLead(user="mia"))
    assert accepted.owner.key == "mia"


@pytest.mark.parametrize("how", ["accept", "log"])
async def test_an_answer_in_time_ends_the_ladder(skipping: Service, how: str) -> None:
    lead = await skipping.submit(jobtitle="urgent")
    answer = AcceptLead() if how == "accept" else LogCommunication(kind="phonecall", subject="Hello")
    accepted = await skipping.ask(lead.leadid, answer)
    assert (accepted.stage, accepted.accept_by) == (LeadStage.ACCEPTED, None)
    assert await later(skipping, lead, timedelta(days=2)) == accepted


async def test_an_answer_after_the_reminder_ends_the_ladder(skipping: Service) -> None:
    lead = await skipping.submit(jobtitle="urgent")
    await later(skipping, lead)
    accepted = await skipping.ask(lead.leadid, AcceptLead())
    assert await later(skipping, lead, timedelta(days=2)) == accepted
    assert await skipping.story(lead.leadid) == ["Received", "Assigned", "SLA", "Accepted"]


async def test_assigning_by_hand_ends_the_ladder(skipping: Service) -> None:
    lead = await skipping.submit(jobtitle="urgent")
    assigned = await skipping.ask(lead.leadid, AssignLead(user="mia"))
    assert await later(skipping, lead, timedelta(days=2)) == assigned


async def test_a_lead_that_is_accepted_and_not_contacted_climbs_the_ladder(to_contact: Service) -> None:
    first = await to_contact.submit(jobtitle="urgent")
    accepted = await to_contact.ask(first.leadid, AcceptLead())
    assert (accepted.accept_by, accepted.contact_by) == (None, first.contact_by)

    reminded = await later(to_contact, first, 3 * HOUR)
    assert (reminded.owner, reminded.stage, reminded.breaches) == (first.owner, LeadStage.ACCEPTED, 1)
    assert reminded.contact_by is not None and first.contact_by is not None
    assert reminded.contact_by > first.contact_by

    rerouted = await later(to_contact, first, 3 * HOUR)
    assert rerouted.owner not in (None, first.owner)
    assert (rerouted.stage, rerouted.breaches) == (LeadStage.ASSIGNED, 2)
    assert rerouted.accept_by is not None and rerouted.contact_by is not None

    call = LogCommunication(kind="phonecall", subject="Hello")
    contacted = await to_contact.ask(first.leadid, call)
    assert (contacted.stage, contacted.accept_by, contacted.contact_by) == (LeadStage.ACCEPTED, None, None)
    assert await later(to_contact, first, timedelta(days=2)) == contacted
    assert await to_contact.story(first.leadid) == [
        "Received",
        "Assigned",
        "Accepted",
        "SLA",
        "SLA",
        "Assigned",
        "Made",
    ]


async def test_a_lead_without_a_time_limit_waits_for_months(skipping: Service) -> None:
    lead = await skipping.submit()
    assert lead.accept_by is None
    assert await later(skipping, lead, timedelta(days=200)) == lead
