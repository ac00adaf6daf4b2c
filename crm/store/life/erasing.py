"""Deleting a lead with all that hangs on it: what is about it goes, what came of it stays and forgets it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, exists, select

from crm.entities.lead import Lead
from crm.store import records
from crm.store.life import journal
from crm.store.service_tables import lf_delivery, lf_matchkey, lf_outbox, lf_quarantine, lf_shadowdecision
from crm.store.sinks.outbox import Delivery
from crm.store.writing.cascades import release

_OWN = (lf_matchkey, lf_quarantine, lf_shadowdecision)


def erase_lead(connection: Connection, leadid: UUID, *, now: datetime) -> None:
    """Delete a lead that this transaction has locked, its journal too.

    Two things stay: the trail of its offers, which nobody can change and which holds no attribute of a lead; and what
    sinks are still to be told.
    """
    release(connection, Lead, leadid, now=now, actor=None)
    for table in _OWN:
        connection.execute(delete(table).where(table.c.leadid == leadid))
    _forget_told(connection, leadid)
    journal.erase(connection, leadid)
    records.delete(connection, Lead, leadid)


def _forget_told(connection: Connection, leadid: UUID) -> None:
    """Delete the lead's events but for those that a sink has not got yet."""
    of_lead = select(lf_outbox.c.id).where(lf_outbox.c.leadid == leadid)
    told = lf_delivery.c.state != Delivery.PENDING
    connection.execute(delete(lf_delivery).where(lf_delivery.c.outboxid.in_(of_lead), told))
    waiting = exists().where(lf_delivery.c.outboxid == lf_outbox.c.id)
    connection.execute(delete(lf_outbox).where(lf_outbox.c.leadid == leadid, ~waiting))
