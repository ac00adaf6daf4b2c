"""Single tests in durable-rules' own terms.

Only comparisons that durable-rules answers correctly are used: exact values, ranges of numbers, presence. A missing
field makes each of them false there, so a negation names the missing field as an alternative of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.engine.normal_form import Atom

MAX_NATIVE_VALUES = 10

_OPPOSITE: Mapping[str, str] = {"$gte": "$lt", "$gt": "$lte", "$lte": "$gt", "$lt": "$gte"}


@dataclass(frozen=True, slots=True)
class NativeTest:
    """The JSON of a test. `alternatives` and `groups` count towards a ruleset's limits; `cost` orders conditions."""

    definition: dict[str, Any]
    alternatives: int = 1
    groups: int = 0
    cost: int = 0


def native_test(atom: Atom) -> NativeTest | None:
    """The test for durable-rules, or None where it must be computed in Python."""
    row, field, operand = atom.test.row, atom.test.field, atom.test.operand
    if not row.native:
        return None
    if row.meaning == "equals":
        return _among(field, operand, atom.negated)
    if row.meaning == "is_set":
        return NativeTest({"$nex" if atom.negated else "$ex": {field: 1}}, cost=1)
    bounds = list(zip(row.native, operand if isinstance(operand, tuple) else (operand,), strict=True))
    return _outside(field, bounds) if atom.negated else _inside(field, bounds)


def _among(field: str, values: tuple[Any, ...], negated: bool) -> NativeTest | None:
    if len(values) > MAX_NATIVE_VALUES:
        return None
    if not negated:
        equal: list[dict[str, Any]] = [{field: value} for value in values]
        return NativeTest(equal[0]) if len(equal) == 1 else NativeTest({"$or": equal}, len(equal), 1, 3)
    different = [{"$neq": {field: value}} for value in values]
    other = different[0] if len(different) == 1 else {"$and": different}
    return NativeTest({"$or": [other, _missing(field)]}, 2, len(different[:2]), 3)


def _inside(field: str, bounds: list[tuple[str, Any]]) -> NativeTest:
    ranges = [{operator: {field: bound}} for operator, bound in bounds]
    return NativeTest(ranges[0], cost=2) if len(ranges) == 1 else NativeTest({"$and": ranges}, 1, 1, 2)


def _outside(field: str, bounds: list[tuple[str, Any]]) -> NativeTest:
    ranges = [{_OPPOSITE[operator]: {field: bound}} for operator, bound in bounds]
    return NativeTest({"$or": [*ranges, _missing(field)]}, len(ranges) + 1, 1, 3)


def _missing(field: str) -> dict[str, Any]:
    return {"$nex": {field: 1}}
