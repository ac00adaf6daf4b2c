"""Sets of values of one field: spans of whole numbers, and lists of values or all but a list."""

from dataclasses import dataclass
from typing import Any

BEYOND = 10**18
"""Further out than any number or time that a fact can hold."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Numbers in `spans`: pairs of the first and the last number, in order, apart from each other by at least one."""

    spans: tuple[tuple[int, int], ...]

    @property
    def is_empty(self) -> bool:
        return not self.spans

    def __contains__(self, value: int) -> bool:
        return any(first <= value <= last for first, last in self.spans)

    def intersection(self, other: "Spans") -> "Spans":
        shared = []
        mine, theirs = iter(self.spans), iter(other.spans)
        one, two = next(mine, None), next(theirs, None)
        while one is not None and two is not None:
            first, last = max(one[0], two[0]), min(one[1], two[1])
            if first <= last:
                shared.append((first, last))
            if one[1] < two[1]:
                one = next(mine, None)
            else:
                two = next(theirs, None)
        return Spans(tuple(shared))

    def minus(self, other: "Spans") -> "Spans":
        gaps = []
        start = -BEYOND
        for first, last in other.spans:
            gaps.append((start, first - 1))
            start = last + 1
        gaps.append((start, BEYOND))
        return self.intersection(Spans(tuple(gap for gap in gaps if gap[0] <= gap[1])))

    def meets(self, other: "Spans") -> bool:
        """Whether the two have a number in common."""
        return any(one[0] <= two[1] and two[0] <= one[1] for one in self.spans for two in other.spans)


@dataclass(frozen=True, slots=True)
class Members:
    """These values; with `but`, all values but these."""

    values: frozenset[Any]
    but: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.but or self.values)

    def __contains__(self, value: Any) -> bool:
        return (value in self.values) != self.but

    def intersection(self, other: "Members") -> "Members":
        if self.but and other.but:
            return Members(self.values | other.values, True)
        if self.but:
            return Members(other.values - self.values)
        return Members(self.values - other.values if other.but else self.values & other.values)

    def minus(self, other: "Members") -> "Members":
        return self.intersection(Members(other.values, not other.but))

    def meets(self, other: "Members") -> bool:
        """Whether the two have a value in common."""
        if self.but or other.but:
            return not self.intersection(other).is_empty
        return not self.values.isdisjoint(other.values)


Values = Any
"""Spans or Members; all sets of one field are of one kind."""


def points(numbers: set[int]) -> Spans:
    """Just these numbers."""
    spans: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return Spans(tuple(spans))


def united(one: Values, two: Values) -> Values:
    """The values in either."""
    everything: Values = Spans(((-BEYOND, BEYOND),)) if isinstance(one, Spans) else Members(frozenset(), True)
    return everything.minus(everything.minus(one).minus(two))
