"""Linking two records by a many-to-many relationship: a row of its intersect."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from crm.entities import ENTITIES, AccountLeads, ContactLeads, Entity
from crm.errors import ErrorCode, InvalidInput, NotFound, StateConflict
from crm.operations import Associate, Disassociate
from crm.relationships import ManyToMany, many_to_many
from crm.security import Caller, Privilege
from crm.store import records
from crm.store.security.access import require_on
from crm.store.tables import TABLES, table_of

_LINKS: dict[str, type[ContactLeads] | type[AccountLeads]] = {
    "contactleads": ContactLeads,
    "accountleads": AccountLeads,
}
_LEAD = TABLES["lead"]
_LONGEST_NAME = 100


def associate(connection: Connection, caller: Caller, operation: Associate, *, now: datetime) -> None:
    """Link two records. Raises StateConflict with DUPLICATE_RECORD where they are, NotFound, PermissionDenied."""
    relationship, pair = _checked(connection, caller, operation)
    if _link(connection, relationship, pair) is not None:
        raise StateConflict(
            "Cannot insert duplicate key: the two records are associated already.", code=ErrorCode.DUPLICATE_RECORD
        )
    link = _LINKS[relationship.intersect].model_validate({**pair, "name": _name(connection, pair["leadid"])})
    records.insert(connection, link, now=now, actor=caller.userid)


def disassociate(connection: Connection, caller: Caller, operation: Disassociate) -> None:
    """Remove the link between two records. Raises NotFound where there is none, PermissionDenied."""
    relationship, pair = _checked(connection, caller, operation)
    link = _link(connection, relationship, pair)
    if link is None:
        raise NotFound(f"The two records are not associated by {relationship.schema_name}.")
    records.delete(connection, _LINKS[relationship.intersect], link)


def _checked(
    connection: Connection, caller: Caller, operation: Associate | Disassociate
) -> tuple[ManyToMany, dict[str, UUID]]:
    """The relationship, and the attributes that make up a row of its intersect."""
    relationship = next(one for one in many_to_many() if one.schema_name == operation.relationship)
    if relationship.intersect not in _LINKS:
        raise InvalidInput(
            "Who is in a team is kept in the organisation's directory. Change rules/directory.yaml, then apply it."
        )
    require_on(connection, caller, ENTITIES[operation.entity], Privilege.APPEND, operation.id)
    require_on(connection, caller, _other(relationship, operation.entity), Privilege.APPEND_TO, operation.related)
    mine, theirs = relationship.first_attribute, relationship.second_attribute
    if operation.entity == relationship.second:
        mine, theirs = theirs, mine
    return relationship, {mine: operation.id, theirs: operation.related}


def _other(relationship: ManyToMany, entity: str) -> type[Entity]:
    return ENTITIES[relationship.second if entity == relationship.first else relationship.first]


def _link(connection: Connection, relationship: ManyToMany, pair: dict[str, UUID]) -> UUID | None:
    """The row that links the two."""
    entity = _LINKS[relationship.intersect]
    table = table_of(entity)
    conditions = [table.c[name] == id for name, id in pair.items()]
    return connection.execute(select(table.c[entity.primary_id]).where(*conditions)).scalar()


def _name(connection: Connection, leadid: UUID) -> str | None:
    """A link is named after its lead."""
    name: str | None = connection.execute(select(_LEAD.c.fullname).where(_LEAD.c.leadid == leadid)).scalar()
    return name and name[:_LONGEST_NAME]
