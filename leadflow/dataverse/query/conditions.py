"""The syntax tree of a `$filter` to a condition on the rows of a query. Every value in it is a parameter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from odata_query import ast
from sqlalchemy import ColumnElement, Select, and_, exists, false, literal_column, or_, select

from crm.attributes import AttributeType
from crm.entities import ENTITIES
from crm.relationships import Navigation, navigations
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.comparing import Operand, among, compare, compare_properties, opposite
from leadflow.dataverse.query.functions import function_condition
from leadflow.dataverse.query.literals import TEXTS
from leadflow.dataverse.query.parsing import Function, parse_filter
from leadflow.dataverse.query.scope import Scope, related
from leadflow.dataverse.query.texts import fits
from leadflow.dataverse.target import NAMESPACE

Condition = ColumnElement[bool]

_OPERATORS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le"}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_LITERALS = (ast.String, ast.GUID, ast.Integer, ast.Float, ast.Boolean, ast.Date, ast.DateTime)
_SEARCHES = {"contains": (False, False), "startswith": (True, False), "endswith": (False, True)}
_NAMESPACE = tuple(NAMESPACE.split("."))


def filter_condition(scope: Scope, text: str) -> Condition:
    """The condition that a `$filter` states of the rows of `scope`. Joins to `scope` what its paths need.

    Raises InvalidInput, with Dataverse's code, for what cannot be read, does not exist, does not fit or is not
    supported.
    """
    parsed = parse_filter(text)
    try:
        return _Reader(scope, parsed.functions).condition(parsed.tree)
    except RecursionError:
        raise bad_query("The filter is nested too deep.") from None


@dataclass(frozen=True)
class _Reader:
    """Reads the nodes of one filter. `variables` are those of any() and all(), by name."""

    scope: Scope
    functions: tuple[Function, ...]
    variables: Mapping[str, Scope] = field(default_factory=dict)

    def condition(self, node: Any) -> Condition:
        match node:
            case ast.BoolOp(op=op):
                parts = [self.condition(part) for part in _flat(node, type(op))]
                return and_(*parts) if isinstance(op, ast.And) else or_(*parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return opposite(self.condition(operand))
            case ast.Compare():
                return self._comparison(node)
            case ast.CollectionLambda():
                return self._collection(node)
            case ast.Call():
                return self._call(node)
            case ast.Identifier():
                return self._yes_or_no(node)
        raise bad_query(f"A condition is expected; a {type(node).__name__.lower().lstrip('_')} alone is none.")

    def _comparison(self, node: ast.Compare) -> Condition:
        if isinstance(node.comparator, ast.In):
            return self._membership(node)
        operator = _OPERATORS[type(node.comparator)]
        left, right = node.left, node.right
        if isinstance(left, (*_LITERALS, ast.Null)):
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
        if isinstance(left, ast.Call | ast.Compare | ast.BoolOp | ast.CollectionLambda):
            return self._truth(left, operator, right)
        if isinstance(right, ast.Null):
            return self._with_null(left, operator)
        if isinstance(right, _LITERALS):
            operand = self._operand(left)
            return compare(operand, operator, operand.literal(right.val, quoted=isinstance(right, ast.String)))
        return compare_properties(self._operand(left), operator, self._operand(right))

    def _membership(self, node: ast.Compare) -> Condition:
        operand = self._operand(node.left)
        values = node.right.val if isinstance(node.right, ast.List) else []
        found: list[Any] = []
        for value in values:
            if not isinstance(value, _LITERALS):
                raise bad_query(f"The list after '{operand.one.name} in' can hold literals only.")
            found.append(operand.literal(value.val, quoted=isinstance(value, ast.String)))
        return among(operand, found)

    def _truth(self, node: Any, operator: str, value: Any) -> Condition:
        """`contains(...) eq true`"""
        condition = self.condition(node)
        if operator not in ("eq", "ne") or not isinstance(value, ast.Boolean):
            raise bad_query("A condition can be compared with true or false only, by eq or ne.")
        return condition if value.py_val == (operator == "eq") else opposite(condition)

    def _with_null(self, node: Any, operator: str) -> Condition:
        scope, path = self._place(node)
        navigation = navigations(scope.entity.logical_name).get(path[-1]) if len(path) == 1 else None
        if navigation is not None and not navigation.is_collection and not navigation.targets:
            null: Condition = scope.follow(path[-1]).key.is_(None)
        else:
            null = self._operand(node).is_null()
        if operator in ("eq", "ne"):
            return null if operator == "eq" else ~null
        return false()  # nothing is larger or smaller than null

    def _collection(self, node: ast.CollectionLambda) -> Condition:
        scope, path = self._place(node.owner)
        for name in path[:-1]:
            scope = scope.follow(name)
        navigation = scope.navigation(path[-1])
        if not navigation.is_collection:
            raise bad_query(f"'{path[-1]}' leads to one record. any() and all() are for collections.")
        return self._any_or_all(scope, navigation, node)

    def _any_or_all(self, scope: Scope, navigation: Navigation, node: ast.CollectionLambda) -> Condition:
        child = Scope.of(scope.context, ENTITIES[navigation.target])
        condition = None
        if node.lambda_ is not None:
            inner = _Reader(self.scope, self.functions, {**self.variables, node.lambda_.identifier.name: child})
            condition = inner.condition(node.lambda_.expression)
        is_any = isinstance(node.operator, ast.Any)
        found = related(scope.entity, navigation, child)
        query: Select[Any] = select(literal_column("1")).select_from(found.clause)
        query = query.where(found.owner == scope.key, found.condition)
        if condition is not None:
            query = query.where(condition if is_any else opposite(condition))
        one = exists(query.correlate_except(*found.tables))
        return one if is_any else ~one

    def _call(self, node: ast.Call) -> Condition:
        if node.func.namespace == _NAMESPACE:
            function = self.functions[int(node.func.name[1:])]
            return function_condition(function, self._operand_at(tuple(function.property.split("/"))))
        search = _SEARCHES.get(_full_name(node.func))
        if search is None:
            raise bad_query(
                f"The function '{_full_name(node.func)[:60]}' is not supported; {', '.join(_SEARCHES)} and the query "
                f"functions of {NAMESPACE} are."
            )
        operand, text = self._operand(node.args[0]), node.args[1]
        if operand.kind not in TEXTS or not isinstance(text, ast.String):
            raise bad_query(f"{node.func.name} takes a property with text, and a text in single quotes.")
        begins, ends = search
        return fits(operand.scope.column(operand.one), text.val, begins=begins, ends=ends)

    def _yes_or_no(self, node: Any) -> Condition:
        operand = self._operand(node)
        if operand.kind is not AttributeType.BOOLEAN:
            raise bad_query(f"'{operand.one.name}' alone is no condition; compare it with something.")
        return compare(operand, "eq", True)

    def _operand(self, node: Any) -> Operand:
        scope, path = self._place(node)
        return Operand(*scope.property_at(path))

    def _operand_at(self, path: tuple[str, ...]) -> Operand:
        scope, path = self._start(path)
        return Operand(*scope.property_at(path))

    def _place(self, node: Any) -> tuple[Scope, tuple[str, ...]]:
        return self._start(tuple(_path(node)))

    def _start(self, path: tuple[str, ...]) -> tuple[Scope, tuple[str, ...]]:
        """Where a path begins: at the record that a variable stands for, or at that of the whole query."""
        if len(path) > 1 and path[0] in self.variables:
            return self.variables[path[0]], path[1:]
        return self.scope, path


def _flat(node: Any, op: type) -> Iterator[Any]:
    """The parts of a chain of one and the same `and` or `or`, which may be hundreds."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.BoolOp) and isinstance(part.op, op):
            waiting += (part.right, part.left)
        else:
            yield part


def _full_name(name: ast.Identifier) -> str:
    return ".".join((*name.namespace, name.name))


def _path(node: Any) -> list[str]:
    match node:
        case ast.Identifier(name=name, namespace=()):
            return name.split("/")
        case ast.BinOp() | ast.UnaryOp():
            raise bad_query("Arithmetic is not supported in filters.")
        case ast.Call(func=func):
            raise bad_query(f"The function '{_full_name(func)[:60]}' cannot stand where a property is expected.")
    raise bad_query("A property is expected on one side of each comparison.")
