"""The SLA ladder, with a clock that is moved: remind, re-route, escalate, and then nothing more."""

from datetime import timedelta

import pytest

from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, LogCommunication
from crm.views import LeadView
from tests.workflows.conftest import Service
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOUR = timedelta(hours=1, minutes=1)


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


async def test_a_lead_without_a_time_limit_waits_for_months(skipping: Service) -> None:
    lead = await skipping.submit()
    assert lead.accept_by is None
    assert await later(skipping, lead, timedelta(days=200)) == lead
