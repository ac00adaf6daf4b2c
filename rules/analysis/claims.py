"""What operators that look into a value (contains, matches, within_last ...) say of it, and what follows from that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
        return replace(self, holds=not self.holds)

    def fits(self, value: Any, now: int | None) -> bool:
        """Whether the claim is true of this value; `now` counts for times only."""
        if not self.row.clock:
            return self.row.holds(value, self.operand) == self.holds
        return (now is not None and self.row.holds(now - value, self.operand)) == self.holds

    def follows_from(self, other: "Claim") -> bool:
        """Whether this is true wherever `other` is. False where it cannot be told."""
        if self.holds and other.holds:
            return _implies(other, self)
        return not self.holds and (
            (other.holds and _exclude(other, self)) or (not other.holds and _implies(self, other))
        )


def consistent(claims: Iterable[Claim]) -> bool:
    """False where no value can fit all the claims. True where it cannot be told."""
    known = tuple(claims)
    opposites = [claim.opposite for claim in known]
    return not any(opposite.follows_from(claim) for claim in known for opposite in opposites)


def strongest(claims: frozenset[Claim]) -> frozenset[Claim]:
    """Without those that follow from the others."""
    if len(claims) < 2:
        return claims
    kept: list[Claim] = []
    for claim in sorted(claims, key=repr):
        if not any(claim.follows_from(other) for other in kept):
            kept = [other for other in kept if not other.follows_from(claim)] + [claim]
    return frozenset(kept)


def _implies(one: Claim, two: Claim) -> bool:
    """Whether the operator of `two` holds of every value of which that of `one` holds."""
    if one.row.clock and one.operator == two.operator:
        return bool(one.operand <= two.operand)
    if two.operator not in _FOLLOWS.get(one.operator, ()):
        return (one.operator, one.operand) == (two.operator, two.operand)
    if len(one.operand) * len(two.operand) > MAX_COMPARISONS:
        return one.operator == two.operator and set(one.operand) <= set(two.operand)
    return all(two.row.holds(part, two.operand) for part in one.operand)


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
