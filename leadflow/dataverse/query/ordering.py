"""The order of rows, the same on both databases and always complete: `$orderby`, then the key.

Nulls are the smallest. Texts sort by their lower case, lookups by the name of the record, choices by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_
from sqlalchemy.sql.elements import KeyedColumnElement

from crm.entities import ENTITIES
from leadflow.dataverse.query.comparing import Operand
from leadflow.dataverse.query.options import Sort
from leadflow.dataverse.query.scope import Scope
from leadflow.dataverse.query.texts import folded


@dataclass(frozen=True)
class SortKey:
    """`value` is what rows are sorted by; without `nullable` it never is null."""

    value: ColumnElement[Any]
    descending: bool = False
    nullable: bool = True

    def order(self) -> ColumnElement[Any]:
        if not self.nullable:
            return self.value.desc() if self.descending else self.value.asc()
        return self.value.desc().nulls_last() if self.descending else self.value.asc().nulls_first()

    def same(self, name: str, *, null: bool) -> ColumnElement[bool]:
        return self.value.is_(None) if null else self.value == self._parameter(name)

    def later(self, name: str, *, null: bool) -> ColumnElement[bool]:
        """That a row comes after one that has the value of the parameter, or null."""
        if null:
            return false() if self.descending else self.value.is_not(None)
        if not self.descending:
            return self.value > self._parameter(name)
        smaller = self.value < self._parameter(name)
        return or_(smaller, self.value.is_(None)) if self.nullable else smaller

    def _parameter(self, name: str) -> ColumnElement[Any]:
        return bindparam(name, type_=self.value.type)


def sort_keys(scope: Scope, sorts: Sequence[Sort]) -> list[SortKey]:
    """The keys of an order. Joins to `scope` what its paths need. Raises InvalidInput for what is no property."""
    keys = [SortKey(_value(*scope.property_at(one.path)), one.descending) for one in sorts]
    return [*keys, SortKey(scope.key, nullable=False)]


def later_rows(keys: Sequence[SortKey], nulls: Sequence[bool]) -> ColumnElement[bool]:
    """The condition of coming after the row whose sort values are the parameters `after_0`, `after_1`...; `nulls` says
    which of them are null."""
    names = [f"after_{number}" for number in range(len(keys))]
    marks = list(zip(keys, names, nulls, strict=True))
    return or_(
        *(
            and_(*(one.same(name, null=null) for one, name, null in marks[:number]), key.later(name, null=null))
            for number, (key, name, null) in enumerate(marks)
        )
    )


def _value(scope: Scope, one: Any) -> ColumnElement[Any]:
    if not one.is_reference:
        return Operand(scope, one).column
    names = [name for target in one.attribute.targets if (name := name_of(scope.join(one.column, target))) is not None]
    if not names:
        return scope.column(one)
    return folded(func.coalesce(*names) if len(names) > 1 else names[0])


def name_of(scope: Scope) -> KeyedColumnElement[Any] | None:
    """The primary name of the record, which a few entities do not have."""
    name = ENTITIES[scope.entity.logical_name].primary_name
    return None if name is None else scope.table.c[name]
