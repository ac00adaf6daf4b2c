"""A table in a query, and the joins by which navigation paths lead away from it.

Each table of a query, joined ones too, is under the condition that the caller may read the row. To a path, a record
that they may not read is none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, bindparam, true
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.types import TypeEngine

from crm.entities import ENTITIES, Entity
from crm.relationships import ManyToMany, ManyToOne, Navigation, navigations
from crm.security import Caller, Privilege
from crm.store.security.access import allowed
from crm.store.tables import table_of
from leadflow.dataverse.errors import bad_query, unknown_property
from leadflow.dataverse.query.names import Property, property_of

MOST_JOINS = 60  # SQLite joins at most 64 tables


@dataclass
class Context:
    """What holds for the whole of a query. `moments` are the times that it compares with, as functions of now, by the
    names of their parameters: so a query can be kept and run again later."""

    caller: Caller
    moments: dict[str, Callable[[datetime], Any]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)
    joins: int = 0

    def moment(self, of_now: Callable[[datetime], Any], type_: TypeEngine[Any]) -> BindParameter[Any]:
        """A parameter whose value follows from the time at which the query runs."""
        name = f"moment_{len(self.moments)}"
        self.moments[name] = of_now
        return bindparam(name, type_=type_)

    def unique(self, name: str) -> str:
        return f"{name}_{next(self.numbers)}"


@dataclass
class Scope:
    """`table` is an alias of the entity's table; `joined` are the records that its lookups lead to, by the lookup's
    column and the entity's name."""

    context: Context
    entity: type[Entity]
    table: FromClause
    joined: dict[tuple[str, str], "Scope"] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, entity: type[Entity]) -> "Scope":
        return cls(context, entity, table_of(entity).alias(context.unique(entity.logical_name)))

    @property
    def key(self) -> KeyedColumnElement[Any]:
        return self.table.c[self.entity.primary_id]

    def column(self, one: Property) -> KeyedColumnElement[Any]:
        return self.table.c[one.column]

    def visible(self) -> ColumnElement[bool]:
        return allowed(self.context.caller, self.entity, Privilege.READ, self.table)

    def join(self, column: str, target: str) -> "Scope":
        """The record that a lookup leads to, if it is one of the entity `target`."""
        if (column, target) not in self.joined:
            self.context.joins += 1
            if self.context.joins > MOST_JOINS:
                raise bad_query(f"The query follows more than {MOST_JOINS} lookups. Ask for less at a time.")
            self.joined[column, target] = Scope.of(self.context, ENTITIES[target])
        return self.joined[column, target]

    def follow(self, name: str) -> "Scope":
        """The record that a navigation property leads to. Raises InvalidInput for one that leads to several."""
        navigation = self.navigation(name)
        if navigation.is_collection or not isinstance(navigation.relationship, ManyToOne):
            raise bad_query(f"'{name}' leads to several records. Ask '{name}/any(o:o/... )' or '{name}/all(o:o/... )'.")
        if navigation.targets:
            raise bad_query(f"'{name}' leads to a principal. Follow owninguser or owningteam instead.")
        return self.join(navigation.relationship.attribute, navigation.target)

    def navigation(self, name: str) -> Navigation:
        found = navigations(self.entity.logical_name).get(name)
        if found is None:
            raise unknown_property(name[:100], self.entity.logical_name)
        return found

    def property_at(self, path: tuple[str, ...]) -> "tuple[Scope, Property]":
        """The property at the end of a path, with the scope that has it."""
        scope = self
        for name in path[:-1]:
            scope = scope.follow(name)
        return scope, property_of(scope.entity, path[-1])

    def from_clause(self) -> FromClause:
        """The table with everything that is joined to it."""
        return self.joined_to(self.table)

    def tables(self) -> list[FromClause]:
        return [self.table, *(table for scope in self.joined.values() for table in scope.tables())]

    def joined_to(self, clause: FromClause) -> FromClause:
        """`clause`, in which the table stands, with the joins of this scope."""
        for (column, _), scope in self.joined.items():
            clause = clause.outerjoin(scope.table, and_(self.leads_to(column, scope), scope.visible()))
            clause = scope.joined_to(clause)
        return clause

    def leads_to(self, column: str, target: "Scope") -> ColumnElement[bool]:
        """The condition that the lookup in `column` of this record names the record of `target`."""
        condition = self.table.c[column] == target.key
        kind = self.table.c.get(f"{column}type")
        return condition if kind is None else and_(condition, kind == target.entity.logical_name)


@dataclass(frozen=True)
class Related:
    """How the records of a collection hang on the record that has it: `clause` to select them from, `owner` the column
    there that has the id of that record, `condition` what else must hold."""

    clause: FromClause
    owner: ColumnElement[Any]
    condition: ColumnElement[bool]
    tables: tuple[FromClause, ...]


def related(entity: type[Entity], navigation: Navigation, child: Scope) -> Related:
    """The records of `child` as those of a collection of `entity`. Nothing may be joined to `child` afterwards."""
    if isinstance(navigation.relationship, ManyToMany):
        return _linked(entity, navigation.relationship, child)
    lookup = navigation.relationship.attribute
    kind = child.table.c.get(f"{lookup}type")
    named = true() if kind is None else kind == entity.logical_name
    return Related(child.from_clause(), child.table.c[lookup], and_(named, child.visible()), tuple(child.tables()))


def _linked(entity: type[Entity], many: ManyToMany, child: Scope) -> Related:
    links = Scope.of(child.context, ENTITIES[many.intersect])
    ours, theirs = many.first_attribute, many.second_attribute
    if entity.logical_name != many.first:
        ours, theirs = theirs, ours
    clause = child.joined_to(links.table.join(child.table, links.table.c[theirs] == child.key))
    return Related(clause, links.table.c[ours], and_(links.visible(), child.visible()), (links.table, *child.tables()))
