"""The statement of a query: its tables, its conditions and its order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Uuid, bindparam, func, select

from crm.entities import Entity
from crm.relationships import Navigation
from crm.security import Caller
from leadflow.dataverse.query.conditions import filter_condition
from leadflow.dataverse.query.fields import NO_ANNOTATIONS, Annotations, Projection
from leadflow.dataverse.query.options import Options
from leadflow.dataverse.query.ordering import SortKey
from leadflow.dataverse.query.scope import Context, Scope, related

MOST_COUNTED = 5000
MOST_EXPANDED = 50_000

# The parameters of statements, beside the moments of their contexts.
LIMIT, KEY, KEYS, OWNER, OWNERS = "limit", "key", "keys", "owner", "owners"

Moments = Mapping[str, Callable[[datetime], Any]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose collection is asked for: a navigation property of an entity. One record's, or with `many` several at once,
    as an expanded collection needs it."""

    entity: type[Entity]
    navigation: Navigation
    many: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a plan is made for. Two that are equal have the same plan.

    `nulls` says which sort values of the row that the page comes after are null; None for a first page. `by_key` is for
    one record, the one with the parameter `key`; `by_keys` for those with the parameter `keys`. `is_inner` is for the
    records inside others.
    """

    caller: Caller = field(compare=False)
    identity: tuple[Any, ...]
    entity: type[Entity]
    options: Options
    annotations: Annotations = NO_ANNOTATIONS
    origin: Origin | None = None
    nulls: tuple[bool, ...] | None = None
    by_key: bool = False
    by_keys: bool = False
    is_inner: bool = False

    @property
    def is_sorted(self) -> bool:
        return not (self.by_key or self.by_keys)


def identity_of(caller: Caller) -> tuple[Any, ...]:
    """All that decides what a caller may see, to tell plans apart by."""
    known = _IDENTITIES.get(id(caller))
    if known is None or known[0] is not caller:
        if len(_IDENTITIES) >= _MOST_IDENTITIES:
            _IDENTITIES.clear()
        known = _IDENTITIES[id(caller)] = (caller, _identity(caller))
    return known[1]


def _identity(caller: Caller) -> tuple[Any, ...]:
    """Every field but `grants` as it is; those are mappings, and become sets of their items."""
    others = (getattr(caller, one.name) for one in fields(caller) if one.name != "grants")
    return (*others, frozenset((entity, frozenset(depths.items())) for entity, depths in caller.grants.items()))


# By the id of the caller, who stands beside it so that the id stays theirs. Callers are kept from request to request.
_IDENTITIES: dict[int, tuple[Caller, tuple[Any, ...]]] = {}
_MOST_IDENTITIES = 256


def conditions_of(wanted: Wanted, scope: Scope) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.options.filter is not None:
        conditions.append(filter_condition(scope, wanted.options.filter))
    if wanted.by_key:
        conditions.append(scope.key == bindparam(KEY, type_=Uuid()))
    if wanted.by_keys:
        conditions.append(scope.key.in_(bindparam(KEYS, type_=Uuid(), expanding=True)))
    return conditions


def statement_of(
    wanted: Wanted, projection: Projection, conditions: list[ColumnElement[bool]], keys: list[SortKey]
) -> tuple[Select[Any], int | None]:
    """The statement, and where its rows have the record whose collection they belong to."""
    order = [one.order() for one in keys]
    origin = wanted.origin
    clause, allowed, owner = _source(projection.scope, origin)
    at = None if owner is None or not origin or not origin.many else projection.append(owner)
    if at is not None:
        return _of_many(projection, clause, [allowed, *conditions], owner, order, at), at
    statement = select(*projection.columns).select_from(clause).where(allowed, *conditions)
    if owner is not None:
        statement = statement.where(owner == bindparam(OWNER, type_=Uuid()))
    return (statement.order_by(*order).limit(bindparam(LIMIT, type_=Integer())) if order else statement), None


def _source(scope: Scope, origin: Origin | None) -> tuple[FromClause, ColumnElement[bool], ColumnElement[Any] | None]:
    """What to select from, under which condition, and the column with the owner of a collection."""
    if origin is None:
        return scope.from_clause(), scope.visible(), None
    found = related(origin.entity, origin.navigation, scope)
    return found.clause, found.condition, found.owner


def _of_many(
    projection: Projection,
    clause: FromClause,
    conditions: list[ColumnElement[bool]],
    owner: ColumnElement[Any] | None,
    order: list[ColumnElement[Any]],
    at: int,
) -> Select[Any]:
    """The first rows of each of several collections."""
    assert owner is not None
    place = func.row_number().over(partition_by=owner, order_by=order).label("place")
    inner = select(*projection.columns, place).select_from(clause).where(*conditions)
    rows = inner.where(owner.in_(bindparam(OWNERS, type_=Uuid(), expanding=True))).subquery()
    columns = [column for column in rows.c if column.key != "place"]
    statement = select(*columns).where(rows.c.place <= bindparam(LIMIT, type_=Integer()))
    return statement.order_by(rows.c[f"c{at}"], rows.c.place).limit(MOST_EXPANDED + 1)


@lru_cache(512)
def count_of(wanted: Wanted) -> tuple[Select[Any], Moments]:
    """The statement that counts the rows of a query, up to one more than is ever told."""
    context = Context(wanted.caller)
    scope = Scope.of(context, wanted.entity)
    conditions = conditions_of(wanted, scope)
    clause, allowed, owner = _source(scope, wanted.origin)
    rows = select(scope.key).select_from(clause).where(allowed, *conditions)
    if owner is not None:
        rows = rows.where(owner == bindparam(OWNER, type_=Uuid()))
    counted = rows.limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(counted), context.moments


def for_counting(wanted: Wanted) -> Wanted:
    """The same query as far as the number of its rows is concerned."""
    return replace(wanted, options=Options(filter=wanted.options.filter), annotations=NO_ANNOTATIONS, nulls=None)
