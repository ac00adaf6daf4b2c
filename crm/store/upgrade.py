"""Bringing a database's schema up to date, and refusing to work with one that is not."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from crm.errors import Misconfigured
from crm.store.database import Database, one_at_a_time


def upgrade(database: Database) -> str:
    """Run the migrations that are missing, all or none. Returns the schema's version.

    Two processes may do so at once: the second waits, and finds nothing left to do.
    """
    config = _config()
    with database.transaction() as connection:
        one_at_a_time(connection, "upgrade")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return _version(connection) or ""


def schema_version(database: Database) -> str | None:
    """The version of the database's schema, or None where it has none."""
    with database.reading() as connection:
        return _version(connection)


def require_schema(database: Database) -> None:
    """Raise Misconfigured unless the schema is the one that this leadflow is written for."""
    found, wanted = schema_version(database), latest_version()
    if found == wanted:
        return
    if found is not None and found > wanted:
        raise Misconfigured(f"{database} has schema {found}; this leadflow knows {wanted}. Install a newer leadflow.")
    raise Misconfigured(
        f"{database} has {f'schema {found}' if found else 'no schema'}, but {wanted} is needed. "
        "Run 'leadflow db upgrade'."
    )


def latest_version() -> str:
    """The version that `upgrade` leads to."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("crm.store").joinpath("migrations")))
    return config
