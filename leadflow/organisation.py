"""The rule book's directory, and bringing the organisation's records and option sets in line with it."""

from datetime import UTC, datetime
from pathlib import Path

from crm.errors import Misconfigured
from crm.store.database import Database
from crm.store.people.organisation import DirectoryChanges, apply_choices, apply_directory
from rules.engine.check import read_names
from rules.engine.directory import Directory
from rules.engine.findings import Findings
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources


def load_directory(folder: Path) -> Directory:
    """The directory of a rules folder, whatever its rules are like. Raises Misconfigured with every error found."""
    findings = Findings()
    names = read_names(RuleSources.from_folder(folder), findings)
    if names is None or findings.has_errors:
        errors = [str(finding) for finding in findings if finding.severity == "error"]
        raise Misconfigured(f"The directory in {folder} does not check:\n" + "\n".join(errors))
    return names.directory


def apply_organisation(database: Database, engine: RulesEngine) -> DirectoryChanges:
    """Write the directory and the option sets of a rule book to the database. Applying them again changes nothing."""
    with database.transaction() as connection:
        apply_choices(connection, engine.book.choices)
        return apply_directory(connection, engine.directory, now=datetime.now(UTC))
