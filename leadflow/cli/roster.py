"""leadflow directory absent | activate | deactivate | reassign-open: who gets leads, changed by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from crm.errors import InvalidInput
from leadflow import roster
from leadflow.cli import session
from leadflow.cli.output import ActorOption, Format, FormatOption, counted, print_json, say
from leadflow.cli.rerouting import RateOption, reroute_all, say_rerouted
from leadflow.cli.waking import wake_all
from leadflow.organisation import load_directory
from leadflow.rerouting import Move, Rerouted, leaving
from leadflow.roster import By

UserArgument = Annotated[str, typer.Argument(help="The user, by key.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why, for the record.")]
DAY = ["%Y-%m-%d"]


def absent(
    user: UserArgument,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="The first day away, such as 2026-12-21.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="The last day away.")] = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="The user is there after all. --from names one of several absences.")
    ] = False,
    reason: ReasonOption = None,
    actor: ActorOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Enter that a user is away and gets no leads, for whole days of their own; or cancel that."""
    directory = load_directory(session.settings().rules_dir)
    with session.store() as database:
        if cancel:
            if last or reason:
                raise InvalidInput("--cancel takes --from alone: the first day of the absence")
            span = roster.cancel_absence(database, directory, user, _day(first), _by(actor, reason))
        else:
            if first is None or last is None:
                raise InvalidInput("say the first and the last day away: --from 2026-12-21 --to 2027-01-02")
            span = roster.enter_absence(database, directory, user, first.date(), last.date(), _by(actor, reason))
    if format is Format.JSON:
        print_json(span)
    else:
        say(f"{user} is {'not ' if cancel else ''}absent from {span}")
    if cancel:
        wake_all(user, format)


def deactivate(
    user: UserArgument, reason: ReasonOption = None, actor: ActorOption = None, format: FormatOption = Format.TEXT
) -> None:
    """Give a user no more leads, whatever rules/directory.yaml says, until 'activate'."""
    with session.store() as database:
        found = roster.deactivate(database, user, _by(actor, reason))
    if format is Format.JSON:
        print_json({"user": user, "active": False, "open_leads": found.open_leads})
        return
    say(f"{user} gets no more leads")
    if found.open_leads:
        say(f"{user} still has {counted(found.open_leads, 'open lead')}: leadflow directory reassign-open {user}")


def activate(
    user: UserArgument, reason: ReasonOption = None, actor: ActorOption = None, format: FormatOption = Format.TEXT
) -> None:
    """Give a user leads again who was deactivated by hand, and wake the leads that wait for somebody."""
    directory = load_directory(session.settings().rules_dir)
    with session.store() as database:
        changed = roster.activate(database, directory, user, _by(actor, reason))
    if format is Format.JSON:
        print_json({"user": user, "active": True})
    else:
        say(f"{user} gets leads again" if changed else f"{user} is active already")
    wake_all(user, format)


def reassign_open(
    user: UserArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many leads would go.")] = False,
    rate: RateOption = 5.0,
    reason: Annotated[str, typer.Option(help="Why.")] = "owner left",
    actor: ActorOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Route all open leads of a user who leaves again, through their workflows; none comes back to the user.

    It may be stopped and run again.
    """
    with session.store() as database, database.reading() as connection:
        found = roster.find_user(connection, user)
        moves = leaving(connection, found, reason=reason, actor=actor)
    if format is Format.TEXT and found.active:
        say(f"{user} is active and gets new leads; to end that: leadflow directory deactivate {user}", "yellow")
    if dry_run:
        _say_waiting(moves, format)
        return
    result = reroute_all(moves, rate) if moves else Rerouted()
    if format is Format.JSON:
        print_json({"user": user, "rerouted": result.done, "refused": result.refused})
    else:
        say_rerouted(result)
    if result.refused:
        raise typer.Exit(1)


def _say_waiting(moves: Sequence[Move], format: Format) -> None:
    if format is Format.JSON:
        print_json({"leads": [move.leadid for move in moves]})
    else:
        say(f"{counted(len(moves), 'lead')} would be routed again")


def _by(actor: str | None, reason: str | None) -> By:
    return By(datetime.now(UTC), actor, reason)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
