"""Conditions as durable-rules needs them: `and` and `or` over single tests, negations pushed down to the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal

from rules.engine.conditions import Condition, Test


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """One test; `negated` is final: it says whether the operator's meaning is turned round.

    Two atoms are never equal: they are told apart many times while rules are compiled, and a list of 5,000 values would
    be compared each time.
    """

    test: Test
    negated: bool


@dataclass(frozen=True, slots=True)
class Junction:
    kind: Literal["$and", "$or"]
    parts: "tuple[Normal, ...]"


Normal = Atom | Junction


def normalised(condition: Condition, negate: bool = False) -> Normal:
    """The same condition (or its opposite) without `none`, with nested groups of one kind merged."""
    if isinstance(condition, Test):
        return Atom(condition, condition.negated != negate)
    opposite = (condition.kind == "none") != negate
    is_or = (condition.kind == "any") != negate if condition.kind != "none" else negate
    return _joined("$or" if is_or else "$and", [normalised(part, opposite) for part in condition.parts])


def _joined(kind: Literal["$and", "$or"], parts: list[Normal]) -> Normal:
    merged: list[Normal] = []
    for part in parts:
        same = isinstance(part, Junction) and part.kind == kind
        merged.extend(part.parts if same and isinstance(part, Junction) else (part,))
    return merged[0] if len(merged) == 1 else Junction(kind, tuple(merged))


def atoms(node: Normal) -> Iterator[Atom]:
    if isinstance(node, Atom):
        yield node
    else:
        for part in node.parts:
            yield from atoms(part)


def conjunctions(node: Normal) -> int:
    """How many alternatives of `any` can hold at once: the matches that durable-rules may have pending for one lead."""
    if isinstance(node, Atom):
        return 1
    counts = [conjunctions(part) for part in node.parts]
    return prod(counts) if node.kind == "$and" else sum(counts)


def junctions(node: Normal) -> int:
    """How many groups the condition has."""
    return 0 if isinstance(node, Atom) else 1 + sum(junctions(part) for part in node.parts)
