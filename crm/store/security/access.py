"""Which rows a caller's privileges reach, as a condition of the query: what is not theirs is not even counted."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, false, literal, or_, select, true

from crm.entities import ENTITIES, Annotation, Entity, Lead
from crm.entities.activities import Activity
from crm.entities.parts import Owned
from crm.errors import ErrorCode, PermissionDenied, missing
from crm.security import Caller, Depth, Privilege
from crm.store.security import partner_access
from crm.store.tables import TABLES, table_of

Condition = ColumnElement[bool]


def allowed(caller: Caller, entity: type[Entity], privilege: Privilege, table: FromClause) -> Condition:
    """The condition on `table` (the entity's table, or an alias of it) that the caller has the privilege on a row."""
    depth = caller.depth(entity.logical_name, privilege)
    if depth is Depth.NONE:
        return false()
    if caller.partner_only:
        return or_(false(), *_of_partner(caller, entity, privilege, depth, table))
    if depth is Depth.ORGANISATION:
        return true()
    return or_(false(), *_within(caller, entity, privilege, depth, table))


def require_on(connection: Connection, caller: Caller, entity: type[Entity], privilege: Privilege, id: UUID) -> None:
    """Check that the caller may do this with the record, as it stands in this transaction.

    After an insert, CREATE checks that the new record is within the reach of the privilege to create; after a change,
    WRITE that it still is. Raises NotFound (0x80040217) where there is no such record or the caller may not see it,
    PermissionDenied where they may see it but lack the privilege altogether (0x80040220) or on it (0x80048306).
    """
    name = entity.logical_name
    caller.require(name, privilege)
    table = table_of(entity)
    query = select(
        allowed(caller, entity, Privilege.READ, table).label("readable"),
        allowed(caller, entity, privilege, table).label("allowed"),
    )
    row = connection.execute(query.select_from(table).where(table.c[entity.primary_id] == id)).one_or_none()
    if row is None or not (row.readable or privilege is Privilege.CREATE):  # who makes a record knows of it
        raise missing(name, id)
    if not row.allowed:
        raise PermissionDenied(
            f"{caller.name} has the privilege prv{privilege}{name}, but not on the {name} with the id {id}.",
            code=ErrorCode.ACCESS_DENIED,
        )


def require_new(connection: Connection, caller: Caller, entity: type[Entity], values: Mapping[str, Any]) -> None:
    """Check that the caller may create a record with these (typed) values, before it is made by somebody else.

    For leads: their workflows make them, and rules choose the owner where none is named. Raises PermissionDenied.
    """
    name = entity.logical_name
    caller.require(name, Privilege.CREATE)
    if caller.depth(name, Privilege.CREATE) is Depth.ORGANISATION and not caller.partner_only:
        return
    owner = values.get("ownerid")
    given = {**values, "createdby": caller.userid, "owningbusinessunit": _unit_of(connection, owner) if owner else None}
    columns = table_of(entity).columns
    row = select(*(literal(given.get(column.name), column.type).label(column.name) for column in columns)).subquery()
    if not connection.execute(select(allowed(caller, entity, Privilege.CREATE, row))).scalar():
        partner = " Name your channel partner in lf_channelpartnerid." if caller.partner_only else ""
        raise PermissionDenied(
            f"{caller.name} has the privilege prvCreate{name}, but not for a {name} of that owner, unit or partner."
            + partner,
            code=ErrorCode.ACCESS_DENIED,
        )


def _unit_of(connection: Connection, owner: UUID) -> UUID | None:
    user, team = TABLES["systemuser"].c, TABLES["team"].c
    found = select(user.businessunitid).where(user.systemuserid == owner)
    return connection.execute(found.union_all(select(team.businessunitid).where(team.teamid == owner))).scalar()


def _within(
    caller: Caller, entity: type[Entity], privilege: Privilege, depth: Depth, table: FromClause
) -> Iterator[Condition]:
    """What makes a row the caller's at a depth below the whole organisation."""
    if issubclass(entity, Owned):
        yield from _owned(caller, entity, depth, table)
    elif entity.logical_name in ("systemuser", "team", "businessunit"):
        yield from _of_unit(caller, entity.logical_name, depth, table)
    yield from _through_others(caller, entity, privilege, table)


def _of_partner(
    caller: Caller, entity: type[Entity], privilege: Privilege, depth: Depth, table: FromClause
) -> Iterator[Condition]:
    """What makes a row that of the caller's channel partners, whatever the depth."""
    if entity.logical_name in partner_access.SHARED:
        if privilege in (Privilege.READ, Privilege.APPEND_TO):
            yield (
                true()
                if depth is Depth.ORGANISATION
                else or_(false(), *_within(caller, entity, privilege, depth, table))
            )
        return
    yield from partner_access.conditions(caller, entity, table)
    yield from _through_others(caller, entity, privilege, table)


def _owned(caller: Caller, entity: type[Entity], depth: Depth, table: FromClause) -> Iterator[Condition]:
    """By the owner, and while there is none by who created the row or, for a lead, by the unit that it is for."""
    ownerless = table.c.ownerid.is_(None)
    yield table.c.ownerid.in_([caller.userid, *caller.teams])
    yield and_(ownerless, table.c.createdby == caller.userid)
    units = _units(caller, depth)
    if units:
        yield table.c.owningbusinessunit.in_(units)
        if entity is Lead:
            yield and_(ownerless, table.c.lf_businessunitid.in_(units))


def _of_unit(caller: Caller, name: str, depth: Depth, table: FromClause) -> Iterator[Condition]:
    if name == "systemuser":
        yield table.c.systemuserid == caller.userid
    if name == "team":
        yield table.c.teamid.in_(caller.teams)
    yield table.c.businessunitid.in_(_units(caller, depth))


def _units(caller: Caller, depth: Depth) -> list[UUID]:
    if depth is Depth.PARENT_CHILD:
        return list(caller.units)
    return [caller.businessunitid] if depth is Depth.BUSINESS_UNIT and caller.businessunitid else []


def _through_others(
    caller: Caller, entity: type[Entity], privilege: Privilege, table: FromClause
) -> Iterator[Condition]:
    """What makes a row the caller's because another is: what it is about, or the lead that it belongs to."""
    if issubclass(entity, Annotation | Activity):
        if privilege is Privilege.READ:
            about = "objectid" if issubclass(entity, Annotation) else "regardingobjectid"
            yield _reaches(caller, entity, about, privilege, table)
    elif entity.logical_name == "duplicaterecord":
        of_both = _reading(privilege)
        yield and_(
            _reaches(caller, entity, "baserecordid", of_both, table),
            _reaches(caller, entity, "duplicaterecordid", of_both, table),
        )
    elif entity.logical_name == "teammembership":
        yield _exists(caller, "team", _reading(privilege), table, "teamid")
    elif not issubclass(entity, Owned) and "leadid" in entity.attributes():
        yield _exists(caller, "lead", _reading(privilege), table, "leadid")


def _reading(privilege: Privilege) -> Privilege:
    """What one must have on the other record: to read for reading, to write for everything else."""
    return privilege if privilege is Privilege.READ else Privilege.WRITE


def _reaches(caller: Caller, entity: type[Entity], lookup: str, privilege: Privilege, table: FromClause) -> Condition:
    """That the caller has the privilege on the record, of whatever kind, that a lookup names."""
    return or_(
        false(),
        *(
            and_(table.c[f"{lookup}type"] == target, _exists(caller, target, privilege, table, lookup))
            for target in entity.attributes()[lookup].targets
            if caller.depth(target, privilege)
        ),
    )


def _exists(caller: Caller, target: str, privilege: Privilege, table: FromClause, lookup: str) -> Condition:
    other = TABLES[target].alias()
    entity = ENTITIES[target]
    condition = allowed(caller, entity, privilege, other)
    return exists().where(other.c[entity.primary_id] == table.c[lookup], condition).correlate(table)
