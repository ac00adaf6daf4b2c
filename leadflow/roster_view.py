"""Who gets leads now: teams with their members, from the database, the directory file, and what was entered by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection

from crm.errors import NotFound
from crm.store.distribution import teams
from crm.store.distribution.teams import MemberState, UserState
from crm.store.people import roster
from leadflow.roster import Span, all_absences, entered_for, find_user
from rules.engine.directory import Directory
from rules.engine.findings import suggestion
from rules.strategies.presence import absent_until, next_presence


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a team, now. `turns` are those of the team's rotation; `capacity` None is without a limit.

    `opens` is when the next working time begins of a member who is not at work (UTC), whoever is inactive or not.
    """

    user: str
    name: str
    weight: int
    capacity: int | None
    open_leads: int
    turns: int
    active: bool
    deactivated_on: datetime | None
    absent_until: date | None
    at_work: bool
    opens: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class TeamLines:
    """A team and its members."""

    team: str
    name: str
    manager: str | None
    missed_turns: str
    members: Sequence[MemberLine]


@dataclass(frozen=True, slots=True)
class UserLines:
    """A user, with what rules may require, the absences that are not over, and the user's place in each team."""

    user: UserState
    languages: Sequence[str]
    skills: Sequence[str]
    territories: Sequence[str]
    absences: Sequence[Span]
    teams: Sequence[TeamLines]


def team_lines(connection: Connection, directory: Directory, now: datetime) -> list[TeamLines]:
    """Every team of the database with its members, by key."""
    states = teams.member_states(connection)
    entered = roster.absences_of(connection, {state.systemuserid for state in states}, now)
    away = {
        state.user: all_absences(directory, state.user, entered.get(state.systemuserid, ()), now) for state in states
    }
    return [_team(key, list(members), directory, away, now) for key, members in groupby(states, lambda one: one.team)]


def user_lines(connection: Connection, directory: Directory, key: str, now: datetime) -> UserLines:
    """One user. Raises NotFound."""
    user, entry = find_user(connection, key), directory.users.get(key)
    own = []
    for team in team_lines(connection, directory, now):
        members = [member for member in team.members if member.user == key]
        if members:
            own.append(TeamLines(team.team, team.name, team.manager, team.missed_turns, members))
    return UserLines(
        user,
        entry.languages if entry else (),
        entry.skills if entry else (),
        entry.territories if entry else (),
        all_absences(directory, key, entered_for(connection, user, now), now),
        own,
    )


def named(connection: Connection, directory: Directory, key: str, now: datetime) -> TeamLines | UserLines:
    """The team or the user of this key. Raises NotFound, which names the nearest one."""
    lines = {team.team: team for team in team_lines(connection, directory, now)}
    if key in lines:
        return lines[key]
    if teams.user_state(connection, key) is None:
        known = [*lines, *teams.user_keys(connection)]
        raise NotFound(f"no team or user '{key}' in the directory. {suggestion(key, known)}")
    return user_lines(connection, directory, key, now)


def _team(
    key: str,
    members: Sequence[MemberState],
    directory: Directory,
    away: Mapping[str, Sequence[Span]],
    now: datetime,
) -> TeamLines:
    entry = directory.teams.get(key)
    lines = [_member(member, directory, away[member.user], now) for member in members]
    manager, missed = (entry.manager, entry.missed_turns) if entry else (None, "skip")
    return TeamLines(key, members[0].team_name, manager, missed, lines)


def _member(member: MemberState, directory: Directory, away: Sequence[Span], now: datetime) -> MemberLine:
    calendar = directory.calendar(user=member.user, team=member.team)
    absences = tuple((span.first, span.last) for span in away)
    opens = next_presence(absences, calendar, now)
    return MemberLine(
        user=member.user, name=member.name, weight=member.weight,
        capacity=directory.capacity(user=member.user, team=member.team),
        open_leads=member.open_leads, turns=member.turns,
        active=member.active, deactivated_on=member.deactivated_on,
        absent_until=absent_until(absences, calendar, now),
        at_work=opens == now, opens=None if opens == now else opens, time_zone=calendar.zone,
    )  # fmt: skip
