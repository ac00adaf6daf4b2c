"""What commands work with: the settings, the database, and where Temporal is."""

from collections.abc import Iterator
from contextlib import contextmanager

from crm.store.database import Database, open_database
from crm.store.upgrade import require_schema
from leadflow.dev.temporal_files import ServerFiles
from leadflow.settings import Settings, load_settings


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
