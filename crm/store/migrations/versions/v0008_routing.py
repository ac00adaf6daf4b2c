"""Leadflow's own tables: journal, decisions, assignments, turns, quarantine, rule books and option sets."""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)

from crm.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "lf_journal",
        Column("leadid", Uuid(), nullable=False),
        Column("step", Text(), nullable=False),
        Column("on", UtcDateTime(), nullable=False),
        Column("sequence", BigInteger(), nullable=False),
        Column("kind", String(64), nullable=False),
        Column("summary", Text(), nullable=False),
        Column("actor", String(100)),
        Column("result", JSON(none_as_null=True)),
        PrimaryKeyConstraint("leadid", "step", name="pk_lf_journal"),
    )
    op.create_table(
        "lf_routingdecision",
        Column("id", Uuid(), nullable=False),
        Column("leadid", Uuid(), nullable=False),
        Column("step", Text(), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("file", Text()),
        Column("rule", String(64)),
        Column("unmatched", Boolean(), nullable=False),
        Column("disagreement", Boolean(), nullable=False),
        Column("decision", JSON(none_as_null=True), nullable=False),
        Column("decidedon", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_lf_routingdecision"),
        UniqueConstraint("leadid", "step", name="uq_lf_routingdecision_leadid_step"),
    )
    op.create_index("ix_lf_routingdecision_decidedon", "lf_routingdecision", ["decidedon"])
    op.create_index("ix_lf_routingdecision_rule", "lf_routingdecision", ["rule"])
    op.create_table(
        "lf_assignment",
        Column("leadid", Uuid(), nullable=False),
        Column("step", Text(), nullable=False),
        Column("ownerid", Uuid(), nullable=False),
        Column("owneridtype", String(64), nullable=False),
        Column("teamid", Uuid()),
        Column("queueid", Uuid()),
        Column("strategy", String(32)),
        Column("turn", BigInteger()),
        Column("skipped", JSON(none_as_null=True)),
        Column("reason", Text()),
        Column("assignedon", UtcDateTime(), nullable=False),
        Column("endedon", UtcDateTime()),
        Column("endreason", Text()),
        PrimaryKeyConstraint("leadid", "step", name="pk_lf_assignment"),
    )
    op.create_index("ix_lf_assignment_ownerid", "lf_assignment", ["ownerid"])
    op.create_table(
        "lf_pool",
        Column("teamid", Uuid(), nullable=False),
        Column("turns", BigInteger(), nullable=False),
        PrimaryKeyConstraint("teamid", name="pk_lf_pool"),
    )
    op.create_table(
        "lf_turn",
        Column("teamid", Uuid(), nullable=False),
        Column("systemuserid", Uuid(), nullable=False),
        Column("last_turn", BigInteger(), nullable=False),
        PrimaryKeyConstraint("teamid", "systemuserid", name="pk_lf_turn"),
    )
    op.create_table(
        "lf_quarantine",
        Column("leadid", Uuid(), nullable=False),
        Column("submission", JSON(none_as_null=True), nullable=False),
        Column("problems", JSON(none_as_null=True), nullable=False),
        Column("receivedon", UtcDateTime(), nullable=False),
        Column("releasedon", UtcDateTime()),
        PrimaryKeyConstraint("leadid", name="pk_lf_quarantine"),
    )
    op.create_index("ix_lf_quarantine_receivedon", "lf_quarantine", ["receivedon"])
    op.create_table(
        "lf_option",
        Column("optionset", String(64), nullable=False),
        Column("value", Integer(), autoincrement=False, nullable=False),
        Column("label", Text(), nullable=False),
        Column("state", Integer()),
        Column("displayorder", Integer(), nullable=False),
        PrimaryKeyConstraint("optionset", "value", name="pk_lf_option"),
    )
