"""Which boxes of many may have leads in common with one: found without comparing it with each of them.

Sets of boxes are the bits of whole numbers, which Python joins and intersects fast.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import or_

from rules.analysis.boxes import Box
from rules.analysis.domains import Domain
from rules.analysis.sets import Members, Spans

MAX_INDEXED = 5000
"""So many boxes of one file are looked at: an index of more would take much memory."""
_Near = Callable[[Domain], int]
"""From what a field must hold to the boxes that it does not keep apart."""


class BoxIndex:
    """Boxes by the values, and by the spans of numbers, that their fields must hold."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        fields = sorted({field for box in boxes for field in box.domains})
        self._near: dict[str, _Near] = {}
        for field in fields:
            domains = [box.domains.get(field) for box in boxes]
            numeric = any(domain is not None and isinstance(domain.values, Spans) for domain in domains)
            self._near[field] = _by_span(domains) if numeric else _by_value(domains)

    def near(self, box: Box, before: int) -> Iterator[int]:
        """The numbers of those boxes among the first `before` that nothing here keeps apart from this one."""
        found = (1 << before) - 1
        for field, domain in box.domains.items():
            if field in self._near and not domain.missing:
                found &= self._near[field](domain)
        while found:
            lowest = found & -found
            yield lowest.bit_length() - 1
            found ^= lowest


def _by_value(domains: Sequence[Domain | None]) -> _Near:
    free = 0
    by_value: dict[object, int] = {}
    for number, domain in enumerate(domains):
        values = _listed(domain)
        if values is None:
            free |= 1 << number
        for value in values or ():
            by_value[value] = by_value.get(value, 0) | 1 << number

    def near(domain: Domain) -> int:
        values = _listed(domain)
        return -1 if values is None else _joined([free, *(by_value.get(value, 0) for value in values)])

    return near


def _by_span(domains: Sequence[Domain | None]) -> _Near:
    """By the least and the greatest number of each: those that begin before an end, and end after a beginning."""
    ends = [(number, *_ends(domain)) for number, domain in enumerate(domains) if domain and not domain.missing]
    free = (1 << len(domains)) - 1 & ~_joined([1 << number for number, _, _ in ends])
    begun = sorted((low, number) for number, low, _ in ends)
    ended = sorted((-high, number) for number, _, high in ends)
    lows, highs = [low for low, _ in begun], [high for high, _ in ended]
    by_low: list[int] = [0, *accumulate((1 << number for _, number in begun), or_)]
    by_high: list[int] = [0, *accumulate((1 << number for _, number in ended), or_)]

    def near(domain: Domain) -> int:
        low, high = _ends(domain)
        return free | by_low[bisect_right(lows, high)] & by_high[bisect_right(highs, -low)]

    return near


def _listed(domain: Domain | None) -> frozenset[object] | None:
    """The values of which the field must hold one."""
    if domain is None or domain.missing or not isinstance(domain.values, Members) or domain.values.but:
        return None
    return domain.values.values


def _ends(domain: Domain) -> tuple[int, int]:
    spans: tuple[tuple[int, int], ...] = domain.values.spans
    return spans[0][0], spans[-1][1]


def _joined(sets: Sequence[int]) -> int:
    joined = 0
    for one in sets:
        joined |= one
    return joined
