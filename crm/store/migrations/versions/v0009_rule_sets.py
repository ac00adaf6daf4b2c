"""Rule sets kept by digest, the facts of each decision, what workers decide by, and candidates in the shadow."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, PrimaryKeyConstraint, String, Text, Uuid

from crm.store.types import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("lf_routingdecision", Column("facts", JSON(none_as_null=True)))
    op.create_index("ix_lf_routingdecision_digest", "lf_routingdecision", ["digest"])
    op.create_table(
        "lf_ruleset",
        Column("digest", String(64), nullable=False),
        Column("files", JSON(none_as_null=True), nullable=False),
        Column("kepton", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("digest", name="pk_lf_ruleset"),
    )
    op.create_table(
        "lf_rulestatus",
        Column("worker", String(200), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("since", UtcDateTime(), nullable=False),
        Column("refusal", Text()),
        Column("seenon", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("worker", name="pk_lf_rulestatus"),
    )
    op.create_table(
        "lf_shadow",
        Column("id", Uuid(), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("name", String(200), nullable=False),
        Column("startedon", UtcDateTime(), nullable=False),
        Column("stoppedon", UtcDateTime()),
        PrimaryKeyConstraint("id", name="pk_lf_shadow"),
    )
    op.create_table(
        "lf_shadowdecision",
        Column("shadowid", Uuid(), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        Column("step", Text(), nullable=False),
        Column("differs", Boolean(), nullable=False),
        Column("decision", JSON(none_as_null=True)),
        Column("fault", Text()),
        Column("decidedon", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("shadowid", "leadid", "step", name="pk_lf_shadowdecision"),
    )
