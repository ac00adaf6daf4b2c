"""Opportunity: a sale that may come about. Attributes after Microsoft's opportunity entity reference."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from crm.attributes import (
    RequiredLevel,
    boolean,
    customer,
    date_only,
    date_time,
    email,
    guid,
    integer,
    key,
    lookup,
    memo,
    money,
    picklist,
    state,
    status,
    target_type,
    text,
)
from crm.entities.parts import READ_ONLY, Audited, Imported, Owned, Priced


class OpportunityValue(Audited):
    """What the sale may be worth, and when it may close."""

    estimatedvalue: Decimal | None = money()
    estimatedvalue_base: Decimal | None = money(precision=4, **READ_ONLY)
    estimatedclosedate: date | None = date_only(index=True)
    actualvalue: Decimal | None = money()
    actualvalue_base: Decimal | None = money(precision=4, **READ_ONLY)
    actualclosedate: date | None = date_only()
    budgetamount: Decimal | None = money()
    budgetamount_base: Decimal | None = money(precision=4, **READ_ONLY)
    closeprobability: int | None = integer(0, 100)
    isrevenuesystemcalculated: bool = boolean(default=False)


class OpportunityProgress(Audited):
    """What the customer wants, and how far the sale has come."""

    name: str | None = text(300, required=RequiredLevel.APPLICATION)
    description: str | None = memo()
    emailaddress: str | None = email()
    stepname: str | None = text(200)
    opportunityratingcode: int | None = picklist("opportunityratingcode", default=2)
    prioritycode: int | None = picklist("prioritycode", default=1)
    salesstage: int | None = picklist("opportunity_salesstage")
    salesstagecode: int | None = picklist("salesstagecode", default=1)
    budgetstatus: int | None = picklist("budgetstatus")
    need: int | None = picklist("need")
    purchaseprocess: int | None = picklist("purchaseprocess")
    purchasetimeframe: int | None = picklist("purchasetimeframe")
    initialcommunication: int | None = picklist("initialcommunication")
    msdyn_ordertype: int | None = picklist("msdyn_ordertype")
    qualificationcomments: str | None = memo()
    currentsituation: str | None = memo()
    customerneed: str | None = memo()
    customerpainpoints: str | None = memo()
    proposedsolution: str | None = memo()
    confirminterest: bool = boolean(default=False)
    evaluatefit: bool = boolean(default=False)
    decisionmaker: bool = boolean(default=False)
    participatesinworkflow: bool = boolean(default=False)
    schedulefollowup_prospect: datetime | None = date_time()
    schedulefollowup_qualify: datetime | None = date_time()
    finaldecisiondate: date | None = date_only()


class Opportunity(OpportunityValue, OpportunityProgress, Priced, Owned, Imported):
    logical_name = "opportunity"
    entity_set = "opportunities"
    schema_name = "Opportunity"
    primary_id = "opportunityid"
    primary_name = "name"

    opportunityid: UUID = key(uuid4)
    customerid: UUID | None = customer(required=RequiredLevel.APPLICATION, index=True)
    customeridtype: str | None = target_type()
    accountid: UUID | None = lookup("account", **READ_ONLY)
    contactid: UUID | None = lookup("contact", **READ_ONLY)
    parentaccountid: UUID | None = lookup("account", index=True)
    parentcontactid: UUID | None = lookup("contact", index=True)
    originatingleadid: UUID | None = lookup("lead", index=True)
    campaignid: UUID | None = lookup("campaign", index=True)
    lf_processinstanceid: UUID | None = guid()
    statecode: int = state("opportunity_statecode")
    statuscode: int = status("opportunity_statuscode")
