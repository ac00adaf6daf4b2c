"""Offers with a clock that is moved: a weekend that does not count, the next partner, a registration, and a race."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from activities.deps import Dependencies
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DeclineLead, DisqualifyLead, RerouteLead
from crm.store.partners import offers
from crm.views import LeadView
from leadflow.organisation import apply_organisation
from tests.rulebook.partners import with_partners
from tests.workflows.conftest import Service, open_organisation, serving
from tests.workflows.test_working_time import until
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")

FRIDAY, SUNDAY, MONDAY = 4, 6, 0
QUARTER = timedelta(days=90)


@pytest_asyncio.fixture(loop_scope="session")
async def selling(skipping: Service, tmp_path: Path) -> AsyncIterator[Service]:
    """A worker and a database with the three partners. It is Friday, 12:00 UTC: Acme has two to four hours left.

    Every test ends without timers: the worker is gone after it, and the clock would wait for what nobody does.
    """
    rules = with_partners(tmp_path / "rules")
    database = open_organisation(tmp_path)
    apply_organisation(database, rules.current())
    async with serving(skipping.env, Dependencies(database, rules, "DE")) as service:
        await until(service, FRIDAY, 12)
        yield service
    database.close()


async def now(selling: Service, lead: LeadView) -> LeadView:
    status = await selling.handle(lead.leadid).query(LeadLifecycle.status)
    assert status is not None
    return status


def trail(selling: Service, lead: LeadView) -> list[str]:
    with selling.deps.database.reading() as connection:
        return [f"{entry.event} {entry.partner}" for entry in offers.trail(connection, lead.leadid)]


async def test_an_offer_goes_from_partner_to_partner_until_one_accepts(selling: Service) -> None:
    lead = await selling.submit(jobtitle="for partners", companyname="Firm GmbH")
    assert (lead.stage, lead.offered_to) == (LeadStage.OFFERED, "acme")
    assert lead.accept_by is not None
    assert lead.accept_by.weekday() == MONDAY

    await until(selling, SUNDAY, 23)
    assert (await now(selling, lead)).offered_to == "acme"
    await until(selling, MONDAY, 16)
    assert (await now(selling, lead)).offered_to == "bolt"
    late = await selling.refused(lead.leadid, AcceptLead(user="alma"))
    assert "who let the offer expire on" in late.message

    declined = await selling.ask(lead.leadid, DeclineLead(reason="too small", actor="bea"))
    assert (declined.offered_to, declined.reroutes) == ("crane", 0)
    accepted = await selling.ask(lead.leadid, AcceptLead(user="carl"))
    assert (accepted.stage, accepted.owner.key) == (LeadStage.ACCEPTED, "carl")
    assert accepted.registered_until == accepted.accepted_on + QUARTER
    assert trail(selling, lead) == [
        "offered acme", "expired acme", "offered bolt", "declined bolt", "offered crane", "accepted crane"
    ]  # fmt: skip
    assert await selling.story(lead.leadid) == [
        "Received", "Offered", "Offer", "Offered", "Declined", "Offered", "Accepted"
    ]  # fmt: skip

    second = await selling.submit(jobtitle="for partners", companyname="The Firm")
    assert (second.offered_to, second.conflict) == ("crane", None)
    stays = await selling.ask(lead.leadid, RerouteLead())
    assert (stays.owner.key, stays.stage) == ("carl", LeadStage.ACCEPTED)
    for one in (second, lead):
        await selling.ask(one.leadid, DisqualifyLead())
    assert trail(selling, second) == ["offered crane", "withdrawn crane"]
    assert trail(selling, lead)[-1] == "released crane"


async def test_an_answer_after_the_end_of_its_time_is_refused_and_the_next_partner_has_the_offer(
    selling: Service,
) -> None:
    lead = await selling.submit(jobtitle="for two partners")
    assert lead.accept_by is not None
    await selling.env.sleep(lead.accept_by - await selling.env.get_current_time())
    while len(trail(selling, lead)) < 3:  # the server that skips time loses an update that meets a timer's task
        await asyncio.sleep(0.05)
    error = await selling.refused(lead.leadid, AcceptLead(user="bea", partner="bolt"))
    assert "bolt" in error.message
    assert trail(selling, lead) == ["offered bolt", "expired bolt", "offered crane"]
    await selling.ask(lead.leadid, DisqualifyLead())
