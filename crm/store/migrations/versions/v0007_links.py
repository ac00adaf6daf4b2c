"""The links of leads with contacts and accounts."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, PrimaryKeyConstraint, String, UniqueConstraint, Uuid

from crm.store.types import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "contactleads",
        Column("contactleadid", Uuid(), nullable=False),
        Column(
            "leadid",
            Uuid(),
            ForeignKey("lead.leadid", name="fk_contactleads_leadid", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("name", String(100)),
        Column("importsequencenumber", Integer()),
        Column("overriddencreatedon", UtcDateTime()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("versionnumber", BigInteger()),
        Column(
            "contactid",
            Uuid(),
            ForeignKey("contact.contactid", name="fk_contactleads_contactid", ondelete="CASCADE"),
            nullable=False,
        ),
        PrimaryKeyConstraint("contactleadid", name="pk_contactleads"),
        UniqueConstraint("contactid", "leadid", name="uq_contactleads_contactid_leadid"),
    )
    op.create_index("ix_contactleads_leadid", "contactleads", ["leadid"])
    op.create_table(
        "accountleads",
        Column("accountleadid", Uuid(), nullable=False),
        Column(
            "leadid",
            Uuid(),
            ForeignKey("lead.leadid", name="fk_accountleads_leadid", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("name", String(100)),
        Column("importsequencenumber", Integer()),
        Column("overriddencreatedon", UtcDateTime()),
        Column("timezoneruleversionnumber", Integer()),
        Column("utcconversiontimezonecode", Integer()),
        Column("versionnumber", BigInteger()),
        Column(
            "accountid",
            Uuid(),
            ForeignKey("account.accountid", name="fk_accountleads_accountid", ondelete="CASCADE"),
            nullable=False,
        ),
        PrimaryKeyConstraint("accountleadid", name="pk_accountleads"),
        UniqueConstraint("accountid", "leadid", name="uq_accountleads_accountid_leadid"),
    )
    op.create_index("ix_accountleads_leadid", "accountleads", ["leadid"])
