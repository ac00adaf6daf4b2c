"""Incident: what a customer asks of us. A lead may come of one (`lead.originatingcaseid`)."""

from datetime import datetime
from uuid import UUID, uuid4

from crm.attributes import (
    RequiredLevel,
    customer,
    date_time,
    key,
    lookup,
    memo,
    picklist,
    state,
    status,
    target_type,
    text,
)
from crm.entities.parts import Audited, Imported, Owned, Priced


class Incident(Audited, Priced, Owned, Imported):
    logical_name = "incident"
    entity_set = "incidents"
    schema_name = "Incident"
    primary_id = "incidentid"
    primary_name = "title"

    incidentid: UUID = key(uuid4)
    title: str | None = text(200, required=RequiredLevel.APPLICATION)
    ticketnumber: str | None = text(100, update=False, index=True)
    description: str | None = memo()
    customerid: UUID | None = customer(required=RequiredLevel.SYSTEM, index=True)
    customeridtype: str | None = target_type()
    primarycontactid: UUID | None = lookup("contact")
    caseorigincode: int | None = picklist("caseorigincode")
    casetypecode: int | None = picklist("casetypecode")
    prioritycode: int | None = picklist("casepriority", default=2)
    followupby: datetime | None = date_time()
    statecode: int = state("incident_statecode")
    statuscode: int = status("incident_statuscode")
