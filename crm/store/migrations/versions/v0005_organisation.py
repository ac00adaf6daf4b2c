"""Business units, users, teams, queues and channel partners."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
)

from crm.store.types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "businessunit",
        Column("businessunitid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("name", String(160)),
        Column("parentbusinessunitid", Uuid()),
        Column("divisionname", String(100)),
        Column("description", String(2000)),
        Column("emailaddress", String(100)),
        Column("websiteurl", String(200)),
        Column("isdisabled", Boolean()),
        Column("lf_key", String(64)),
        PrimaryKeyConstraint("businessunitid", name="pk_businessunit"),
        UniqueConstraint("lf_key", name="uq_businessunit_lf_key"),
    )
    op.create_index("ix_businessunit_createdon", "businessunit", ["createdon"])
    op.create_index("ix_businessunit_parentbusinessunitid", "businessunit", ["parentbusinessunitid"])
    op.create_table(
        "systemuser",
        Column("systemuserid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("firstname", String(256)),
        Column("middlename", String(50)),
        Column("lastname", String(256)),
        Column("fullname", String(600)),
        Column("domainname", String(1024)),
        Column("internalemailaddress", String(100)),
        Column("title", String(128)),
        Column("mobilephone", String(64)),
        Column("businessunitid", Uuid()),
        Column("isdisabled", Boolean()),
        Column("lf_key", String(64)),
        Column("lf_timezone", String(64)),
        PrimaryKeyConstraint("systemuserid", name="pk_systemuser"),
        UniqueConstraint("lf_key", name="uq_systemuser_lf_key"),
    )
    op.create_index("ix_systemuser_businessunitid", "systemuser", ["businessunitid"])
    op.create_index("ix_systemuser_createdon", "systemuser", ["createdon"])
    op.create_index("ix_systemuser_internalemailaddress", "systemuser", ["internalemailaddress"])
    op.create_table(
        "team",
        Column("teamid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("name", String(160)),
        Column("description", String(2000)),
        Column("emailaddress", String(100)),
        Column("teamtype", Integer()),
        Column("businessunitid", Uuid()),
        Column("administratorid", Uuid()),
        Column("queueid", Uuid()),
        Column("lf_key", String(64)),
        Column("lf_isdisabled", Boolean()),
        PrimaryKeyConstraint("teamid", name="pk_team"),
        UniqueConstraint("lf_key", name="uq_team_lf_key"),
    )
    op.create_index("ix_team_businessunitid", "team", ["businessunitid"])
    op.create_index("ix_team_createdon", "team", ["createdon"])
    op.create_table(
        "teammembership",
        Column("teammembershipid", Uuid(), nullable=False),
        Column(
            "teamid",
            Uuid(),
            ForeignKey("team.teamid", name="fk_teammembership_teamid", ondelete="CASCADE"),
            nullable=False,
        ),
        Column(
            "systemuserid",
            Uuid(),
            ForeignKey("systemuser.systemuserid", name="fk_teammembership_systemuserid", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("lf_weight", Integer()),
        PrimaryKeyConstraint("teammembershipid", name="pk_teammembership"),
        UniqueConstraint("teamid", "systemuserid", name="uq_teammembership_teamid_systemuserid"),
    )
    op.create_index("ix_teammembership_systemuserid", "teammembership", ["systemuserid"])
    op.create_table(
        "queue",
        Column("queueid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("ownerid", Uuid()),
        Column("owneridtype", String(64)),
        Column("owninguser", Uuid()),
        Column("owningteam", Uuid()),
        Column("owningbusinessunit", Uuid()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("name", String(200)),
        Column("description", String(2000)),
        Column("emailaddress", String(100)),
        Column("queueviewtype", Integer()),
        Column("lf_key", String(64)),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("queueid", name="pk_queue"),
        UniqueConstraint("lf_key", name="uq_queue_lf_key"),
    )
    op.create_index("ix_queue_createdon", "queue", ["createdon"])
    op.create_index("ix_queue_ownerid_statecode", "queue", ["ownerid", "statecode"])
    op.create_index("ix_queue_owningbusinessunit", "queue", ["owningbusinessunit"])
    op.create_index("ix_queue_statecode", "queue", ["statecode"])
    op.create_table(
        "lf_channelpartner",
        Column("lf_channelpartnerid", Uuid(), nullable=False),
        Column("overriddencreatedon", UtcDateTime()),
        Column("importsequencenumber", Integer()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("createdon", UtcDateTime()),
        Column("modifiedon", UtcDateTime()),
        Column("createdby", Uuid()),
        Column("modifiedby", Uuid()),
        Column("versionnumber", BigInteger()),
        Column("lf_name", String(160)),
        Column("lf_key", String(64)),
        Column("lf_teamid", Uuid()),
        Column("accountid", Uuid()),
        Column("statecode", Integer()),
        Column("statuscode", Integer()),
        PrimaryKeyConstraint("lf_channelpartnerid", name="pk_lf_channelpartner"),
        UniqueConstraint("lf_key", name="uq_lf_channelpartner_lf_key"),
    )
    op.create_index("ix_lf_channelpartner_accountid", "lf_channelpartner", ["accountid"])
    op.create_index("ix_lf_channelpartner_createdon", "lf_channelpartner", ["createdon"])
    op.create_index("ix_lf_channelpartner_statecode", "lf_channelpartner", ["statecode"])
