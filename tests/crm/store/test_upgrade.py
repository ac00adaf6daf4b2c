"""The schema: migrations and declarations agree, an upgrade is safe to repeat, and an old schema is refused."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from crm.errors import Misconfigured
from crm.store.database import Database, open_database
from crm.store.service_tables import METADATA
from crm.store.upgrade import latest_version, require_schema, schema_version, upgrade


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    return str(request.getfixturevalue("empty_postgres_url"))


def test_migrations_and_declarations_agree(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_comparison_would_find_a_forgotten_column(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        connection.execute(text("ALTER TABLE lf_pool ADD COLUMN forgotten INTEGER"))
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert [change[0] for change in found] == ["remove_column"]


def test_upgrade_makes_the_schema_and_repeats_safely(empty_url: str) -> None:
    database = open_database(empty_url)
    assert schema_version(database) is None
    assert upgrade(database) == upgrade(database) == schema_version(database) == latest_version()
    require_schema(database)
    database.close()


def test_two_upgrades_at_once_both_succeed(empty_url: str) -> None:
    start = threading.Barrier(2)
    results: list[str | Exception] = []

    def run() -> None:
        start.wait()
        try:
            database = open_database(empty_url)
            results.append(upgrade(database))
            database.close()
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [latest_version()] * 2


def test_a_missing_schema_names_the_remedy(empty_url: str) -> None:
    database = open_database(empty_url)
    with pytest.raises(Misconfigured, match=r"no schema.*leadflow db upgrade"):
        require_schema(database)
    with pytest.raises(Misconfigured, match="leadflow db upgrade"), database.reading() as connection:
        connection.execute(text("SELECT 1 FROM lead"))
    database.close()


@pytest.mark.parametrize(("found", "remedy"), [("0001", "leadflow db upgrade"), ("9999", "newer leadflow")])
def test_another_schema_version_is_refused(sqlite_database: Database, found: str, remedy: str) -> None:
    with sqlite_database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
    with pytest.raises(Misconfigured, match=remedy):
        require_schema(sqlite_database)
