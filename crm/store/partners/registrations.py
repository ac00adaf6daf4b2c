"""Which company is registered for which channel partner: since when, until when, and by which lead.

A company is named by its key (`crm.matching.company_key`). It is registered as long as one row says so that has not
ended and whose time is not over; nothing has to happen for it to end in time. Rows of inactive partners do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, ScalarSelect, Select, Table, and_, bindparam, func, insert, select, update

from crm.entities.lead import Lead
from crm.matching import company_key
from crm.store.database import one_at_a_time
from crm.store.service_tables import lf_registration
from crm.store.tables import TABLES

_ROW = lf_registration.c
_PARTNER = TABLES["lf_channelpartner"]


@dataclass(frozen=True, slots=True)
class Registration:
    """`endedon` is set where it ended before `until`: by hand, or because its lead was disqualified. Times are UTC."""

    companykey: str
    partnerid: UUID
    partner: str
    partner_name: str
    leadid: UUID
    registeredon: datetime
    until: datetime
    endedon: datetime | None


def _registrations() -> Select[Any]:
    return (
        select(
            _ROW.companykey,
            _ROW.partnerid,
            _PARTNER.c.lf_key,
            _PARTNER.c.lf_name,
            _ROW.leadid,
            _ROW.registeredon,
            _ROW.until,
            _ROW.endedon,
        )
        .join(_PARTNER, _PARTNER.c.lf_channelpartnerid == _ROW.partnerid)
        .order_by(_ROW.until.desc(), _ROW.id)
    )


IN_FORCE = and_(_ROW.endedon.is_(None), _ROW.until > bindparam("now", type_=_ROW.until.type), _PARTNER.c.statecode == 0)
"""That a registration, joined with its partner, counts at the moment `now`."""
_HOLDER = _registrations().where(_ROW.companykey == bindparam("company"), IN_FORCE).limit(1)
_OF_LEAD = _registrations().where(_ROW.leadid == bindparam("lead"), IN_FORCE).limit(1)
_END = update(lf_registration).where(_ROW.leadid == bindparam("lead"), _ROW.endedon.is_(None))


def until_of(lead: Table) -> ScalarSelect[Any]:
    """A column for queries of leads: until when the lead's own registration is in force at the moment `now`."""
    query = select(func.max(_ROW.until)).join(_PARTNER, _PARTNER.c.lf_channelpartnerid == _ROW.partnerid)
    return query.where(_ROW.leadid == lead.c.leadid, IN_FORCE).correlate(lead).scalar_subquery()


def company_of(lead: Lead) -> str | None:
    """The key of the lead's company; None where it names none."""
    return lead.lf_companykey or company_key(lead.companyname)


def holder(connection: Connection, company: str | None, now: datetime) -> Registration | None:
    """The registration that protects a company now; of several of one partner the one that ends last."""
    if company is None:
        return None
    row = connection.execute(_HOLDER, {"company": company, "now": now}).one_or_none()
    return Registration(*row) if row else None


def of_lead(connection: Connection, leadid: UUID, now: datetime) -> Registration | None:
    """The registration that came about by this lead, while it is in force."""
    row = connection.execute(_OF_LEAD, {"lead": leadid, "now": now}).one_or_none()
    return Registration(*row) if row else None


def protects(connection: Connection, lead: Lead, now: datetime) -> Registration | None:
    """The registration that keeps this lead with the partner who accepted it: only people may take it away."""
    return of_lead(connection, lead.leadid, now) if lead.lf_assignedon else None


def register(
    connection: Connection, company: str, partnerid: UUID, leadid: UUID, now: datetime, until: datetime
) -> Registration | None:
    """Register the company for a partner. Returns the registration of another partner that is in the way, if any."""
    one_at_a_time(connection, f"registration of {company}")
    other = holder(connection, company, now)
    if other is not None and other.partnerid != partnerid:
        return other
    values = {
        "id": uuid5(leadid, f"registration/{now.isoformat()}"),
        "companykey": company,
        "partnerid": partnerid,
        "leadid": leadid,
        "registeredon": now,
        "until": until,
    }
    connection.execute(insert(lf_registration), values)
    return None


def end(connection: Connection, leadid: UUID, now: datetime) -> None:
    """End the registration that came about by this lead."""
    connection.execute(_END.values(endedon=now), {"lead": leadid})


def listed(
    connection: Connection, now: datetime, *, partner: str | None = None, ended: bool = False
) -> Sequence[Registration]:
    """Registrations in force, or (`ended`) all that there ever were; the one that ends last first."""
    query = _registrations()
    if partner is not None:
        query = query.where(_PARTNER.c.lf_key == partner)
    if not ended:
        query = query.where(IN_FORCE)
    rows = connection.execute(query, {} if ended else {"now": now})
    return [Registration(*row) for row in rows]
