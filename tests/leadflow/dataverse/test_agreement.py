"""Lead rows and runs never disagree: compared after 1,000 random writes, many of them at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from crm.choices import standard_choices
from crm.entities import SystemUser
from crm.lifecycle import LeadStage, LeadState
from leadflow.dataverse.call import Services
from tests.leadflow.dataverse.conftest import ADMINISTRATOR
from tests.leadflow.dataverse.lead_traffic import KINDS, Traffic
from tests.leadflow.dataverse.live import LiveApi
from tests.leadflow.dataverse.live import dev_server as dev_server
from tests.workflows.conftest import dependencies, open_organisation, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WRITES = 1000
AT_ONCE = 12


@pytest_asyncio.fixture(loop_scope="session")
async def live(dev_server: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[LiveApi]:
    """The Web API with a worker on a database of their own."""
    async with serving(dev_server, dependencies(open_organisation(tmp_path))) as service:
        services = Services(service.deps.database, service.leads, standard_choices, b"secret", "DE")
        live = LiveApi(service, services)
        live.store(SystemUser(systemuserid=ADMINISTRATOR.userid, firstname="Ada", lastname="Admin"))
        yield live


@pytest.mark.timeout(180)
async def test_rows_and_runs_agree_after_a_thousand_writes(live: LiveApi) -> None:
    traffic = Traffic(live, seed=20261122)
    await traffic.run(WRITES, AT_ONCE)
    done = {kind for kind, status in traffic.outcomes if status < 300}
    refused = {kind for kind, status in traffic.outcomes if status >= 400}
    assert done == KINDS.keys() - {"stale"}
    assert refused >= KINDS.keys() - {"upsert"}
    stages = await asyncio.gather(*(agreed_stage(live, lead) for lead in traffic.ids))
    assert len(set(stages)) >= 4
    assert ("create", 404) not in traffic.outcomes


async def agreed_stage(live: LiveApi, lead: UUID) -> LeadStage | None:
    """Where the lead stands, by its row and by its run. A signal that is under way is waited for."""
    async with asyncio.timeout(60):
        while (difference := await differs(live, lead)) is not None:
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                pytest.fail(difference)
    row = live.lead(lead)
    return LeadStage(str(row.lf_stage)) if row else None


async def differs(live: LiveApi, lead: UUID) -> str | None:
    """What the row and the run say differently."""
    row = live.lead(lead)
    handle = live.service.handle(lead)
    try:
        run = await handle.describe()
        view = await handle.query(LeadLifecycle.status)
    except RPCError:
        return f"there is a row of {lead}, and no run" if row else None
    assert view is not None
    is_running = run.status is WorkflowExecutionStatus.RUNNING
    if row is None:
        return None if (view.stage, is_running) == (LeadStage.DELETED, False) else f"{view.stage}, and no row: {view}"
    if is_running != (row.statecode == LeadState.OPEN):
        return f"the run is {run.status}, the row's state {row.statecode}"
    said = (view.stage, view.statecode, view.statuscode, view.owner.id if view.owner else None)
    kept = (row.lf_stage, row.statecode, row.statuscode, row.ownerid)
    return None if said == kept else f"the run says {said}, the row {kept}"
