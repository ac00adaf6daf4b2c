"""Two decisions for one lead, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.engine.decision import OTHERWISE, Assign, Offer, Outcome, RoutingDecision

Promise = tuple[timedelta, bool]


class Change(StrEnum):
    """What may differ between two decisions. Several may hold for one lead."""

    MOVED = "moved"
    NEWLY_UNMATCHED = "newly_unmatched"
    NO_LONGER_UNMATCHED = "no_longer_unmatched"
    NEWLY_DISQUALIFIED = "newly_disqualified"
    NO_LONGER_DISQUALIFIED = "no_longer_disqualified"
    NEWLY_HELD = "newly_held"
    NO_LONGER_HELD = "no_longer_held"
    NEWLY_QUALIFIED = "newly_qualified"
    NO_LONGER_QUALIFIED = "no_longer_qualified"
    OTHER_PRIORITY = "other_priority"
    OTHER_PROMISE = "other_promise"
    OTHER_DETAILS = "other_details"
    OTHER_RULE = "other_rule"


_ENTERING = {
    "disqualify": (Change.NEWLY_DISQUALIFIED, Change.NO_LONGER_DISQUALIFIED),
    "hold": (Change.NEWLY_HELD, Change.NO_LONGER_HELD),
    "qualify": (Change.NEWLY_QUALIFIED, Change.NO_LONGER_QUALIFIED),
}
# Compared apart, or no part of what happens to the lead.
_NOT_DETAILS = {"priority", "accept_within", "sla_clock", "status_label"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One lead's two decisions: where it goes by each, by which rule, and what differs (nothing: an empty set)."""

    old_destination: str
    new_destination: str
    old_rule: str
    new_rule: str
    changes: frozenset[Change]


def compared(old: RoutingDecision, new: RoutingDecision) -> Difference:
    """What differs. A lead has moved when its owner, or the kind of its outcome, is another."""
    return Difference(
        old.outcome.destination,
        new.outcome.destination,
        rule_name(old),
        rule_name(new),
        frozenset(_changes(old, new)),
    )


def rule_name(decision: RoutingDecision) -> str:
    """The rule's id; each file has an `otherwise` of its own, so that one is named with its file."""
    return f"{OTHERWISE} of {decision.file}" if decision.rule == OTHERWISE else decision.rule


def promise(outcome: Outcome) -> Promise | None:
    """How soon somebody must accept the lead; None where nothing is promised. A shorter promise is less than a longer.

    Of two equal times, one by the clock is shorter than one that counts working time only.
    """
    if not isinstance(outcome, Assign | Offer) or outcome.accept_within is None:
        return None
    return outcome.accept_within, not outcome.sla_clock


def _changes(old: RoutingDecision, new: RoutingDecision) -> Iterator[Change]:
    if old.outcome.destination != new.outcome.destination:
        yield Change.MOVED
    else:
        yield from _of_the_same_owner(old, new)
    if old.unmatched != new.unmatched:
        yield Change.NEWLY_UNMATCHED if new.unmatched else Change.NO_LONGER_UNMATCHED
    yield from _of_kind(old.outcome.kind, new.outcome.kind)
    if old.outcome.priority != new.outcome.priority:
        yield Change.OTHER_PRIORITY
    if promise(old.outcome) != promise(new.outcome):
        yield Change.OTHER_PROMISE


def _of_kind(old: str, new: str) -> Iterator[Change]:
    if old != new:
        yield from (change for kind, (change, _) in _ENTERING.items() if kind == new)
        yield from (change for kind, (_, change) in _ENTERING.items() if kind == old)


def _of_the_same_owner(old: RoutingDecision, new: RoutingDecision) -> Iterator[Change]:
    if old.outcome.model_dump(exclude=_NOT_DETAILS) != new.outcome.model_dump(exclude=_NOT_DETAILS):
        yield Change.OTHER_DETAILS
    if rule_name(old) != rule_name(new):
        yield Change.OTHER_RULE
