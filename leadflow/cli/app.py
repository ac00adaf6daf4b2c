"""The tree of commands."""

from typing import Annotated

import typer

from leadflow.cli.lazy import LazyCommand, group
from leadflow.cli.leads import leads
from leadflow.cli.rules.commands import rules

RUNNING = "leadflow.cli.running"
OFFERS = "leadflow.cli.offers"
ROSTER = "leadflow.cli.roster"
SINKS = "leadflow.cli.sinks"

COMMANDS = (
    LazyCommand(
        "demo",
        f"{RUNNING}:demo",
        "Route a few hundred leads on an embedded server, qualify and disqualify some, and show what happened.",
    ),
    LazyCommand(
        "up",
        f"{RUNNING}:up",
        "Run everything on this machine until Ctrl-C: Temporal with its Web UI, the database, one worker, the Web API.",
    ),
    LazyCommand(
        "worker",
        f"{RUNNING}:worker",
        "Run one worker against the configured Temporal server and database, until SIGINT or SIGTERM.",
    ),
    LazyCommand(
        "api",
        "leadflow.cli.api:api",
        "Run the Web API against the configured Temporal server and database, until SIGINT or SIGTERM.",
    ),
    LazyCommand(
        "token",
        "leadflow.cli.token:token",
        "Print a token for the Web API of this installation; without a user, for an administrator.",
    ),
    leads,
    rules,
    group(
        "report",
        "Reports.",
        LazyCommand(
            "sources",
            "leadflow.cli.report:sources",
            "The value of each source, by the leads created in a period; disqualified leads count.",
        ),
        LazyCommand(
            "assignments",
            "leadflow.cli.report_distribution:assignments",
            "Who got how many leads of each team in a period, beside what the weights give.",
        ),
        LazyCommand(
            "partners",
            "leadflow.cli.report_distribution:partners",
            "How channel partners answered the offers made in a period.",
        ),
    ),
    group(
        "offers",
        "What channel partners are offered, and which companies are registered for them.",
        LazyCommand(
            "list",
            f"{OFFERS}:list_offers",
            "List offers, newest first: each lead and partner once, with the last thing that happened.",
        ),
        LazyCommand(
            "show",
            f"{OFFERS}:show",
            "Show everything that happened between a lead and channel partners, oldest first. Nobody can change it.",
        ),
        LazyCommand(
            "registrations",
            f"{OFFERS}:list_registrations",
            "List the companies that are registered for a partner, the longest first.",
        ),
    ),
    group(
        "directory",
        "The directory of business units, teams, users, queues and partners.",
        LazyCommand(
            "apply",
            "leadflow.cli.directory:apply",
            "Write rules/directory.yaml and choices.yaml to the database.",
        ),
        LazyCommand(
            "show",
            "leadflow.cli.directory:show",
            "Show who gets leads: each team with its members, who is away, at work and active, and what they have.",
        ),
        LazyCommand(
            "absent",
            f"{ROSTER}:absent",
            "Enter that a user is away and gets no leads, for whole days of their own; or cancel that.",
        ),
        LazyCommand(
            "deactivate",
            f"{ROSTER}:deactivate",
            "Give a user no more leads, whatever rules/directory.yaml says, until 'activate'.",
        ),
        LazyCommand(
            "activate",
            f"{ROSTER}:activate",
            "Give a user leads again who was deactivated by hand, and wake the leads that wait for somebody.",
        ),
        LazyCommand(
            "reassign-open",
            f"{ROSTER}:reassign_open",
            "Route all open leads of a user who leaves again, through their workflows; none comes back to the user.",
        ),
        LazyCommand(
            "history",
            "leadflow.cli.directory:history",
            "Show what was changed about people who get leads, by whom and when, oldest first.",
        ),
    ),
    group(
        "sinks",
        "Who is told what happens to leads: webhooks, e-mail, the log.",
        LazyCommand(
            "list",
            f"{SINKS}:list_sinks",
            "List the sinks: how many events each has not got, since when the oldest waits, and what went wrong last.",
        ),
        LazyCommand(
            "dead",
            f"{SINKS}:dead",
            "List the dead letters: events that a sink has not taken in the end.",
        ),
        LazyCommand("resend", f"{SINKS}:resend", "Send dead letters again, with all their attempts."),
        LazyCommand("test", f"{SINKS}:test", "Send a sink an event of type sink.test now, and say what became of it."),
    ),
    group(
        "db",
        "The database.",
        LazyCommand(
            "upgrade",
            "leadflow.cli.database:upgrade",
            "Create the schema, or bring it up to date. Safe to run again, and by several processes at once.",
        ),
    ),
)

_top = typer.Typer(
    help="Route sales leads: every lead is one durable workflow, rules decide where it goes, people qualify it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"leadflow {version('leadflow')}")
        raise typer.Exit


@_top.callback()
def leadflow(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Route sales leads."""


app = typer.main.get_group(_top)
for command in COMMANDS:
    app.add_command(command)
