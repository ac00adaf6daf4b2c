"""Leads that wait for somebody to be free, and the workflows that lead their lives.

A waiting lead belongs to the team that its rule names. It is found for every member of that team; leads that would go
to them only by a `next: <team>` of another team's rule look again by their timer.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from crm.lifecycle import LeadStage
from crm.store.tables import TABLES

_LEAD, _MEMBER = TABLES["lead"], TABLES["teammembership"]
_WAITING = (
    select(_LEAD.c.lf_workflowid)
    .where(_LEAD.c.lf_stage == LeadStage.WAITING, _LEAD.c.lf_workflowid.is_not(None))
    .order_by(_LEAD.c.lf_assignedon, _LEAD.c.leadid)
    .limit(bindparam("limit"))
)
_FOR_USER = _WAITING.join(_MEMBER, _MEMBER.c.teamid == _LEAD.c.ownerid).where(
    _MEMBER.c.systemuserid == bindparam("user")
)
_FOR_TEAM = _WAITING.where(_LEAD.c.ownerid == bindparam("team"))


def for_user(connection: Connection, systemuserid: UUID, limit: int) -> Sequence[str]:
    """The workflows of the leads that have waited longest for a team of which the user is a member."""
    return connection.execute(_FOR_USER, {"user": systemuserid, "limit": limit}).scalars().all()


def for_team(connection: Connection, teamid: UUID, limit: int) -> Sequence[str]:
    """The workflows of the leads that have waited longest for the team."""
    return connection.execute(_FOR_TEAM, {"team": teamid, "limit": limit}).scalars().all()


def for_anybody(connection: Connection, limit: int) -> Sequence[str]:
    """The workflows of the leads that have waited longest."""
    return connection.execute(_WAITING, {"limit": limit}).scalars().all()
