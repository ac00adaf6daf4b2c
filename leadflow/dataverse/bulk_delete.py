"""BulkDelete: the records that queries find are deleted at once, those that the caller may delete."""

import operator
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, false, not_, or_, select

from crm.attributes import Attribute
from crm.entities import ENTITIES, Entity
from crm.operations import DeleteRecord, Done
from crm.security import Privilege
from crm.store.security.access import allowed
from crm.store.sqlite_functions import unicode_lower
from crm.store.tables import table_of
from leadflow.dataverse.bodies import Body, check_writable
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.drafts import Source, with_source
from leadflow.dataverse.errors import bad_body, unknown_property
from leadflow.dataverse.plans import Plan
from leadflow.dataverse.query.literals import TEXTS, typed
from leadflow.dataverse.query.texts import fits, folded
from leadflow.dataverse.written import MOST_OPERATIONS

_DEEPEST = 10
_MOST_CONDITIONS = 500

Condition = ColumnElement[bool]
Compare = Callable[[Any, Any], Condition]


async def plan_bulk_delete(call: Call) -> Plan:
    """The plan of all the deletions. Raises InvalidInput for a query that cannot be run or finds too many records."""
    queries = call.json().get("QuerySet")
    if not isinstance(queries, list) or not queries or not all(isinstance(one, dict) for one in queries):
        raise bad_body("""The body must have a QuerySet: [{"EntityName": ..., "Criteria": {...}}].""")

    def plan(source: Source) -> list[DeleteRecord]:
        found = {(entity, id): None for query in queries for entity, id in _find(source, query)}
        return [DeleteRecord(entity=entity.logical_name, id=id) for entity, id in found]

    deletions = await with_source(call, plan)
    if len(deletions) > MOST_OPERATIONS:
        raise bad_body(f"The queries find more than {MOST_OPERATIONS} records. Narrow them, and repeat the request.")
    return Plan(tuple(deletions), _job)


async def _job(_done: Sequence[Done]) -> Answer:
    return Answer(200, {"JobId": uuid4()})


def _find(source: Source, query: Body) -> list[tuple[type[Entity], UUID]]:
    name = query.get("EntityName")
    entity = ENTITIES.get(name) if isinstance(name, str) else None
    if entity is None:
        raise bad_body("EntityName must be the logical name of an entity, such as contact.")
    check_writable(entity)
    source.caller.require(entity.logical_name, Privilege.READ, Privilege.DELETE)
    table = table_of(entity)
    reach = [allowed(source.caller, entity, privilege, table) for privilege in (Privilege.READ, Privilege.DELETE)]
    wanted = select(table.c[entity.primary_id]).where(_criteria(entity, query.get("Criteria")), *reach)
    ids = source.connection.execute(wanted.limit(MOST_OPERATIONS + 1)).scalars()
    return [(entity, id) for id in ids]


def _criteria(entity: type[Entity], filter: Any, depth: int = 0) -> Condition:
    """A FilterExpression. One without conditions would delete everything, and is refused."""
    if not isinstance(filter, dict) or depth > _DEEPEST:
        raise bad_body(f"Criteria must be a filter expression, nested at most {_DEEPEST} times.")
    conditions, filters = _list(filter, "Conditions"), _list(filter, "Filters")
    if not conditions and not filters:
        raise bad_body("Criteria must have Conditions or Filters: without any it would find every record.")
    join = {"and": and_, "or": or_}.get(str(filter.get("FilterOperator", "And")).lower())
    if join is None:
        raise bad_body("FilterOperator must be And or Or.")
    return join(
        *(_condition(entity, one) for one in conditions), *(_criteria(entity, one, depth + 1) for one in filters)
    )


def _list(holder: Body, name: str) -> list[Body]:
    found = holder.get(name) or []
    if not isinstance(found, list) or len(found) > _MOST_CONDITIONS or not all(isinstance(one, dict) for one in found):
        raise bad_body(f"{name} must be a list of at most {_MOST_CONDITIONS} objects.")
    return found


def _condition(entity: type[Entity], condition: Body) -> Condition:
    name, kind = condition.get("AttributeName"), condition.get("Operator")
    attribute = entity.attributes().get(name) if isinstance(name, str) else None
    if attribute is None:
        raise unknown_property(str(name)[:100], entity.logical_name)
    if not isinstance(kind, str) or kind not in OPERATORS:
        raise bad_body(f"The operator of a condition must be one of {', '.join(OPERATORS)}.")
    number, compare = OPERATORS[kind]
    values = [_value(str(name), attribute, one) for one in _values(condition)]
    if number is not None and len(values) != number:
        raise bad_body(f"The operator {kind} takes {number} values, not {len(values)}.")
    if kind in _OF_TEXTS and attribute.type not in TEXTS:
        raise bad_body(f"The operator {kind} is for texts, which {name} is not.")
    column = table_of(entity).c[str(name)]
    return compare(column, values)


def _values(condition: Body) -> list[Any]:
    """The values, each by itself or as {"Value": ..., "Type": ...}."""
    values = condition.get("Values") or []
    if not isinstance(values, list):
        raise bad_body("Values must be a list.")
    return [one.get("Value") if isinstance(one, dict) else one for one in values]


def _value(name: str, attribute: Attribute, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise bad_body(f"A value for {name} must be a text, a number, or true or false.")
    return typed(name, attribute, str(value))


def _same(column: Any, value: Any) -> tuple[Any, Any]:
    """The two sides of a comparison: texts compare without regard to case."""
    return (folded(column), unicode_lower(value)) if isinstance(value, str) else (column, value)


def _comparing(compare: Callable[[Any, Any], Condition]) -> Compare:
    return lambda column, values: compare(*_same(column, values[0]))


def _matching(*, begins: bool, ends: bool) -> Compare:
    return lambda column, values: fits(column, values[0], begins=begins, ends=ends)


def _one_of(column: Any, values: Sequence[Any]) -> Condition:
    return or_(false(), *(operator.eq(*_same(column, value)) for value in values))


def _between(column: Any, values: Sequence[Any]) -> Condition:
    low, high = values
    return and_(operator.ge(*_same(column, low)), operator.le(*_same(column, high)))


def _without(compare: Compare) -> Compare:
    """The opposite, which holds for a record without a value as well."""
    return lambda column, values: or_(column.is_(None), not_(compare(column, values)))


_EQUAL, _CONTAINS, _BEGINS, _ENDS = (
    _comparing(operator.eq),
    _matching(begins=False, ends=False),
    _matching(begins=True, ends=False),
    _matching(begins=False, ends=True),
)
_LIKE = _matching(begins=True, ends=True)
# What a ConditionExpression's operator takes (None: any number of values), and what it means.
OPERATORS: dict[str, tuple[int | None, Compare]] = {
    "Equal": (1, _EQUAL),
    "NotEqual": (1, _without(_EQUAL)),
    "GreaterThan": (1, _comparing(operator.gt)),
    "GreaterEqual": (1, _comparing(operator.ge)),
    "LessThan": (1, _comparing(operator.lt)),
    "LessEqual": (1, _comparing(operator.le)),
    "In": (None, _one_of),
    "NotIn": (None, _without(_one_of)),
    "Between": (2, _between),
    "NotBetween": (2, _without(_between)),
    "Null": (0, lambda column, _: column.is_(None)),
    "NotNull": (0, lambda column, _: column.is_not(None)),
    "Like": (1, _LIKE),
    "NotLike": (1, _without(_LIKE)),
    "Contains": (1, _CONTAINS),
    "DoesNotContain": (1, _without(_CONTAINS)),
    "BeginsWith": (1, _BEGINS),
    "DoesNotBeginWith": (1, _without(_BEGINS)),
    "EndsWith": (1, _ENDS),
    "DoesNotEndWith": (1, _without(_ENDS)),
}
_OF_TEXTS = frozenset(name for name in OPERATORS if "Like" in name or "Contain" in name or "With" in name)
