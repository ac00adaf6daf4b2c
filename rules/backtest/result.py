"""What a backtest counts: numbers of leads, each with the first few of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from rules.backtest.comparison import Change
from rules.backtest.promises import PromiseEffect

EXAMPLES = 3
"""So many leads are named for each number."""


@dataclass(slots=True)
class Count:
    """Leads, and the first few of them."""

    leads: int = 0
    examples: list[UUID] = field(default_factory=list)

    def add(self, lead: UUID) -> None:
        self.leads += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(lead)


@dataclass(slots=True)
class Pair(Count):
    """The leads that are `old` by the one decision and `new` by the other."""

    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How many leads an owner or a destination gets by the old and by the new rules."""

    name: str
    old: int
    new: int
    difference: int


@dataclass(slots=True)
class Then:
    """What became of the moved leads in truth: somebody accepted them, answered them; a time to accept ran out."""

    accepted: int = 0
    responded: int = 0
    breached: int = 0


@dataclass(frozen=True, slots=True)
class Backtest:
    """The comparison. Lists begin with the largest numbers.

    `destinations` has every lead in exactly one pair, unmoved leads in pairs of equal names; `rules` has the leads that
    stay where they were by another rule. `load` counts the leads of each owner after the rotation, `arrivals` those of
    each destination. `disagreements` are leads on which durable-rules and the evaluator did not agree: none, ever.
    """

    leads: int
    changes: Mapping[Change, Count]
    destinations: list[Pair]
    arrivals: list[Load]
    load: list[Load]
    rules: list[Pair]
    priorities: list[Pair]
    promises: list[PromiseEffect]
    moved_then: Then
    disagreements: Count

    @property
    def moved(self) -> int:
        return self.changes[Change.MOVED].leads
