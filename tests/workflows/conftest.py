"""Leads' workflows on real servers: Temporal's dev server, and the test server whose clock can be skipped.

Each test process starts each server once, with one worker on one database; every test has leads of its own.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.identity import workflow_id
from crm.requests import LeadSubmission, Request
from crm.store.database import Database, open_database
from crm.store.upgrade import upgrade
from crm.views import LeadView
from leadflow.dev.temporal_command import DYNAMIC_CONFIG
from leadflow.organisation import apply_organisation
from leadflow.settings import Settings
from leadflow.starter import UPDATES, Leads
from leadflow.worker import running_worker
from tests.rulebook import small_rules
from workflows.lead_lifecycle import LeadLifecycle
from workflows.search_attributes import SEARCH_ATTRIBUTES

IDENTITY = "tests"  # of workers and clients: it stands in histories


@dataclass(frozen=True)
class Service:
    """A server and a database with the small organisation, and leads on them."""

    env: WorkflowEnvironment
    deps: Dependencies
    task_queue: str

    @property
    def client(self) -> Client:
        return self.env.client

    @property
    def leads(self) -> Leads:
        return Leads(self.client, self.task_queue)

    def handle(self, lead: UUID) -> WorkflowHandle[LeadLifecycle, LeadView]:
        return self.client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(lead))

    async def submit(self, **attributes: Any) -> LeadView:
        """A new lead, registered and routed, or in quarantine."""
        given = new_lead(uuid4(), **attributes)
        if not self.env.supports_time_skipping:
            return await self.leads.submit(given)
        assert given.leadid is not None  # the test server does not know update-with-start
        await self.leads.enqueue(given)
        return await self.settle(given.leadid)

    async def settle(self, lead: UUID) -> LeadView:
        """The lead, once it is stored and routed."""
        settled: LeadView = await self.handle(lead).execute_update("settle", result_type=LeadView)
        return settled

    async def ask(self, lead: UUID, request: Request, request_id: str | None = None) -> Any:
        """Send a request; raises as Temporal does."""
        return await self.handle(lead).execute_update(UPDATES[type(request)], request, id=request_id)

    async def refused(self, lead: UUID, request: Request) -> ApplicationError:
        """What the workflow refuses the request with."""
        with pytest.raises(WorkflowUpdateFailedError) as raised:
            await self.ask(lead, request)
        assert isinstance(raised.value.cause, ApplicationError)
        return raised.value.cause

    async def story(self, lead: UUID) -> list[str]:
        """What happened to the lead, in the first word of each event."""
        return [entry.event.split()[0].strip(":") for entry in await self.handle(lead).query(LeadLifecycle.timeline)]

    async def events(self, lead: UUID) -> list[str]:
        """The types of the events in the run's history."""
        history = await self.handle(lead).fetch_history()
        return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]


def new_lead(leadid: UUID, **attributes: Any) -> LeadSubmission:
    return LeadSubmission(leadid=leadid, source="web", lead={"lastname": "Lind", **attributes})


def binary(name: str) -> str:
    """A server's program, as its package installs it beside Python."""
    return str(Path(sys.executable).with_name(name))


async def start_dev_server(**dynamic_config: object) -> WorkflowEnvironment:
    config = DYNAMIC_CONFIG | dynamic_config
    return await WorkflowEnvironment.start_local(
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        identity=IDENTITY,
        dev_server_existing_path=binary("temporal"),
        dev_server_extra_args=[f"--dynamic-config-value={name}={value}" for name, value in config.items()],
        dev_server_log_level="error",
    )


async def start_skipping_server() -> WorkflowEnvironment:
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        identity=IDENTITY,
        test_server_existing_path=binary("temporal-test-server"),
    )
    types = {key.name: int(key.indexed_value_type) for key in SEARCH_ATTRIBUTES}
    request = AddSearchAttributesRequest(namespace="default", search_attributes=types)  # type: ignore[arg-type]
    await env.client.operator_service.add_search_attributes(request)
    return env


def open_organisation(folder: Path) -> Database:
    """A new database with the schema and the small organisation."""
    database = open_database(f"sqlite:///{folder / 'leadflow.db'}")
    upgrade(database)
    apply_organisation(database, small_rules().current())
    return database


def dependencies(database: Database) -> Dependencies:
    rules = small_rules()
    return Dependencies(database, rules, "DE")


@asynccontextmanager
async def serving(
    env: WorkflowEnvironment, deps: Dependencies, *, sandbox: bool = False, task_queue: str | None = None
) -> AsyncIterator[Service]:
    """A worker on a task queue of its own."""
    settings = Settings(task_queue=task_queue or f"leads-{uuid4()}", workflow_sandbox=sandbox)
    async with running_worker(env.client, deps, settings):
        yield Service(env, deps, settings.task_queue)


@pytest.fixture(scope="session")
def workflow_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return open_organisation(tmp_path_factory.mktemp("workflows"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dev_server() -> AsyncIterator[WorkflowEnvironment]:
    async with await start_dev_server() as env:
        yield env


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(dev_server: WorkflowEnvironment, workflow_database: Database) -> AsyncIterator[Service]:
    """The dev server, with a worker that has the workflow sandbox: what is not deterministic fails there."""
    async with serving(dev_server, dependencies(workflow_database), sandbox=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping(workflow_database: Database) -> AsyncIterator[Service]:
    """The server whose clock is moved by `env.sleep`."""
    async with AsyncExitStack() as stack:
        env = await stack.enter_async_context(await start_skipping_server())
        yield await stack.enter_async_context(serving(env, dependencies(workflow_database)))
