"""Rules that no lead reaches, because earlier rules of their file take every lead that they match.

A lead that the rule does decide is looked for first: that is quick, and one is enough. Only where none is found, it is
asked whether earlier rules cover the rule.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any

from rules.analysis.areas import Area, FileAreas
from rules.analysis.covering import Covering
from rules.analysis.witness import sample
from rules.engine.conditions import tests_in
from rules.engine.findings import Code, Findings
from rules.engine.operators import Shape
from rules.engine.source import FunctionWriter

MAX_SAMPLED, MAX_NAMED = 4, 5
MAX_COST = 10_000_000
"""So much may it take to try leads on rules of one file; rules further down are then not looked at."""


def check_reachability(areas: FileAreas, findings: Findings) -> frozenset[int]:
    """A finding for each rule that is proved to be unreachable; returns their numbers."""
    first = _first(areas)
    covering = Covering(areas.areas)
    found: set[int] = set()
    costs = accumulate(_cost(area) for area in areas.areas)
    for area in islice(areas.areas, bisect_right(list(accumulate(costs)), MAX_COST)):
        if findings.takes("warning") and area.boxes and not _is_reached(area, first):
            by = covering.found(area, besides=found)
            if by:
                _report(area, by, findings)
                found.add(area.index)
    return frozenset(found)


def _first(areas: FileAreas) -> Callable[[Mapping[str, Any]], int | None]:
    """The rule that decides a lead, as a function of its facts."""
    rules = areas.file.rules
    writer = FunctionWriter(rule.when for rule in rules)
    return writer.function([f"if {writer.condition(rule.when)}: return {index}" for index, rule in enumerate(rules)])


def _cost(area: Area) -> int:
    """How long it takes to try the rule on a lead, counted in texts that are looked for."""
    return 1 + sum(len(test.operand) for test in tests_in(area.rule.when) if test.row.shape is Shape.VALUES)


def _is_reached(area: Area, first: Callable[[Mapping[str, Any]], int | None]) -> bool:
    """Whether a lead was found that the rule decides."""
    return any(first(facts) == area.index for box in area.boxes[:MAX_SAMPLED] for facts in sample(box))


def _report(area: Area, covering: Sequence[Area], findings: Findings) -> None:
    named = [f"'{other.rule.id}' ({area.line_of(other)})" for other in covering[:MAX_NAMED]]
    if len(covering) > MAX_NAMED:
        named.append(f"{len(covering) - MAX_NAMED} more")
    who = (
        f"rule {named[0]} takes" if len(named) == 1 else f"rules {', '.join(named[:-1])} and {named[-1]} together take"
    )
    message = f"rule '{area.rule.id}' can never be reached: {who} every lead that it matches"
    remedy = f"Move it up, narrow {'that rule' if len(named) == 1 else 'those rules'}, or remove this one"
    findings.warning(Code.UNREACHABLE, area.rule.at, message, remedy)
