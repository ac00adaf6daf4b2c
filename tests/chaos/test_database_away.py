"""The database goes away for some seconds: leads wait, Temporal shows why, and then they get their owner."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, text

from crm.identity import leadid_for, workflow_id
from crm.lifecycle import LeadStage
from crm.requests import LeadSubmission
from crm.store.database import Database
from tests.chaos.conftest import Place
from tests.chaos.stores import assert_each_lead_has_one_owner, count_in, submissions
from tests.service import start_worker, stop, wait_for

BEFORE, DURING = 20, 40


@pytest.mark.timeout(240)
async def test_leads_wait_for_the_database(place: Place) -> None:
    given = [LeadSubmission.model_validate(one) for one in submissions(place.name, BEFORE + DURING)]
    worker = await asyncio.to_thread(start_worker, place.env, place.log)
    for one in given[:BEFORE]:
        await place.leads.enqueue(one)
    await asyncio.to_thread(wait_for, lambda: count_in(place.database, LeadStage.ASSIGNED) == BEFORE, "the first")
    with _away(place.database):
        for one in given[BEFORE:]:
            await place.leads.enqueue(one)
        reason = await _why_it_waits(place, leadid_for(given[BEFORE], otherwise=""))
    assert reason.startswith("The database ")
    everyone = len(given)
    await asyncio.to_thread(wait_for, lambda: count_in(place.database, LeadStage.ASSIGNED) == everyone, "the others")
    assert_each_lead_has_one_owner(place.database, everyone)
    assert stop(worker) == 0


async def _why_it_waits(place: Place, lead: UUID) -> str:
    """What the Web UI shows of a lead's pending step, once one has failed."""
    handle = place.client.get_workflow_handle(workflow_id(lead))
    async with asyncio.timeout(90):
        while True:
            described = await handle.describe()
            for pending in described.raw_description.pending_activities:
                if pending.last_failure.message:
                    return pending.last_failure.message
            await asyncio.sleep(0.1)


@contextmanager
def _away(database: Database) -> Iterator[None]:
    url = make_url(database.url)
    if url.get_backend_name() == "sqlite":  # somebody else holds the write lock
        with database.transaction():
            yield
        return
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        try:
            ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(ending), {"name": url.database})
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    admin.dispose()
