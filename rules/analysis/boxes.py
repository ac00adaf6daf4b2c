"""Leads described by what each of some fields may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.analysis.domains import Domain, encoded, whole_domain
from rules.engine.facts import NOW


@dataclass(frozen=True)
class Box:
    """The leads whose fields all lie in their domains; a field without a domain may hold anything. Never empty."""

    domains: Mapping[str, Domain]

    @property
    def size(self) -> int:
        """How much work it is to reason about the box."""
        return 1 + sum(len(domain.claims) for domain in self.domains.values())

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
        domains = dict(self.domains)
        for field, domain in other.domains.items():
            shared = domains[field].intersection(domain) if field in domains else domain
            if shared.is_empty:
                return None
            domains[field] = shared
        return Box(domains)

    def minus(self, other: "Box") -> "list[Box]":
        """What `other` leaves of this, in boxes that have nothing in common."""
        if not self.meets(other):
            return [self]
        left: list[Box] = []
        inside = dict(self.domains)
        for field, domain in other.domains.items():
            own = inside.get(field) or whole_domain(field)
            left.extend(Box({**inside, field: part}) for part in own.minus(domain))
            inside[field] = own.intersection(domain)
        return left

    def is_within(self, other: "Box") -> bool:
        """Whether `other` has proved to hold all of this."""
        return all(
            (self.domains.get(field) or whole_domain(field)).is_within(domain)
            for field, domain in other.domains.items()
        )
