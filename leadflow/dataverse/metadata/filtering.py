"""Filters on definitions, evaluated in memory."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from odata_query import ast
from odata_query.visitor import iter_dataclass_fields

from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.metadata.definition import Definition
from leadflow.dataverse.query.parsing import parse_filter
from leadflow.dataverse.query.scanning import replace_outside
from leadflow.dataverse.target import ALIAS, NAMESPACE

# Before a text in quotes: `Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'` is the member's name.
_ENUMERATION = re.compile(rf"\b(?:{re.escape(NAMESPACE)}|{ALIAS})\.\w+\Z")
_ORDERINGS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
}
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.In: lambda left, right: left in right,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """`names` are the properties of the definition itself that the filter reads."""

    tree: Any
    names: frozenset[str]


@lru_cache(256)
def read_filter(text: str) -> Filter:
    """Read a filter. Raises InvalidInput for one that cannot be read."""
    tree = parse_filter(replace_outside(_ENUMERATION, text, lambda _: "")).tree
    return Filter(tree, frozenset(_names(tree)))


def matches(condition: Filter, definition: Definition) -> bool:
    """Whether a filter holds for a definition. Raises InvalidInput for what it cannot mean."""
    try:
        found = _value(condition.tree, definition)
    except (TypeError, AttributeError, ValueError):
        raise bad_query("$filter compares what cannot be compared, such as a text with a number.") from None
    if not isinstance(found, bool):
        raise bad_query("$filter is no condition. Compare a property with a literal, such as LogicalName eq 'lead'.")
    return found


def _names(tree: Any) -> Iterator[str]:
    """The properties that a tree names. Without recursion: a chain of conditions is as deep as it is long."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Identifier):
            yield _steps(node)[0]
        below = node.args if isinstance(node, ast.Call) else [value for _, value in iter_dataclass_fields(node)]
        nodes += [part for part in below if isinstance(part, ast._Node)]


def _steps(path: ast.Identifier) -> list[str]:
    """The names along a path: `RequiredLevel/Value`, `sdkmessageid/name`. The parser keeps it as one."""
    return ".".join((*path.namespace, path.name)).split("/")


def _value(node: Any, definition: Definition) -> Any:
    match node:
        case ast.Compare():
            return _compared(node.comparator, _value(node.left, definition), _value(node.right, definition))
        case ast.BoolOp(op=ast.And()):
            return _value(node.left, definition) is True and _value(node.right, definition) is True
        case ast.BoolOp(op=ast.Or()):
            return _value(node.left, definition) is True or _value(node.right, definition) is True
        case ast.UnaryOp(op=ast.Not()):
            return _value(node.operand, definition) is not True
        case ast.Call(func=ast.Identifier(name=str(name)), args=[text, part]) if name.lower() in _FUNCTIONS:
            return _holds(name.lower(), _value(text, definition), _value(part, definition))
        case ast.Identifier():
            return _comparable(_property(node, definition))
        case ast.List():
            return [_value(item, definition) for item in node.val]
        case ast._Literal():
            return _comparable(node.py_val)
    raise bad_query(
        "$filter on metadata takes eq, ne, gt, ge, lt, le, in, and, or, not and contains, startswith, endswith."
    )


def _compared(comparator: Any, left: Any, right: Any) -> bool:
    """Nothing is neither more nor less than something."""
    if type(comparator) in _ORDERINGS:
        return left is not None and right is not None and _ORDERINGS[type(comparator)](left, right)
    return _COMPARISONS[type(comparator)](left, right)


def _holds(function: str, text: Any, part: Any) -> bool:
    return text is not None and part is not None and _FUNCTIONS[function](text, part)


def _property(path: ast.Identifier, definition: Definition) -> Any:
    """The value at the end of a path; None where there is nothing on the way."""
    value: Any = definition
    for name in _steps(path):
        value = None if value is None else _part(value, name)
    return value


def _part(owner: Any, name: str) -> Any:
    if isinstance(owner, Definition):
        return owner.navigations[name] if name in owner.navigations else owner.values.get(name)
    if not isinstance(owner, dict) or name not in owner:
        raise bad_query(f"$filter: there is no '{name[:60]}' at the end of that path.")
    return owner[name]


def _comparable(value: Any) -> Any:
    """Texts compare without regard to letter case, as everywhere in Dataverse; GUIDs as texts."""
    if isinstance(value, UUID):
        return str(value)
    return value.casefold() if isinstance(value, str) else value
