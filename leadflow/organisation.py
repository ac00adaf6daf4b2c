"""Bringing the organisation's records and option sets in line with the rule book's directory."""

from datetime import UTC, datetime

from crm.store.database import Database
from crm.store.organisation import DirectoryChanges, apply_choices, apply_directory
from rules.engine.rules_engine import RulesEngine


def apply_organisation(database: Database, engine: RulesEngine) -> DirectoryChanges:
    """Write the directory and the option sets of a rule book to the database. Applying them again changes nothing."""
    with database.transaction() as connection:
        apply_choices(connection, engine.book.choices)
        return apply_directory(connection, engine.directory, now=datetime.now(UTC))
