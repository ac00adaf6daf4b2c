"""Keys in a path: `leads(<guid>)`, `leads(leadid=<guid>)`, and alternate keys such as `leads(lf_source='web',...)`."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from crm.entities import Entity
from crm.errors import NotFound
from crm.security import Caller, Privilege
from crm.store.security.access import allowed
from crm.store.tables import table_of
from leadflow.dataverse.errors import KEY_NOT_FOUND, bad_query
from leadflow.dataverse.path import Segment
from leadflow.dataverse.query.literals import property_name, typed


def read_key(entity: type[Entity], segment: Segment) -> UUID | dict[str, Any]:
    """The GUID that a segment names, or the typed values of an alternate key by attribute.

    Raises InvalidInput where the parentheses hold no key of the entity.
    """
    if segment.guid is not None:
        return segment.guid
    attributes = {property_name(name, attribute): name for name, attribute in entity.attributes().items()}
    values: dict[str, Any] = {}
    for argument in segment.arguments or ():
        name = attributes.get(argument.name or "")
        if name is None or name in values:
            raise _no_key(entity)
        values[name] = typed(argument.name or "", entity.attributes()[name], argument.value, quoted=argument.is_quoted)
    if set(values) == {entity.primary_id}:
        found: UUID = values[entity.primary_id]
        return found
    if frozenset(values) not in keys_of(entity):
        raise _no_key(entity)
    return values


def find_key(
    connection: Connection, entity: type[Entity], values: Mapping[str, Any], caller: Caller | None = None
) -> UUID | None:
    """The record that has these values of an alternate key, or None. With a caller, only one that they may read."""
    table = table_of(entity)
    conditions = [table.c[name] == value for name, value in values.items()]
    if caller is not None:
        conditions.append(allowed(caller, entity, Privilege.READ, table))
    found: UUID | None = connection.execute(select(table.c[entity.primary_id]).where(*conditions)).scalar()
    return found


def resolve_key(connection: Connection, caller: Caller | None, entity: type[Entity], segment: Segment) -> UUID:
    """The id of the record that a segment names: a GUID as it stands, whether or not there is such a record.

    Raises NotFound where an alternate key leads to nothing, InvalidInput where it is none.
    """
    key = read_key(entity, segment)
    if isinstance(key, UUID):
        return key
    found = find_key(connection, entity, key, caller)
    if found is None:
        raise no_record_with_key()
    return found


def no_record_with_key() -> NotFound:
    """The error for an alternate key that no record has, or none that the caller may read."""
    return NotFound("A record with the specified key values does not exist in this entity.", code=KEY_NOT_FOUND)


@cache
def keys_of(entity: type[Entity]) -> frozenset[frozenset[str]]:
    """The alternate keys of an entity: those that it declares, and each attribute that is unique by itself."""
    return frozenset(map(frozenset, entity.unique_keys()))


def _no_key(entity: type[Entity]) -> Exception:
    known = " or ".join(f"({', '.join(sorted(key))})" for key in sorted(keys_of(entity), key=sorted))
    remedy = f"a GUID, or the values of {known}" if known else "a GUID"
    return bad_query(f"What stands in the parentheses is no key of {entity.logical_name}. Give {remedy}.")
