"""kill -9 of `leadflow up`, and of the Temporal server with it: the runs are in the server's file, and go on."""

import os
import signal
from pathlib import Path

import pytest

from crm.lifecycle import LeadStage
from crm.requests import LeadSubmission
from crm.store.database import open_database
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect
from tests.chaos.stores import assert_each_lead_has_one_owner, count_in, submissions
from tests.service import kill, running_service, wait_for

LEADS = 60


@pytest.mark.timeout(240)
@pytest.mark.parametrize("server_dies_too", [False, True], ids=["up", "up and server"])
async def test_everything_goes_on_after_a_restart(tmp_path: Path, server_dies_too: bool) -> None:
    state = tmp_path / "state"
    with running_service(state) as first:
        leads = Leads(await connect(Settings.model_validate({"temporal_address": first.server.address})))
        for one in submissions("restart", LEADS):
            await leads.enqueue(LeadSubmission.model_validate(one))
        server = first.server.pid
        kill(first.process)
        if server_dies_too:
            os.kill(server, signal.SIGKILL)

    with running_service(state):
        database = open_database(f"sqlite:///{state}/leadflow.db")
        wait_for(lambda: count_in(database, LeadStage.ASSIGNED) == LEADS, "all leads")
        assert_each_lead_has_one_owner(database, LEADS)
        database.close()
