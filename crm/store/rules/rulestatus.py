"""By which rules each worker decides, as it said itself the last time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from crm.store.database import insert_into
from crm.store.service_tables import lf_rulestatus

FORGOTTEN_AFTER = timedelta(days=1)
LONGEST_REFUSAL = 10_000


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """A worker (host:pid), the digest of its rules, since when, why it refuses the files, and when it said so (UTC)."""

    worker: str
    digest: str
    since: datetime
    refusal: str | None
    seenon: datetime


def report(connection: Connection, status: WorkerRules) -> None:
    """Keep what a worker says of itself, in place of what it said before; forget workers not seen for a day."""
    values = {
        "digest": status.digest,
        "since": status.since,
        "refusal": _kept(status.refusal),
        "seenon": status.seenon,
    }
    new = insert_into(connection, lf_rulestatus).values(worker=status.worker, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["worker"], set_=values))
    connection.execute(delete(lf_rulestatus).where(lf_rulestatus.c.seenon < status.seenon - FORGOTTEN_AFTER))


def withdraw(connection: Connection, worker: str) -> None:
    """Forget a worker that ends."""
    connection.execute(delete(lf_rulestatus).where(lf_rulestatus.c.worker == worker))


def workers(connection: Connection) -> Sequence[WorkerRules]:
    """All workers that said something within a day or so, by name."""
    columns = [lf_rulestatus.c[name] for name in WorkerRules.__slots__]
    return [WorkerRules(*row) for row in connection.execute(select(*columns).order_by(lf_rulestatus.c.worker))]


def _kept(refusal: str | None) -> str | None:
    """A refusal repeats what stands in files: PostgreSQL's text holds no NUL, and nobody reads thousands of lines."""
    return None if refusal is None else refusal.replace("\0", "")[:LONGEST_REFUSAL]
