"""kill -9 of the worker in the middle of change sets: each is whole or absent, and its leads have runs."""

import asyncio
from uuid import UUID, uuid5

import pytest
from sqlalchemy import select

from crm.change_sets import ChangeSetRequest
from crm.entities import ENTITIES
from crm.errors import StateConflict, Unavailable
from crm.identity import workflow_id
from crm.lifecycle import LeadStage
from crm.operations import CreateRecord, Done
from crm.security import Caller, everything
from crm.store.tables import TABLES
from tests.chaos.conftest import Place
from tests.chaos.stores import count_in
from tests.service import kill, start_worker, stop, wait_for
from workflows.lead_lifecycle import LeadLifecycle

SETS, LEADS = 12, 3
NAMES = UUID("0d9a6c1e-5a51-4f4e-8a59-8a1d6d3f1a77")
CALLER = Caller(NAMES, "admin", "Ada Admin", None, grants=everything(ENTITIES))


def currency_of(place: Place, number: int) -> UUID:
    return uuid5(NAMES, f"currency {number} of {place.name}")


def leads_of(place: Place, number: int) -> list[UUID]:
    """Of this place only: all share one Temporal server."""
    return [uuid5(NAMES, f"lead {number}.{one} of {place.name}") for one in range(LEADS)]


def request(place: Place, number: int) -> ChangeSetRequest:
    """A currency, and leads."""
    currency = CreateRecord(entity="transactioncurrency", id=currency_of(place, number), values=_currency(number))
    leads = [
        CreateRecord(entity="lead", id=lead, values={"lastname": f"Lind {number}"}) for lead in leads_of(place, number)
    ]
    return ChangeSetRequest(caller=CALLER, operations=(currency, *leads))


def _currency(number: int) -> dict[str, object]:
    return {"isocurrencycode": f"X{number:02}"[:5], "currencyname": f"Currency {number}", "exchangerate": 2}


@pytest.mark.timeout(240)
async def test_a_change_set_is_whole_or_absent_and_its_leads_have_runs(place: Place) -> None:
    worker = start_worker(place.env, place.log)
    asked = [asyncio.create_task(_carry_out(place, number)) for number in range(SETS)]
    half = SETS * LEADS // 2
    await asyncio.to_thread(wait_for, lambda: count_in(place.database, *LeadStage) >= half, "half of the leads")
    kill(worker)
    _assert_each_is_whole_or_absent(place)
    worker = await asyncio.to_thread(start_worker, place.env, place.log)
    try:
        await asyncio.gather(*asked)
        assert _assert_each_is_whole_or_absent(place) == SETS
        await asyncio.gather(
            *(_assert_has_run(place, lead) for number in range(SETS) for lead in leads_of(place, number))
        )
    finally:
        assert await asyncio.to_thread(stop, worker) == 0


async def _assert_has_run(place: Place, lead: UUID) -> None:
    view = await place.leads.settled(lead)
    run = place.client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(lead))
    assert await run.query(LeadLifecycle.status) == view
    assert len(await run.query(LeadLifecycle.timeline)) == 2  # received and routed, once


async def _carry_out(place: Place, number: int) -> list[Done]:
    """Ask until it is done, as a program does: what is there already was done by an earlier try."""
    while True:
        try:
            return list(await place.leads.change_together(request(place, number)))
        except Unavailable:
            await asyncio.sleep(0.5)
        except StateConflict as refused:
            assert "duplicate key" in refused.message or "already exists" in refused.message, refused
            return []


def _assert_each_is_whole_or_absent(place: Place) -> int:
    """Returns how many are there."""
    lead, currency = TABLES["lead"].c.leadid, TABLES["transactioncurrency"].c.transactioncurrencyid
    with place.database.reading() as connection:
        ids = {*connection.execute(select(lead)).scalars(), *connection.execute(select(currency)).scalars()}
    whole = 0
    for number in range(SETS):
        parts = {currency_of(place, number), *leads_of(place, number)}
        assert parts <= ids or parts.isdisjoint(ids), number
        whole += parts <= ids
    return whole
