"""The operators a condition may use: one table, from which the checks, the JSON schema and both engines derive.

A test of an empty field never holds; `not`, `is_empty` and `none` are the plain opposite, so they do hold for it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from rules.engine.fields import FieldType

MAX_PATTERN = 256
MAX_MATCHED_TEXT = 256
MAX_REPEATS = 3
MAX_OPTIONALS = 6
MAX_PATTERNS = 4096
"""Kept compiled: those of some rule books, of which each has at most `limits.MAX_PATTERNS`."""


class Shape(StrEnum):
    """What stands behind an operator."""

    VALUES = "a value, or a list of values"
    VALUE = "a value"
    PAIR = "a list of two values, both included"
    PATTERN = "a regular expression"
    DURATION = "a duration, such as 30 days"
    SWITCH = "yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator.

    `holds(value, operand)` is its meaning for a field that is set; with `clock` the value is the time's age in seconds.
    `native` are durable-rules' operators for the same; without any, the answer is computed in Python and given to
    durable-rules as a flag. `negates` turns the answer round; `base` names the operator that means the same without it.
    """

    name: str
    types: frozenset[FieldType]
    shape: Shape
    description: str
    holds: Callable[[Any, Any], bool]
    native: tuple[str, ...] = ()
    negates: bool = False
    clock: bool = False
    base: str = ""

    @property
    def meaning(self) -> str:
        return self.base or self.name


_ANY = frozenset(FieldType)
_EXACT = _ANY - {FieldType.TIME}
_TEXTS = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.COUNTRY})
_NUMBERS = frozenset({FieldType.WHOLE, FieldType.NUMBER})
_TIMES = frozenset({FieldType.TIME})
_EMAILS = frozenset({FieldType.EMAIL})


def _is_one_of(value: Any, operand: Any) -> bool:
    return value in operand


def _is_present(value: Any, operand: Any) -> bool:
    return True


def _is_at_least(value: Any, operand: Any) -> bool:
    return bool(value >= operand)


def _is_above(value: Any, operand: Any) -> bool:
    return bool(value > operand)


def _is_at_most(value: Any, operand: Any) -> bool:
    return bool(value <= operand)


def _is_below(value: Any, operand: Any) -> bool:
    return bool(value < operand)


def _is_between(value: Any, operand: Any) -> bool:
    return bool(operand[0] <= value <= operand[1])


def _contains(value: str, operand: tuple[str, ...]) -> bool:
    return any(part in value for part in operand)


def _matches(value: str, operand: str) -> bool:
    return compiled_pattern(operand).fullmatch(value[:MAX_MATCHED_TEXT]) is not None


def _is_in_domain(value: str, operand: tuple[str, ...]) -> bool:
    domain = value.rpartition("@")[2]
    return any(domain == name or domain.endswith("." + name) for name in operand)


def _is_recent(age: int, operand: int) -> bool:
    return 0 <= age <= operand


OPERATORS: Mapping[str, Operator] = {
    row.name: row
    for row in (
        Operator(name="equals", types=_EXACT, shape=Shape.VALUES, holds=_is_one_of, native=("$eq",),
                 description="Is this value, or one of the list"),
        Operator(name="not", types=_EXACT, shape=Shape.VALUES, holds=_is_one_of, native=("$eq",), negates=True,
                 base="equals", description="Is neither this value nor one of the list; holds for an empty field"),
        Operator(name="at_least", types=_NUMBERS, shape=Shape.VALUE, holds=_is_at_least, native=("$gte",),
                 description="Is this number or more"),
        Operator(name="above", types=_NUMBERS, shape=Shape.VALUE, holds=_is_above, native=("$gt",),
                 description="Is more than this number"),
        Operator(name="at_most", types=_NUMBERS, shape=Shape.VALUE, holds=_is_at_most, native=("$lte",),
                 description="Is this number or less"),
        Operator(name="below", types=_NUMBERS, shape=Shape.VALUE, holds=_is_below, native=("$lt",),
                 description="Is less than this number"),
        Operator(name="between", types=_NUMBERS | _TIMES, shape=Shape.PAIR, holds=_is_between,
                 native=("$gte", "$lte"), description="Lies between the two, both included"),
        Operator(name="contains", types=_TEXTS, shape=Shape.VALUES, holds=_contains,
                 description="Contains this text, or one of the list"),
        Operator(name="starts_with", types=_TEXTS, shape=Shape.VALUES, holds=str.startswith,
                 description="Starts with this text, or one of the list"),
        Operator(name="ends_with", types=_TEXTS, shape=Shape.VALUES, holds=str.endswith,
                 description="Ends with this text, or one of the list"),
        Operator(name="matches", types=_TEXTS, shape=Shape.PATTERN, holds=_matches,
                 description="The whole text matches this regular expression; the first 256 characters are looked at"),
        Operator(name="domain_in", types=_EMAILS, shape=Shape.VALUES, holds=_is_in_domain,
                 description="The address is at this domain or below it, or at one of the list"),
        Operator(name="is_set", types=_ANY, shape=Shape.SWITCH, holds=_is_present, native=("$ex",),
                 description="yes: the field has a value; no: it has none"),
        Operator(name="is_empty", types=_ANY, shape=Shape.SWITCH, holds=_is_present, native=("$ex",), negates=True,
                 base="is_set", description="yes: the field has no value; no: it has one"),
        Operator(name="before", types=_TIMES, shape=Shape.VALUE, holds=_is_below, native=("$lt",), base="below",
                 description="Is earlier than this date or time (UTC)"),
        Operator(name="after", types=_TIMES, shape=Shape.VALUE, holds=_is_above, native=("$gt",), base="above",
                 description="Is later than this date or time (UTC)"),
        Operator(name="within_last", types=_TIMES, shape=Shape.DURATION, holds=_is_recent, clock=True,
                 description="Lies within this duration before the decision"),
    )
}  # fmt: skip


@cache
def operators_for(field_type: FieldType) -> tuple[str, ...]:
    return tuple(name for name, operator in OPERATORS.items() if field_type in operator.types)


@lru_cache(maxsize=MAX_PATTERNS)
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """`pattern` for canonical (case-folded) text. Raises re.error."""
    return re.compile(pattern, re.IGNORECASE)


def pattern_problem(pattern: str) -> str | None:
    """Why `pattern` may not be used, or None. What could run for minutes is refused, not timed."""
    if len(pattern) > MAX_PATTERN:
        return f"it is longer than {MAX_PATTERN} characters"
    try:
        compiled_pattern(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "c", re.sub(r"\\.", "c", pattern))
    if re.search(r"\\[1-9]|\(\?P?[=<!]|\(\?\(", pattern):
        return "it refers back, looks around or branches"
    if re.search(r"\)[*+{]", bare):
        return "it repeats a group, which may take very long"
    if len(re.findall(r"[*+{]", bare)) > MAX_REPEATS:
        return f"it has more than {MAX_REPEATS} repetitions, which may take very long"
    if len(re.findall(r"(?<!\()\?", bare)) > MAX_OPTIONALS:
        return f"it has more than {MAX_OPTIONALS} optional parts, which may take very long"
    return None
