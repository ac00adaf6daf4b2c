"""Leads that wait for somebody to be free, and the workflows that lead their lives.

A waiting lead belongs to the team that its rule names. It is found for every member of that team who did not give it
back; leads that would go to them only by a `next: <team>` of another team's rule look again by their timer.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, exists, select

from crm.lifecycle import LeadStage
from crm.store.distribution.rotation import GAVE_BACK
from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES

_LEAD, _MEMBER = TABLES["lead"], TABLES["teammembership"]
_WAITING = (
    select(_LEAD.c.lf_workflowid)
    .where(_LEAD.c.lf_stage == LeadStage.WAITING, _LEAD.c.lf_workflowid.is_not(None))
    .order_by(_LEAD.c.lf_assignedon, _LEAD.c.leadid)
    .limit(bindparam("limit"))
)
_GAVE_IT_BACK = exists().where(
    lf_assignment.c.leadid == _LEAD.c.leadid,
    lf_assignment.c.ownerid == bindparam("user"),
    lf_assignment.c.endreason.in_(GAVE_BACK),
)
_FOR_USER = _WAITING.join(_MEMBER, _MEMBER.c.teamid == _LEAD.c.ownerid).where(
    _MEMBER.c.systemuserid == bindparam("user"), ~_GAVE_IT_BACK
)


def for_user(connection: Connection, systemuserid: UUID, limit: int) -> Sequence[str]:
    """The workflows of the leads that have waited longest for a team of the user, who did not give them back."""
    return connection.execute(_FOR_USER, {"user": systemuserid, "limit": limit}).scalars().all()


def for_anybody(connection: Connection, limit: int) -> Sequence[str]:
    """The workflows of the leads that have waited longest."""
    return connection.execute(_WAITING, {"limit": limit}).scalars().all()
