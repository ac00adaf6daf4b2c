"""Leads that do not validate: what came in, and why it cannot be used yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from crm.store.service_tables import lf_quarantine


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
