"""The text of a `$filter` to its syntax tree.

odata-query has the lexer and the grammar of OData. What it lacks is put right before and between the two: the functions
of Dataverse, whose lists in brackets it cannot read, become calls without arguments that stand for them; a path becomes
one name; `x in (1)` with a single value becomes a list; what is too long or too deep is refused.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

import orjson
from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from sly.lex import Token  # type: ignore[import-untyped]

from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.path import unquoted
from leadflow.dataverse.query.scanning import closing, split_outside
from leadflow.dataverse.target import NAMESPACE

LONGEST_FILTER = 8_192
DEEPEST_FILTER = 40
MOST_NAMES = 400

# Expected faults of clients, not of ours; and its messages repeat the query, which may name people.
logging.getLogger("odata_query").disabled = True

_CALL = re.compile(rf"'(?:[^']|'')*'|{re.escape(NAMESPACE)}\.(?P<name>\w+)\s*(?P<opening>\()")
_NOT = ast.Identifier("not")  # before a parenthesis; the lexer knows it before a space only


@dataclass(frozen=True, slots=True)
class Function:
    """A query function of Dataverse: its short name, the property that it asks about, and the values, as texts."""

    name: str
    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """`tree` is odata-query's. A call of `Microsoft.Dynamics.CRM.f3` in it stands for `functions[3]`; names are whole
    paths."""

    tree: Any
    functions: tuple[Function, ...]


@lru_cache(1024)
def parse_filter(text: str) -> Filter:
    """The tree of a filter without aliases. Raises InvalidInput, with the place of what cannot be read."""
    if len(text) > LONGEST_FILTER:
        raise bad_query(f"A filter can have at most {LONGEST_FILTER} characters.")
    functions: list[Function] = []
    plain = "".join(_without_functions(text.strip(), functions))
    try:
        return Filter(ODataParser().parse(_with_whole_paths(_tokens(plain))) or _nothing(), tuple(functions))
    except (ODataException, RecursionError) as error:
        raise _unreadable(text, error) from None


def _nothing() -> NoReturn:
    raise bad_query("The filter is empty. Give a condition, or leave $filter out.")


def _unreadable(text: str, error: Exception) -> Exception:
    token = getattr(error, "token", None)
    near = f" near position {token.index}" if token is not None else ""
    return bad_query(f"Syntax error{near} in the expression '{text[:200]}'.")


def _without_functions(text: str, functions: list[Function]) -> Iterator[str]:
    """The text with each function of Dataverse replaced by a call without arguments; the functions go to the list."""
    start = 0
    while match := _CALL.search(text, start):
        if match["name"] is None:  # a text in quotes
            yield text[start : match.end()]
            start = match.end()
            continue
        end = closing(text, match.start("opening"))
        if end < 0:
            raise bad_query(f"The parenthesis after {NAMESPACE}.{match['name'][:60]} is not closed.")
        yield f"{text[start : match.start()]}{NAMESPACE}.f{len(functions)}()"
        functions.append(_function(match["name"], text[match.end("opening") : end]))
        start = end + 1
    yield text[start:]


def _function(name: str, text: str) -> Function:
    property, values = None, list[str]()
    for part in filter(None, split_outside(text, ",")):
        parameter, _, value = (piece.strip() for piece in part.partition("="))
        if parameter == "PropertyName":
            property = unquoted(value)
        elif parameter == "PropertyValues":
            values.extend(_list(name, value))
        elif parameter in ("PropertyValue", "PropertyValue1", "PropertyValue2"):
            values.append(unquoted(value))
        else:
            raise bad_query(f"'{parameter[:40]}' is no parameter of {name[:60]}.")
    if not property:
        raise bad_query(f"The function {name[:60]} needs the parameter PropertyName='...'.")
    return Function(name, property, tuple(values))


def _list(name: str, text: str) -> list[str]:
    """`["a","b"]`; OData's own quotes inside, and numbers without any, are taken as well."""
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = [unquoted(part) for part in split_outside(text[1:-1], ",")] if text[:1] + text[-1:] == "[]" else None
    if not isinstance(values, list) or not all(isinstance(value, str | int | float) for value in values):
        raise bad_query(f'PropertyValues of {name[:60]} must be a list of texts: ["1","2"].')
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def _tokens(text: str) -> Iterator[Any]:
    """The tokens, with a comma after the only value of a list. Raises InvalidInput where there are too many."""
    depth = names = negations = 0
    lists: list[int] = []  # the depths of lists, 0 for one that has its comma
    before = None
    for token in ODataLexer().tokenize(text):
        if token.type == "ODATA_IDENTIFIER":
            names += 1
            if token.value == _NOT and before != "/":
                token.type, token.value = "NOT", ast.Not()
        negations += token.type == "NOT"
        depth += (token.type == "(") - (token.type == ")")
        _check_size(depth, names, negations)
        if token.type == "(" and before == "IN":
            lists.append(depth)
        elif token.type == "," and lists and lists[-1] == depth:
            lists[-1] = 0
        elif token.type == ")" and lists and lists[-1] in (0, depth + 1) and lists.pop():
            yield _comma_at(token)
        before = token.type
        yield token


def _with_whole_paths(tokens: Iterator[Any]) -> Iterator[Any]:
    """The tokens, with each path as one name: `a/b/c`. The grammar fails at `a/b/c/any(...)`."""
    path = slash = None
    for token in tokens:
        is_name = token.type == "ODATA_IDENTIFIER" and not token.value.namespace
        if slash is not None and is_name:
            path.value, slash = ast.Identifier(f"{path.value.name}/{token.value.name}"), None
        elif path is not None and slash is None and token.type == "/":
            slash = token
        else:
            yield from (held for held in (path, slash) if held is not None)
            path, slash = (token, None) if is_name else (None, None)
            if not is_name:
                yield token
    yield from (held for held in (path, slash) if held is not None)


def _check_size(depth: int, names: int, negations: int) -> None:
    if depth > DEEPEST_FILTER or negations > DEEPEST_FILTER:
        raise bad_query(f"The filter is nested more than {DEEPEST_FILTER} levels deep, or has that many negations.")
    if names > MOST_NAMES:
        raise bad_query(f"The filter names properties more than {MOST_NAMES} times. Ask in several queries, or use In.")


def _comma_at(token: Any) -> Any:
    comma = Token()
    comma.type, comma.value, comma.lineno, comma.index = ",", ",", token.lineno, token.index
    return comma
