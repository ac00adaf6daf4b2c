"""Which rows a caller's privileges reach, as a condition of the query: what is not theirs is not even counted."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, false, true

from crm.entities import Entity
from crm.security import Caller, Depth, Grants, Privilege


def allowed(caller: Caller, entity: type[Entity], privilege: Privilege, table: FromClause) -> ColumnElement[bool]:
    """The condition on `table` (the entity's table, or an alias of it) that the caller has the privilege on a row."""
    depth = caller.depth(entity.logical_name, privilege)
    return true() if depth is Depth.ORGANISATION else false()


def load_caller(connection: Connection, userid: UUID, roles: Mapping[str, Grants]) -> Caller | None:
    """The active user with what decides what they may do; None for an unknown or disabled one."""
    raise NotImplementedError
