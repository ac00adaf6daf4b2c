"""What must never be: an open lead that was routed and has neither an owner nor a reason to be without one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from crm.lifecycle import LeadStage, LeadState
from crm.store.database import Database
from crm.store.life import leads
from crm.store.tables import TABLES

_LEAD = TABLES["lead"]
_OWNED = {LeadStage.ASSIGNED, LeadStage.ACCEPTED, LeadStage.WAITING, LeadStage.OFFERED}


def lost_leads(database: Database) -> Sequence[tuple[UUID, str]]:
    """Open leads that nobody owns and nobody was told of, with their stages."""
    query = select(_LEAD.c.leadid).where(_LEAD.c.statecode == LeadState.OPEN)
    with database.reading() as connection:
        views = [leads.view(connection, id, now=datetime.now(UTC)) for id in connection.execute(query).scalars().all()]
    return [
        (lead.leadid, lead.stage)
        for lead in views
        if (lead.stage in _OWNED and lead.owner is None)
        or (lead.stage is LeadStage.HELD and not lead.reason)
        or (lead.stage is LeadStage.WAITING and not (lead.reason and lead.wait_until))
    ]
