"""What sinks have not got: counted, listed, and sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, func, select, true, update

from crm.errors import NotFound
from crm.store.service_tables import lf_delivery, lf_outbox
from crm.store.sinks.outbox import Delivery

_PENDING = lf_delivery.c.state == Delivery.PENDING
_DEAD = lf_delivery.c.state == Delivery.DEAD


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one sink has not got: how many are pending and dead, since when the oldest waits, and the last error."""

    pending: int
    dead: int
    oldest: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a sink did not take, after so many attempts, the last at `triedon` (UTC); `outcome` says why."""

    id: UUID
    sink: str
    leadid: UUID
    event: str
    on: datetime
    attempts: int
    triedon: datetime
    outcome: str


def backlogs(connection: Connection) -> dict[str, Backlog]:
    """By sink, those only that have not got everything."""
    row = lf_delivery.alias("row")
    last_error = (
        select(row.c.outcome)
        .where(row.c.sink == lf_delivery.c.sink, row.c.state != Delivery.DELIVERED, row.c.triedon.is_not(None))
        .order_by(row.c.triedon.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            lf_delivery.c.sink,
            func.count().filter(_PENDING),
            func.count().filter(_DEAD),
            func.min(lf_delivery.c.queuedon).filter(_PENDING),
            last_error,
        )
        .where(lf_delivery.c.state != Delivery.DELIVERED)
        .group_by(lf_delivery.c.sink)
        .order_by(lf_delivery.c.sink)
    )
    return {sink: Backlog(*counts) for sink, *counts in connection.execute(query)}


def dead_letters(connection: Connection, sink: str | None, limit: int) -> Sequence[DeadLetter]:
    """The newest `limit` of them, of one sink or of all."""
    query = (
        select(
            lf_outbox.c.id,
            lf_delivery.c.sink,
            lf_outbox.c.leadid,
            lf_outbox.c.event,
            lf_outbox.c.on,
            lf_delivery.c.attempts,
            lf_delivery.c.triedon,
            lf_delivery.c.outcome,
        )
        .join(lf_outbox, lf_outbox.c.id == lf_delivery.c.outboxid)
        .where(_DEAD, lf_delivery.c.sink == sink if sink else true())
        .order_by(lf_delivery.c.triedon.desc(), lf_outbox.c.number.desc())
        .limit(limit)
    )
    return [DeadLetter(*row) for row in connection.execute(query)]


def resend(connection: Connection, now: datetime, *, event: UUID | None, sink: str | None) -> int:
    """Make dead letters pending again, with all their attempts: those of one event, of one sink, or all.

    Returns how many. Raises NotFound where `event` is no dead letter.
    """
    chosen = and_(
        _DEAD,
        lf_delivery.c.outboxid == event if event else true(),
        lf_delivery.c.sink == sink if sink else true(),
    )
    again = {"state": Delivery.PENDING, "attempts": 0, "queuedon": now, "nexton": now}
    sent = connection.execute(update(lf_delivery).where(chosen).values(again)).rowcount
    if event and not sent:
        raise NotFound(f"no dead letter has the id {event}. List them: leadflow sinks dead")
    return sent
