"""What happened between leads and channel partners, and which company belongs to whom."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String, Text, Uuid

from crm.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"

# The trail is evidence between companies: the database itself keeps it as it was written.
_REFUSAL = "the trail of offers is only added to"
_ON_SQLITE = "CREATE TRIGGER lf_offer_no_{what} BEFORE {on} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
_SQLITE_EVENTS = {
    "update": "UPDATE ON lf_offer",
    "delete": "DELETE ON lf_offer",
    # REPLACE deletes without asking the trigger above.
    "replace": "INSERT ON lf_offer WHEN EXISTS "
    "(SELECT 1 FROM lf_offer WHERE leadid = NEW.leadid AND number = NEW.number)",
}
_FUNCTION = """
CREATE FUNCTION lf_offer_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$
"""
_ON_POSTGRESQL = (
    "CREATE TRIGGER lf_offer_no_change BEFORE UPDATE OR DELETE ON lf_offer "
    "FOR EACH ROW EXECUTE FUNCTION lf_offer_refuse()",
    "CREATE TRIGGER lf_offer_no_truncate BEFORE TRUNCATE ON lf_offer "
    "FOR EACH STATEMENT EXECUTE FUNCTION lf_offer_refuse()",
)


def upgrade() -> None:
    op.create_table(
        "lf_offer",
        Column("leadid", Uuid(), nullable=False),
        Column("number", Integer(), autoincrement=False, nullable=False),
        Column("partnerid", Uuid(), nullable=False),
        Column("event", String(16), nullable=False),
        Column("on", UtcDateTime(), nullable=False),
        Column("until", UtcDateTime()),
        Column("registeredfor", BigInteger()),
        Column("actor", String(100)),
        Column("reason", Text()),
        PrimaryKeyConstraint("leadid", "number", name="pk_lf_offer"),
    )
    op.create_index("ix_lf_offer_partnerid", "lf_offer", ["partnerid"])
    for statement in _refusing_changes(op.get_bind().dialect.name):
        op.execute(statement)
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


def _refusing_changes(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [_ON_SQLITE.format(what=what, on=on, refusal=_REFUSAL) for what, on in _SQLITE_EVENTS.items()]
    return [_FUNCTION.format(refusal=_REFUSAL), *_ON_POSTGRESQL]
