"""No index on the state alone, which SQLite preferred to better ones; indexes on a lead's account and contact."""

from alembic import op

revision = "0017"
down_revision = "0016"

STATEFUL = (
    "account",
    "appointment",
    "campaign",
    "contact",
    "email",
    "incident",
    "lead",
    "lf_channelpartner",
    "opportunity",
    "phonecall",
    "queue",
    "task",
    "transactioncurrency",
)


def upgrade() -> None:
    for name in STATEFUL:
        op.drop_index(f"ix_{name}_statecode", name)
    for lookup in ("parentaccountid", "parentcontactid"):
        op.create_index(f"ix_lead_{lookup}", "lead", [lookup])
