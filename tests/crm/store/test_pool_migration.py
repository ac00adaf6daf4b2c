"""Turns of a database that is older than the pools' accounts go on where they were."""

from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

import crm.store
from crm.store.database import Database, open_database
from crm.store.distribution.rotation import Pool, pool_of, take_turn
from crm.store.upgrade import upgrade
from crm.turns import Account

DESK, OTHER = UUID(int=1), UUID(int=2)
ANNA, BEN = UUID(int=3), UUID(int=4)


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database with the schema before, and turns in it."""
    sqlite = f"sqlite:///{tmp_path}/old.db"
    database = open_database(sqlite if request.param == "sqlite" else request.getfixturevalue("empty_postgres_url"))
    request.addfinalizer(database.close)
    config = Config()
    config.set_main_option("script_location", str(Path(crm.store.__file__).parent / "migrations"))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        for team, turns in ((DESK, 5), (OTHER, 0)):
            connection.execute(text("INSERT INTO lf_pool VALUES (:team, :turns)"), _bound(team=team, turns=turns))
        for user, turn in ((ANNA, 5), (BEN, 2)):
            values = _bound(team=DESK, user=user, turn=turn)
            connection.execute(text("INSERT INTO lf_turn VALUES (:team, :user, :turn)"), values)
    return database


def _bound(**values: object) -> dict[str, object]:
    """SQLite keeps a UUID as its digits; PostgreSQL reads them."""
    return {name: value.hex if isinstance(value, UUID) else value for name, value in values.items()}


def test_old_turns_become_accounts_without_credit(old: Database) -> None:
    upgrade(old)
    with old.transaction() as connection:
        assert "lf_turn" not in inspect(connection).get_table_names()
        pool = pool_of(connection, DESK)
        assert pool == Pool(5, {ANNA: Account(5), BEN: Account(2)})
        assert pool_of(connection, OTHER) == Pool(0)
        take_turn(connection, DESK, pool, {BEN: Account(6, -1, 0)})
        assert pool_of(connection, DESK) == Pool(6, {ANNA: Account(5), BEN: Account(6, -1, 0)})
