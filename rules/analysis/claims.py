"""What operators that look into a value (contains, matches, within_last ...) say of it, and what follows from that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.engine.operators import OPERATORS, Operator

MAX_COMPARISONS = 20_000
"""Two lists of values whose product is larger are not compared value by value."""

_FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "contains": ("contains",),
    "starts_with": ("starts_with", "contains"),
    "ends_with": ("ends_with", "contains"),
    "domain_in": ("domain_in", "ends_with", "contains"),
}
"""A value of which the operator holds with an operand fits each of these, if the operand itself does."""
_EXCLUSIVE = ("starts_with", "ends_with", "domain_in")
"""Of two operands neither of which fits the other, only one can hold of a value."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That the operator holds of a field's value, or that it does not. Both say that the field has a value."""

    operator: str
    operand: Any
    holds: bool

    @property
    def row(self) -> Operator:
        return OPERATORS[self.operator]

    @property
    def opposite(self) -> "Claim":
        return Claim(self.operator, self.operand, not self.holds)

    def fits(self, value: Any, now: int | None) -> bool:
        """Whether the claim is true of this value; `now` counts for times only."""
        if not self.row.clock:
            return self.row.holds(value, self.operand) == self.holds
        return (now is not None and self.row.holds(now - value, self.operand)) == self.holds

    def follows_from(self, other: "Claim") -> bool:
        """Whether this is true wherever `other` is. False where it cannot be told."""
        if self.holds:
            return other.holds and _implies(other, self)
        return _exclude(other, self) if other.holds else _implies(self, other)

    def excludes(self, other: "Claim") -> bool:
        """Whether no value fits both. False where it cannot be told."""
        if self.holds and other.holds:
            return _exclude(self, other)
        return self.holds != other.holds and (_implies(self, other) if self.holds else _implies(other, self))


Claims = frozenset[Claim]


def compatible(one: Claims, two: Claims) -> bool:
    """False where no value can fit all the claims of both."""
    return not any(claim.excludes(other) for claim in two for other in one)


def combined(one: Claims, two: Claims) -> Claims | None:
    """Both sets of claims as one, without those that follow from others; None where no value can fit all of them.

    Each of the two must be the result of this function, or a single claim. Where it cannot be told, values may fit.
    """
    if not compatible(one, two):
        return None
    added = [claim for claim in two if not any(claim.follows_from(other) for other in one)]
    kept = [claim for claim in one if not any(claim.follows_from(other) for other in added)]
    return frozenset((*kept, *added))


def _implies(one: Claim, two: Claim) -> bool:
    """Whether the operator of `two` holds of every value of which that of `one` holds."""
    if one.operand is two.operand and one.operator == two.operator:
        return True
    if two.operator not in _FOLLOWS.get(one.operator, ()):
        same = one.operator == two.operator
        return same and bool(one.operand <= two.operand if one.row.clock else one.operand == two.operand)
    if len(one.operand) * len(two.operand) > MAX_COMPARISONS:
        return one.operator == two.operator and set(one.operand) <= set(two.operand)
    holds, operand = two.row.holds, two.operand
    return all(holds(part, operand) for part in one.operand)


def _exclude(one: Claim, two: Claim) -> bool:
    """Whether no value fits both operators."""
    if one.operator != two.operator or one.operator not in _EXCLUSIVE:
        return False
    if len(one.operand) * len(two.operand) > MAX_COMPARISONS:
        return False
    holds = one.row.holds
    return not any(holds(part, two.operand) for part in one.operand) and not any(
        holds(part, one.operand) for part in two.operand
    )
