"""What a record's deletion does to the records that refer to it, as their relationships say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from crm.entities import ENTITIES, Entity
from crm.errors import ErrorCode, StateConflict
from crm.relationships import CASCADE, REMOVE_LINK, RESTRICT, ManyToOne, many_to_one
from crm.store.derived import shape_of

# Tables of leadflow's own that are entities as well.
from crm.store.service_tables import METADATA as METADATA

Ids = Select[tuple[UUID]] | list[UUID]


def release(connection: Connection, entity: type[Entity], id: UUID, *, now: datetime, actor: UUID | None) -> None:
    """Prepare the deletion of a record: delete what is part of it, clear the lookups that name it.

    Links between the record and others go with it by themselves. Raises StateConflict with DELETE_BLOCKED where a
    record needs it, and has changed nothing then.
    """
    _release(connection, entity, [id], now, actor)


def _release(connection: Connection, entity: type[Entity], ids: Ids, now: datetime, actor: UUID | None) -> None:
    """The same for all records with these ids."""
    relationships = [one for one in many_to_one() if one.referenced == entity.logical_name]
    for one in relationships:
        if one.cascade.delete == RESTRICT:
            _refuse_if_needed(connection, one, ids)
    for one in relationships:
        if one.cascade.delete == CASCADE:
            _delete(connection, one, ids, now, actor)
        elif one.cascade.delete == REMOVE_LINK:
            _clear(connection, one, ids, now, actor)


def _refuse_if_needed(connection: Connection, relationship: ManyToOne, ids: Ids) -> None:
    shape = shape_of(ENTITIES[relationship.referencing])
    if connection.execute(select(shape.key).where(shape.table.c[relationship.attribute].in_(ids)).limit(1)).first():
        raise StateConflict(
            f"The {relationship.referenced} cannot be deleted: {relationship.referencing} records name it as their "
            f"{relationship.attribute}. Change or delete these first.",
            code=ErrorCode.DELETE_BLOCKED,
        )


def _delete(connection: Connection, relationship: ManyToOne, ids: Ids, now: datetime, actor: UUID | None) -> None:
    entity = ENTITIES[relationship.referencing]
    shape = shape_of(entity)
    parts = shape.table.c[relationship.attribute].in_(ids)
    _release(connection, entity, select(shape.key).where(parts), now, actor)
    connection.execute(shape.table.delete().where(parts))


def _clear(connection: Connection, relationship: ManyToOne, ids: Ids, now: datetime, actor: UUID | None) -> None:
    """A record that loses a link has changed: its version counts on."""
    shape = shape_of(ENTITIES[relationship.referencing])
    table, name = shape.table, relationship.attribute
    changes: dict[str, Any] = {name: None, f"{name}type": None, "modifiedon": now, "modifiedby": actor}
    if "versionnumber" in shape.attributes:
        changes["versionnumber"] = func.coalesce(table.c.versionnumber, 0) + 1
    known = {attribute: value for attribute, value in changes.items() if attribute in shape.attributes}
    connection.execute(table.update().where(table.c[name].in_(ids)).values(known))
