"""Sets of leads, described by conditions.

A region that is called empty holds no lead: that is proved, from what the fields can hold. The opposite is not: where
a region is not empty, there may still be no lead in it (two regular expressions that exclude each other are not found
out). Who claims that there is one needs a `witness`. Where reasoning grows too large, the answer is None, no guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.analysis.boxes import Box
from rules.analysis.domains import domain_of, whole_domain
from rules.analysis.witness import witness
from rules.engine.conditions import Condition
from rules.engine.normal_form import Atom, Normal, normalised

__all__ = ["EMPTY", "Box", "Region", "region_of", "whole", "witness"]

MAX_BOXES = 500
"""Regions of more boxes are too large to reason about."""
MAX_COMPARED = 60
"""So many boxes are compared with each other, to leave out those within others."""


@dataclass(frozen=True)
class Region:
    """The leads in any of the boxes."""

    boxes: tuple[Box, ...]

    @property
    def is_empty(self) -> bool:
        """Proved: no lead is in here."""
        return not self.boxes

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether a lead with these facts is in the region."""
        return any(box.holds(facts) for box in self.boxes)

    def intersection(self, other: "Region") -> "Region | None":
        """The leads in both; None where that is too large."""
        return _region(shared for box in self.boxes for one in other.boxes if (shared := box.intersection(one)))

    def union(self, other: "Region") -> "Region | None":
        """The leads in either; None where that is too large."""
        return _region((*self.boxes, *other.boxes))

    def minus(self, other: "Region") -> "Region | None":
        """The leads in this and not in the other; None where that is too large."""
        left = list(self.boxes)
        for box in other.boxes:
            left = [part for one in left for part in one.minus(box)]
            if len(left) > MAX_BOXES:
                return None
        return Region(tuple(left))

    def simplified(self) -> "Region":
        """The same leads in fewer boxes, where boxes differ in one field only."""
        boxes = list(self.boxes)
        for field in sorted({field for box in boxes for field in box.domains}):
            boxes = _merged(boxes, field)
        return self if len(boxes) == len(self.boxes) else Region(tuple(boxes)).simplified()


EMPTY = Region(())


def whole() -> Region:
    """Every lead."""
    return Region((Box({}),))


def region_of(condition: Condition) -> Region | None:
    """The leads of which the condition holds; None where that is too large."""
    return _normal_region(normalised(condition))


def _normal_region(node: Normal) -> Region | None:
    if isinstance(node, Atom):
        domain = domain_of(node.test, node.negated)
        return EMPTY if domain.is_empty else Region((Box({node.test.field: domain}),))
    region: Region | None = whole() if node.kind == "$and" else EMPTY
    for part in node.parts:
        other = _normal_region(part)
        if region is None or other is None:
            return None
        region = region.intersection(other) if node.kind == "$and" else region.union(other)
    return region


def _region(boxes: Iterable[Box]) -> Region | None:
    """The boxes; of those that a usual rule may have, without those that lie within others."""
    kept: list[Box] = []
    for box in boxes:
        if len(kept) > MAX_COMPARED:
            kept.append(box)
        elif not any(box.is_within(other) for other in kept):
            kept = [other for other in kept if not other.is_within(box)] + [box]
        if len(kept) > MAX_BOXES:
            return None
    return Region(tuple(kept))


def _merged(boxes: list[Box], field: str) -> list[Box]:
    """Boxes that agree in all but this field become one, where the field's claims agree as well."""
    merged: dict[object, Box] = {}
    for box in boxes:
        own = box.domains.get(field) or whole_domain(field)
        others = {name: domain for name, domain in box.domains.items() if name != field}
        key = (frozenset(others.items()), own.claims)
        if key in merged:
            own = own.union(merged[key].domains.get(field) or whole_domain(field))
        merged[key] = Box(others if own == whole_domain(field) else {**others, field: own})
    return list(merged.values())
