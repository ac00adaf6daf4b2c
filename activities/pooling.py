"""A team as it stands for one lead: its pool of turns, and each member as strategies see them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from crm.entities.lead import Lead
from crm.store import rotation
from crm.store.earlier_owners import earlier_owners
from crm.store.members import TeamMember, team_members
from crm.store.organisation import record_id
from crm.store.rotation import Account
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import BY_LOAD, Member
from rules.strategies.pool import Choice, choose

STICKY = "sticky"


@dataclass(frozen=True, slots=True)
class TeamPool:
    """`rows` are the members in the database, by key, in their order."""

    teamid: UUID
    turns: rotation.Pool
    rows: Mapping[str, TeamMember]
    members: tuple[Member, ...]

    def take_turn(self, connection: Connection, choice: Choice) -> int:
        """Write the turn down; returns its number."""
        number = self.turns.turns + 1
        accounts = {
            self.rows[key].systemuserid: Account(member.last_turn, member.credit, member.owed)
            for key, member in choice.after(number).items()
        }
        rotation.take_turn(connection, self.teamid, self.turns, accounts)
        return number


def team_pool(
    connection: Connection, outcome: Assign, lead: Lead, directory: Directory, now: datetime, *, lock: bool
) -> TeamPool:
    """The team that the outcome names. With `lock`, no other lead gets a turn of it until the transaction ends."""
    teamid = record_id("team", outcome.key)
    turns = rotation.pool_of(connection, teamid, lock=lock)
    counted = _counts_open(outcome, directory)
    rows = {row.key: row for row in team_members(connection, teamid, now, count_open=counted, besides=lead.leadid)}
    gave_back = set(rotation.gave_back(connection, lead.leadid)) if lead.lf_assignedon else set()
    known = list(earlier_owners(connection, lead)) if outcome.strategy == STICKY else []
    members = [_member(row, turns.accounts.get(row.systemuserid, Account()), gave_back, known) for row in rows.values()]
    return TeamPool(teamid, turns, rows, tuple(members))


def choose_with_room(
    connection: Connection, pool: TeamPool, outcome: Assign, lead: Lead, directory: Directory, now: datetime
) -> Choice:
    """As `choose`; nobody gets more leads than their capacity, though several teams give them some at once."""
    members = {member.key: member for member in pool.members}
    while True:
        choice = choose(outcome, members.values(), directory, now)
        picked = choice.member
        if picked is None or picked.capacity is None:
            return choice
        open_now = rotation.open_leads(connection, pool.rows[picked.key].systemuserid, lead.leadid)
        if open_now < picked.capacity:
            return choice
        members[picked.key] = replace(members[picked.key], open_leads=open_now)


def _counts_open(outcome: Assign, directory: Directory) -> bool:
    """Whether anybody asks how many open leads the members have."""
    team = directory.teams.get(outcome.key)
    members = team.members if team else ()
    limited = any(directory.capacity(user=member.user, team=outcome.key) is not None for member in members)
    return limited or not BY_LOAD.isdisjoint({outcome.strategy, outcome.fallback})


def _member(row: TeamMember, account: Account, gave_back: set[UUID], known: list[UUID]) -> Member:
    return Member(
        row.key,
        weight=row.weight,
        last_turn=account.last_turn,
        credit=account.credit,
        owed=account.owed,
        open_leads=row.open_leads,
        active=not row.isdisabled,
        away=row.away,
        gave_back=row.systemuserid in gave_back,
        keeps=known.index(row.systemuserid) if row.systemuserid in known else None,
    )
