"""One property compared with a literal, or with another property.

Comparisons are either true or false, as OData has it: nothing is larger or smaller than null, null equals null only,
and `not` turns every condition into its opposite. Texts compare without regard to case. A time in an answer has whole
seconds, so times compare by the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, false, literal, or_, true
from sqlalchemy.types import TypeEngine

from crm.attributes import AttributeType
from crm.store.types import Exact
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.literals import EXACT, GUIDS, TEXTS, WHOLE, typed
from leadflow.dataverse.query.names import Property
from leadflow.dataverse.query.scope import Scope
from leadflow.dataverse.query.texts import folded

Condition = ColumnElement[bool]
_SECOND = timedelta(seconds=1)
_ALIKE = (GUIDS, TEXTS, WHOLE)


@dataclass(frozen=True)
class Operand:
    """A property of a row. Raises InvalidInput on being made of one that is an object inside."""

    scope: Scope
    one: Property

    def __post_init__(self) -> None:
        if self.one.is_json:
            raise bad_query(f"'{self.one.name}' is an object as text; it cannot be filtered, sorted or grouped by.")

    @property
    def kind(self) -> AttributeType:
        return self.one.attribute.type

    @property
    def column(self) -> ColumnElement[Any]:
        """What its comparisons compare: a text without regard to case."""
        column = self.scope.column(self.one)
        return folded(column) if self.kind in TEXTS else column

    def literal(self, text: str, *, quoted: bool | None = None) -> Any:
        return typed(self.one.name, self.one.attribute, text, quoted=quoted)

    def bound(self, value: Any) -> ColumnElement[Any]:
        """A typed value as a parameter."""
        column = self.scope.column(self.one)
        # A parameter as narrow as its column could not hold every number that a client may compare it with.
        type_: TypeEngine[Any] = BigInteger() if self.kind in WHOLE else column.type
        return folded(literal(value, type_)) if self.kind in TEXTS else literal(value, type_)

    @property
    def unit(self) -> Decimal:
        """The last place of an exact number: 0.0001 for money."""
        kind = self.scope.column(self.one).type
        assert isinstance(kind, Exact)
        return Decimal(1).scaleb(-kind.scale)

    def is_null(self) -> Condition:
        return self.scope.column(self.one).is_(None)


def compare(operand: Operand, operator: str, value: Any) -> Condition:
    """`operand <operator> value`, for `value` as `Operand.literal` gives it; operators by OData's names."""
    if operator == "ne":
        return opposite(compare(operand, "eq", value))
    if operand.kind is AttributeType.DATE_TIME:
        return _compare_times(operand, operator, value)
    if operand.kind in EXACT:
        return _compare_exact(operand, operator, value)
    return _plainly(operand.column, operator, operand.bound(value))


def compare_properties(left: Operand, operator: str, right: Operand) -> Condition:
    """Raises InvalidInput for properties of different kinds."""
    if not _comparable(left, right):
        raise bad_query(
            f"'{left.one.name}' ({left.kind}) and '{right.one.name}' ({right.kind}) cannot be compared with each other."
        )
    if operator == "eq":
        return left.column.is_not_distinct_from(right.column)
    if operator == "ne":
        return left.column.is_distinct_from(right.column)
    return _plainly(left.column, operator, right.column)


def among(operand: Operand, values: Sequence[Any]) -> Condition:
    """That the property has one of the values."""
    if operand.kind in (AttributeType.DATE_TIME, *EXACT):
        return or_(false(), *(compare(operand, "eq", value) for value in values))
    return operand.column.in_([operand.bound(value) for value in values])


def opposite(condition: Condition) -> Condition:
    """That the condition does not hold, be it false or unknown."""
    return condition.is_not(true())


def _comparable(left: Operand, right: Operand) -> bool:
    if left.kind in EXACT or right.kind in EXACT:
        # On SQLite these are numbers of units; only those of the same unit compare.
        return left.kind == right.kind and left.unit == right.unit
    return left.kind == right.kind or any(left.kind in kinds and right.kind in kinds for kinds in _ALIKE)


def _plainly(left: ColumnElement[Any], operator: str, right: ColumnElement[Any]) -> Condition:
    match operator:
        case "eq":
            return left == right
        case "gt":
            return left > right
        case "ge":
            return left >= right
        case "lt":
            return left < right
        case _:
            return left <= right


def _compare_times(operand: Operand, operator: str, value: Any) -> Condition:
    column, begin = operand.column, operand.bound(value)
    try:
        end = operand.bound(value + _SECOND)
    except OverflowError:
        return _plainly(column, operator, begin)
    match operator:
        case "eq":
            return and_(column >= begin, column < end)
        case "gt":
            return column >= end
        case "le":
            return column < end
        case _:
            return _plainly(column, operator, begin)


def _compare_exact(operand: Operand, operator: str, value: Decimal) -> Condition:
    """A number with more decimals than the column has lies between two that the column can have."""
    whole = value.quantize(operand.unit, ROUND_FLOOR)
    if whole == value:
        return _plainly(operand.column, operator, operand.bound(whole))
    if operator == "eq":
        return false()
    return _plainly(operand.column, "gt" if operator in ("gt", "ge") else "le", operand.bound(whole))
