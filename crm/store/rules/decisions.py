"""Routing decisions, kept in full: why each lead went where it went, word for word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, exists, insert, select

from crm.store.service_tables import lf_assignment, lf_routingdecision


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """One decision of a lead's life, as JSON-like data. `facts` is None where leadflow did not keep them yet."""

    step: str
    digest: str
    decision: Mapping[str, Any]
    facts: Mapping[str, Any] | None
    decidedon: datetime


def put(
    connection: Connection,
    leadid: UUID,
    step: str,
    decision: Mapping[str, Any],
    facts: Mapping[str, Any],
    on: datetime,
) -> None:
    """Keep a decision (as JSON-like data) under the step that asked for it, with the facts that it was made from."""
    values = {
        "lf_routingdecisionid": uuid5(leadid, step),
        "leadid": leadid,
        "step": step,
        "digest": decision["digest"],
        "file": decision["file"],
        "rule": decision["rule"],
        "unmatched": decision["unmatched"],
        "disagreement": decision["engine_disagreement"],
        "decision": decision,
        "facts": facts,
        "decidedon": on,
    }
    connection.execute(insert(lf_routingdecision), values)


def newest(connection: Connection, leadid: UUID) -> dict[str, Any] | None:
    """The lead's last routing decision, as it was kept."""
    mine = select(lf_routingdecision.c.decision).where(lf_routingdecision.c.leadid == leadid)
    found = connection.execute(mine.order_by(lf_routingdecision.c.decidedon.desc()).limit(1)).scalar_one_or_none()
    return dict(found) if found is not None else None


def was_made(connection: Connection, leadid: UUID, step: str) -> bool:
    """Whether this step decided where the lead goes."""
    mine = exists().where(lf_routingdecision.c.leadid == leadid, lf_routingdecision.c.step == step)
    return bool(connection.execute(select(mine)).scalar_one())


def placed_lead(connection: Connection, leadid: UUID) -> bool:
    """Whether a lead with an owner has it by a routing decision, and not because somebody named the owner."""
    mine = (lf_assignment.c.leadid == leadid, lf_assignment.c.endedon.is_(None))
    same = (lf_routingdecision.c.leadid == leadid, lf_routingdecision.c.step == lf_assignment.c.step)
    return connection.execute(select(lf_assignment.c.step).where(*mine, ~exists().where(*same))).first() is None


def of_lead(connection: Connection, leadid: UUID) -> Sequence[KeptDecision]:
    """All routing decisions of a lead, oldest first."""
    columns = [lf_routingdecision.c[name] for name in KeptDecision.__slots__]
    mine = select(*columns).where(lf_routingdecision.c.leadid == leadid)
    return [KeptDecision(*row) for row in connection.execute(mine.order_by(lf_routingdecision.c.decidedon))]
