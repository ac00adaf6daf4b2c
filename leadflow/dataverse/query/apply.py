"""The text of `$apply`: filters, then one grouping or aggregation."""

import re
from dataclasses import dataclass
from functools import lru_cache

from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.scanning import closing, split_outside

METHODS = ("sum", "average", "min", "max", "countdistinct")

_TRANSFORMATION = re.compile(r"(?P<name>filter|groupby|aggregate)\s*(?P<arguments>\(.*\))", re.DOTALL)
_MEASURE = re.compile(r"(?P<property>\w+)\s+with\s+(?P<method>\w+)\s+as\s+(?P<alias>[A-Za-z_]\w{0,99})")
_COUNT = re.compile(r"\$count\s+as\s+(?P<alias>[A-Za-z_]\w{0,99})")
_FORMS = "filter(...), groupby((...)), groupby((...),aggregate(...)) and aggregate(...)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of an aggregation; without a property it counts the rows."""

    alias: str
    method: str
    property: str | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    filters: tuple[str, ...]
    groups: tuple[str, ...]
    measures: tuple[Measure, ...]


@lru_cache(256)
def parse_apply(text: str) -> Apply:
    """The transformations that a `$apply` states. Raises InvalidInput for those that are not supported."""
    *filters, last = (_transformation(part) for part in split_outside(text, "/"))
    if last[0] == "filter" or any(name != "filter" for name, _ in filters):
        raise bad_query(f"$apply takes filters, then one groupby or aggregate: {_FORMS}, with / between them.")
    groups, measures = _grouping(last[1]) if last[0] == "groupby" else ((), _measures(last[1]))
    names = [*groups, *(one.alias for one in measures)]
    if len(set(names)) < len(names):
        raise bad_query("$apply gives two columns of the result the same name.")
    return Apply(tuple(condition for _, condition in filters), groups, measures)


def _transformation(text: str) -> tuple[str, str]:
    match = _TRANSFORMATION.fullmatch(text)
    if match is None or closing(match["arguments"], 0) != len(match["arguments"]) - 1:
        raise bad_query(f"'{text[:100]}' in $apply is not supported; {_FORMS} are.")
    return match["name"], match["arguments"][1:-1].strip()


def _grouping(text: str) -> tuple[tuple[str, ...], tuple[Measure, ...]]:
    groups, *more = split_outside(text, ",")
    if not (groups.startswith("(") and groups.endswith(")")) or len(more) > 1:
        raise bad_query(f"'groupby({text[:100]})' is not of the form groupby((a,b)) or groupby((a,b),aggregate(...)).")
    names = tuple(split_outside(groups[1:-1], ","))
    for name in names:
        if "/" in name:
            raise bad_query(
                f"'{name[:100]}' cannot be grouped by: paths to other records are not supported in groupby."
            )
    if not more:
        return names, ()
    kind, arguments = _transformation(more[0])
    if kind != "aggregate":
        raise bad_query("Only aggregate(...) can stand inside groupby(...).")
    return names, _measures(arguments)


def _measures(text: str) -> tuple[Measure, ...]:
    return tuple(map(_measure, split_outside(text, ",")))


def _measure(text: str) -> Measure:
    count = _COUNT.fullmatch(text)
    if count:
        return Measure(count["alias"], "count")
    match = _MEASURE.fullmatch(text)
    if match is None or match["method"] not in METHODS:
        raise bad_query(
            f"'{text[:100]}' in aggregate is not of the form 'property with method as name' or '$count as name'; "
            f"methods are {', '.join(METHODS)}."
        )
    return Measure(match["alias"], match["method"], match["property"])
