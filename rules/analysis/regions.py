"""Sets of leads, described by conditions.

A region that is called empty holds no lead: that is proved, from what the fields can hold. The opposite is not: a region
that is not empty may still hold no lead (two regular expressions that exclude each other are not found out), so who
claims that there is a lead needs `witness`. Where reasoning grows too large, the answer is None, never a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.analysis.domains import Domain, domain_of, encoded, whole_domain
from rules.engine.conditions import Condition
from rules.engine.facts import NOW
from rules.engine.normal_form import Atom, Normal, normalised

MAX_BOXES = 500
"""Regions of more boxes are too large to reason about."""


@dataclass(frozen=True)
class Box:
    """The leads whose fields all lie in their domains; a field without a domain may hold anything. Never empty."""

    domains: Mapping[str, Domain]

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether a lead with these facts is in the box."""
        now = facts.get(NOW)
        return all(
            domain.contains(None if field not in facts else encoded(field, facts[field]), facts.get(field), now)
            for field, domain in self.domains.items()
        )

    def meets(self, other: "Box") -> bool:
        """False where the two have proved to be apart."""
        mine, theirs = self.domains, other.domains
        return all(domain.meets(theirs[field]) for field, domain in mine.items() if field in theirs)

    def intersection(self, other: "Box") -> "Box | None":
        """The leads in both; None where there are none."""
        if len(self.domains) < len(other.domains):
            return other.intersection(self)
        domains = dict(self.domains)
        for field, domain in other.domains.items():
            if field in domains:
                domain = domains[field].intersection(domain)
                if domain.is_empty:
                    return None
            domains[field] = domain
        return Box(domains)

    def minus(self, other: "Box") -> "list[Box]":
        """What `other` leaves of this, in boxes that have nothing in common."""
        if not self.meets(other):
            return [self]
        left = []
        inside = dict(self.domains)
        for field, domain in other.domains.items():
            own = inside.get(field) or whole_domain(field)
            left.extend(Box({**inside, field: part}) for part in own.minus(domain))
            inside[field] = own.intersection(domain)
            if inside[field].is_empty:
                break
        return left

    def is_within(self, other: "Box") -> bool:
        """Whether `other` has proved to hold all of this."""
        return all(
            not (self.domains.get(field) or whole_domain(field)).minus(domain)
            for field, domain in other.domains.items()
        )


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
    """The boxes without those that lie within others."""
    kept: list[Box] = []
    for box in boxes:
        if not any(box.is_within(other) for other in kept):
            kept = [other for other in kept if not other.is_within(box)] + [box]
        if len(kept) > MAX_BOXES:
            return None
    return Region(tuple(kept))
