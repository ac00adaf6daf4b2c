"""leadflow sinks list | dead | resend | test: who is told what happens to leads, and what did not get there."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from crm.errors import InvalidInput, NotFound, Unavailable
from crm.store.sinks import deadletters
from crm.store.sinks.deadletters import Backlog
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, ListFormat, ListFormatOption, counted, print_json, print_rows, say
from leadflow.settings import Settings
from leadflow.sinks.config import read_sinks
from leadflow.sinks.opening import open_sinks
from leadflow.sinks.retrying import NotDelivered
from leadflow.sinks.trial import trial_event

SINKS = {
    "sink": "Sink",
    "kind": "Kind",
    "pending": "Pending",
    "dead": "Dead",
    "oldest": "Oldest (UTC)",
    "error": "Last error",
}
DEAD = {
    "id": "Event",
    "sink": "Sink",
    "event": "Type",
    "leadid": "Lead",
    "attempts": "Attempts",
    "triedon": "Last try (UTC)",
    "outcome": "Why",
}
REMOVED = "not in the file"
SinkOption = Annotated[str | None, typer.Option("--sink", help="Of this sink only.")]


def list_sinks(format: ListFormatOption = ListFormat.TEXT) -> None:
    """List the sinks: how many events each has not got, since when the oldest waits, and what went wrong last."""
    configured = session.settings()
    kinds = _kinds(configured)
    with session.store(configured) as database, database.reading() as connection:
        backlogs = deadletters.backlogs(connection)
    if not kinds and not backlogs and format is ListFormat.TEXT:
        say("No sinks. Name them in a file, and set LEADFLOW_SINKS_FILE; see docs/sinks.md.")
        return
    nothing = Backlog(0, 0, None, None)
    names = [*kinds, *(name for name in backlogs if name not in kinds)]
    rows = [{"sink": name, "kind": kinds.get(name, REMOVED), **asdict(backlogs.get(name, nothing))} for name in names]
    print_rows(rows, SINKS, format)


def dead(
    sink: SinkOption = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many, the newest.")] = 100,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """List the dead letters: events that a sink has not taken in the end."""
    with session.store() as database, database.reading() as connection:
        letters = deadletters.dead_letters(connection, sink, limit)
    if not letters and format is ListFormat.TEXT:
        say("No dead letters.")
        return
    print_rows([asdict(letter) for letter in letters], DEAD, format)


def resend(
    event: Annotated[UUID | None, typer.Argument(help="The event's id, as 'sinks dead' prints it.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Send every dead letter again.")] = False,
    sink: SinkOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Send dead letters again, with all their attempts; the workers deliver them within seconds."""
    if (event is not None) == all:
        raise InvalidInput("name one event, or give --all")
    with session.store() as database, database.transaction() as connection:
        number = deadletters.resend(connection, datetime.now(UTC), event=event, sink=sink)
    if format is Format.JSON:
        print_json({"resent": number})
    else:
        say(f"{counted(number, 'event')} will be sent again")


def test(
    name: Annotated[str, typer.Argument(help="The sink's name in the file.")], format: FormatOption = Format.TEXT
) -> None:
    """Send a sink an event of type sink.test now, and say what became of it."""
    configured = session.settings()
    with session.store(configured) as database:
        sinks = {sink.name: sink for sink in open_sinks(configured, database)}
        if name not in sinks:
            raise NotFound(f"there is no sink '{name}'; there are: {', '.join(sinks) or 'none'}")
        try:
            outcome = sinks[name].deliver(trial_event(name))
        except NotDelivered as failure:
            raise Unavailable(f"{name} did not take it: {failure}") from failure
    if format is Format.JSON:
        print_json({"sink": name, "outcome": outcome})
    else:
        say(f"{name}: {outcome}")


def _kinds(configured: Settings) -> dict[str, str]:
    """The kind of each sink in the file, which takes no secrets to know."""
    if configured.sinks_file is None:
        return {}
    sinks = read_sinks(configured.sinks_file)
    return {name: next(iter(config.model_dump(exclude_none=True))) for name, config in sinks.items()}
