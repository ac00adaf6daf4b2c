"""Absences and other changes of the people who get leads, as they were entered by hand."""

from alembic import op
from sqlalchemy import Column, Date, PrimaryKeyConstraint, String, Text, Uuid

from crm.store.types import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "lf_absence",
        Column("id", Uuid(), nullable=False),
        Column("systemuserid", Uuid(), nullable=False),
        Column("firstday", Date(), nullable=False),
        Column("lastday", Date(), nullable=False),
        Column("reason", Text()),
        Column("enteredon", UtcDateTime(), nullable=False),
        Column("cancelledon", UtcDateTime()),
        PrimaryKeyConstraint("id", name="pk_lf_absence"),
    )
    op.create_index("ix_lf_absence_systemuserid", "lf_absence", ["systemuserid"])
    op.create_table(
        "lf_rosterchange",
        Column("id", Uuid(), nullable=False),
        Column("systemuserid", Uuid(), nullable=False),
        Column("change", String(32), nullable=False),
        Column("detail", Text(), nullable=False),
        Column("actor", String(100)),
        Column("on", UtcDateTime(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_lf_rosterchange"),
    )
    op.create_index("ix_lf_rosterchange_systemuserid", "lf_rosterchange", ["systemuserid"])
