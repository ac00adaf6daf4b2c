"""The workflow's module is reloaded for each run in the sandbox: it must stay small, and share everything else."""

import sys
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.workflows.probe import ImportProbe

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_the_workflows_own_module_is_loaded_again(dev_server: WorkflowEnvironment) -> None:
    queue = f"probe-{uuid4()}"
    async with Worker(dev_server.client, task_queue=queue, workflows=[ImportProbe]):
        inside = await dev_server.client.execute_workflow(ImportProbe.run, id=queue, task_queue=queue)
    again = {name for name, id_ in inside.items() if id(sys.modules.get(name)) != id_}
    assert again == {"workflows", "workflows.lead_lifecycle"}
    assert {"activities.intake", "crm.views", "workflows.steps"} <= inside.keys()  # and what they import with them
