"""Carrying out operations on records in a transaction: with the caller's privileges, and what deletion takes along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from crm.attachments import complete_attachment
from crm.choices import ChoiceBook
from crm.entities import ENTITIES, Entity
from crm.errors import ErrorCode, StateConflict, missing
from crm.lifecycle import require_version
from crm.operations import (
    AnyOperation,
    Associate,
    CreateRecord,
    DeleteRecord,
    Disassociate,
    Done,
    UpdateRecord,
)
from crm.security import Caller, Privilege
from crm.statuses import complete_status
from crm.store import records
from crm.store.people import directory_records
from crm.store.security.access import require_on
from crm.store.tables import table_of
from crm.store.writing import links
from crm.store.writing.cascades import release
from crm.store.writing.lookups import check_lookups
from crm.values import read_values


@dataclass(frozen=True, slots=True)
class _Work:
    connection: Connection
    caller: Caller
    choices: ChoiceBook
    now: datetime


def perform(
    connection: Connection,
    caller: Caller,
    operations: Sequence[AnyOperation],
    choices: ChoiceBook,
    *,
    now: datetime,
) -> list[Done]:
    """Carry out operations on records that are no leads, in order (links of leads too). `now` is aware.

    Raises LeadflowError, as Dataverse's codes say, where one is refused; the transaction must end then.
    """
    work = _Work(connection, caller, choices, now)
    return [_perform(work, operation) for operation in operations]


def _perform(work: _Work, operation: AnyOperation) -> Done:
    created = False
    match operation:
        case CreateRecord():
            _create(work, ENTITIES[operation.entity], operation.id, operation.values)
            created = True
        case UpdateRecord():
            created = _update(work, operation)
        case DeleteRecord():
            _delete(work, operation)
        case Associate():
            links.associate(work.connection, work.caller, operation, now=work.now)
        case Disassociate():
            links.disassociate(work.connection, work.caller, operation)
        case _:
            raise TypeError(f"{operation.op} is an operation on leads, which their workflows carry out")
    return Done(entity=operation.entity, id=operation.id, created=created)


def _create(work: _Work, entity: type[Entity], id: UUID, raw: dict[str, Any]) -> None:
    work.caller.require(entity.logical_name, Privilege.CREATE)
    values = read_values(entity, {name: value for name, value in raw.items() if value is not None}, work.choices)
    directory_records.check_new(entity, values)
    complete_status(entity, values, work.choices)
    complete_attachment(values)
    check_lookups(work.connection, work.caller, entity, values)
    _check_free(work.connection, entity, id, values)
    if "ownerid" in entity.attributes():
        values.setdefault("ownerid", work.caller.userid)
    record = entity.model_validate({**values, entity.primary_id: id})
    records.insert(work.connection, record, now=work.now, actor=work.caller.userid)
    require_on(work.connection, work.caller, entity, Privilege.CREATE, id)


def _update(work: _Work, operation: UpdateRecord) -> bool:
    """Returns whether the record is new."""
    entity = ENTITIES[operation.entity]
    current = records.fetch(work.connection, entity, operation.id, lock=True)
    if current is None and operation.upsert:
        _create(work, entity, operation.id, operation.values)
        return True
    require_on(work.connection, work.caller, entity, Privilege.WRITE, operation.id)
    current = _at_version(current, operation)
    directory_records.check_existing(current)
    values = read_values(entity, operation.values, work.choices)
    directory_records.check_new(entity, values)
    complete_status(entity, values, work.choices, current)
    complete_attachment(values)
    changed = {name: value for name, value in values.items() if getattr(current, name) != value}
    _check_changed(work, current, operation.id, changed)
    records.update(work.connection, entity, operation.id, values, now=work.now, actor=work.caller.userid)
    return False


def _check_changed(work: _Work, current: Entity, id: UUID, changed: dict[str, Any]) -> None:
    """Whether the caller may set these values, and no other record has them where they must be unique."""
    entity = type(current)
    attributes = entity.attributes()
    if changed.get("ownerid") is not None:
        require_on(work.connection, work.caller, entity, Privilege.ASSIGN, id)
    if any(attributes[name].targets and name != "ownerid" and value is not None for name, value in changed.items()):
        require_on(work.connection, work.caller, entity, Privilege.APPEND, id)
    check_lookups(work.connection, work.caller, entity, changed)
    keys = [key for key in entity.unique_keys() if not changed.keys().isdisjoint(key)]
    _check_keys(work.connection, entity, keys, {**current.model_dump(), **changed})


def _delete(work: _Work, operation: DeleteRecord) -> None:
    entity = ENTITIES[operation.entity]
    current = records.fetch(work.connection, entity, operation.id, lock=True)
    require_on(work.connection, work.caller, entity, Privilege.DELETE, operation.id)
    directory_records.check_deletion(_at_version(current, operation))
    release(work.connection, entity, operation.id, now=work.now, actor=work.caller.userid)
    records.delete(work.connection, entity, operation.id)


def _at_version(current: Entity | None, operation: UpdateRecord | DeleteRecord) -> Entity:
    """The record, if it exists and is at the version that the operation expects."""
    if current is None:
        raise missing(operation.entity, operation.id)
    require_version(getattr(current, "versionnumber", None), operation.expected_version)
    return current


def _check_free(connection: Connection, entity: type[Entity], id: UUID, values: dict[str, Any]) -> None:
    """Whether the id and the keys of a new record are free. Who comes in between is refused by the database."""
    table = table_of(entity)
    if connection.execute(select(1).select_from(table).where(table.c[entity.primary_id] == id)).first():
        raise StateConflict(
            f"Cannot insert duplicate key: there is a {entity.logical_name} with this id.",
            code=ErrorCode.DUPLICATE_RECORD,
        )
    _check_keys(connection, entity, entity.unique_keys(), values)


def _check_keys(
    connection: Connection, entity: type[Entity], keys: Sequence[tuple[str, ...]], values: dict[str, Any]
) -> None:
    """Whether no other record has one of these keys with these values."""
    table = table_of(entity)
    own_id = values.get(entity.primary_id)
    for key in keys:
        if any(values.get(name) is None for name in key):
            continue
        taken = [table.c[name] == values[name] for name in key]
        if own_id is not None:
            taken.append(table.c[entity.primary_id] != own_id)
        if connection.execute(select(1).select_from(table).where(*taken)).first():
            raise StateConflict(
                f"A record with matching key values already exists ({', '.join(key)}).", code=ErrorCode.KEY_EXISTS
            )
