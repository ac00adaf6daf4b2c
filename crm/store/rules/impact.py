"""Which leads a rule set decided, and where they are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from crm.store.life.leads import VIEW_COLUMNS
from crm.store.service_tables import lf_routingdecision
from crm.store.tables import TABLES

_LEAD = TABLES["lead"]
_DECISION = lf_routingdecision


@dataclass(frozen=True, slots=True)
class TouchedLead:
    """A lead that the set decided, by its last decision of that set.

    `in_force` says that no other decision came after it; `owner` is the key of the user or team that has the lead now.
    """

    leadid: UUID
    workflow_id: str | None
    decidedon: datetime
    decision: dict[str, Any]
    in_force: bool
    statecode: int
    stage: str
    owner: str | None
    accepted: bool


def touched(connection: Connection, digest: str) -> Sequence[TouchedLead]:
    """Every lead that the set with this whole digest decided, oldest decision first."""
    newest = func.row_number().over(
        partition_by=_DECISION.c.leadid, order_by=(_DECISION.c.decidedon.desc(), _DECISION.c.lf_routingdecisionid)
    )
    ranked = select(_DECISION.c.lf_routingdecisionid, newest.label("place")).where(
        _DECISION.c.leadid.in_(select(_DECISION.c.leadid).where(_DECISION.c.digest == digest))
    )
    places = ranked.subquery()
    query = (
        VIEW_COLUMNS.add_columns(_DECISION.c.decidedon, _DECISION.c.decision, places.c.place)
        .join(_DECISION, _DECISION.c.leadid == _LEAD.c.leadid)
        .join(places, places.c.lf_routingdecisionid == _DECISION.c.lf_routingdecisionid)
        .where(_DECISION.c.digest == digest)
        .order_by(_LEAD.c.leadid, places.c.place)
    )
    found: dict[UUID, TouchedLead] = {}
    for row in connection.execute(query):
        found.setdefault(row.leadid, _touched(row))
    return sorted(found.values(), key=lambda lead: (lead.decidedon, lead.leadid))


def _touched(row: Any) -> TouchedLead:
    return TouchedLead(
        leadid=row.leadid,
        workflow_id=row.lf_workflowid,
        decidedon=row.decidedon,
        decision=row.decision,
        in_force=row.place == 1,
        statecode=row.statecode,
        stage=row.lf_stage,
        owner=row.owner_key,
        accepted=row.lf_acceptedon is not None,
    )
