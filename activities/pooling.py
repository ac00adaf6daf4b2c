"""A team that is asked for a lead: its members as they stand, whom its strategy picks, and the turn that this takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from crm.entities.lead import Lead
from crm.store.distribution import rotation
from crm.store.distribution.earlier_owners import earlier_owners
from crm.store.distribution.members import TeamMember, team_members
from crm.store.distribution.rotation import Pool
from crm.store.people.organisation import record_id
from crm.turns import Account
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import BY_LOAD, STICKY, Member
from rules.strategies.pool import Choice, choose

NO_TURNS = Pool(0)


@dataclass(slots=True)
class TeamPool:
    """The team that the outcome names. `rows` are its members in the database, by key, in their order."""

    connection: Connection
    outcome: Assign
    lead: Lead
    directory: Directory
    now: datetime
    turns: Pool = NO_TURNS
    rows: Mapping[str, TeamMember] = field(init=False)
    _gave_back: set[UUID] = field(init=False)
    _known: list[UUID] = field(init=False)

    def __post_init__(self) -> None:
        connection, lead = self.connection, self.lead
        self.rows = self._read()
        self._gave_back = set(rotation.gave_back(connection, lead.leadid)) if lead.lf_assignedon else set()
        self._known = list(earlier_owners(connection, lead)) if self.outcome.strategy == STICKY else []

    @property
    def teamid(self) -> UUID:
        return record_id("team", self.outcome.key)

    @property
    def members(self) -> list[Member]:
        return [self._member(row) for row in self.rows.values()]

    def choose(self) -> Choice:
        """Who gets the lead. Where that takes a turn, the team's turns are locked until the transaction ends.

        Whether anybody is eligible comes first: who asks several teams must not keep one locked that has nobody.
        Nobody is given more leads than their capacity, though several teams do so at once.
        """
        choice = self._chosen(self.members)
        if choice.takes_turn:
            self.turns = rotation.pool_of(self.connection, self.teamid, lock=True)
            if self._counts_open():
                self.rows = self._read()  # the turn before may have changed them
            choice = self._chosen(self.members)
        members = {member.key: member for member in self.members}
        while (picked := choice.member) is not None and not self._has_room(picked):
            members[picked.key] = replace(members[picked.key], open_leads=picked.capacity or 0)
            choice = self._chosen(list(members.values()))
        return choice

    def take_turn(self, choice: Choice) -> int:
        """Write the turn down; returns its number."""
        number = self.turns.turns + 1
        accounts = {self.rows[key].systemuserid: account for key, account in choice.after(number).items()}
        rotation.take_turn(self.connection, self.teamid, self.turns, accounts)
        return number

    def _chosen(self, members: list[Member]) -> Choice:
        return choose(self.outcome, members, self.directory, self.now)

    def _has_room(self, member: Member) -> bool:
        if member.capacity is None:
            return True
        user = self.rows[member.key].systemuserid
        return rotation.hold_place(self.connection, user, member.capacity, self.lead.leadid)

    def _read(self) -> dict[str, TeamMember]:
        rows = team_members(
            self.connection, self.teamid, self.now, count_open=self._counts_open(), besides=self.lead.leadid
        )
        return {row.key: row for row in rows}

    def _counts_open(self) -> bool:
        """Whether anybody asks how many open leads the members have."""
        if not BY_LOAD.isdisjoint({self.outcome.strategy, self.outcome.fallback}):
            return True
        team = self.directory.teams.get(self.outcome.key)
        members = team.members if team else ()
        return any(self.directory.capacity(user=one.user, team=self.outcome.key) is not None for one in members)

    def _member(self, row: TeamMember) -> Member:
        account = self.turns.accounts.get(row.systemuserid, Account())
        return Member(
            row.key,
            weight=row.weight,
            last_turn=account.last_turn,
            credit=account.credit,
            owed=account.owed,
            open_leads=row.open_leads,
            active=not row.isdisabled,
            away=row.away,
            gave_back=row.systemuserid in self._gave_back,
            keeps=self._known.index(row.systemuserid) if row.systemuserid in self._known else None,
        )
