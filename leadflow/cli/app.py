"""The tree of commands."""

from typing import Annotated

import typer

from leadflow.cli import database, directory, leads, report, rules, running

app = typer.Typer(
    help="Route sales leads: every lead is one durable workflow, rules decide where it goes, people qualify it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
)
app.command()(running.demo)
app.command()(running.up)
app.command()(running.worker)
app.add_typer(leads.app, name="leads")
app.add_typer(rules.app, name="rules")
app.add_typer(report.app, name="report")
app.add_typer(directory.app, name="directory")
app.add_typer(database.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"leadflow {version('leadflow')}")
        raise typer.Exit


@app.callback()
def leadflow(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Route sales leads."""
