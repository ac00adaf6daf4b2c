"""Rules and conditions that no lead can fit."""

from collections.abc import Iterator
from itertools import combinations
from textwrap import shorten

from rules.analysis.areas import Area, FileAreas
from rules.analysis.regions import Region, region_of, whole
from rules.engine.conditions import Condition, Group, Test
from rules.engine.findings import Code, Findings, Place

MAX_COMPARED = 60
"""Of so many conditions of a rule, each two are compared to name those that exclude each other."""
MAX_TOLD, MAX_WIDTH = 3, 60
_REMEDY = "Change one of the values, or remove it"


def check_contradictions(areas: FileAreas, findings: Findings) -> None:
    """A finding for each rule that can never match, and for each alternative and exclusion that can never apply."""
    for area in areas.areas:
        if area.region is None:
            continue
        if area.region.is_empty:
            _report_rule(area, areas.coming, findings)
        else:
            _walk(area.rule.when, areas.coming, area, findings)


def _report_rule(area: Area, coming: Region, findings: Findings) -> None:
    rule = area.rule
    at, reason = _reason(rule.when, coming) or (rule.at, "its conditions exclude each other")
    findings.warning(Code.NEVER_TRUE, at, f"rule '{rule.id}' can never match: {reason}", _REMEDY)


def _reason(when: Group, coming: Region) -> tuple[Place, str] | None:
    """The conditions that exclude each other and where the last of them stands, as far as one or two of them do."""
    parts = list(_needed(when))[:MAX_COMPARED]
    for part in parts:
        if _is_empty(part):
            return part.at, f"no lead fits {described_condition(part)}"
    for part in parts:
        if _is_empty(part, within=coming):
            return part.at, f"no lead that comes to this file fits {described_condition(part)}"
    for one, other in combinations(parts, 2):
        if _is_empty(Group("all", (one, other), other.at)):
            return other.at, f"{described_condition(one)} and {described_condition(other)} exclude each other"
    return None


def _needed(condition: Condition) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if isinstance(condition, Group) and condition.kind == "all":
        for part in condition.parts:
            yield from _needed(part)
    else:
        yield condition


def _walk(condition: Condition, beside: Region, area: Area, findings: Findings) -> None:
    """Looks at a condition that some lead `beside` fits; what stands in it may be without effect all the same."""
    if isinstance(condition, Test):
        return
    for part in condition.parts:
        if condition.kind == "all":
            _walk(part, _beside(condition, part, beside), area, findings)
        elif _is_empty(part):
            _report(part, "can never be true", area, findings)
        elif condition.kind == "any" and _is_empty(part, within=beside):
            _report(part, "can never be true together with the rule's other conditions", area, findings)
        else:
            _walk(part, beside if condition.kind == "any" else whole(), area, findings)


def _beside(group: Group, part: Condition, beside: Region) -> Region:
    """The leads that fit the other parts of an `all`; too large a region is given up, and with it some findings."""
    others = tuple(other for other in group.parts if other is not part)
    region = region_of(Group("all", others, group.at)) if others and not isinstance(part, Test) else None
    shared = beside.intersection(region) if region else None
    return shared or beside


def _is_empty(condition: Condition, within: Region | None = None) -> bool:
    """Whether it is proved that no lead (of those `within`) fits."""
    region = region_of(condition)
    if region is not None and within is not None:
        region = region.intersection(within)
    return region is not None and region.is_empty


def _report(part: Condition, what: str, area: Area, findings: Findings) -> None:
    message = f"in rule '{area.rule.id}', {described_condition(part)} {what}"
    findings.warning(Code.NEVER_TRUE, part.at, message, _REMEDY)


def described_condition(condition: Condition) -> str:
    """The condition in few words, for a message beside its place."""
    if isinstance(condition, Test):
        operator = "" if condition.operator == "equals" else f"{condition.operator}: "
        return f"'{condition.field}: {operator}{shorten(condition.expected, MAX_WIDTH, placeholder=' ...')}'"
    parts = [described_condition(part) for part in condition.parts[:MAX_TOLD]]
    more = ["..."] if len(condition.parts) > MAX_TOLD else []
    if condition.kind == "all":
        return " with ".join(parts + more)
    return f"{condition.kind} of {', '.join(parts + more)}"
