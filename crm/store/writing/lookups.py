"""Checking the lookups of a record that is written: what they name exists, and may be linked by whoever writes."""

from collections.abc import Container, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from crm.attributes import Attribute, AttributeType
from crm.entities import ENTITIES, Entity
from crm.security import Caller, Privilege
from crm.store.references import find_target
from crm.store.security.access import require_on

_LOOKUPS = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)


def check_lookups(
    connection: Connection,
    caller: Caller,
    entity: type[Entity],
    values: Mapping[str, Any],
    *,
    planned: Container[UUID] = (),
) -> None:
    """Check the lookups among `values` (typed; `<name>type` beside a polymorphic one may be absent).

    The caller needs Append on the entity, AppendTo on what a lookup names; of an owner, only to see it. Records that
    are `planned` will exist by then. Raises NotFound, InvalidInput or PermissionDenied.
    """
    for name, attribute in entity.attributes().items():
        id = values.get(name)
        if id is None or id in planned or attribute.type not in _LOOKUPS:
            continue
        target = _target(connection, name, attribute, values.get(f"{name}type"), id)
        if attribute.type is AttributeType.OWNER:
            require_on(connection, caller, target, Privilege.READ, id)
        else:
            caller.require(entity.logical_name, Privilege.APPEND)
            require_on(connection, caller, target, Privilege.APPEND_TO, id)


def _target(connection: Connection, name: str, attribute: Attribute, kind: str | None, id: UUID) -> type[Entity]:
    """The entity that a lookup names a record of."""
    if kind is None and len(attribute.targets) == 1:
        (kind,) = attribute.targets
    return ENTITIES[kind or find_target(connection, name, attribute.targets, id)[0]]
