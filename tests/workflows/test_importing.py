"""An import has few leads under way: it waits for a worker to store them, and goes on where there is none."""

from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

from crm.choices import standard_choices
from crm.identity import leadid_for
from crm.requests import LeadSubmission
from leadflow.intake.importing import UNDER_WAY, Reader, import_leads
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.rows import Reject, Row
from leadflow.starter import Leads
from tests.workflows.conftest import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS = 5


async def imported(leads: Leads, source: str) -> None:
    rows = [Row(line, {"lastname": "Lind", "external_id": str(line)}) for line in range(ROWS)]
    rejects: list[Reject] = []
    reader = Reader(ColumnMapping(), standard_choices(), {"source": source})
    summary = await import_leads(leads, rows, reader, on_reject=rejects.append)
    assert (summary.started, summary.known, rejects) == (ROWS, 0, [])


async def taken_in(leads: Leads, source: str) -> int:
    ids = [leadid_for(LeadSubmission(source=source, external_id=str(line), lead={"a": 1}), "") for line in range(ROWS)]
    return sum([await leads.is_taken_in(id) for id in ids])


async def test_all_but_the_last_leads_are_stored_when_an_import_ends(service: Service) -> None:
    source = f"feed-{uuid4()}"
    await imported(service.leads, source)
    assert await taken_in(service.leads, source) > ROWS - UNDER_WAY


async def test_without_a_worker_leads_wait_in_temporal_and_the_import_ends(dev_server: WorkflowEnvironment) -> None:
    leads, source = Leads(dev_server.client, f"nobody-{uuid4()}"), f"feed-{uuid4()}"
    await imported(leads, source)
    assert await taken_in(leads, source) == 0
