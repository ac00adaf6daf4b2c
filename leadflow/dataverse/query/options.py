"""The query options of a request, read as far as they can be without knowing the entity."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

from leadflow.dataverse.call import read_options
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.preferences import LARGEST_PAGE
from leadflow.dataverse.query.scanning import closing, replace_outside, split_outside

LONGEST_QUERY = 32_768
MOST_EXPANSIONS = 15
MOST_SORTS = 15
DEEPEST_EXPANSION = 8

_ALIAS = re.compile(r"@[A-Za-z_]\w*")
_SORT = re.compile(r"(?P<path>[\w/]+)(?:\s+(?P<direction>asc|desc))?", re.IGNORECASE)
_EXPANDED = re.compile(r"(?P<name>\w+)\s*(?P<options>\(.*\))?", re.DOTALL)
_PLAIN = "$=',();:/@*!~"
_QUERIES = ("savedQuery", "userQuery", "fetchXml", "sql")
_NESTED = ("$select", "$filter", "$orderby", "$top", "$expand")
_ALIASED = ("$filter", "$expand", "$apply")
_KNOWN = (*_NESTED, "$count", "$apply", "$skiptoken")


@dataclass(frozen=True, slots=True)
class Sort:
    """One item of `$orderby`: the path to a property, and whether the largest comes first."""

    path: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Expand:
    """One item of `$expand`: the navigation property with its own options. `query` has these as a query string."""

    name: str
    options: "Options"
    query: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """`select` is None for all properties; `given` are the names of the options that the client wrote."""

    select: tuple[str, ...] | None = None
    filter: str | None = None
    orderby: tuple[Sort, ...] = ()
    top: int | None = None
    count: bool = False
    expand: tuple[Expand, ...] = ()
    apply: str | None = None
    skiptoken: str | None = None
    given: frozenset[str] = field(default=frozenset())

    def only(self, *names: str, where: str) -> "Options":
        """These options, if there are none but `names`. Raises InvalidInput, saying `where` the others do not work."""
        for name in sorted(self.given - {*names}):
            raise bad_query(f"The query option '{name}' is not supported {where}; {', '.join(names) or 'none'} are.")
        return self


@lru_cache(1024)
def read_query(query: str) -> Options:
    """The options of a query string as it came. Raises InvalidInput, naming the option and what is wrong with it."""
    if len(query) > LONGEST_QUERY:
        raise bad_query(f"The query is longer than {LONGEST_QUERY} characters. Send it in a $batch, or shorten it.")
    given = read_options(query)
    if any("\x00" in value for value in given.values()):
        raise bad_query("The query has a NUL character, which no text in the database can have.")
    aliases = {name: value for name, value in given.items() if name.startswith("@")}
    _refuse_unknown(given)
    known = {name: value for name, value in given.items() if name in _KNOWN}
    options = options_of(known | {name: _with_aliases(known[name], aliases) for name in _ALIASED if name in known})
    if count_expansions(options) > MOST_EXPANSIONS:
        raise bad_query(f"A query can expand at most {MOST_EXPANSIONS} navigation properties.")
    return options


def count_expansions(options: Options) -> int:
    return sum(1 + count_expansions(one.options) for one in options.expand)


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name == "$format" and value in ("json", "application/json"):
            continue
        if name in _QUERIES:
            raise bad_query(f"Queries by '{name}' are not supported. Use $filter, $expand and $apply.")
        if name.startswith("$") and name not in _KNOWN:
            raise bad_query(
                f"The query option '{name[:40]}' is not supported. Supported are {', '.join(_KNOWN)}; "
                "names are case-sensitive, and pages are turned with odata.maxpagesize and @odata.nextLink."
            )


def options_of(given: Mapping[str, str], depth: int = 0) -> Options:
    """The options with these texts by name, whose aliases have been replaced. Raises as `read_query` does."""
    return Options(
        select=_read_select(given["$select"]) if "$select" in given else None,
        filter=given.get("$filter"),
        orderby=_read_orderby(given["$orderby"]) if "$orderby" in given else (),
        top=_read_top(given["$top"]) if "$top" in given else None,
        count=_read_count(given.get("$count", "false")),
        expand=_read_expand(given["$expand"], depth) if "$expand" in given else (),
        apply=given.get("$apply"),
        skiptoken=given.get("$skiptoken"),
        given=frozenset(given),
    )


def _with_aliases(text: str, aliases: Mapping[str, str]) -> str:
    def value(name: str) -> str:
        if name not in aliases:
            raise bad_query(f"The parameter alias '{name}' has no value. Add {name}=... to the query.")
        return aliases[name]

    return replace_outside(_ALIAS, text, value) if "@" in text else text


def _read_select(text: str) -> tuple[str, ...] | None:
    names = tuple(dict.fromkeys(name for name in split_outside(text, ",") if name))
    return None if not names or "*" in names else names


def _read_orderby(text: str) -> tuple[Sort, ...]:
    parts = split_outside(text, ",")
    if len(parts) > MOST_SORTS:
        raise bad_query(f"A query can sort by at most {MOST_SORTS} properties.")
    return tuple(map(_read_sort, parts))


def _read_sort(text: str) -> Sort:
    match = _SORT.fullmatch(text)
    if match is None:
        raise bad_query(f"'{text[:100]}' in $orderby is not of the form 'property', 'property asc' or 'property desc'.")
    return Sort(tuple(match["path"].split("/")), (match["direction"] or "").lower() == "desc")


def _read_top(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LARGEST_PAGE):
        raise bad_query(f"'{text[:20]}' is no value for $top. Give a number from 0 to {LARGEST_PAGE}.")
    return int(text)


def _read_count(text: str) -> bool:
    if text not in ("true", "false"):
        raise bad_query(f"'{text[:20]}' is no value for $count. Give true or false.")
    return text == "true"


def _read_expand(text: str, depth: int) -> tuple[Expand, ...]:
    if depth >= DEEPEST_EXPANSION:
        raise bad_query(f"$expand is nested more than {DEEPEST_EXPANSION} levels deep.")
    found = [_read_expanded(item, depth) for item in split_outside(text, ",")]
    if len({one.name for one in found}) < len(found):
        raise bad_query("$expand names a navigation property more than once.")
    return tuple(found)


def _read_expanded(text: str, depth: int) -> Expand:
    match = _EXPANDED.fullmatch(text)
    if match is None or (match["options"] and closing(match["options"], 0) != len(match["options"]) - 1):
        raise bad_query(
            f"'{text[:100]}' in $expand is not of the form 'navigation' or 'navigation($select=...;$filter=...)'."
        )
    given: dict[str, str] = {}
    for part in filter(None, split_outside((match["options"] or "()")[1:-1], ";")):
        name, _, value = part.partition("=")
        if name not in _NESTED or name in given:
            raise bad_query(f"'{name[:40]}' cannot stand in $expand, or stands there twice; {', '.join(_NESTED)} can.")
        given[name] = value
    query = "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in given.items())
    return Expand(match["name"], options_of(given, depth + 1), query)
