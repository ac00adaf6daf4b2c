"""leadflow db: the database's schema."""

import typer

from crm.store.database import open_database
from crm.store.upgrade import upgrade as upgrade_schema
from leadflow.cli import session
from leadflow.cli.output import say

app = typer.Typer(help="The database.", no_args_is_help=True)


# Without another command beside it, typer would drop the name `upgrade`.
@app.callback()
def db() -> None:
    """The database."""


@app.command()
def upgrade() -> None:
    """Create the schema, or bring it up to date. Safe to run again, and by several processes at once."""
    database = open_database(session.settings().database_url)
    try:
        say(f"{database} has schema {upgrade_schema(database)}")
    finally:
        database.close()
