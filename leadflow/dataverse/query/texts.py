"""Texts compare as Dataverse compares them: without regard to case, and with wildcards in contains and its like.

`%` stands for any text, `_` for any character, `[a-f]` for one of a set, `[^a-f]` for one that is not in it. SQLite and
PostgreSQL have different operators for sets, so a pattern is read once and written for each.
"""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from crm.store.sqlite_functions import unicode_lower
from leadflow.dataverse.errors import bad_query

MOST_WILDCARDS = 50

# A wildcard, or any other character. A bracket that is never closed is a bracket.
_PART = re.compile(r"(?P<set>\[(?P<without>\^?)(?P<members>[^]]+)\])|(?P<wildcard>[%_])|(?P<plain>.)", re.DOTALL)
_SPECIAL_IN_LIKE = "%_\\"
_SPECIAL_IN_GLOB = "*?["
_SPECIAL_IN_SIMILAR = "%_|*+?{}()[]\\"
_SPECIAL_IN_SET = "[]\\^-"
_GLOB_WILDCARDS = {"%": "*", "_": "?"}


class folded(FunctionElement[str]):
    """A text in lower case, which compares and sorts by its characters' numbers on both databases."""

    type = String()
    inherit_cache = True
    name = "folded"


@compiles(folded, "sqlite")
def _folded_on_sqlite(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    # SQLite's own lower() is right for ASCII. A function in Python, called for every row, makes threads wait for each
    # other: only texts with other characters take it.
    text = compiler.process(element.clauses, **more)
    return f"CASE WHEN {text} GLOB '*[^ -~]*' THEN unicode_lower({text}) ELSE lower({text}) END"


@compiles(folded, "postgresql")
def _folded_on_postgresql(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f'(lower({compiler.process(element.clauses, **more)}) COLLATE "C")'


class _matches(FunctionElement[bool]):
    """`(folded text, pattern of GLOB, pattern of SIMILAR TO)`: each database takes its own."""

    type = Boolean()
    inherit_cache = True
    name = "matches"


@compiles(_matches, "sqlite")
def _matches_on_sqlite(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    text, pattern, _ = (compiler.process(one, **more) for one in element.clauses)
    return f"({text} GLOB {pattern})"


@compiles(_matches, "postgresql")
def _matches_on_postgresql(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    text, _, pattern = (compiler.process(one, **more) for one in element.clauses)
    return f"({text} SIMILAR TO {pattern})"


class by_code(FunctionElement[str]):
    """A text that compares by its characters' numbers on both databases, capitals apart."""

    type = String()
    inherit_cache = True
    name = "by_code"


@compiles(by_code, "sqlite")
def _by_code_on_sqlite(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(by_code, "postgresql")
def _by_code_on_postgresql(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f'({compiler.process(element.clauses, **more)} COLLATE "C")'


def fits(column: ColumnElement[str], value: str, *, begins: bool, ends: bool) -> ColumnElement[bool]:
    """The condition that the text in `column` contains `value`, begins with it, ends with it, or both.

    Raises InvalidInput for a value with too many wildcards.
    """
    pattern = f"{'' if begins else '%'}{unicode_lower(value)}{'' if ends else '%'}"
    parts = list(_PART.finditer(pattern))
    if sum(part["plain"] is None for part in parts) > MOST_WILDCARDS:
        raise bad_query(f"A text to search for can have at most {MOST_WILDCARDS} wildcards (% _ [ ]).")
    if any(part["set"] and _one_of(part) is None for part in parts):
        glob, similar = "".join(map(_for_glob, parts)), "".join(map(_for_similar, parts))
        return _matches(folded(column), literal(glob, String()), literal(similar, String()))
    return folded(column).like(literal("".join(map(_for_like, parts)), String()), escape="\\")


def _one_of(part: re.Match[str]) -> str | None:
    """The character that a set of one stands for: `[%]` is the percent sign."""
    return part["members"] if part["set"] and not part["without"] and len(part["members"]) == 1 else None


def _for_like(part: re.Match[str]) -> str:
    return part["wildcard"] or _escaped(part["plain"] or _one_of(part) or "", _SPECIAL_IN_LIKE)


def _for_similar(part: re.Match[str]) -> str:
    if part["wildcard"]:
        return part["wildcard"]
    plain = part["plain"] or _one_of(part)
    if plain:
        return _escaped(plain, _SPECIAL_IN_SIMILAR)
    ranges = [
        _escaped(first, _SPECIAL_IN_SET) + (f"-{_escaped(last, _SPECIAL_IN_SET)}" if last != first else "")
        for first, last in _ranges(part["members"])
    ]
    return f"[{part['without']}{''.join(ranges)}]"


def _for_glob(part: re.Match[str]) -> str:
    if part["wildcard"]:
        return _GLOB_WILDCARDS[part["wildcard"]]
    plain = part["plain"] or _one_of(part)
    if plain:
        return f"[{plain}]" if plain in _SPECIAL_IN_GLOB else plain
    # Nothing can be escaped in a set of GLOB: a hyphen is itself in the first place only, a circumflex in any other.
    ranges = set(_ranges(part["members"]))
    if any(first == "-" != last for first, last in ranges):
        ranges.discard(("-", "-"))
    ordered = sorted(ranges, key=lambda ends: (ends[0] != "-", ends[0] == "^", ends))
    return f"[{part['without']}{''.join(first if first == last else f'{first}-{last}' for first, last in ordered)}]"


def _ranges(members: str) -> Iterator[tuple[str, str]]:
    """The ranges of a set, the lower end first; a single character is a range of one."""
    position = 0
    while position < len(members):
        first = last = members[position]
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            last = members[position + 2]
            position += 2
        yield min(first, last), max(first, last)
        position += 1


def _escaped(character: str, special: str) -> str:
    return f"\\{character}" if character in special else character
