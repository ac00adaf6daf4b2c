"""What orders the tasks of leads that wait for a worker: how urgent each is, and whose it is."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import Priority

from crm.requests import LeadSubmission, Urgency
from tests.workflows.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def priority_of(service: Service, lead: UUID) -> Priority:
    """Of the whole run, as it was started."""
    described = await service.handle(lead).describe()
    return described.raw_description.workflow_execution_info.priority


@pytest.mark.parametrize(("urgency", "key"), [("hot", 1), ("normal", 3), ("bulk", 5)])
async def test_the_urgency_of_a_submission_is_its_runs_priority(service: Service, urgency: Urgency, key: int) -> None:
    submission = LeadSubmission(leadid=uuid4(), source="web", lead={"lastname": "Lind"}, urgency=urgency)
    submitted = await service.leads.submit(submission)
    enqueued = submission.model_copy(update={"leadid": (other := uuid4())})
    assert await service.leads.enqueue(enqueued)
    for lead in (submitted.leadid, other):
        assert (await priority_of(service, lead)).priority_key == key


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        ({"channel_partner": "contoso", "business_unit": "north", "source": "feed"}, "contoso"),
        ({"business_unit": "north", "source": "feed"}, "north"),
        ({"source": "feed"}, "feed"),
        ({"source": "Ü" * 100}, "Ü" * 32),  # Temporal takes 64 bytes
    ],
)
async def test_leads_of_one_partner_unit_or_feed_wait_for_each_other(
    service: Service, origin: dict[str, Any], key: str
) -> None:
    lead = LeadSubmission(leadid=(leadid := uuid4()), lead={"lastname": "Lind"}, **origin)
    await service.leads.enqueue(lead)
    assert (await priority_of(service, leadid)).fairness_key == key
