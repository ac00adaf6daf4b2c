"""What distribution writes with leads, users and assignments: waits, time limits, breaches, re-routings, offers."""

from alembic import op
from sqlalchemy import Column, Integer, String, Uuid

from crm.store.types import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("lead", Column("lf_waituntil", UtcDateTime()))
    op.add_column("lead", Column("lf_contactby", UtcDateTime()))
    op.add_column("lead", Column("lf_breaches", Integer(), server_default="0"))
    op.add_column("lead", Column("lf_reroutes", Integer(), server_default="0"))
    op.add_column("lead", Column("lf_offeredtoid", Uuid()))
    op.add_column("lead", Column("lf_companykey", String(100)))
    op.create_index("ix_lead_lf_companykey", "lead", ["lf_companykey"])
    op.add_column("systemuser", Column("lf_deactivatedon", UtcDateTime()))
    op.add_column("lf_assignment", Column("acceptedon", UtcDateTime()))
    op.add_column("lf_assignment", Column("breaches", Integer(), nullable=False, server_default="0"))
