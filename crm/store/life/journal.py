"""The journal: one row per step of a lead's life. Timeline, and guard against doing a step twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from crm.store.service_tables import lf_journal

_ENTRY = (lf_journal.c.on, lf_journal.c.kind, lf_journal.c.summary, lf_journal.c.actor, lf_journal.c.result)
_FIND = select(*_ENTRY).where(lf_journal.c.leadid == bindparam("lead"), lf_journal.c.step == bindparam("key"))
_COUNT = select(func.count()).where(lf_journal.c.leadid == bindparam("lead"))
_ALL = select(*_ENTRY).where(lf_journal.c.leadid == bindparam("lead")).order_by(lf_journal.c.on, lf_journal.c.sequence)

_WRITE = insert(lf_journal)
DELETION = "delete"
"""The kind of the row that a deleted lead leaves."""
_DELETION = _ALL.where(lf_journal.c.kind == DELETION)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step: when it was asked (UTC), its kind, what it did in one line, who asked, and its result."""

    on: datetime
    kind: str
    summary: str
    actor: str | None
    result: dict[str, Any] = field(default_factory=dict)


def find(connection: Connection, leadid: UUID, step: str) -> Entry | None:
    """The row of this step if it was done already."""
    row = connection.execute(_FIND, {"lead": leadid, "key": step}).one_or_none()
    return Entry(row.on, row.kind, row.summary, row.actor, row.result or {}) if row else None


def write(connection: Connection, leadid: UUID, entries: Mapping[str, Entry]) -> None:
    """Record what a step did, by key. A concurrent second try of the same step fails here, and is undone as a whole."""
    rows = [{"leadid": leadid, "step": step, **_values(entry)} for step, entry in entries.items()]
    connection.execute(_WRITE, rows)


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "on": entry.on,
        "kind": entry.kind,
        "summary": entry.summary,
        "actor": entry.actor,
        "result": entry.result or None,
    }


def erase(connection: Connection, leadid: UUID) -> None:
    """Forget all steps of a lead that is deleted."""
    connection.execute(delete(lf_journal).where(lf_journal.c.leadid == leadid))


def deletion(connection: Connection, leadid: UUID) -> Entry | None:
    """The row that says that a lead, which is there no more, was deleted."""
    row = connection.execute(_DELETION, {"lead": leadid}).first()
    return Entry(row.on, row.kind, row.summary, row.actor, row.result or {}) if row else None


def count(connection: Connection, leadid: UUID) -> int:
    """How many steps of the lead are done."""
    return int(connection.execute(_COUNT, {"lead": leadid}).scalar_one())


def timeline(connection: Connection, leadid: UUID) -> Sequence[Entry]:
    """All steps of a lead, oldest first."""
    rows = connection.execute(_ALL, {"lead": leadid})
    return [Entry(row.on, row.kind, row.summary, row.actor, row.result or {}) for row in rows]
