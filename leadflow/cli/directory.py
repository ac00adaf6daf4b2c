"""leadflow directory apply | show | history: the organisation's records, and who gets leads now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from crm.store.people import roster
from leadflow.cli import session
from leadflow.cli.output import (
    Format,
    FormatOption,
    ListFormat,
    ListFormatOption,
    counted,
    print_json,
    print_rows,
    say,
)
from leadflow.cli.waking import wake_all
from leadflow.organisation import apply_organisation, load_directory
from leadflow.roster import find_user
from leadflow.roster_view import MemberLine, TeamLines, UserLines, named, team_lines
from rules.engine.rules_engine import RulesEngine

MEMBERS = {"user": "User", "name": "Name", "weight": "Weight", "open": "Open leads", "turns": "Turns", "state": "Now"}
PLACES = {"team": "Team", "weight": "Weight", "open": "Open leads", "turns": "Turns", "state": "Now"}
CHANGES = {"on": "On (UTC)", "user": "User", "change": "Change", "detail": "Detail", "actor": "By"}


def apply(format: FormatOption = Format.TEXT) -> None:
    """Write rules/directory.yaml and choices.yaml to the database; what left the file is disabled, never deleted.

    Users whom somebody deactivated by hand stay so.
    """
    engine = RulesEngine.load(session.settings().rules_dir)
    with session.store() as database:
        changes = apply_organisation(database, engine)
    if format is Format.JSON:
        print_json(changes)
    else:
        say(f"{changes.created} created, {changes.changed} changed, {changes.disabled} disabled")
    if changes.created or changes.changed:
        wake_all(None, format)


def show(
    name: Annotated[str | None, typer.Argument(metavar="USER|TEAM", help="Only this user or team, by key.")] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show who gets leads: each team with its members, who is away, at work and active, and what they have."""
    directory = load_directory(session.settings().rules_dir)
    now = datetime.now(UTC)
    with session.store() as database, database.reading() as connection:
        found = named(connection, directory, name, now) if name else None
        shown = [] if found else team_lines(connection, directory, now)
    if format is Format.JSON:
        print_json(found or shown)
    elif isinstance(found, UserLines):
        _print_user(found)
    else:
        for team in [found] if found else shown:
            _print_team(team)


def history(
    user: Annotated[str | None, typer.Argument(help="Only of this user, by key.")] = None,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """Show what was changed about people who get leads, by whom and when, oldest first."""
    with session.store() as database, database.reading() as connection:
        found = find_user(connection, user) if user else None
        changes = roster.changes_of(connection, found.systemuserid if found else None)
    if not changes and format is ListFormat.TEXT:
        say("No changes.")
        return
    rows = [{name: getattr(change, name) for name in CHANGES} for change in changes]
    print_rows(rows, CHANGES, format)


def _print_team(team: TeamLines) -> None:
    say(f"{team.name} ({team.team}), manager {team.manager or 'none'}", "bold")
    print_rows([_row(member) | {"name": member.name} for member in team.members], MEMBERS, Format.TEXT)


def _print_user(found: UserLines) -> None:
    user = found.user
    state = "active" if user.active else "not active"
    say(f"{user.name} ({user.key}), {state}, {counted(user.open_leads, 'open lead')}", "bold")
    if user.deactivated_on:
        say(f"Deactivated by hand since {user.deactivated_on:%Y-%m-%d %H:%M} UTC")
    for label in ("languages", "skills", "territories"):
        if words := getattr(found, label):
            say(f"{label.capitalize()}: {', '.join(words)}")
    for span in found.absences:
        source = "directory file" if span.in_file else "entered by hand"
        say(f"Absent {span} ({source}{f', {span.reason}' if span.reason else ''})")
    rows = [_row(member) | {"team": team.team} for team in found.teams for member in team.members]
    if rows:
        print_rows(rows, PLACES, Format.TEXT)


def _row(member: MemberLine) -> dict[str, Any]:
    limit = f" of {member.capacity}" if member.capacity is not None else ""
    return {
        "user": member.user,
        "weight": member.weight,
        "open": f"{member.open_leads}{limit}",
        "turns": member.turns,
        "state": ", ".join(_state(member)),
    }


def _state(member: MemberLine) -> Sequence[str]:
    """Whether the member can get a lead now, and if not, why and until when."""
    said = []
    if not member.active:
        said.append("deactivated by hand" if member.deactivated_on else "not active")
    if member.absent_until:
        said.append(f"absent until {member.absent_until}")
    if member.opens:
        local = member.opens.astimezone(ZoneInfo(member.time_zone))
        said.append(f"at work from {local:%a %Y-%m-%d %H:%M} {member.time_zone}")
    return said or ["at work"]
