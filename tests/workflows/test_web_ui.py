"""What the Web UI shows of a run: search attributes, summary, current details; and how long its history gets."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from crm.requests import AcceptLead, DisqualifyLead, LeadSubmission, QualifyLead
from crm.views import LeadView
from tests.rulebook import small_rules
from tests.workflows.conftest import Service
from workflows.search_attributes import SEARCH_ATTRIBUTES

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS_TO_THE_OWNER = 12
EVENTS_OF_A_LIFE = 26


async def attributes(service: Service, lead: LeadView) -> dict[str, object]:
    """The run's search attributes by name; those without a value are left out."""
    description = await service.handle(lead.leadid).describe()
    found = {key: description.typed_search_attributes.get(key) for key in SEARCH_ATTRIBUTES}
    return {key.name: value for key, value in found.items() if value is not None}


async def metadata(service: Service, lead: LeadView) -> WorkflowMetadata:
    """What the Web UI asks a run for."""
    answer: Any = await service.handle(lead.leadid).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert isinstance(answer, WorkflowMetadata)
    return answer


async def test_the_search_attributes_follow_the_lead(service: Service) -> None:
    given = LeadSubmission(
        leadid=uuid4(), source="fair", channel_partner="contoso", business_unit="north", lead={"jobtitle": "urgent"}
    )
    lead = await service.leads.submit(given)
    assert lead.owner is not None
    shown = {
        "LeadState": "Open",
        "LeadStage": "assigned",
        "BusinessUnit": "north",
        "ChannelPartner": "contoso",
        "LeadSource": "fair",
        "LeadOwner": lead.owner.key,
        "RoutingRule": "urgent",
        "RulesDigest": small_rules().current().digest[:12],
        "SlaDue": lead.accept_by,
        "Unmatched": False,
    }
    assert await attributes(service, lead) == shown
    assert isinstance(shown.pop("SlaDue"), datetime)
    await service.ask(lead.leadid, AcceptLead())
    assert await attributes(service, lead) == {**shown, "LeadStage": "accepted"}  # nothing is due any more
    await service.ask(lead.leadid, DisqualifyLead())
    assert await attributes(service, lead) == {**shown, "LeadStage": "disqualified", "LeadState": "Disqualified"}


async def test_the_run_has_a_title(service: Service) -> None:
    given = LeadSubmission(
        source="fair", external_id=(id := str(uuid4())), business_unit="north", lead={"lastname": "L"}
    )
    lead = await service.leads.submit(given)
    description = await service.handle(lead.leadid).describe()
    assert await description.static_summary() == f"Lead from fair {id} for north"


async def test_the_details_tell_the_story_without_personal_data(service: Service) -> None:
    lead = await service.submit(jobtitle="urgent", firstname="Ada", emailaddress1=f"{uuid4()}@secret.example")
    assert lead.owner is not None
    details = (await metadata(service, lead)).current_details
    assert details.startswith(f"### Assigned, owned by {lead.owner.name} ({lead.owner.key})")
    for part in (
        "**Why:** Assigned to",
        "`urgent` in `default.yaml`",
        "**Accept by:** 20",
        "**Next:** The owner should",
    ):
        assert part in details
    for personal in ("secret.example", "Ada", "Lind"):
        if personal != "Lind" or lead.owner.key != "dora":  # a namesake
            assert personal not in details


async def test_the_details_of_a_quarantined_lead_say_what_to_correct(service: Service) -> None:
    lead = await service.submit(revenue="much")
    details = (await metadata(service, lead)).current_details
    assert details.startswith("### Quarantined")
    assert "**Problem:** revenue " in details
    assert "send the update `edit`" in details


async def test_every_message_has_a_description(service: Service) -> None:
    definition = (await metadata(service, await service.submit())).definition
    for messages in (definition.update_definitions, definition.signal_definitions, definition.query_definitions):
        own = [message for message in messages if not message.name.startswith("__")]
        assert own
        assert [message.name for message in own if not message.description] == []


async def test_the_history_stays_short(service: Service) -> None:
    lead = await service.submit(companyname="Analytical GmbH")
    to_the_owner = await service.events(lead.leadid)
    assert len(to_the_owner) <= EVENTS_TO_THE_OWNER, to_the_owner
    await service.ask(lead.leadid, AcceptLead())
    await service.ask(lead.leadid, QualifyLead())
    await service.handle(lead.leadid).result()
    whole_life = await service.events(lead.leadid)
    assert len(whole_life) <= EVENTS_OF_A_LIFE, whole_life


async def test_the_history_has_no_attributes_but_those_that_came_in(service: Service) -> None:
    """What activities return stands in the history: keys and states of the lead, nothing personal."""
    lead = await service.submit(emailaddress1=(email := f"{uuid4()}@secret.example"))
    history = await service.handle(lead.leadid).fetch_history()
    naming = [event.event_id for event in history.events if email.encode() in event.SerializeToString()]
    assert naming[:1] == [1]
    registered = [event for event in history.events if event.HasField("marker_recorded_event_attributes")]
    assert registered
    assert all(event.event_id not in naming for event in registered), naming
