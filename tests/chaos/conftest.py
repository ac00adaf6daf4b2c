"""Where the crash tests run: a database of either kind, a task queue of their own, and a client."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client

from crm.store.database import Database
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect
from tests.chaos.stores import prepared
from tests.service import Environment, Service, environment


@dataclass(frozen=True)
class Place:
    """One case: its name (the leads' source and the task queue), its database, and what its workers run with."""

    name: str
    database: Database
    env: Environment
    log: Path
    client: Client

    @property
    def leads(self) -> Leads:
        return Leads(self.client, self.name)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema and the organisation, for this test and its workers alone."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'leadflow.db'}"
    else:
        url = request.getfixturevalue("empty_postgres_url")
    database = prepared(url)
    yield database
    database.close()


@pytest_asyncio.fixture
async def place(service: Service, store: Database, tmp_path: Path) -> AsyncIterator[Place]:
    name = f"chaos-{uuid4().hex[:8]}"
    address = service.server.address
    env = environment(tmp_path / "state", database_url=store.url, temporal_address=address, task_queue=name)
    client = await connect(Settings.model_validate({"temporal_address": address}))
    yield Place(name, store, env, tmp_path / "worker.log", client)
