"""Inserting, fetching, changing and deleting records of any entity.

These keep what Dataverse keeps by itself: createdon, modifiedon and who did it, versionnumber, full names, composite
addresses, the owning columns, the type beside a lookup, and each amount's value in the base currency. They do not check
attributes: what comes in is a validated entity, or changes that are known to be valid.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Delete, Insert, Row, Select, Update, bindparam, func, select

from crm.entities import Entity
from crm.errors import ErrorCode, NotFound, StateConflict
from crm.store.derived import Shape, Values, compute_texts, inputs_of, shape_of
from crm.store.references import name_targets, price

E = TypeVar("E", bound=Entity)


def insert(connection: Connection, entity: E, *, now: datetime, actor: UUID | None = None) -> E:
    """Store a new record. Returns it as stored. `now` is aware; `actor` is the user who acts.

    Raises StateConflict with DUPLICATE_RECORD, at the end of the transaction, where a key is taken; InvalidInput where
    the owner, the currency or a lookup's record does not exist.
    """
    shape = shape_of(type(entity))
    given = {name: value for name, value in entity.__dict__.items() if value is not None}
    _complete(connection, shape, given, given)
    version = int(now.timestamp() * 1_000_000)
    stamps = {"createdon": given.get("overriddencreatedon", now), "createdby": actor, "versionnumber": version}
    given.update(_of(shape, {**stamps, "modifiedon": now, "modifiedby": actor}))
    connection.execute(_insert(shape.entity), _with_neighbours(shape, given))
    return entity.model_copy(update=given)


def _with_neighbours(shape: Shape, given: Values) -> Values:
    """The values to write: whole groups of neighbouring attributes, those without a value as None.

    Writing every attribute costs three times as much as writing a typical lead's; writing exactly those that have a
    value would need a statement for every combination. Groups of eight keep the statements few, and short.
    """
    values: Values = {}
    for group in shape.groups:
        if not given.keys().isdisjoint(group):
            values.update(dict.fromkeys(group))
    return values | given


def fetch(connection: Connection, entity: type[E], id: UUID, *, lock: bool = False) -> E | None:
    """The record, or None. `lock` keeps other transactions from changing it until this one ends."""
    row = connection.execute(_select(entity, lock), {"id": id}).one_or_none()
    return None if row is None else from_row(entity, row)


def from_row(entity: type[E], row: Row[Any]) -> E:
    """The record that a row of the entity's whole table holds."""
    return entity.model_validate(dict(row._mapping))


def update(
    connection: Connection,
    entity: type[Entity],
    id: UUID,
    changes: Mapping[str, Any],
    *,
    now: datetime,
    actor: UUID | None = None,
    expected_version: int | None = None,
) -> int:
    """Change a record's attributes; None clears one. Returns the new versionnumber (0 where the entity has none).

    Raises NotFound; StateConflict with VERSION_MISMATCH where the record is not at `expected_version` any more;
    InvalidInput as `insert`.
    """
    shape = shape_of(entity)
    changed = dict(changes)
    known = {**_inputs(connection, shape, id, changed), **changed}
    _complete(connection, shape, known, changed)
    changed.update(_of(shape, {"modifiedon": now, "modifiedby": actor}))
    keys = {"key_": id} if expected_version is None else {"key_": id, "version_": expected_version}
    row = connection.execute(_update(entity, len(keys) > 1), changed | keys).one_or_none()
    if row is None:
        raise _refusal(connection, shape, id)
    return int(row[0])


def delete(connection: Connection, entity: type[Entity], id: UUID, *, expected_version: int | None = None) -> None:
    """Remove a record, and with it the links and memberships that hang on it. Raises as `update` does."""
    keys = {"key_": id} if expected_version is None else {"key_": id, "version_": expected_version}
    if not connection.execute(_delete(entity, len(keys) > 1), keys).rowcount:
        raise _refusal(connection, shape_of(entity), id)


def _complete(connection: Connection, shape: Shape, known: Values, changed: Values) -> None:
    """Add to `changed` what follows from it. `known` holds the record's other attributes that this needs."""
    compute_texts(shape, known, changed)
    name_targets(connection, shape, changed)
    price(connection, shape, known, changed)


def _of(shape: Shape, values: Values) -> Values:
    """Those of `values` that the entity has."""
    return {name: value for name, value in values.items() if name in shape.attributes}


def _inputs(connection: Connection, shape: Shape, id: UUID, changed: Values) -> Values:
    """What the record holds now of the attributes that computed ones depend on, locked so that it stays so."""
    wanted = inputs_of(shape, changed)
    if not wanted:
        return {}
    columns = [shape.table.c[name] for name in sorted(wanted)]
    row = connection.execute(select(*columns).where(shape.key == id).with_for_update()).one_or_none()
    return {} if row is None else dict(row._mapping)


def _refusal(connection: Connection, shape: Shape, id: UUID) -> NotFound | StateConflict:
    """Why no row was changed."""
    name = shape.entity.logical_name
    if connection.execute(select(shape.key).where(shape.key == id)).first() is None:
        code = ErrorCode.LEAD_NOT_FOUND if name == "lead" else ErrorCode.RECORD_NOT_FOUND
        return NotFound(f"{name} With Id = {id} Does Not Exist", code=code)
    return StateConflict(
        f"{name} {id} has changed since it was read. Read it again, then repeat the change.",
        code=ErrorCode.VERSION_MISMATCH,
    )


@cache
def _insert(entity: type[Entity]) -> Insert:
    return shape_of(entity).table.insert().inline()


@cache
def _select(entity: type[Entity], lock: bool) -> Select[Any]:
    shape = shape_of(entity)
    statement = select(shape.table).where(shape.key == bindparam("id"))
    return statement.with_for_update() if lock else statement


@cache
def _update(entity: type[Entity], checked: bool) -> Update:
    shape = shape_of(entity)
    statement = shape.table.update().where(shape.key == bindparam("key_"))
    version = shape.table.c.get("versionnumber")
    if version is None:
        return statement.returning(func.coalesce(0, 0))
    if checked:
        statement = statement.where(version == bindparam("version_"))
    return statement.values(versionnumber=func.coalesce(version, 0) + 1).returning(version)


@cache
def _delete(entity: type[Entity], checked: bool) -> Delete:
    shape = shape_of(entity)
    statement = shape.table.delete().where(shape.key == bindparam("key_"))
    return statement.where(shape.table.c.versionnumber == bindparam("version_")) if checked else statement
