"""Leads of one person whose rules say `merge`: their runs make one open lead of them, even if one run is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.entities.lead import Lead
from crm.errors import StateConflict
from crm.identity import workflow_id
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DisqualifyLead, LeadSubmission, MergeInto
from crm.store import records
from crm.views import LeadView
from tests.rulebook import edited_rules
from tests.workflows.conftest import Service, open_organisation, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def merging(dev_server: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A worker whose rules say `merge`."""
    folder: Path = tmp_path_factory.mktemp("merging")
    rules = edited_rules(
        folder / "rules",
        default=lambda text: "duplicates: merge\n" + text.replace("is_duplicate: yes", "jobtitle: known"),
    )
    async with serving(dev_server, Dependencies(open_organisation(folder), rules, "DE"), sandbox=True) as service:
        yield service


def stored(service: Service, lead: LeadView) -> Lead:
    with service.deps.database.reading() as connection:
        found = records.fetch(connection, Lead, lead.leadid)
    assert found is not None
    return found


def ada() -> dict[str, str]:
    """A person of the test's own."""
    return {"lastname": "King", "emailaddress1": f"ada-{uuid4()}@analytical.example"}


async def test_leads_that_come_in_at_the_same_instant_become_one_with_an_owner(merging: Service) -> None:
    person = ada()
    submissions = [
        LeadSubmission(source=source, external_id=str(uuid4()), lead={**person, attribute: "Something"})
        for source, attribute in (("web", "companyname"), ("fair", "subject"), ("shop", "description"))
    ]
    answers = await asyncio.gather(*map(merging.leads.submit, submissions))
    (master,) = (lead for lead in answers if lead.master is None)
    assert master.owner and master.stage is LeadStage.ASSIGNED
    for lead in answers:
        if lead is not master:
            assert (lead.stage, lead.master, lead.owner) == (LeadStage.DISQUALIFIED, master.leadid, None)
            assert (await merging.handle(lead.leadid).result()).master == master.leadid
    values = stored(merging, master)
    assert (values.companyname, values.subject, values.description) == ("Something",) * 3
    assert sorted(await merging.story(master.leadid)) == ["Assigned", "Merged", "Merged", "Received"]
    assert await asyncio.gather(*map(merging.leads.submit, submissions)) == [
        await merging.settle(master.leadid) if lead is master else lead for lead in answers
    ]


async def test_a_lead_whose_master_has_no_run_any_more_is_routed_itself(merging: Service) -> None:
    person = ada()
    master = await merging.submit(**person)
    await merging.handle(master.leadid).terminate("as if it had been closed just now")
    lead = await merging.submit(**person)
    assert (lead.stage, lead.master, lead.duplicates) == (LeadStage.ASSIGNED, None, 1)
    assert await merging.story(lead.leadid) == ["Received", "Not", "Assigned"]
    assert (await merging.ask(lead.leadid, AcceptLead())).stage is LeadStage.ACCEPTED


async def test_what_the_merge_filled_moves_the_master(merging: Service) -> None:
    person = ada()
    master = await merging.submit(**person)
    await merging.submit(**person, jobtitle="for the inbox")
    moved = await merging.settle(master.leadid)
    assert moved.queue == "inbox"
    assert await merging.story(master.leadid) == ["Received", "Assigned", "Merged", "Assigned"]


async def test_leads_are_merged_by_hand(merging: Service) -> None:
    one, other, closed = [await merging.submit() for _ in range(3)]
    merged = await merging.ask(one.leadid, MergeInto(master=other.leadid))
    assert (merged.stage, merged.master) == (LeadStage.DISQUALIFIED, other.leadid)
    await merging.handle(one.leadid).result()
    with pytest.raises(StateConflict, match="already closed"):
        await merging.leads.ask(workflow_id(one.leadid), MergeInto(master=other.leadid))
    await merging.ask(closed.leadid, DisqualifyLead())
    assert (await merging.refused(other.leadid, MergeInto(master=closed.leadid))).type == "StateConflict"
    assert (await merging.settle(other.leadid)).stage is LeadStage.ASSIGNED


async def test_a_lead_that_no_run_takes_over_by_hand_stays_where_it_is(merging: Service) -> None:
    one, other = [await merging.submit() for _ in range(2)]
    await merging.handle(other.leadid).terminate("as if it had been closed just now")
    assert "nothing was changed" in (await merging.refused(one.leadid, MergeInto(master=other.leadid))).message
    now = await merging.settle(one.leadid)
    assert (now.stage, now.owner, now.master) == (LeadStage.ASSIGNED, one.owner, None)
