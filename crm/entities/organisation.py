"""Who works here, and who sells for us: business units, users, teams, queues and channel partners.

`lf_key` is the record's key in the organisation's directory file; records that came by another way have none.
"""

from datetime import datetime
from uuid import UUID, uuid4

from crm.attributes import (
    Format,
    RequiredLevel,
    boolean,
    date_time,
    email,
    guid,
    integer,
    key,
    lookup,
    memo,
    phone,
    picklist,
    state,
    status,
    text,
)
from crm.entities.base import Entity
from crm.entities.parts import READ_ONLY, Audited, Imported, Owned


class BusinessUnit(Audited, Imported):
    logical_name = "businessunit"
    entity_set = "businessunits"
    schema_name = "BusinessUnit"
    primary_id = "businessunitid"
    primary_name = "name"

    businessunitid: UUID = key(uuid4)
    name: str | None = text(160, required=RequiredLevel.SYSTEM)
    parentbusinessunitid: UUID | None = lookup("businessunit", index=True)
    divisionname: str | None = text(100)
    description: str | None = memo()
    emailaddress: str | None = email()
    websiteurl: str | None = text(200, Format.URL)
    isdisabled: bool = boolean(default=False)
    lf_key: str | None = text(64, unique=True)


class SystemUser(Audited, Imported):
    """Somebody who works here or with a partner. `lf_deactivatedon` is set while a person, not the directory file, says
    that the user gets no leads. `lf_roles` names the user's security roles (`crm.security`), separated by commas."""

    logical_name = "systemuser"
    entity_set = "systemusers"
    schema_name = "SystemUser"
    primary_id = "systemuserid"
    primary_name = "fullname"

    systemuserid: UUID = key(uuid4)
    firstname: str | None = text(256, required=RequiredLevel.SYSTEM)
    middlename: str | None = text(50)
    lastname: str | None = text(256, required=RequiredLevel.SYSTEM)
    fullname: str | None = text(600, **READ_ONLY)
    domainname: str | None = text(1024)
    internalemailaddress: str | None = email(index=True)
    title: str | None = text(128)
    mobilephone: str | None = phone(64)
    businessunitid: UUID | None = lookup("businessunit", required=RequiredLevel.SYSTEM, index=True)
    isdisabled: bool = boolean(default=False)
    lf_key: str | None = text(64, unique=True)
    lf_timezone: str | None = text(64)
    lf_deactivatedon: datetime | None = date_time(**READ_ONLY)
    lf_roles: str | None = text(1000, **READ_ONLY)


class Team(Audited, Imported):
    """Users who share work. `lf_isdisabled` is ours: Dataverse has no disabled teams."""

    logical_name = "team"
    entity_set = "teams"
    schema_name = "Team"
    primary_id = "teamid"
    primary_name = "name"

    teamid: UUID = key(uuid4)
    name: str | None = text(160, required=RequiredLevel.SYSTEM)
    description: str | None = memo()
    emailaddress: str | None = email()
    teamtype: int | None = picklist("teamtype", default=0, update=False)
    businessunitid: UUID | None = lookup("businessunit", required=RequiredLevel.SYSTEM, index=True)
    administratorid: UUID | None = lookup("systemuser", required=RequiredLevel.SYSTEM)
    queueid: UUID | None = lookup("queue")
    lf_key: str | None = text(64, unique=True)
    lf_isdisabled: bool = boolean(default=False)


class TeamMembership(Entity):
    """That a user is in a team. `lf_weight` is the user's share of the team's turns."""

    logical_name = "teammembership"
    entity_set = "teammemberships"
    schema_name = "TeamMembership"
    primary_id = "teammembershipid"
    primary_name = None
    alternate_keys = (("teamid", "systemuserid"),)
    read_only = True

    teammembershipid: UUID = key(uuid4)
    teamid: UUID | None = guid(required=RequiredLevel.SYSTEM, **READ_ONLY)
    systemuserid: UUID | None = guid(required=RequiredLevel.SYSTEM, **READ_ONLY, index=True)
    lf_weight: int = integer(0, 1_000, default=1)


class Queue(Audited, Owned, Imported):
    logical_name = "queue"
    entity_set = "queues"
    schema_name = "Queue"
    primary_id = "queueid"
    primary_name = "name"

    queueid: UUID = key(uuid4)
    name: str | None = text(200, required=RequiredLevel.APPLICATION)
    description: str | None = memo()
    emailaddress: str | None = email()
    queueviewtype: int | None = picklist("queueviewtype", default=0)
    lf_key: str | None = text(64, unique=True)
    statecode: int = state("queue_statecode")
    statuscode: int = status("queue_statuscode")


class ChannelPartner(Audited, Imported):
    """A company that sells for us. Its team holds the users who take its leads; its account is the company itself."""

    logical_name = "lf_channelpartner"
    entity_set = "lf_channelpartners"
    schema_name = "lf_ChannelPartner"
    primary_id = "lf_channelpartnerid"
    primary_name = "lf_name"

    lf_channelpartnerid: UUID = key(uuid4)
    lf_name: str | None = text(160, required=RequiredLevel.APPLICATION)
    lf_key: str | None = text(64, unique=True)
    lf_teamid: UUID | None = lookup("team")
    accountid: UUID | None = lookup("account", index=True)
    statecode: int = state("lf_channelpartner_statecode")
    statuscode: int = status("lf_channelpartner_statuscode")
