"""The trail between leads and channel partners: what was offered to whom, and what came of it.

Rows are only inserted; the database refuses every other change. A lead's rows are numbered, and whoever writes one
holds the lead's lock, so there is one order of events and one open offer at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
)

from crm.store.partners.registrations import IN_FORCE
from crm.store.service_tables import lf_offer, lf_registration
from crm.store.tables import TABLES

_PARTNER = TABLES["lf_channelpartner"]
_COLUMNS = ("leadid", "number", "partnerid", "event", "on", "until", "registeredfor", "actor", "reason")


class OfferEvent(StrEnum):
    """What may happen. An offer is open from `offered` until one of the next four."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"  # the offer, or the lead after it was accepted
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # we took the offer back
    RELEASED = "released"  # the registration of the company ended before its time
    CONFLICT = "conflict"  # the company is registered for this partner, and the lead came or went another way
    RESOLVED = "resolved"  # that is over


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One event, in UTC. `until` is the end of the offer, or of the registration (accepted, conflict)."""

    leadid: UUID
    number: int
    partnerid: UUID
    partner: str
    partner_name: str
    event: OfferEvent
    on: datetime
    until: datetime | None
    registered_for: timedelta | None
    actor: str | None
    reason: str | None


def _trail() -> Select[Any]:
    columns = (lf_offer.c[name] for name in _COLUMNS)
    partner = _PARTNER.c.lf_channelpartnerid == lf_offer.c.partnerid
    return select(*columns, _PARTNER.c.lf_key, _PARTNER.c.lf_name).join(_PARTNER, partner)


_OF_AN_OFFER = [
    OfferEvent.OFFERED,
    OfferEvent.ACCEPTED,
    OfferEvent.DECLINED,
    OfferEvent.EXPIRED,
    OfferEvent.WITHDRAWN,
]
_LATER = lf_offer.alias("later")
_NUMBER = (
    select(func.coalesce(func.max(lf_offer.c.number), 0) + 1)
    .where(lf_offer.c.leadid == bindparam("lead"))
    .scalar_subquery()
)
_RECORD = insert(lf_offer).values(leadid=bindparam("lead"), number=_NUMBER)
_TRAIL = _trail().where(lf_offer.c.leadid == bindparam("lead")).order_by(lf_offer.c.number)
_LAST = (
    _trail()
    .where(lf_offer.c.leadid == bindparam("lead"), lf_offer.c.event.in_(_OF_AN_OFFER))
    .order_by(lf_offer.c.number.desc())
    .limit(1)
)
_LAST_CONFLICT = (
    select(lf_offer.c.partnerid, lf_offer.c.event)
    .where(lf_offer.c.leadid == bindparam("lead"), lf_offer.c.event.in_([OfferEvent.CONFLICT, OfferEvent.RESOLVED]))
    .order_by(lf_offer.c.number.desc())
    .limit(1)
)


def record(
    connection: Connection,
    leadid: UUID,
    partnerid: UUID,
    event: OfferEvent,
    on: datetime,
    *,
    until: datetime | None = None,
    registered_for: timedelta | None = None,
    actor: str | None = None,
    reason: str | None = None,
) -> None:
    """Add an event to the trail of a lead that this transaction has locked."""
    values = {
        "lead": leadid,
        "partnerid": partnerid,
        "event": event.value,
        "on": on,
        "until": until,
        "registeredfor": int(registered_for.total_seconds()) if registered_for else None,
        "actor": actor,
        "reason": reason,
    }
    connection.execute(_RECORD, values)


def trail(connection: Connection, leadid: UUID) -> Sequence[TrailEntry]:
    """Everything that happened between a lead and partners, oldest first."""
    return [_entry(row) for row in connection.execute(_TRAIL, {"lead": leadid})]


def present(connection: Connection, leadid: UUID) -> TrailEntry | None:
    """The open offer of a lead, or the acceptance that still holds: what a partner has to do with it now."""
    row = connection.execute(_LAST, {"lead": leadid}).one_or_none()
    return _holds(_entry(row) if row else None)


def present_in(trail: Sequence[TrailEntry]) -> TrailEntry | None:
    """As `present`, where the whole trail is at hand."""
    return _holds(next((entry for entry in reversed(trail) if entry.event in _OF_AN_OFFER), None))


def _holds(entry: TrailEntry | None) -> TrailEntry | None:
    return entry if entry and entry.event in (OfferEvent.OFFERED, OfferEvent.ACCEPTED) else None


def open_conflict(connection: Connection, leadid: UUID) -> UUID | None:
    """The partner with whose registration the lead is in conflict, as the trail has it."""
    row = connection.execute(_LAST_CONFLICT, {"lead": leadid}).one_or_none()
    return row.partnerid if row and row.event == OfferEvent.CONFLICT else None


def listed(
    connection: Connection, *, partner: str | None = None, only_open: bool = False, limit: int = 1000
) -> Sequence[TrailEntry]:
    """Offers of all leads, newest first: each as the last thing that happened to it (`only_open`: offered)."""
    query = _trail().where(lf_offer.c.event.in_(_OF_AN_OFFER), ~exists().where(_answered()))
    if partner is not None:
        query = query.where(_PARTNER.c.lf_key == partner)
    if only_open:
        query = query.where(lf_offer.c.event == OfferEvent.OFFERED)
    query = query.order_by(lf_offer.c.on.desc(), lf_offer.c.leadid, lf_offer.c.number.desc()).limit(limit)
    return [_entry(row) for row in connection.execute(query)]


def _answered() -> ColumnElement[bool]:
    """That something happened later between the same lead and the same partner."""
    return and_(
        _LATER.c.leadid == lf_offer.c.leadid,
        _LATER.c.partnerid == lf_offer.c.partnerid,
        _LATER.c.number > lf_offer.c.number,
        _LATER.c.event.in_(_OF_AN_OFFER),
    )


def conflict_of(lead: Table) -> ScalarSelect[Any]:
    """A column for queries of leads: the partner with whose registration, in force at `now`, the lead conflicts."""
    row = lf_registration.c
    resolved = and_(
        _LATER.c.leadid == lf_offer.c.leadid,
        _LATER.c.number > lf_offer.c.number,
        _LATER.c.event == OfferEvent.RESOLVED,
    )
    registered = exists().where(row.companykey == lead.c.lf_companykey, row.partnerid == lf_offer.c.partnerid, IN_FORCE)
    return (
        select(_PARTNER.c.lf_key)
        .join_from(lf_offer, _PARTNER, _PARTNER.c.lf_channelpartnerid == lf_offer.c.partnerid)
        .where(
            lf_offer.c.leadid == lead.c.leadid,
            lf_offer.c.event == OfferEvent.CONFLICT,
            ~exists().where(resolved),
            registered.correlate(lead, lf_offer, _PARTNER),
        )
        .order_by(lf_offer.c.number.desc())
        .limit(1)
        .correlate(lead)
        .scalar_subquery()
    )


def _entry(row: Row[Any]) -> TrailEntry:
    seconds = row.registeredfor
    return TrailEntry(
        leadid=row.leadid,
        number=row.number,
        partnerid=row.partnerid,
        partner=row.lf_key,
        partner_name=row.lf_name,
        event=OfferEvent(row.event),
        on=row.on,
        until=row.until,
        registered_for=timedelta(seconds=seconds) if seconds is not None else None,
        actor=row.actor,
        reason=row.reason,
    )
