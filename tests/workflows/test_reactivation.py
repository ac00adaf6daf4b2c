"""A closed lead opens again in a new run, for its owner or routed anew."""

from uuid import UUID

import pytest

from crm.errors import StateConflict
from crm.lifecycle import LeadStage, LeadState
from crm.requests import AcceptLead, DisqualifyLead, QualifyLead, ReactivateLead
from crm.views import LeadView, Qualification
from tests.workflows.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def closed(service: Service, **attributes: str) -> LeadView:
    lead = await service.submit(**attributes)
    if lead.statecode == LeadState.OPEN:
        await service.ask(lead.leadid, DisqualifyLead())
    return await service.handle(lead.leadid).result()


async def reactivate(service: Service, leadid: UUID, *, route: bool = False) -> LeadView:
    return await service.leads.reactivate(leadid, "web", ReactivateLead(reason="they called", route=route))


async def test_it_is_with_its_owner_again(service: Service) -> None:
    lead = await closed(service)
    again = await reactivate(service, lead.leadid)
    assert (again.stage, again.owner, again.statecode) == (LeadStage.ACCEPTED, lead.owner, LeadState.OPEN)
    assert await service.story(lead.leadid) == ["Reactivated"]


async def test_it_may_be_routed_anew(service: Service) -> None:
    lead = await closed(service)
    again = await reactivate(service, lead.leadid, route=True)
    assert again.stage is LeadStage.ASSIGNED
    assert await service.story(lead.leadid) == ["Reactivated", "Assigned"]
    assert (await service.ask(lead.leadid, AcceptLead())).stage is LeadStage.ACCEPTED


async def test_a_lead_that_nobody_owned_is_routed(service: Service) -> None:
    lead = await closed(service, jobtitle="competitor")
    again = await reactivate(service, lead.leadid)
    assert again.stage is LeadStage.DISQUALIFIED  # by the same rule
    assert (await service.handle(lead.leadid).result()).stage is LeadStage.DISQUALIFIED


async def test_an_open_lead_is_not_reactivated(service: Service) -> None:
    lead = await service.submit()
    with pytest.raises(StateConflict, match="already in the open state") as raised:
        await reactivate(service, lead.leadid)
    assert raised.value.code == "0x80040518"
    assert await service.story(lead.leadid) == ["Received", "Assigned"]


async def test_qualified_again_it_has_one_account_and_one_contact(service: Service) -> None:
    lead = await service.submit(companyname="Analytical GmbH")
    first = await service.ask(lead.leadid, QualifyLead())
    await service.handle(lead.leadid).result()
    await reactivate(service, lead.leadid)
    second: Qualification = await service.ask(lead.leadid, QualifyLead())
    assert [record.logicalname for record in first.created] == ["account", "contact", "opportunity"]
    assert [record.logicalname for record in second.created] == ["opportunity"]
