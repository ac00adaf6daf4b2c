"""What readers of the Web API need: a key of its own for each assignment, one by its usual name for each decision, and
users' roles."""

from uuid import uuid5

from alembic import op
from sqlalchemy import Column, String, Text, Uuid, bindparam, column, select, table

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE lf_routingdecision RENAME COLUMN id TO lf_routingdecisionid")
    op.add_column("systemuser", Column("lf_roles", String(1000)))
    op.add_column("lf_assignment", Column("lf_assignmentid", Uuid()))
    _number_assignments()
    op.create_index("ix_lf_assignment_lf_assignmentid", "lf_assignment", ["lf_assignmentid"], unique=True)


def _number_assignments() -> None:
    given = table("lf_assignment", column("leadid", Uuid()), column("step", Text()), column("lf_assignmentid", Uuid()))
    number = (
        given.update()
        .where(given.c.leadid == bindparam("lead"), given.c.step == bindparam("key"))
        .values(lf_assignmentid=bindparam("number", type_=Uuid()))
    )
    connection = op.get_bind()
    for row in connection.execute(select(given.c.leadid, given.c.step)).all():
        id = uuid5(row.leadid, f"assignment/{row.step}")
        connection.execute(number, {"lead": row.leadid, "key": row.step, "number": id})
