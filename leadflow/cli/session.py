"""What commands work with: the settings, the database, Temporal, and the rules."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from crm.store.database import Database, open_database
from crm.store.upgrade import require_schema
from leadflow.dev.temporal_files import ServerFiles
from leadflow.settings import Settings, load_settings
from leadflow.starter import Leads
from leadflow.temporal import connect

Result = TypeVar("Result")
ANSWER_SECONDS = 30.0


def settings() -> Settings:
    return load_settings()


@contextmanager
def store(of: Settings | None = None) -> Iterator[Database]:
    """The database, checked to have the schema that this version of leadflow needs."""
    database = open_database((of or settings()).database_url)
    try:
        require_schema(database)
        yield database
    finally:
        database.close()


def with_leads(work: Callable[[Leads], Awaitable[Result]], *, long: bool = False) -> Result:
    """Run `work` with a client for the leads' workflows, for ANSWER_SECONDS at most unless it is `long`.

    Raises Unavailable when Temporal or the workers do not answer.
    """
    configured = settings()

    async def run() -> Result:
        client = await connect(configured, server_address(configured))
        async with asyncio.timeout(None if long else ANSWER_SECONDS):
            return await work(Leads(client, configured.task_queue))

    return asyncio.run(run())


def server_address(configured: Settings) -> str | None:
    """Where Temporal listens: as configured, else the embedded server of this state folder if one runs."""
    if configured.temporal_address:
        return configured.temporal_address
    running = ServerFiles(configured.state_dir).published()
    return running.address if running else None


def ui_url(configured: Settings) -> str | None:
    """Where the Temporal Web UI is."""
    if configured.ui_url:
        return configured.ui_url.rstrip("/")
    running = ServerFiles(configured.state_dir).published()
    return running.ui_url if running else None


def run_url(configured: Settings, workflow_id: str) -> str | None:
    """The page of a lead's run in the Web UI."""
    base = ui_url(configured)
    return f"{base}/namespaces/{configured.temporal_namespace}/workflows/{workflow_id}" if base else None
