"""Each member's turns move into the team's pool, beside their credit: one row holds all that a turn changes."""

from typing import Any
from uuid import UUID

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Uuid, bindparam, column, select, table

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("lf_pool", Column("members", JSON(none_as_null=True), nullable=False, server_default="{}"))
    _move(*_tables())
    op.drop_table("lf_turn")


def _tables() -> tuple[Any, Any]:
    pool = table("lf_pool", column("teamid", Uuid()), column("members", JSON()))
    columns = (column("teamid", Uuid()), column("systemuserid", Uuid()), column("last_turn", BigInteger()))
    return pool, table("lf_turn", *columns)


def _move(pool: Any, turn: Any) -> None:
    members: dict[UUID, dict[str, dict[str, int]]] = {}
    for row in op.get_bind().execute(select(turn)):
        account = {"last_turn": row.last_turn, "credit": 0, "owed": 0}
        members.setdefault(row.teamid, {})[str(row.systemuserid)] = account
    move = pool.update().where(pool.c.teamid == bindparam("team")).values(members=bindparam("accounts", type_=JSON()))
    for team, accounts in members.items():
        op.get_bind().execute(move, {"team": team, "accounts": accounts})
