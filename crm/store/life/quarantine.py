"""Leads that do not validate: what came in, and why it cannot be used yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, or_, select, true, update

from crm.lifecycle import LeadStage
from crm.store.service_tables import lf_quarantine
from crm.store.tables import TABLES

_LEAD = TABLES["lead"]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A lead in quarantine. `submission` is what came in, as it came, with the corrections so far: personal data."""

    leadid: UUID
    source: str | None
    external_id: str | None
    received_on: datetime
    problems: tuple[str, ...]
    submission: dict[str, Any]


def put(
    connection: Connection, leadid: UUID, submission: dict[str, Any], problems: Sequence[str], on: datetime
) -> None:
    """Keep the raw submission and its problems, in place of an earlier try."""
    connection.execute(delete(lf_quarantine).where(lf_quarantine.c.leadid == leadid))
    values = {"leadid": leadid, "submission": submission, "problems": list(problems), "receivedon": on}
    connection.execute(insert(lf_quarantine), values)


def get(connection: Connection, leadid: UUID) -> dict[str, Any]:
    """The raw submission of a quarantined lead."""
    row = connection.execute(select(lf_quarantine.c.submission).where(lf_quarantine.c.leadid == leadid))
    return dict(row.scalar_one())


def release(connection: Connection, leadid: UUID, on: datetime) -> None:
    connection.execute(update(lf_quarantine).where(lf_quarantine.c.leadid == leadid).values(releasedon=on))


def waiting(
    connection: Connection,
    *,
    source: str | None = None,
    visible: ColumnElement[bool] | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Quarantined]:
    """The leads in quarantine, those first that wait longest. `visible` is a condition on the table of leads; `after`
    goes on behind the lead of this time and id."""
    query = _waiting(true() if visible is None else visible).limit(limit)
    if source is not None:
        query = query.where(_LEAD.c.lf_source == source)
    if after is not None:
        on, leadid = after
        later = lf_quarantine.c.receivedon > on
        query = query.where(or_(later, and_(lf_quarantine.c.receivedon == on, lf_quarantine.c.leadid > leadid)))
    return [_quarantined(row) for row in connection.execute(query)]


def find(connection: Connection, leadid: UUID) -> Quarantined | None:
    """The lead, if it is in quarantine now."""
    row = connection.execute(_waiting(_LEAD.c.leadid == leadid)).one_or_none()
    return None if row is None else _quarantined(row)


def _waiting(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(lf_quarantine, _LEAD.c.lf_source, _LEAD.c.lf_externalid)
        .join(_LEAD, _LEAD.c.leadid == lf_quarantine.c.leadid)
        .where(_LEAD.c.lf_stage == LeadStage.QUARANTINED, condition)
        .order_by(lf_quarantine.c.receivedon, lf_quarantine.c.leadid)
    )


def _quarantined(row: Any) -> Quarantined:
    return Quarantined(
        row.leadid, row.lf_source, row.lf_externalid, row.receivedon, tuple(row.problems), dict(row.submission)
    )
