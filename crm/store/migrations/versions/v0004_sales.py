"""Opportunities, campaigns, currencies, incidents and duplicates."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, PrimaryKeyConstraint, String, UniqueConstraint, Uuid

from crm.store.types import Exact, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "opportunity",
        Column("opportunityid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("transactioncurrencyid", Uuid()),
        Column("exchangerate", Exact(28, 10)),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("name", String(300)),
        Column("description", String(2000)),
        Column("emailaddress", String(100)),
        Column("stepname", String(200)),
        Column("opportunityratingcode", Integer()),
        Column("prioritycode", Integer()),
        Column("salesstage", Integer()),
        Column("salesstagecode", Integer()),
        Column("budgetstatus", Integer()),
        Column("need", Integer()),
        Column("purchaseprocess", Integer()),
        Column("purchasetimeframe", Integer()),
        Column("initialcommunication", Integer()),
        Column("msdyn_ordertype", Integer()),
        Column("qualificationcomments", String(2000)),
        Column("currentsituation", String(2000)),
        Column("customerneed", String(2000)),
        Column("customerpainpoints", String(2000)),
        Column("proposedsolution", String(2000)),
        Column("confirminterest", Boolean()),
        Column("evaluatefit", Boolean()),
        Column("decisionmaker", Boolean()),
        Column("participatesinworkflow", Boolean()),
        Column("schedulefollowup_prospect", UtcDateTime()),
        Column("schedulefollowup_qualify", UtcDateTime()),
        Column("finaldecisiondate", Date()),
        Column("estimatedvalue", Exact(22, 4)),
        Column("estimatedvalue_base", Exact(22, 4)),
        Column("estimatedclosedate", Date()),
        Column("actualvalue", Exact(22, 4)),
        Column("actualvalue_base", Exact(22, 4)),
        Column("actualclosedate", Date()),
        Column("budgetamount", Exact(22, 4)),
        Column("budgetamount_base", Exact(22, 4)),
        Column("closeprobability", Integer()),
        Column("isrevenuesystemcalculated", Boolean()),
        Column("customerid", Uuid()),
        Column("customeridtype", String(64)),
        Column("accountid", Uuid()),
        Column("contactid", Uuid()),
        Column("parentaccountid", Uuid()),
        Column("parentcontactid", Uuid()),
        Column("originatingleadid", Uuid()),
        Column("campaignid", Uuid()),
        Column("lf_processinstanceid", Uuid()),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("opportunityid", name="pk_opportunity"),
    )
    op.create_index("ix_opportunity_campaignid", "opportunity", ["campaignid"])
    op.create_index("ix_opportunity_createdon", "opportunity", ["createdon"])
    op.create_index("ix_opportunity_customerid", "opportunity", ["customerid"])
    op.create_index("ix_opportunity_estimatedclosedate", "opportunity", ["estimatedclosedate"])
    op.create_index("ix_opportunity_originatingleadid", "opportunity", ["originatingleadid"])
    op.create_index("ix_opportunity_ownerid_statecode", "opportunity", ["ownerid", "statecode"])
    op.create_index("ix_opportunity_owningbusinessunit", "opportunity", ["owningbusinessunit"])
    op.create_index("ix_opportunity_parentaccountid", "opportunity", ["parentaccountid"])
    op.create_index("ix_opportunity_parentcontactid", "opportunity", ["parentcontactid"])
    op.create_index("ix_opportunity_statecode", "opportunity", ["statecode"])
    op.create_table(
        "campaign",
        Column("campaignid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("transactioncurrencyid", Uuid()),
        Column("exchangerate", Exact(28, 10)),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("name", String(128)),
        Column("codename", String(32)),
        Column("promotioncodename", String(128)),
        Column("message", String(256)),
        Column("description", String(2000)),
        Column("objective", String(2000)),
        Column("typecode", Integer()),
        Column("istemplate", Boolean()),
        Column("proposedstart", UtcDateTime()),
        Column("proposedend", UtcDateTime()),
        Column("actualstart", UtcDateTime()),
        Column("actualend", UtcDateTime()),
        Column("expectedresponse", Integer()),
        Column("expectedrevenue", Exact(22, 4)),
        Column("expectedrevenue_base", Exact(22, 4)),
        Column("budgetedcost", Exact(22, 4)),
        Column("budgetedcost_base", Exact(22, 4)),
        Column("othercost", Exact(22, 4)),
        Column("othercost_base", Exact(22, 4)),
        Column("lf_key", String(64)),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("campaignid", name="pk_campaign"),
        UniqueConstraint("lf_key", name="uq_campaign_lf_key"),
    )
    op.create_index("ix_campaign_codename", "campaign", ["codename"])
    op.create_index("ix_campaign_createdon", "campaign", ["createdon"])
    op.create_index("ix_campaign_ownerid_statecode", "campaign", ["ownerid", "statecode"])
    op.create_index("ix_campaign_owningbusinessunit", "campaign", ["owningbusinessunit"])
    op.create_index("ix_campaign_statecode", "campaign", ["statecode"])
    op.create_table(
        "transactioncurrency",
        Column("transactioncurrencyid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("isocurrencycode", String(5)),
        Column("currencyname", String(100)),
        Column("currencysymbol", String(13)),
        Column("currencyprecision", Integer()),
        Column("exchangerate", Exact(28, 10)),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("transactioncurrencyid", name="pk_transactioncurrency"),
        UniqueConstraint("isocurrencycode", name="uq_transactioncurrency_isocurrencycode"),
    )
    op.create_index("ix_transactioncurrency_createdon", "transactioncurrency", ["createdon"])
    op.create_index("ix_transactioncurrency_statecode", "transactioncurrency", ["statecode"])
    op.create_table(
        "incident",
        Column("incidentid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("transactioncurrencyid", Uuid()),
        Column("exchangerate", Exact(28, 10)),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("title", String(200)),
        Column("ticketnumber", String(100)),
        Column("description", String(2000)),
        Column("customerid", Uuid()),
        Column("customeridtype", String(64)),
        Column("primarycontactid", Uuid()),
        Column("caseorigincode", Integer()),
        Column("casetypecode", Integer()),
        Column("prioritycode", Integer()),
        Column("followupby", UtcDateTime()),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("incidentid", name="pk_incident"),
    )
    op.create_index("ix_incident_createdon", "incident", ["createdon"])
    op.create_index("ix_incident_customerid", "incident", ["customerid"])
    op.create_index("ix_incident_ownerid_statecode", "incident", ["ownerid", "statecode"])
    op.create_index("ix_incident_owningbusinessunit", "incident", ["owningbusinessunit"])
    op.create_index("ix_incident_statecode", "incident", ["statecode"])
    op.create_index("ix_incident_ticketnumber", "incident", ["ticketnumber"])
    op.create_table(
        "duplicaterecord",
        Column("duplicateid", Uuid(), nullable=False),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("baserecordid", Uuid()),
        Column("baserecordidtype", String(64)),
        Column("duplicaterecordid", Uuid()),
        Column("duplicaterecordidtype", String(64)),
        Column("lf_matchedon", String(200)),
        PrimaryKeyConstraint("duplicateid", name="pk_duplicaterecord"),
        UniqueConstraint("baserecordid", "duplicaterecordid", name="uq_duplicaterecord_baserecordid_duplicaterecordid"),
    )
    op.create_index("ix_duplicaterecord_createdon", "duplicaterecord", ["createdon"])
    op.create_index("ix_duplicaterecord_duplicaterecordid", "duplicaterecord", ["duplicaterecordid"])
