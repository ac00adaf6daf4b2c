"""What commands work with: the settings and the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from crm.store.database import Database, open_database
from crm.store.upgrade import require_schema
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
