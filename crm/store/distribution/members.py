"""Who is in a team, and how each member stands: active, away, with how many open leads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, String, and_, bindparam, cast, func, literal, select

from crm.store.people.roster import NOT_OVER, earliest_day
from crm.store.service_tables import lf_absence
from crm.store.tables import TABLES

_MEMBER, _USER, _LEAD = TABLES["teammembership"].c, TABLES["systemuser"].c, TABLES["lead"].c
_NO_LEAD = UUID(int=0)


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A user in a team: the share of turns, the open leads, and the absences that were entered by hand.

    An absence is the first and the last of whole local days.
    """

    systemuserid: UUID
    key: str
    name: str
    weight: int
    isdisabled: bool
    open_leads: int
    away: tuple[tuple[date, date], ...] = ()


def team_members(
    connection: Connection,
    teamid: UUID,
    now: datetime | None = None,
    *,
    count_open: bool = False,
    besides: UUID = _NO_LEAD,
) -> Sequence[TeamMember]:
    """The members of a team in the order of their keys, the disabled ones too.

    With `now`, their absences that may not be over then, whatever the time zone. Counting their open leads, without
    the one `besides`, takes time; they are 0 where nobody asks.
    """
    day = earliest_day(now) if now else date.max
    values = {"team": teamid, "day": day} | ({"lead": besides} if count_open else {})
    members: dict[UUID, TeamMember] = {}
    for row in connection.execute(_members(count_open), values):
        known = members.setdefault(row.systemuserid, TeamMember(*row[:6]))
        if row.firstday is not None:
            away = (*known.away, (row.firstday, row.lastday))
            members[row.systemuserid] = replace(known, away=away)
    return list(members.values())


@cache
def _members(count_open: bool) -> Select[Any]:
    """One row for each absence of a member that may not be over, else one row."""
    open_leads = (
        select(func.count())
        .where(_LEAD.ownerid == _MEMBER.systemuserid, _LEAD.statecode == 0, _LEAD.leadid != bindparam("lead"))
        .correlate(TABLES["teammembership"])
        .scalar_subquery()
    )
    away = and_(lf_absence.c.systemuserid == _MEMBER.systemuserid, NOT_OVER)
    return (
        select(
            _MEMBER.systemuserid,
            func.coalesce(_USER.lf_key, cast(_MEMBER.systemuserid, String)),
            func.coalesce(_USER.fullname, _USER.lf_key, ""),
            _MEMBER.lf_weight,
            _USER.isdisabled,
            open_leads if count_open else literal(0),
            lf_absence.c.firstday,
            lf_absence.c.lastday,
        )
        .join(TABLES["systemuser"], _USER.systemuserid == _MEMBER.systemuserid)
        .outerjoin(lf_absence, away)
        .where(_MEMBER.teamid == bindparam("team"))
        .order_by(_USER.lf_key, _MEMBER.systemuserid, lf_absence.c.firstday)
    )
