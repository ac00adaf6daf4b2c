"""leadflow directory: bring the organisation's records in line with rules/directory.yaml."""

import typer

from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.organisation import apply_organisation
from rules.engine.rules_engine import RulesEngine

app = typer.Typer(help="The directory of business units, teams, users, queues and partners.", no_args_is_help=True)


# Without another command beside it, typer would drop the name `apply`.
@app.callback()
def directory() -> None:
    """The directory of business units, teams, users, queues and partners."""


@app.command()
def apply(format: FormatOption = Format.TEXT) -> None:
    """Write rules/directory.yaml and choices.yaml to the database; what left the file is disabled, never deleted."""
    engine = RulesEngine.load(session.settings().rules_dir)
    with session.store() as database:
        changes = apply_organisation(database, engine)
    if format is Format.JSON:
        print_json(changes)
    else:
        say(f"{changes.created} created, {changes.changed} changed, {changes.disabled} disabled")
