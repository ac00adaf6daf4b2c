"""Short keys by which similar leads are found, and how alike two leads are."""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Uuid

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "lf_matchkey",
        Column("key", String(100), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        PrimaryKeyConstraint("key", "leadid", name="pk_lf_matchkey"),
    )
    op.create_index("ix_lf_matchkey_leadid", "lf_matchkey", ["leadid"])
    op.add_column("duplicaterecord", Column("lf_similarity", Integer()))
