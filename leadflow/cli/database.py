"""leadflow db: the database's schema."""

from crm.store.database import open_database
from crm.store.upgrade import upgrade as upgrade_schema
from leadflow.cli import session
from leadflow.cli.output import say


def upgrade() -> None:
    """Create the schema, or bring it up to date. Safe to run again, and by several processes at once."""
    database = open_database(session.settings().database_url)
    try:
        say(f"{database} has schema {upgrade_schema(database)}")
    finally:
        database.close()
