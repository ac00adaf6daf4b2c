"""Lead: a person or company that may buy. Attributes after Microsoft's lead entity reference; ours start with `lf_`."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from crm.attributes import (
    Format,
    RequiredLevel,
    boolean,
    customer,
    date_only,
    date_time,
    double,
    email,
    integer,
    key,
    lookup,
    memo,
    money,
    phone,
    picklist,
    state,
    status,
    target_type,
    text,
)
from crm.entities.parts import (
    READ_ONLY,
    Address1,
    Address2,
    Audited,
    ContactPreferences,
    Imported,
    Owned,
    Priced,
)


class LeadPerson(Audited):
    """Who the lead is."""

    subject: str | None = text(300, required=RequiredLevel.APPLICATION)
    firstname: str | None = text(50, required=RequiredLevel.RECOMMENDED)
    middlename: str | None = text(50)
    lastname: str | None = text(50, required=RequiredLevel.APPLICATION)
    fullname: str | None = text(160, **READ_ONLY)
    salutation: str | None = text(100)
    jobtitle: str | None = text(100)
    companyname: str | None = text(100, required=RequiredLevel.RECOMMENDED)
    yomifirstname: str | None = text(150)
    yomimiddlename: str | None = text(150)
    yomilastname: str | None = text(150)
    yomicompanyname: str | None = text(100)
    yomifullname: str | None = text(450, **READ_ONLY)
    description: str | None = memo()
    emailaddress1: str | None = email(index=True)
    emailaddress2: str | None = email()
    emailaddress3: str | None = email()
    telephone1: str | None = phone(index=True)
    telephone2: str | None = phone()
    telephone3: str | None = phone()
    fax: str | None = phone()
    mobilephone: str | None = phone(20, index=True)
    pager: str | None = phone(20)
    sic: str | None = text(20)
    websiteurl: str | None = text(200, Format.URL)


class LeadInterest(Audited):
    """What the lead wants, and what it may be worth."""

    leadsourcecode: int | None = picklist("leadsourcecode")
    leadqualitycode: int | None = picklist("leadqualitycode", default=2)
    industrycode: int | None = picklist("industrycode")
    prioritycode: int | None = picklist("prioritycode", default=1)
    salesstage: int | None = picklist("salesstage")
    salesstagecode: int | None = picklist("salesstagecode", default=1)
    budgetstatus: int | None = picklist("budgetstatus")
    purchaseprocess: int | None = picklist("purchaseprocess")
    purchasetimeframe: int | None = picklist("purchasetimeframe")
    need: int | None = picklist("need")
    initialcommunication: int | None = picklist("initialcommunication")
    msdyn_ordertype: int | None = picklist("msdyn_ordertype")
    msdyn_leadgrade: int | None = picklist("msdyn_leadgrade")
    revenue: Decimal | None = money(0, 10**14)
    revenue_base: Decimal | None = money(0, 10**14, 4, **READ_ONLY)
    estimatedamount: Decimal | None = money()
    estimatedamount_base: Decimal | None = money(precision=4, **READ_ONLY)
    budgetamount: Decimal | None = money()
    budgetamount_base: Decimal | None = money(precision=4, **READ_ONLY)
    estimatedvalue: float | None = double(0, 10**9)
    estimatedclosedate: date | None = date_only()
    numberofemployees: int | None = integer(0, 1_000_000)
    qualificationcomments: str | None = memo()
    confirminterest: bool = boolean(default=False)
    evaluatefit: bool = boolean(default=False)
    decisionmaker: bool = boolean(default=False)
    participatesinworkflow: bool = boolean(default=False)
    schedulefollowup_prospect: datetime | None = date_time()
    schedulefollowup_qualify: datetime | None = date_time()
    lastusedincampaign: datetime | None = date_time(create=False)


class LeadRelations(Audited):
    """What the lead is linked to."""

    customerid: UUID | None = customer()
    customeridtype: str | None = target_type()
    parentaccountid: UUID | None = lookup("account", index=True)
    parentcontactid: UUID | None = lookup("contact", index=True)
    accountid: UUID | None = lookup("account", **READ_ONLY)
    contactid: UUID | None = lookup("contact", **READ_ONLY)
    campaignid: UUID | None = lookup("campaign", index=True)
    originatingcaseid: UUID | None = lookup("incident")
    qualifyingopportunityid: UUID | None = lookup("opportunity")
    masterid: UUID | None = lookup("lead", **READ_ONLY)
    merged: bool = boolean(default=False, **READ_ONLY)


class LeadRouting(Audited):
    """Where the lead is in its life, and why: our own attributes, written by the workflow's activities only."""

    lf_source: str | None = text(100, update=False, index=True)
    lf_externalid: str | None = text(200, update=False)
    lf_businessunitid: UUID | None = lookup("businessunit", index=True)
    lf_channelpartnerid: UUID | None = lookup("lf_channelpartner", index=True)
    lf_stage: str | None = text(32, **READ_ONLY, index=True)
    lf_priority: str | None = text(16, **READ_ONLY)
    lf_queueid: UUID | None = lookup("queue", **READ_ONLY)
    lf_routingrule: str | None = text(64, **READ_ONLY)
    lf_rulesdigest: str | None = text(64, **READ_ONLY)
    lf_assignedon: datetime | None = date_time(**READ_ONLY)
    lf_waituntil: datetime | None = date_time(**READ_ONLY)
    lf_acceptby: datetime | None = date_time(**READ_ONLY)
    lf_contactby: datetime | None = date_time(**READ_ONLY)
    lf_acceptedon: datetime | None = date_time(**READ_ONLY)
    lf_firstresponseon: datetime | None = date_time(**READ_ONLY)
    lf_breaches: int = integer(0, 1_000_000, default=0, **READ_ONLY)
    lf_reroutes: int = integer(0, 1_000_000, default=0, **READ_ONLY)
    lf_offeredtoid: UUID | None = lookup("lf_channelpartner", **READ_ONLY)
    lf_closedon: datetime | None = date_time(**READ_ONLY)
    lf_closereason: str | None = text(200, **READ_ONLY)
    lf_workflowid: str | None = text(255, **READ_ONLY)
    lf_emailkey: str | None = text(100, **READ_ONLY, index=True)
    lf_phonekey: str | None = text(50, **READ_ONLY, index=True)
    lf_companykey: str | None = text(100, **READ_ONLY, index=True)


class Lead(
    LeadPerson,
    LeadInterest,
    LeadRelations,
    LeadRouting,
    Address1,
    Address2,
    ContactPreferences,
    Priced,
    Owned,
    Imported,
):
    logical_name = "lead"
    entity_set = "leads"
    schema_name = "Lead"
    primary_id = "leadid"
    primary_name = "fullname"
    alternate_keys = (("lf_source", "lf_externalid"),)

    leadid: UUID = key(uuid4)
    statecode: int = state("lead_statecode")
    statuscode: int = status("lead_statuscode")
