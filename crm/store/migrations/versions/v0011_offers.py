"""What happened between leads and channel partners, and which company belongs to whom."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text, Uuid

from crm.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "lf_offer",
        Column("id", Uuid(), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        Column("partnerid", Uuid(), nullable=False),
        Column("event", String(16), nullable=False),
        Column("on", UtcDateTime(), nullable=False),
        Column("until", UtcDateTime()),
        Column("actor", String(100)),
        Column("reason", Text()),
        Column("step", Text(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_lf_offer"),
    )
    op.create_index("ix_lf_offer_leadid", "lf_offer", ["leadid"])
    op.create_index("ix_lf_offer_partnerid", "lf_offer", ["partnerid"])
    op.create_table(
        "lf_registration",
        Column("id", Uuid(), nullable=False),
        Column("companykey", String(100), nullable=False),
        Column("partnerid", Uuid(), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        Column("registeredon", UtcDateTime(), nullable=False),
        Column("until", UtcDateTime(), nullable=False),
        Column("endedon", UtcDateTime()),
        PrimaryKeyConstraint("id", name="pk_lf_registration"),
    )
    op.create_index("ix_lf_registration_companykey", "lf_registration", ["companykey"])
    op.create_index("ix_lf_registration_leadid", "lf_registration", ["leadid"])
    op.create_index("ix_lf_registration_partnerid", "lf_registration", ["partnerid"])
