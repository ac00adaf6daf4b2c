"""The many-to-many links of leads: contactleads and accountleads, after Microsoft's ContactLeads entity reference.

A link is made and removed by associating the two records, never written directly: its two ids are read-only.
"""

from datetime import datetime
from uuid import UUID, uuid4

from crm.attributes import RequiredLevel, bigint, date_time, guid, integer, key, text
from crm.entities.base import Entity
from crm.entities.parts import READ_ONLY


class Link(Entity):
    """What both links have in common."""

    read_only = True

    leadid: UUID | None = guid(required=RequiredLevel.SYSTEM, **READ_ONLY, index=True)
    name: str | None = text(100, required=RequiredLevel.APPLICATION)
    importsequencenumber: int | None = integer(update=False)
    overriddencreatedon: datetime | None = date_time(update=False)
    timezoneruleversionnumber: int | None = integer(minimum=-1)
    utcconversiontimezonecode: int | None = integer(minimum=-1)
    versionnumber: int | None = bigint(**READ_ONLY)


class ContactLeads(Link):
    logical_name = "contactleads"
    entity_set = "contactleadscollection"
    schema_name = "ContactLeads"
    primary_id = "contactleadid"
    primary_name = "name"
    alternate_keys = (("contactid", "leadid"),)

    contactleadid: UUID = key(uuid4)
    contactid: UUID | None = guid(required=RequiredLevel.SYSTEM, **READ_ONLY)


class AccountLeads(Link):
    logical_name = "accountleads"
    entity_set = "accountleadscollection"
    schema_name = "AccountLeads"
    primary_id = "accountleadid"
    primary_name = "name"
    alternate_keys = (("accountid", "leadid"),)

    accountleadid: UUID = key(uuid4)
    accountid: UUID | None = guid(required=RequiredLevel.SYSTEM, **READ_ONLY)
