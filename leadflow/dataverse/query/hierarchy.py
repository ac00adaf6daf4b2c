"""Above and Under: records that hang together by a lookup to their own entity, as accounts and business units do."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from crm.entities import ENTITIES, Entity
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.comparing import Operand, opposite
from leadflow.dataverse.query.parsing import Function
from leadflow.dataverse.query.scope import Scope

HIERARCHICAL = ("Above", "AboveOrEqual", "Under", "UnderOrEqual", "NotUnder")


def hierarchy_condition(function: Function, operand: Operand, id: UUID) -> ColumnElement[bool]:
    """That a key, or a lookup, names a record above or under the record `id`. Links through records that the caller may
    not read do not count. Raises InvalidInput where there is no hierarchy."""
    entity = _hierarchy_of(operand)
    column, search = operand.column, _above if function.name.startswith("Above") else _under
    condition = column.in_(search(operand.scope, entity, id))
    if function.name.endswith("OrEqual"):
        return or_(condition, column == operand.bound(id))
    return opposite(condition) if function.name == "NotUnder" else condition


def _parent_of(entity: type[Entity]) -> str:
    """The lookup to the record above: `parentaccountid` of an account."""
    return f"parent{entity.logical_name}id"


def _hierarchy_of(operand: Operand) -> type[Entity]:
    own = operand.scope.entity
    names = [own.logical_name] if operand.one.column == own.primary_id else list(operand.one.attribute.targets)
    for name in names:
        if _parent_of(ENTITIES[name]) in ENTITIES[name].attributes():
            return ENTITIES[name]
    raise bad_query(f"'{operand.one.name}' is in no hierarchy; keys and lookups of accounts and business units are.")


def _under(scope: Scope, entity: type[Entity], id: UUID) -> Select[UUID]:
    top, below = Scope.of(scope.context, entity), Scope.of(scope.context, entity)
    parent = _parent_of(entity)
    first = select(top.key.label("id")).where(top.table.c[parent] == id, top.visible())
    found = first.cte(scope.context.unique("under"), recursive=True)
    # A union of distinct rows ends, even where somebody has made a circle.
    found = found.union(select(below.key).join(found, below.table.c[parent] == found.c.id).where(below.visible()))
    return select(found.c.id)


def _above(scope: Scope, entity: type[Entity], id: UUID) -> Select[UUID]:
    bottom, upper = Scope.of(scope.context, entity), Scope.of(scope.context, entity)
    parent = _parent_of(entity)
    first = select(bottom.table.c[parent].label("id")).where(bottom.key == id, bottom.visible())
    found = first.cte(scope.context.unique("above"), recursive=True)
    found = found.union(select(upper.table.c[parent]).join(found, upper.key == found.c.id).where(upper.visible()))
    return select(found.c.id)
