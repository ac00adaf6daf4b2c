"""Rules that no lead reaches, because earlier rules of their file take every lead that they match.

A lead that the rule does decide is looked for first: that is quick, and one is enough. Only where none is found, the
leads of the earlier rules are taken away from those of the rule; nothing left is the proof.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules.analysis.areas import Area, FileAreas
from rules.analysis.boxes import Box
from rules.analysis.regions import MAX_BOXES
from rules.analysis.witness import sample
from rules.engine.findings import Code, Findings
from rules.engine.source import FunctionWriter

MAX_STEPS = 20_000
"""So many boxes are divided for one rule, and ten times as many for a file, before reasoning is given up."""
MAX_SAMPLED, MAX_REDUCED, MAX_NAMED = 4, 12, 5


@dataclass
class Budget:
    """Steps that are left."""

    left: int

    def take(self, steps: int) -> bool:
        """False where there are not so many left."""
        self.left -= steps
        return self.left >= 0


def check_reachability(areas: FileAreas, findings: Findings) -> frozenset[int]:
    """A finding for each rule that is proved to be unreachable; returns their numbers."""
    first = _first(areas)
    found = set()
    budget = Budget(10 * MAX_STEPS)
    earlier: list[Area] = []
    for area in areas.areas:
        if area.boxes and not _is_reached(area, first):
            covering = _covering(area, earlier, budget)
            if covering:
                _report(area, covering, findings)
                found.add(area.index)
                continue
        if area.boxes:
            earlier.append(area)
    return frozenset(found)


def _first(areas: FileAreas) -> Callable[[Mapping[str, Any]], int | None]:
    """The rule that decides a lead, as a function of its facts."""
    rules = areas.file.rules
    writer = FunctionWriter(rule.when for rule in rules)
    return writer.function([f"if {writer.condition(rule.when)}: return {index}" for index, rule in enumerate(rules)])


def _is_reached(area: Area, first: Callable[[Mapping[str, Any]], int | None]) -> bool:
    """Whether a lead was found that the rule decides."""
    return any(first(facts) == area.index for box in area.boxes[:MAX_SAMPLED] for facts in sample(box))


def _covering(area: Area, earlier: Sequence[Area], budget: Budget) -> list[Area]:
    """The earlier rules that together take every lead of this one, as few as could be found; none: not proved."""
    meeting = [other for other in earlier if any(box.meets(one) for box in area.boxes for one in other.boxes)]
    for other in meeting:
        if _covers(area, [other], budget):
            return [other]
    used = _covers(area, sorted(meeting, key=_narrowness), budget)
    if 0 < len(used) <= MAX_REDUCED:
        for other in list(used):
            rest = [one for one in used if one is not other]
            used = _covers(area, rest, budget) or used
    return sorted(used, key=lambda one: one.index)


def _narrowness(area: Area) -> int:
    """Rules with few conditions take most away at once."""
    return max(len(box.domains) for box in area.boxes)


def _covers(area: Area, others: Sequence[Area], budget: Budget) -> list[Area]:
    """Those of the others that were needed to take all leads of the area away; none where some leads may be left."""
    own = Budget(min(MAX_STEPS, budget.left))
    left, used = list(area.boxes), []
    for other in others:
        rest = _minus(left, other.boxes, own)
        if rest is None:
            break
        if rest != left:
            used.append(other)
        left = rest
        if not left:
            break
    budget.take(min(MAX_STEPS, budget.left) - own.left)
    return [] if left else used


def _minus(boxes: list[Box], others: Sequence[Box], budget: Budget) -> list[Box] | None:
    """What the others leave; None where that is too large, or the budget is used up."""
    for other in others:
        if len(boxes) > MAX_BOXES or not budget.take(len(boxes)):
            return None
        boxes = [part for box in boxes for part in box.minus(other)]
    return boxes


def _report(area: Area, covering: Sequence[Area], findings: Findings) -> None:
    named = [f"'{other.rule.id}' ({_where(area, other)})" for other in covering[:MAX_NAMED]]
    if len(covering) > MAX_NAMED:
        named.append(f"{len(covering) - MAX_NAMED} more")
    who = (
        f"rule {named[0]} takes" if len(named) == 1 else f"rules {', '.join(named[:-1])} and {named[-1]} together take"
    )
    message = f"rule '{area.rule.id}' can never be reached: {who} every lead that it matches"
    remedy = f"Move it up, narrow {'that rule' if len(named) == 1 else 'those rules'}, or remove this one"
    findings.warning(Code.UNREACHABLE, area.rule.at, message, remedy)


def _where(area: Area, other: Area) -> str:
    """The other rule's line, with its file where that is not the same."""
    at = other.rule.at
    return f"line {at.line}" if at.file == area.rule.at.file else f"{at.file}:{at.line}"
