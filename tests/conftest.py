"""Databases for tests: each test gets an empty one with the schema, on SQLite and on PostgreSQL.

One PostgreSQL server per test process (`tests.postgres`); the schema is made once, and emptied after each test.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from crm.store.database import Database, open_database
from crm.store.service_tables import METADATA
from crm.store.upgrade import upgrade
from tests import postgres
from tests.service import Service, running_service


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database."""
    with postgres.postgres_server() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database without a schema."""
    with postgres.new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_with_schema(postgres_server: str) -> Iterator[Database]:
    with postgres.new_database(postgres_server) as url:
        database = open_database(url)
        upgrade(database)
        yield database
        database.close()


@pytest.fixture(scope="session")
def sqlite_with_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "leadflow.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def sqlite_database(sqlite_with_schema: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with the schema."""
    file = shutil.copy(sqlite_with_schema, tmp_path / "leadflow.db")
    database = open_database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(_postgres_with_schema: Database) -> Iterator[Database]:
    """An empty PostgreSQL database with the schema."""
    yield _postgres_with_schema
    empty(_postgres_with_schema)


def empty(postgres_database: Database) -> None:
    """Delete every row."""
    with postgres_database.transaction() as connection:
        connection.execute(text("ALTER TABLE lf_offer DISABLE TRIGGER USER"))  # it refuses to be emptied
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text("ALTER TABLE lf_offer ENABLE TRIGGER USER"))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with the schema; the test runs once on SQLite and once on PostgreSQL."""
    chosen: Database = request.getfixturevalue(f"{request.param}_database")
    return chosen


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running `leadflow up`, shared by the tests of one process."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running
