"""The outbox: what happened to leads, and which sinks have been told. Written by steps, emptied by `leadflow.sinks`.

A delivery is pending until its sink took it, or until it is dead. Who claims one makes it due again only after a lease:
a worker that is killed loses nothing, and its claims come back by themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, select, update

from crm.store.service_tables import lf_delivery, lf_outbox

LONGEST_OUTCOME = 1000
FORGOTTEN_AT_ONCE = 500


class Delivery(StrEnum):
    """Where the delivery of one event to one sink stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a lead. `number` is its place in the lead's timeline, from 1; `on` is in UTC."""

    id: UUID
    leadid: UUID
    number: int
    event: str
    payload: dict[str, Any]
    on: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """An event that this process may now deliver to one sink, and which attempt this is, from 1."""

    event: Event
    sink: str
    attempt: int


_PENDING = lf_delivery.c.state == Delivery.PENDING
_EVENT = tuple(lf_outbox.c[name] for name in Event.__slots__)
_OF_DELIVERY = lf_outbox.c.id == lf_delivery.c.outboxid


def put(connection: Connection, event: Event, sinks: Collection[str], now: datetime) -> None:
    """Keep an event for the sinks that want it. Raises StateConflict where it is there already."""
    connection.execute(insert(lf_outbox), {name: getattr(event, name) for name in Event.__slots__})
    row = {"outboxid": event.id, "state": Delivery.PENDING, "attempts": 0, "queuedon": now, "nexton": now}
    connection.execute(insert(lf_delivery), [{**row, "sink": sink} for sink in sinks])


def newest(connection: Connection, leadid: UUID) -> int:
    """The number of the lead's newest event that is still here; 0 where there is none."""
    number = select(func.max(lf_outbox.c.number)).where(lf_outbox.c.leadid == leadid)
    return connection.execute(number).scalar_one() or 0


def is_due(connection: Connection, sink: str, now: datetime) -> bool:
    """Whether there may be something to claim."""
    due = exists().where(lf_delivery.c.sink == sink, _PENDING, lf_delivery.c.nexton <= now)
    return bool(connection.execute(select(due)).scalar_one())


def claim(connection: Connection, sink: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Claim]:
    """Take what is due, `limit` at most: nobody else gets it before `now + lease`.

    Of each lead only the first pending event: the next one comes when that is delivered, or dead.
    """
    ids = connection.execute(_due(sink, now, limit)).scalars().all()
    if not ids:
        return []
    mine = and_(lf_delivery.c.sink == sink, lf_delivery.c.outboxid.in_(ids))
    taken = {"nexton": now + lease, "attempts": lf_delivery.c.attempts + 1}
    connection.execute(update(lf_delivery).where(mine).values(taken))
    rows = connection.execute(select(lf_delivery.c.attempts, *_EVENT).join(lf_outbox, _OF_DELIVERY).where(mine))
    return [Claim(Event(*event), sink, attempt) for attempt, *event in rows]


def _due(sink: str, now: datetime, limit: int) -> Select[Any]:
    earlier, of_earlier = lf_outbox.alias("earlier"), lf_delivery.alias("of_earlier")
    not_its_turn = (
        select(earlier.c.id)
        .join(of_earlier, of_earlier.c.outboxid == earlier.c.id)
        .where(
            earlier.c.leadid == lf_outbox.c.leadid,
            earlier.c.number < lf_outbox.c.number,
            of_earlier.c.sink == sink,
            of_earlier.c.state == Delivery.PENDING,
        )
        .exists()
    )
    return (
        select(lf_delivery.c.outboxid)
        .join(lf_outbox, _OF_DELIVERY)
        .where(lf_delivery.c.sink == sink, _PENDING, lf_delivery.c.nexton <= now, ~not_its_turn)
        .order_by(lf_delivery.c.nexton, lf_outbox.c.number)
        .limit(limit)
        .with_for_update(of=lf_delivery, skip_locked=True)
    )


def delivered(connection: Connection, claim: Claim, now: datetime, outcome: str) -> None:
    """The sink took it; that stays true even if somebody else has claimed it again meanwhile."""
    row = and_(lf_delivery.c.outboxid == claim.event.id, lf_delivery.c.sink == claim.sink)
    done = {"state": Delivery.DELIVERED, "triedon": now, "outcome": _kept(outcome)}
    connection.execute(update(lf_delivery).where(row).values(done))


def failed(connection: Connection, claim: Claim, now: datetime, outcome: str, again: datetime | None) -> None:
    """The sink did not take it: try `again`, or give it up (None). Nothing where the claim is no longer the last."""
    mine = and_(
        lf_delivery.c.outboxid == claim.event.id,
        lf_delivery.c.sink == claim.sink,
        lf_delivery.c.attempts == claim.attempt,
        _PENDING,
    )
    tried = {"triedon": now, "outcome": _kept(outcome)}
    then = {"nexton": again} if again else {"state": Delivery.DEAD}
    connection.execute(update(lf_delivery).where(mine).values(tried | then))


def _kept(outcome: str) -> str:
    """What a receiver answers may be anything: PostgreSQL's text holds no NUL, and nobody reads pages."""
    return outcome.replace("\0", "")[:LONGEST_OUTCOME]


def forget(connection: Connection, before: datetime) -> int:
    """Delete some of the events older than `before` that every sink has got. Returns how many; 0: none are left."""
    not_delivered = exists().where(_OF_DELIVERY, lf_delivery.c.state != Delivery.DELIVERED)
    old = select(lf_outbox.c.id).where(lf_outbox.c.on < before, ~not_delivered).limit(FORGOTTEN_AT_ONCE)
    ids = connection.execute(old).scalars().all()
    connection.execute(delete(lf_delivery).where(lf_delivery.c.outboxid.in_(ids)))
    connection.execute(delete(lf_outbox).where(lf_outbox.c.id.in_(ids)))
    return len(ids)
