"""The outbox: what happened to leads, and which sinks know it."""

from alembic import op
from sqlalchemy import JSON, Column, Integer, PrimaryKeyConstraint, String, Text, UniqueConstraint, Uuid

from crm.store.types import UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "lf_outbox",
        Column("id", Uuid(), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("event", String(64), nullable=False),
        Column("payload", JSON(none_as_null=True), nullable=False),
        Column("on", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_lf_outbox"),
        UniqueConstraint("leadid", "number", name="uq_lf_outbox_leadid_number"),
    )
    op.create_index("ix_lf_outbox_on", "lf_outbox", ["on"])
    op.create_table(
        "lf_delivery",
        Column("outboxid", Uuid(), nullable=False),
        Column("sink", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("attempts", Integer(), nullable=False),
        Column("queuedon", UtcDateTime(), nullable=False),
        Column("nexton", UtcDateTime(), nullable=False),
        Column("triedon", UtcDateTime()),
        Column("outcome", Text()),
        PrimaryKeyConstraint("outboxid", "sink", name="pk_lf_delivery"),
    )
    op.create_index("ix_lf_delivery_sink_state_nexton", "lf_delivery", ["sink", "state", "nexton"])
