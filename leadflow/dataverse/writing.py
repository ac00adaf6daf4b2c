"""Creating, changing and deleting records, and single properties of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, select

from crm.entities import ENTITIES, Entity
from crm.errors import ErrorCode, StateConflict, missing
from crm.operations import AnyOperation, DeleteRecord, Done, UpdateRecord
from crm.store.tables import table_of
from leadflow.dataverse.bodies import Body, changed_record, check_writable, id_in, new_record, related_record
from leadflow.dataverse.call import NO_CONTENT, Answer, Call
from leadflow.dataverse.conditions import Conditions, read_conditions
from leadflow.dataverse.drafts import Draft, Source, with_source
from leadflow.dataverse.errors import bad_body, bad_query
from leadflow.dataverse.keys import find_key, no_record_with_key, read_key, resolve_key
from leadflow.dataverse.path import Segment
from leadflow.dataverse.plans import Plan, Planner
from leadflow.dataverse.query.literals import REFERENCES
from leadflow.dataverse.target import Records
from leadflow.dataverse.written import record_plan


async def _plan_create(call: Call) -> Plan:
    target, body = _records(call), call.json()
    draft = await with_source(call, lambda source: new_record(source, target.entity, id_in(target.entity, body), body))
    return record_plan(call, target.entity, draft.id, draft.creation)


async def _plan_create_related(call: Call) -> Plan:
    """A new record at the other end of a collection: `POST accounts(<id>)/contact_customer_accounts`."""
    target, body = _records(call), call.json()
    assert target.navigation is not None
    navigation = target.navigation

    def plan(source: Source) -> tuple[UUID, tuple[AnyOperation, ...]]:
        id = resolve_key(source.connection, source.caller, target.entity, _key(target))
        return related_record(Draft(source, target.entity, id, is_new=False), navigation, body)

    id, operations = await with_source(call, plan)
    return record_plan(call, ENTITIES[navigation.target], id, operations)


async def _plan_patch(call: Call) -> Plan:
    target, body, conditions = _records(call), call.json(), read_conditions(call.headers)
    id, operations = await with_source(
        call, lambda source: upsert(source, target.entity, _key(target), body, conditions)
    )
    return record_plan(call, target.entity, id, operations)


def upsert(
    source: Source, entity: type[Entity], segment: Segment, body: Body, conditions: Conditions
) -> tuple[UUID, tuple[AnyOperation, ...]]:
    """What changes the record with this key, or creates it: its id, and the operations.

    Raises NotFound or StateConflict where the conditions do not hold already.
    """
    key = read_key(entity, segment)
    id = key if isinstance(key, UUID) else find_key(source.connection, entity, key)
    if id is not None and (id in source.planned or _exists(source.connection, entity, id)):
        if conditions.must_be_new:
            raise StateConflict("A record with matching key values already exists.", code=ErrorCode.KEY_EXISTS)
        return id, (change(source, entity, id, body, conditions.version),)
    if conditions.must_exist:
        raise missing(entity.logical_name, id) if id else no_record_with_key()
    given = None if isinstance(key, UUID) else {name: _as_json(value) for name, value in key.items()}
    draft = new_record(source, entity, id or id_in(entity, body), body, given=given)
    if conditions.must_be_new:
        return draft.id, draft.creation
    main = UpdateRecord(entity=entity.logical_name, id=draft.id, values=draft.values, upsert=True)
    return draft.id, draft.with_main(main)


def change(source: Source, entity: type[Entity], id: UUID, body: Body, version: int | None = None) -> AnyOperation:
    """What changes a record that must exist, as a body says."""
    draft = changed_record(source, entity, id, body)
    return UpdateRecord(entity=entity.logical_name, id=id, values=draft.values, expected_version=version)


async def _plan_delete(call: Call) -> Plan:
    target, conditions = _records(call), read_conditions(call.headers)
    check_writable(target.entity)
    id = await with_source(
        call, lambda source: resolve_key(source.connection, source.caller, target.entity, _key(target))
    )
    delete = DeleteRecord(entity=target.entity.logical_name, id=id, expected_version=conditions.version)
    return Plan((delete,), no_content)


async def _plan_property(call: Call, value_of: Callable[[Call], Any]) -> Plan:
    target, conditions, value = _records(call), read_conditions(call.headers), value_of(call)
    entity, name = target.entity, target.attribute or ""
    if entity.attributes()[name].type in REFERENCES:
        raise bad_query(f"The lookup {name} is written by its navigation property: PUT or DELETE .../$ref.")

    def plan(source: Source) -> AnyOperation:
        id = resolve_key(source.connection, source.caller, entity, _key(target))
        return change(source, entity, id, {name: value}, conditions.version)

    return Plan((await with_source(call, plan),), no_content)


async def no_content(_done: Sequence[Done]) -> Answer:
    return NO_CONTENT()


def _given_value(call: Call) -> Any:
    body = call.json()
    if "value" not in body:
        raise bad_body("""The body must be {"value": ...} with the property's new value.""")
    return body["value"]


def _records(call: Call) -> Records:
    assert isinstance(call.target, Records)
    return call.target


def _key(target: Records) -> Segment:
    assert target.key is not None
    return target.key


def _exists(connection: Connection, entity: type[Entity], id: UUID) -> bool:
    return bool(connection.scalar(select(exists().where(table_of(entity).c[entity.primary_id] == id))))


def _as_json(value: Any) -> Any:
    """A typed value of a key as JSON has it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


_put_property = partial(_plan_property, value_of=_given_value)
_delete_property = partial(_plan_property, value_of=lambda _: None)

PLANNERS: Mapping[str, Mapping[str, Planner]] = {
    "set": {"POST": _plan_create},
    "record": {"PATCH": _plan_patch, "DELETE": _plan_delete},
    "collection": {"POST": _plan_create_related},
    "property": {"PUT": _put_property, "PATCH": _put_property, "DELETE": _delete_property},
}
