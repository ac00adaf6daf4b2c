"""Whether the leads of each team were shared fairly, and what became of them: the assignments of a period.

What the rotation should give is counted over the very turns at which a member could get a lead: a turn at which
somebody was skipped (absent, at capacity) is shared by the others, alike or by their weights. Members and weights are
those of today.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from crm.store.distribution.rotation import DECLINED
from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES

BY_WEIGHT = "weighted"
BY_LOAD = ("least_open", "capacity")
Kind = Literal["member", "team", "total"]
_MEMBERSHIP, _USER, _TEAM = TABLES["teammembership"], TABLES["systemuser"], TABLES["team"]


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A member of a team; the team itself, for leads that no member has; or the whole team.

    `team` is None for leads that somebody was given by name. `turns` are the assignments by rotation. `share` is the
    part of the team's turns, 0 to 1, `fair_share` what the rotation should give, `difference` how many turns more (or
    less) than that; the last two are None where the team gives leads out by load. `skipped` counts the turns that
    passed the member by, for each reason. `median_time_to_accept` goes by the clock; None where nobody accepted.
    """

    kind: Kind
    team: str | None
    member: str | None
    name: str
    weight: int | None
    assigned: int
    turns: int
    share: float | None
    fair_share: float | None
    difference: float | None
    skipped: Mapping[str, int]
    accepted: int
    declined: int
    breached: int
    median_time_to_accept: timedelta | None


@dataclass(slots=True)
class _Tally:
    """What one owner was given through one team."""

    name: str = ""
    assigned: int = 0
    turns: int = 0
    fair_turns: float = 0
    skipped: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    declined: int = 0
    breached: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, row: Any) -> None:
        self.assigned += 1
        self.turns += row.turn is not None
        self.declined += row.endreason == DECLINED
        self.breached += row.breaches
        if row.acceptedon is not None:
            self.accepted += 1
            self.times.append((row.acceptedon - row.assignedon).total_seconds())

    def row(
        self, kind: Kind, team: str | None, member: str | None, weight: int | None, turns: int, by_load: bool = False
    ) -> AssignmentRow:
        shared = turns > 0 and kind == "member"
        fair = shared and not by_load
        return AssignmentRow(
            kind=kind,
            team=team,
            member=member,
            name=self.name,
            weight=weight,
            assigned=self.assigned,
            turns=self.turns,
            share=round(self.turns / turns, 4) if shared else None,
            fair_share=round(self.fair_turns / turns, 4) if fair else None,
            difference=round(self.turns - self.fair_turns, 2) if fair else None,
            skipped=dict(self.skipped.most_common()),
            accepted=self.accepted,
            declined=self.declined,
            breached=self.breached,
            median_time_to_accept=timedelta(seconds=median(self.times)) if self.times else None,
        )


class _Team:
    """One team's assignments; `weights` of its members by key."""

    def __init__(self, key: str | None, name: str) -> None:
        self.key, self.name, self.by_load = key, name, False
        self.weights: dict[str, int] = {}
        self.members: defaultdict[str, _Tally] = defaultdict(_Tally)
        self.itself = _Tally(name)
        self.total = _Tally(name)

    def add(self, row: Any) -> None:
        self.total.add(row)
        if row.owneridtype == "team":
            self.itself.add(row)
            return
        self.members[row.member].add(row)
        self.members[row.member].name = row.name
        self.by_load = self.by_load or row.strategy in BY_LOAD
        if row.turn is not None:
            skipped = dict(_reasons(row.skipped))
            self._share_out(row.member, skipped, weighted=row.strategy == BY_WEIGHT)

    def skip(self, key: str, reason: str) -> None:
        self.members[key].skipped[reason] += 1

    def _share_out(self, owner: str, skipped: Collection[str], *, weighted: bool) -> None:
        """One turn, among those who could get it. Who had it and has left since counts as one of them."""
        weights = {key: weight if weighted else 1 for key, weight in self.weights.items() if key not in skipped}
        eligible = {owner: 1} | weights
        everything = sum(eligible.values())
        for key, weight in eligible.items():
            self.members[key].fair_turns += weight / everything

    def rows(self) -> Iterator[AssignmentRow]:
        turns = self.total.turns
        for key, tally in sorted(self.members.items(), key=lambda item: (-item[1].turns, -item[1].assigned, item[0])):
            yield tally.row("member", self.key, key, self.weights.get(key), turns, self.by_load)
        if self.itself.assigned:
            yield self.itself.row("team", self.key, None, None, turns)
        yield self.total.row("total", self.key, None, sum(self.weights.values()) or None, turns)


def assignment_report(connection: Connection, *, start: datetime, end: datetime) -> list[AssignmentRow]:
    """The assignments from `start` until before `end`: the teams with the most first, then their members by turns."""
    teams = _teams(connection)
    for row in connection.execute(_assignments(start, end)):
        teams[row.teamid].add(row)
        for key, reason in _reasons(row.skipped):
            if asked := _asked(teams, row.teamid, key):
                asked.skip(key, reason)
    used = [team for team in teams.values() if team.total.assigned]
    return [row for team in sorted(used, key=lambda team: (-team.total.assigned, team.name)) for row in team.rows()]


def _asked(teams: Mapping[UUID | None, _Team], given_to: UUID | None, member: str) -> _Team | None:
    """The team for which a member was skipped. A lead that nobody of it could get went on to another one."""
    if member in teams[given_to].weights:
        return teams[given_to]
    others = [team for team in teams.values() if member in team.weights]
    return others[0] if len(others) == 1 else None


def _teams(connection: Connection) -> dict[UUID | None, _Team]:
    """Every team with its members of today; None stands for no team."""
    teams: dict[UUID | None, _Team] = {None: _Team(None, "(no team)")}
    for row in connection.execute(select(_TEAM.c.teamid, _TEAM.c.lf_key, _TEAM.c.name)):
        teams[row.teamid] = _Team(row.lf_key or str(row.teamid), row.name or "")
    members = select(_MEMBERSHIP.c.teamid, _MEMBERSHIP.c.lf_weight, _USER.c.lf_key, _USER.c.fullname).join(
        _USER, _USER.c.systemuserid == _MEMBERSHIP.c.systemuserid
    )
    for teamid, weight, key, name in connection.execute(members.where(_USER.c.lf_key.is_not(None))):
        teams[teamid].weights[key] = weight
        teams[teamid].members[key].name = name or ""
    return teams


def _assignments(start: datetime, end: datetime) -> Select[Any]:
    """A lead that belongs to a team belongs to it whether or not the assignment came by way of the team."""
    given = lf_assignment.c
    names = "owneridtype strategy turn skipped assignedon acceptedon endreason breaches"
    by_team = func.coalesce(given.teamid, _TEAM.c.teamid).label("teamid")
    return (
        select(
            *(given[name] for name in names.split()),
            by_team,
            func.coalesce(_USER.c.lf_key, "").label("member"),
            func.coalesce(_USER.c.fullname, "").label("name"),
        )
        .outerjoin(_USER, _USER.c.systemuserid == given.ownerid)
        .outerjoin(_TEAM, _TEAM.c.teamid == given.ownerid)
        .where(given.assignedon >= start, given.assignedon < end)
    )


def _reasons(skipped: Iterable[str] | None) -> Iterator[tuple[str, str]]:
    """Who was skipped, by key, and why, without the time until which it lasts."""
    for text in skipped or ():
        key, colon, reason = text.partition(": ")
        if colon:
            yield key, reason.partition(" until ")[0]
