"""leadflow directory: bring the organisation's records in line with rules/directory.yaml."""

from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.organisation import apply_organisation
from rules.engine.rules_engine import RulesEngine


def apply(format: FormatOption = Format.TEXT) -> None:
    """Write rules/directory.yaml and choices.yaml to the database; what left the file is disabled, never deleted."""
    engine = RulesEngine.load(session.settings().rules_dir)
    with session.store() as database:
        changes = apply_organisation(database, engine)
    if format is Format.JSON:
        print_json(changes)
    else:
        say(f"{changes.created} created, {changes.changed} changed, {changes.disabled} disabled")
